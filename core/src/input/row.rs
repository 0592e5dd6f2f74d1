//! A row of a CSV file, with typed cells: every error names the file, line, column and value.

use std::cell::Cell;
use std::ops::RangeInclusive;

use crate::input::number::{Number, decimal};
use crate::input::{InputError, Result, Word};

const WEIGHT_MAX: f64 = 1e9;
const WEIGHT_MIN: f64 = 1e-100;

/// One row of a CSV file, with typed access by column name.
pub(crate) struct Row<'a> {
    pub(super) file: &'a str,
    /// Line in the file, from 1.
    pub(crate) line: u64,
    pub(super) columns: &'a [String],
    /// The cells, a letter between each and the next.
    pub(super) text: &'a str,
    /// Where each cell ends.
    pub(super) ends: &'a [usize],
    /// After the column that was asked for last.
    pub(super) asked: &'a Cell<usize>,
}

impl<'a> Row<'a> {
    /// The cell's text, empty where an optional column is absent.
    #[inline(never)]
    pub(crate) fn cell(&self, column: &str) -> &'a str {
        // Mostly in their order.
        let asked = self.asked.get();
        let index = (asked..self.columns.len()).chain(0..asked).find(|index| self.columns[*index] == column);
        let Some(index) = index else { return "" };
        self.asked.set(index + 1);
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before] + 1);
        self.text[start..self.ends[index]].trim()
    }

    /// An error about this cell.
    #[cold]
    #[inline(never)]
    pub(crate) fn error(&self, column: &str, expected: impl Into<String>) -> InputError {
        InputError::new(self.file, expected).at(self.line).field(column).value(self.cell(column))
    }

    /// Text that may not be empty.
    #[inline(never)]
    pub(crate) fn text(&self, column: &str) -> Result<&'a str> {
        let cell = self.cell(column);
        if cell.is_empty() { Err(self.error(column, "some text")) } else { Ok(cell) }
    }

    /// A number within bounds. `unit` completes the message: "a number from 0 to 5 stars".
    #[inline(never)]
    pub(crate) fn number<T: Number>(&self, column: &str, bounds: RangeInclusive<T>, unit: &str) -> Result<T> {
        T::read(self.cell(column)).filter(|value| bounds.contains(value)).ok_or_else(|| {
            let (low, high) = (bounds.start().text(), bounds.end().text());
            self.no_number(column, format!("a number from {low} to {high} {unit}").trim_end())
        })
    }

    /// A number within bounds, or `default` where the cell is empty.
    #[inline(never)]
    pub(crate) fn number_or<T: Number>(
        &self,
        column: &str,
        bounds: RangeInclusive<T>,
        unit: &str,
        default: T,
    ) -> Result<T> {
        if self.cell(column).is_empty() { Ok(default) } else { self.number(column, bounds, unit) }
    }

    /// A weight: 0, or what its square is of too, which robust errors sum.
    pub(crate) fn weight(&self, column: &str) -> Result<f64> {
        let weight = self.number(column, 0.0..=WEIGHT_MAX, "")?;
        if weight > 0.0 && weight < WEIGHT_MIN {
            let expected =
                "0, or a weight of at least 1e-100: of less, the square is nothing; multiply all by one number";
            return Err(self.error(column, expected));
        }
        Ok(weight)
    }

    /// A number within bounds, rounded to the nearest whole one; and whether it was whole.
    #[inline(never)]
    pub(crate) fn nearest_whole(&self, column: &str, bounds: RangeInclusive<u32>, unit: &str) -> Result<(u32, bool)> {
        let cell = self.cell(column);
        let rounded = || decimal(cell, 0).and_then(|number| u32::try_from(number).ok());
        let whole = u32::read(cell);
        match whole.or_else(rounded).filter(|number| bounds.contains(number)) {
            Some(number) => Ok((number, whole.is_some())),
            None => self.number(column, bounds, unit).map(|number| (number, true)),
        }
    }

    /// Whether a cell is empty, or as programs write what is not there: 0.
    pub(crate) fn is_nothing(&self, column: &str) -> bool {
        let cell = self.cell(column);
        cell.is_empty() || cell == "0" || u32::read(cell) == Some(0)
    }

    /// An error about a cell that should hold a number.
    #[cold]
    #[inline(never)]
    pub(crate) fn no_number(&self, column: &str, expected: &str) -> InputError {
        let cell = self.cell(column);
        let has_comma = cell.contains(',') && decimal(&cell.replace(',', ""), 0).is_some();
        let hint = if has_comma { "; a decimal point, and nothing between thousands" } else { "" };
        self.error(column, format!("{expected}{hint}"))
    }

    /// One word of a closed set.
    #[inline(never)]
    pub(crate) fn word<W: Word>(&self, column: &str) -> Result<W> {
        W::in_any_case(self.cell(column)).ok_or_else(|| self.error(column, W::expected_for(self.cell(column))))
    }

    /// One or more words of a closed set, separated by `|`.
    #[inline(never)]
    pub(crate) fn words<W: Word>(&self, column: &str) -> Result<Vec<W>> {
        let word = |word: &str| {
            let word = word.trim();
            let expected = || format!("{}, or several separated by |", W::expected_for(word));
            W::in_any_case(word).ok_or_else(|| self.error(column, expected()))
        };
        self.cell(column).split('|').map(word).collect()
    }

    /// Yes or no, as people and programs write it.
    #[inline(never)]
    pub(crate) fn yes_no(&self, column: &str) -> Result<bool> {
        let cell = self.cell(column);
        if let Some(yes) = yes_or_no(cell) {
            return Ok(yes);
        }
        match u32::read(cell) {
            Some(1) => Ok(true),
            Some(0) => Ok(false),
            _ => Err(self.error(column, YES_NO)),
        }
    }
}

/// What [`Row::yes_no`] and its like in JSON expect.
pub(super) const YES_NO: &str = "yes or no, true or false, 1 or 0";

/// What a word means.
pub(super) fn yes_or_no(word: &str) -> Option<bool> {
    let is = |words: &[&str]| words.iter().any(|one| word.eq_ignore_ascii_case(one));
    if is(&["yes", "1", "true", "y", "t"]) {
        return Some(true);
    }
    is(&["no", "0", "false", "n", "f"]).then_some(false)
}
