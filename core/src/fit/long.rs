//! Observed choices from a CSV file in long format: a row for each alternative of each choice. Columns are named by the caller,
//! others ignored. Rows may come in any order, which says nothing: those of a set and those of a person need not be next to each
//! other.

mod arrange;

use std::cell::Cell;

use serde::{Deserialize, Serialize};

use crate::fit::choices::{ALTERNATIVES_MAX, Choices};
use crate::input::{Csv, Findings, Header, Index, InputError, Result, Row, number_text, quoted};

/// Which column is what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Columns {
    /// Whether the row's alternative was chosen: `1` or `0`, `true` or `false`.
    pub choice: String,
    /// The choice set's id.
    pub set: String,
    /// The alternative's label, once in each set.
    pub alternative: String,
    /// The person's id. Without it, every set is another person's.
    #[serde(default)]
    pub person: Option<String>,
    /// The person's weight, the same in all their rows.
    #[serde(default)]
    pub weight: Option<String>,
    /// Adds an outside option to every set, chosen where no row is: this names its constant, a variable that is 1 for it and 0
    /// for all rows; its other variables are 0.
    #[serde(default)]
    pub outside: Option<String>,
}

const VALUE_MAX: f64 = 1e9;

/// Reads the choices with these variables.
#[inline(never)]
pub fn parse(file: &str, bytes: &[u8], columns: &Columns, variables: &[&str], found: &mut Findings) -> Option<Choices> {
    let in_file = |name: &&&str| columns.outside.as_deref() != Some(**name);
    let of_rows: Vec<&str> = variables.iter().filter(in_file).copied().collect();
    let mut required = vec![columns.choice.as_str(), &columns.set, &columns.alternative];
    required.extend(columns.person.as_deref().into_iter().chain(columns.weight.as_deref()));
    required.extend(of_rows.iter().filter(|name| columns.weight.as_deref() != Some(**name)));
    let mut table = Table::new(columns, of_rows);
    let header = Header { required: &required, optional: &[], own: &[], ours: false };
    let csv = Csv::open(file, bytes, &header, found)?;
    let named = check_outside(file, columns, |name| csv.has(name));
    found.take(named)?;
    csv.rows(found, |row, _| table.add(row))?;
    let added = table.add_outside(file);
    found.take(added)?;
    let order = table.rows_in_order();
    table.check_sets(file, &order, found);
    let choices = table.choices(file, variables, &order);
    found.take(choices)
}

/// A column called like the outside option's constant would be one of two variables of one name.
fn check_outside(file: &str, columns: &Columns, has: impl Fn(&str) -> bool) -> Result<()> {
    match columns.outside.as_deref().filter(|name| has(name)) {
        Some(name) => {
            let expected =
                "another name for the constant of the outside option (--outside): the file has a column of this one";
            Err(InputError::new(file, expected).value(name))
        }
        None => Ok(()),
    }
}

/// What mostly is behind sets that seem to be several each. It is said once.
#[derive(Default)]
struct Repeated(Cell<bool>);

impl Repeated {
    fn explain(&self) -> &'static str {
        let text = "; if ids repeat over people or markets, make them unique, or keep the rows of one market";
        if self.0.replace(true) { "" } else { text }
    }
}

/// The rows read so far.
struct Table<'a> {
    columns: &'a Columns,
    variables: Vec<&'a str>,
    people: Index,
    sets: Index,
    alternatives: Index,
    weights: Vec<f64>,
    set_rows: Vec<SetOfRows>,
    rows: Vec<LongRow>,
    repeated: Repeated,
    /// By row, its variables.
    values: Vec<f64>,
}

struct SetOfRows {
    person: u32,
    line: u64,
    chosen_line: Option<u64>,
}

struct LongRow {
    set: u32,
    alternative: u32,
    is_chosen: bool,
    line: u64,
}

impl<'a> Table<'a> {
    fn new(columns: &'a Columns, variables: Vec<&'a str>) -> Table<'a> {
        Table {
            columns,
            variables,
            people: Index::default(),
            sets: Index::default(),
            alternatives: Index::default(),
            weights: Vec::new(),
            set_rows: Vec::new(),
            rows: Vec::new(),
            repeated: Repeated::default(),
            values: Vec::new(),
        }
    }

    fn add(&mut self, row: &Row<'_>) -> Result<()> {
        let columns = self.columns;
        let person_column = columns.person.as_deref().unwrap_or(&columns.set);
        // First what the row says by itself: nothing is left of one that is wrong, and the reading goes on.
        let (set, alternative) = (row.text(&columns.set)?, row.text(&columns.alternative)?);
        let (person, is_chosen) = (row.text(person_column)?, row.yes_no(&columns.choice)?);
        let weight = columns.weight.as_ref().map_or(Ok(1.0), |column| row.weight(column))?;
        let set = self.sets.number(set);
        let alternative = self.alternatives.number(alternative);
        let person = self.people.number(person);
        if person as usize == self.weights.len() {
            self.weights.push(weight);
        }
        if self.alternatives.ids.len() > ALTERNATIVES_MAX {
            return Err(row.error(&columns.alternative, format!("at most {ALTERNATIVES_MAX} different alternatives")));
        }
        if set as usize == self.set_rows.len() {
            self.set_rows.push(SetOfRows { person, line: row.line, chosen_line: None });
        }
        let of_set = &mut self.set_rows[set as usize];
        if of_set.person != person {
            let (first, line) = (&self.people.ids[of_set.person as usize], of_set.line);
            let why = self.repeated.explain();
            return Err(row.error(person_column, format!("`{first}`, as on line {line} of the same choice set{why}")));
        }
        if is_chosen && let Some(line) = of_set.chosen_line.replace(row.line) {
            let (id, why) = (row.cell(&columns.set), self.repeated.explain());
            let expected = format!("one chosen row in set `{id}`; line {line} is one already{why}");
            return Err(row.error(&columns.choice, expected));
        }
        self.check_weight(row, person, weight)?;
        for name in &self.variables {
            self.values.push(row.number(name, -VALUE_MAX..=VALUE_MAX, "")?);
        }
        self.rows.push(LongRow { set, alternative, is_chosen, line: row.line });
        Ok(())
    }

    fn check_weight(&self, row: &Row<'_>, person: u32, weight: f64) -> Result<()> {
        let known = self.weights[person as usize];
        if known.to_bits() == weight.to_bits() {
            return Ok(());
        }
        let (id, known) = (&self.people.ids[person as usize], number_text(known));
        let column = self.columns.weight.as_deref().unwrap_or_default();
        Err(row.error(column, format!("{known}, as in the other rows of person `{id}`: a person has one weight")))
    }

    /// A row for the outside option of every set; it comes last among those that were not chosen.
    fn add_outside(&mut self, file: &str) -> Result<()> {
        let Some(constant) = &self.columns.outside else { return Ok(()) };
        if self.alternatives.numbers.contains_key(constant) {
            let expected = "no alternative called like the outside option (--outside), which every choice has besides";
            return Err(InputError::new(file, expected).field(&self.columns.alternative).value(constant));
        }
        let alternative = self.alternatives.number(constant);
        for (set, of_set) in self.set_rows.iter_mut().enumerate() {
            let is_chosen = of_set.chosen_line.is_none();
            of_set.chosen_line.get_or_insert(of_set.line);
            self.rows.push(LongRow { set: set as u32, alternative, is_chosen, line: of_set.line });
            self.values.extend(self.variables.iter().map(|_| 0.0));
        }
        Ok(())
    }

    /// Every set has a chosen row, and no alternative twice. `order` has the rows of a set together.
    fn check_sets(&self, file: &str, order: &[usize], found: &mut Findings) {
        for (set, id) in self.set_rows.iter().zip(&self.sets.ids).filter(|(set, _)| set.chosen_line.is_none()) {
            let expected = format!(
                "one chosen row in set `{id}`, which begins here and has none; \
                 where people may choose none, name that option (--outside NAME)"
            );
            found.error(InputError::new(file, expected).at(set.line).field(quoted(&self.columns.choice)));
        }
        let mut before = vec![(u32::MAX, 0); self.alternatives.ids.len()];
        for row in order.iter().map(|at| &self.rows[*at]) {
            let (set, line) = std::mem::replace(&mut before[row.alternative as usize], (row.set, row.line));
            if set == row.set {
                let (id, label) = (&self.sets.ids[set as usize], &self.alternatives.ids[row.alternative as usize]);
                let why = self.repeated.explain();
                let expected = format!("each alternative once in set `{id}`; `{label}` is there twice{why}");
                let error = InputError::new(file, expected).at(line.max(row.line));
                found.error(error.field(quoted(&self.columns.alternative)));
            }
        }
    }
}
