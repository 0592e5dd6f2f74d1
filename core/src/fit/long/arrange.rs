//! Rows of a file in long format, in whatever order they came, as choices: people, their choice sets and the alternatives of these
//! in the order of their ids, so that the same data are the same to the last bit.

use super::Table;
use crate::fit::choices::{Choices, left_out};
use crate::input::{InputError, Result, order_of};

impl Table<'_> {
    /// The rows by people, sets and alternatives in their order, the chosen one of a set first.
    pub(super) fn rows_in_order(&self) -> Vec<usize> {
        let (people, sets) = (places(&order_of(&self.people.ids)), places(&order_of(&self.sets.ids)));
        let alternatives = places(&self.alternatives_in_order());
        let mut order: Vec<usize> = (0..self.rows.len()).collect();
        order.sort_by_key(|at| {
            let row = &self.rows[*at];
            let person = people[self.person(*at)];
            (person, sets[row.set as usize], !row.is_chosen, alternatives[row.alternative as usize])
        });
        order
    }

    /// The choices of rows in their order, as far as they tell something. `variables` are those of the specification.
    pub(super) fn choices(&self, file: &str, variables: &[&str], order: &[usize]) -> Result<Choices> {
        let counts = |of_set: &&[usize]| self.weights[self.person(of_set[0])] > 0.0;
        let of_people: Vec<&[usize]> =
            order.chunk_by(|a, b| self.rows[*a].set == self.rows[*b].set).filter(counts).collect();
        let sets: Vec<&[usize]> = of_people.iter().copied().filter(|of_set| of_set.len() > 1).collect();
        self.check_any(file, of_people.len(), sets.len())?;
        let (alternatives, numbers) = self.alternatives_of(&sets);
        let mut choices = Choices {
            variables: variables.iter().map(|name| (*name).to_owned()).collect(),
            alternatives,
            people: Vec::new(),
            weights: Vec::new(),
            choice_starts: Vec::new(),
            row_starts: Vec::new(),
            row_alternatives: Vec::new(),
            values: Vec::with_capacity(order.len() * variables.len()),
            notes: self.notes(of_people.len() - sets.len()),
        };
        let mut person_before = None;
        for of_set in sets {
            let person = self.person(of_set[0]);
            if person_before.replace(person) != Some(person) {
                choices.people.push(self.people.ids[person].clone());
                choices.weights.push(self.weights[person]);
                choices.choice_starts.push(choices.row_starts.len() as u32);
            }
            choices.row_starts.push(choices.row_alternatives.len() as u32);
            for &row in of_set {
                choices.row_alternatives.push(numbers[self.rows[row].alternative as usize]);
                self.put_values(row, variables, &mut choices.values);
            }
        }
        choices.choice_starts.push(choices.row_starts.len() as u32);
        choices.row_starts.push(choices.row_alternatives.len() as u32);
        Ok(choices)
    }

    fn person(&self, row: usize) -> usize {
        self.set_rows[self.rows[row].set as usize].person as usize
    }

    /// The alternatives by their labels; the outside option is the last.
    fn alternatives_in_order(&self) -> Vec<usize> {
        let count = self.alternatives.ids.len();
        let of_file = count - usize::from(self.columns.outside.is_some());
        order_of(&self.alternatives.ids[..of_file]).into_iter().chain(of_file..count).collect()
    }

    /// The labels of the alternatives of these sets, in their order, and by alternative of the file its number among them.
    fn alternatives_of(&self, sets: &[&[usize]]) -> (Vec<String>, Vec<u16>) {
        let count = self.alternatives.ids.len();
        let (mut is_there, mut labels, mut numbers) = (vec![false; count], Vec::new(), vec![0; count]);
        sets.iter().copied().flatten().for_each(|row| is_there[self.rows[*row].alternative as usize] = true);
        for at in self.alternatives_in_order().into_iter().filter(|at| is_there[*at]) {
            numbers[at] = labels.len() as u16;
            labels.push(self.alternatives.ids[at].clone());
        }
        (labels, numbers)
    }

    /// A row's variables: of the outside option its constant is 1, and all others are 0.
    fn put_values(&self, row: usize, variables: &[&str], to: &mut Vec<f64>) {
        let outside = self.columns.outside.as_deref();
        let is_outside = outside == Some(&self.alternatives.ids[self.rows[row].alternative as usize]);
        let mut values = self.values[row * self.variables.len()..].iter();
        to.extend(variables.iter().map(|name| match outside == Some(name) {
            true => f64::from(u8::from(is_outside)),
            false => values.next().copied().unwrap_or_default(),
        }));
    }

    fn notes(&self, of_one: usize) -> Vec<String> {
        let weightless = self.weights.iter().filter(|weight| **weight <= 0.0).count();
        let certain = left_out(of_one, "choice", "choices", "with one alternative, which tells nothing,");
        certain.into_iter().chain(left_out(weightless, "person", "people", "of weight 0")).collect()
    }

    fn check_any(&self, file: &str, of_people: usize, sets: usize) -> Result<()> {
        let (column, expected) = match (&self.columns.weight, of_people, sets) {
            (Some(weight), 0, _) => (weight, "at least one person with a weight above 0"),
            (_, _, 0) => (&self.columns.set, "at least one choice with two or more alternatives"),
            _ => return Ok(()),
        };
        Err(InputError::new(file, expected).field(column))
    }
}

/// The inverse of an order: by id, its place.
fn places(order: &[usize]) -> Vec<usize> {
    let mut places = vec![0; order.len()];
    order.iter().enumerate().for_each(|(place, at)| places[*at] = place);
    places
}
