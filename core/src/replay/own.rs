//! What somebody asks to have results broken down by, and the columns of the user's own in the visits file that this names.

use serde::{Deserialize, Serialize};

use crate::input::{Index, InputError, Names, Result, Row, Word, order_of};
use crate::replay::breakdown::Dimension;

/// Breakdowns as they are asked for.
#[derive(Clone, Copy)]
pub struct By<'a> {
    /// Who asks: a scenario file, or the question.
    pub file: &'a str,
    /// Each breakdown's dimensions: words of [`Dimension`], or names of columns.
    pub asked: &'a [Vec<String>],
    /// Whether a column of the user's own cannot have a name, because tables of visits have a column of it.
    pub is_taken: fn(&str) -> bool,
}

/// A column of the user's own in the visits file: categories.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OwnColumn {
    /// Its name.
    pub name: String,
    /// Its distinct values, in the order of ids.
    pub values: Vec<String>,
    /// By profile, its value's number.
    pub of: Vec<u16>,
}

/// Breakdowns that can be asked for at once.
const BREAKDOWNS_MAX: usize = 20;
/// Distinct values of a column: more are no categories.
const VALUES_MAX: usize = 1_000;
/// The value of an empty cell.
const NONE: &str = "(none)";

impl<'a> By<'a> {
    /// Nothing is asked for.
    pub const NOTHING: By<'static> = By { file: "", asked: &[], is_taken: |_| false };

    /// Checks what can be without the visits file.
    ///
    /// # Errors
    /// For each breakdown that is none.
    pub(crate) fn check(&self) -> Vec<InputError> {
        let wrong = |field: String, expected: &str, value: String| {
            InputError::new(self.file, expected).field(field).value(value)
        };
        let mut errors = Vec::new();
        if self.asked.len() > BREAKDOWNS_MAX {
            let expected = format!("at most {BREAKDOWNS_MAX} breakdowns");
            errors.push(wrong("by".to_owned(), &expected, format!("{} of them", self.asked.len())));
        }
        for (at, by) in self.asked.iter().enumerate() {
            let expected = match by.as_slice() {
                [] | [_, _, _, ..] => "one or two dimensions",
                names if names.iter().any(String::is_empty) => "the name of each dimension",
                [one, two] if one == two => "two different dimensions",
                _ => continue,
            };
            errors.push(wrong(format!("by[{at}]"), expected, by.join(",")));
        }
        errors
    }

    /// The columns of the user's own that are asked for, each once.
    pub(crate) fn own(&self) -> Vec<&'a str> {
        let mut own: Vec<&str> = Vec::new();
        for name in self.asked.iter().flatten() {
            if Dimension::from_word(name).is_none() && !own.contains(&name.as_str()) {
                own.push(name);
            }
        }
        own
    }

    /// Checks the columns that are asked for: the visits file has such a column of the user's own, and no table has another.
    pub(crate) fn check_columns(&self, file: &str, columns: &[String], ours: &[&str]) -> Vec<InputError> {
        let is_own = |name: &&str| !ours.contains(name) && !name.is_empty();
        let own: Vec<&str> = columns.iter().map(String::as_str).filter(is_own).collect();
        let dimensions: Vec<&str> = Dimension::WORDS.iter().map(|(_, word)| *word).collect();
        let expected = |name: &str| match own.as_slice() {
            [] => format!("one of {}; {file} has no columns of your own", dimensions.join(", ")),
            _ => {
                let all = dimensions.iter().chain(&own).copied();
                let listed =
                    format!("one of {}, or of your columns in {file}: {}", dimensions.join(", "), own.join(", "));
                Names::new(all).expected(&listed, name)
            }
        };
        let mut errors = Vec::new();
        for (at, by) in self.asked.iter().enumerate() {
            for (place, name) in by.iter().enumerate() {
                let expected = if Dimension::from_word(name).is_some() {
                    if !own.contains(&name.as_str()) {
                        continue;
                    }
                    format!("another name of that column of {file}: `{name}` alone is a dimension of ours")
                } else if !own.contains(&name.as_str()) {
                    expected(name)
                } else if (self.is_taken)(name) {
                    format!("another name of that column of {file}: tables of visits have a `{name}` of ours")
                } else {
                    continue;
                };
                let error = InputError::new(self.file, expected).field(format!("by[{at}][{place}]")).value(name);
                errors.push(error);
            }
        }
        errors
    }
}

/// Columns of the user's own while they are read.
pub(crate) struct Reading<'a> {
    columns: Vec<(&'a str, Index, Vec<u16>)>,
    /// Whether a column was told to have too many values.
    is_told: bool,
}

impl<'a> Reading<'a> {
    /// Of columns of these names.
    pub(crate) fn new(names: &[&'a str]) -> Reading<'a> {
        let columns = names.iter().map(|name| (*name, Index::default(), Vec::new())).collect();
        Reading { columns, is_told: false }
    }

    /// Takes a row.
    pub(crate) fn enter(&mut self, row: &Row<'_>) -> Result<()> {
        for (name, index, of) in &mut self.columns {
            let cell = row.cell(name);
            let number = index.number(if cell.is_empty() { NONE } else { cell });
            if number as usize >= VALUES_MAX && !std::mem::replace(&mut self.is_told, true) {
                let expected =
                    format!("at most {VALUES_MAX} different values in a column that results are broken down by");
                return Err(row.error(name, expected));
            }
            of.push(number as u16);
        }
        Ok(())
    }

    /// The columns, with their rows in this order.
    pub(crate) fn arranged(self, order: &[usize]) -> Vec<OwnColumn> {
        let column = |(name, index, of): (&str, Index, Vec<u16>)| {
            let sorted = order_of(&index.ids);
            let mut place = vec![0; sorted.len()];
            sorted.iter().zip(0..).for_each(|(number, at)| place[*number] = at);
            OwnColumn {
                name: name.to_owned(),
                values: sorted.iter().map(|number| index.ids[*number].clone()).collect(),
                of: order.iter().map(|row| place[usize::from(of[*row])]).collect(),
            }
        };
        self.columns.into_iter().map(column).collect()
    }
}
