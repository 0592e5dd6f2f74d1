//! Observed choices, grouped by who made them, in the layout that the likelihood walks through. Parsed in `long.rs`.

use std::ops::Range;

use serde::{Deserialize, Serialize};

/// People, each with one or more choices, each among two or more alternatives.
///
/// Everything is in flat arrays: a person's choices lie together, and so do a choice's rows, the chosen one first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Choices {
    /// The variables' names, in the order of [`Choices::row`].
    pub variables: Vec<String>,
    /// The alternatives' labels.
    pub alternatives: Vec<String>,
    /// The people's ids, in their order ([`order_of`](crate::input::order_of)), whatever that of the file: draws are a person's.
    pub people: Vec<String>,
    /// Each person's weight.
    pub weights: Vec<f64>,
    /// Where each person's choices begin, and where the last one's end.
    pub(crate) choice_starts: Vec<u32>,
    /// Where each choice's rows begin, and where the last one's end.
    pub(crate) row_starts: Vec<u32>,
    /// Each row's alternative.
    pub(crate) row_alternatives: Vec<u16>,
    /// Each row's variables.
    pub(crate) values: Vec<f64>,
    /// What of the data is not here, and why: sentences without their full stop.
    pub notes: Vec<String>,
}

/// Rows have their alternative as a number of 16 bits.
pub const ALTERNATIVES_MAX: usize = 1 << 16;

impl Choices {
    /// The numbers of a person's choices.
    #[inline]
    pub fn of_person(&self, person: usize) -> Range<usize> {
        self.choice_starts[person] as usize..self.choice_starts[person + 1] as usize
    }

    /// The numbers of a choice's rows; the first is the chosen one.
    #[inline]
    pub fn rows(&self, choice: usize) -> Range<usize> {
        self.row_starts[choice] as usize..self.row_starts[choice + 1] as usize
    }

    /// One row's variables.
    #[inline]
    pub fn row(&self, row: usize) -> &[f64] {
        let width = self.variables.len();
        &self.values[row * width..(row + 1) * width]
    }

    /// How many choices there are.
    pub fn choice_count(&self) -> usize {
        self.row_starts.len() - 1
    }

    /// How many rows there are.
    pub fn row_count(&self) -> usize {
        self.row_alternatives.len()
    }

    /// Each choice with its person's weight.
    pub fn weighted_choices(&self) -> impl Iterator<Item = (usize, f64)> + '_ {
        self.weights
            .iter()
            .enumerate()
            .flat_map(|(person, weight)| self.of_person(person).map(move |choice| (choice, *weight)))
    }

    /// Whether anybody counts more or less than one.
    pub fn is_weighted(&self) -> bool {
        self.weights.iter().any(|weight| (weight - 1.0).abs() > 1e-12)
    }

    /// Log-likelihood if every alternative of a choice were as likely as any other.
    pub fn log_likelihood_of_equal_shares(&self) -> f64 {
        self.weighted_choices().map(|(choice, weight)| -weight * libm::log(self.rows(choice).len() as f64)).sum()
    }
}

/// A note that so many of something are left out, if any are.
pub(crate) fn left_out(count: usize, one: &str, many: &str, which: &str) -> Option<String> {
    match count {
        0 => None,
        1 => Some(format!("1 {one} {which} is left out")),
        _ => Some(format!("{count} {many} {which} are left out")),
    }
}
