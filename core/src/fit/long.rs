//! Observed choices from a CSV file in long format: a row for each alternative of each choice. Columns are named by the caller,
//! others ignored. Rows may come in any order: those of a set and those of a person need not be next to each other.

use serde::{Deserialize, Serialize};

use crate::fit::choices::{ALTERNATIVES_MAX, Choices};
use crate::input::{Csv, Findings, Header, Index, InputError, Result, Row, number_text};

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
    let header = Header { required: &required, optional: &[], ours: false };
    Csv::open(file, bytes, &header, found)?.rows(found, |row, _| table.add(row))?;
    if columns.outside.is_some() {
        table.add_outside();
    }
    let choices = table.choices(file, variables);
    found.take(choices)
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
            values: Vec::new(),
        }
    }

    fn add(&mut self, row: &Row<'_>) -> Result<()> {
        let columns = self.columns;
        let person_column = columns.person.as_deref().unwrap_or(&columns.set);
        // First what the row says by itself: nothing is left of one that is wrong, and the reading goes on.
        let (set, alternative) = (row.text(&columns.set)?, row.text(&columns.alternative)?);
        let (person, is_chosen) = (row.text(person_column)?, row.yes_no(&columns.choice)?);
        let weight = columns.weight.as_ref().map_or(Ok(1.0), |column| row.number(column, 0.0..=VALUE_MAX, ""))?;
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
            return Err(row.error(person_column, format!("`{first}`, as on line {line} of the same choice set")));
        }
        if is_chosen && let Some(line) = of_set.chosen_line.replace(row.line) {
            let id = row.cell(&columns.set);
            return Err(row.error(&columns.choice, format!("one chosen row in set `{id}`; line {line} is one already")));
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
        Err(row.error(column, format!("{known}, as in the other rows of person `{id}`")))
    }

    /// A row for the outside option of every set; it comes last among those that were not chosen.
    fn add_outside(&mut self) {
        let Some(constant) = &self.columns.outside else { return };
        let alternative = self.alternatives.number(constant);
        for (set, of_set) in self.set_rows.iter_mut().enumerate() {
            let is_chosen = of_set.chosen_line.is_none();
            of_set.chosen_line.get_or_insert(of_set.line);
            self.rows.push(LongRow { set: set as u32, alternative, is_chosen, line: of_set.line });
            self.values.extend(self.variables.iter().map(|_| 0.0));
        }
    }

    fn choices(self, file: &str, variables: &[&str]) -> Result<Choices> {
        let mut order: Vec<usize> = (0..self.rows.len()).collect();
        order.sort_by_key(|at| {
            let row = &self.rows[*at];
            (self.set_rows[row.set as usize].person, row.set, !row.is_chosen)
        });
        self.check_sets(file, &order)?;
        let outside = self.columns.outside.as_ref().and_then(|name| self.alternatives.numbers.get(name));
        let mut choices = Choices {
            variables: variables.iter().map(|name| (*name).to_owned()).collect(),
            alternatives: self.alternatives.ids.clone(),
            weights: self.weights,
            choice_starts: Vec::new(),
            row_starts: Vec::new(),
            row_alternatives: Vec::new(),
            values: Vec::with_capacity(order.len() * variables.len()),
            people: self.people.ids,
        };
        let mut set_before = None;
        for &at in &order {
            let row = &self.rows[at];
            if set_before.replace(row.set) != Some(row.set) {
                let person = self.set_rows[row.set as usize].person as usize;
                if person == choices.choice_starts.len() {
                    choices.choice_starts.push(choices.row_starts.len() as u32);
                }
                choices.row_starts.push(choices.row_alternatives.len() as u32);
            }
            choices.row_alternatives.push(row.alternative as u16);
            let mut values = self.values[at * self.variables.len()..].iter();
            choices.values.extend(variables.iter().map(|name| {
                let is_constant = self.columns.outside.as_deref() == Some(name);
                let value = if is_constant { None } else { values.next().copied() };
                value.unwrap_or(if outside == Some(&row.alternative) { 1.0 } else { 0.0 })
            }));
        }
        choices.choice_starts.push(choices.row_starts.len() as u32);
        choices.row_starts.push(choices.row_alternatives.len() as u32);
        if choices.weights.iter().all(|weight| *weight <= 0.0) {
            let column = self.columns.weight.as_deref().unwrap_or_default();
            return Err(InputError::new(file, "at least one person with a weight above 0").field(column));
        }
        Ok(choices)
    }

    /// Every set has a chosen row, another one, and no alternative twice.
    fn check_sets(&self, file: &str, order: &[usize]) -> Result<()> {
        for (set, id) in self.set_rows.iter().zip(&self.sets.ids) {
            if set.chosen_line.is_none() {
                let expected = format!("one chosen row in set `{id}`, which begins here and has none");
                return Err(InputError::new(file, expected).at(set.line).field(&self.columns.choice));
            }
        }
        let mut last_set = vec![u32::MAX; self.alternatives.ids.len()];
        for of_set in order.chunk_by(|a, b| self.rows[*a].set == self.rows[*b].set) {
            let set = self.rows[of_set[0]].set;
            let located = |expected: String, line: u64, field: &str| {
                let id = &self.sets.ids[set as usize];
                Err(InputError::new(file, expected.replace("{}", id)).at(line).field(field))
            };
            if of_set.len() < 2 {
                let expected = "two or more alternatives in set `{}`".to_owned();
                return located(expected, self.rows[of_set[0]].line, &self.columns.set);
            }
            for row in of_set.iter().map(|at| &self.rows[*at]) {
                if std::mem::replace(&mut last_set[row.alternative as usize], set) == set {
                    let label = &self.alternatives.ids[row.alternative as usize];
                    let expected = format!("each alternative once in set `{{}}`; `{label}` is there twice");
                    return located(expected, row.line, &self.columns.alternative);
                }
            }
        }
        Ok(())
    }
}
