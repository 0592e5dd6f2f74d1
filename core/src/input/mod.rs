//! Parsing at the edge: every error names the file, line, field, value and what was expected. No file is opened here.

mod cells;
mod csv;
mod findings;
mod fold;
mod gzip;
mod header;
mod index;
mod json;
mod json_path;
mod near;
mod number;
mod once;
mod order;
mod row;
mod text;
mod word;

pub(crate) use csv::Csv;
pub use findings::{Findings, InputErrors, Note, read};
pub(crate) use fold::folded;
pub(crate) use gzip::unpacked;
pub(crate) use header::Header;
pub(crate) use index::{Distinct, Index};
pub use json::json;
pub(crate) use json::{of_list, of_object, some_whole, whole, yes_no};
pub(crate) use near::{Names, nearest};
pub(crate) use number::decimal;
pub use number::number_text;
pub(crate) use once::each_once;
pub use order::{natural, order_of};
pub(crate) use row::Row;
pub use word::Word;

use std::fmt;

use serde::{Deserialize, Serialize};

/// In place of a file's name, where what was asked for is wrong and not a file: an option, or a field of a request.
pub const QUESTION: &str = "the question";

/// What is wrong with an input, in the words of whoever wrote the file. Retrying never helps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputError {
    /// The file as the user named it.
    pub file: String,
    /// Line in the file, counted from 1 (the header of a CSV file is line 1).
    pub line: Option<u64>,
    /// Column of a CSV file, or path of a JSON field (`edits[0].add.tariff.fuel`).
    pub field: Option<String>,
    /// The offending text.
    pub value: Option<String>,
    /// What was expected in its place, as a clause that completes "expected …".
    pub expected: String,
}

impl InputError {
    /// An error about a file as a whole; narrow it with [`at`](Self::at), [`field`](Self::field) and [`value`](Self::value).
    #[cold]
    #[inline(never)]
    pub fn new(file: &str, expected: impl Into<String>) -> Self {
        let expected = cut(expected.into(), EXPECTED_MAX);
        InputError { file: file.to_owned(), line: None, field: None, value: None, expected }
    }

    /// Names the line.
    #[cold]
    #[inline(never)]
    pub fn at(self, line: u64) -> Self {
        InputError { line: Some(line), ..self }
    }

    /// Names the column or JSON path.
    #[cold]
    #[inline(never)]
    pub fn field(self, field: impl Into<String>) -> Self {
        InputError { field: Some(field.into()), ..self }
    }

    /// Quotes the offending text: cut, and what cannot be seen by its code point.
    #[cold]
    #[inline(never)]
    pub fn value(self, value: impl fmt::Display) -> Self {
        InputError { value: Some(quoted(&value.to_string())), ..self }
    }
}

/// What a message quotes of a text at most.
const QUOTED_MAX: usize = 80;
/// What is expected may be one of many names.
const EXPECTED_MAX: usize = 1_000;

fn cut(mut text: String, max: usize) -> String {
    if let Some((at, _)) = text.char_indices().nth(max) {
        text.truncate(at);
        text.push('…');
    }
    text
}

/// A text as messages quote it: cut, and what cannot be seen by its code point.
pub(crate) fn quoted(text: &str) -> String {
    visible(text, QUOTED_MAX)
}

/// So much of a text, what cannot be seen by its code point.
pub(crate) fn visible(text: &str, max: usize) -> String {
    let mut visible = String::new();
    for letter in text.chars().take(max + 1) {
        if is_invisible(letter) { visible.push_str(&code_point(letter)) } else { visible.push(letter) }
    }
    cut(visible, max)
}

/// Whether a letter leaves no mark: controls, joiners, marks of direction, unusual spaces.
pub(crate) fn is_invisible(letter: char) -> bool {
    letter.is_control()
        || (letter.is_whitespace() && letter != ' ')
        || matches!(letter, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// A letter's code point, as `[U+200B]`.
pub(crate) fn code_point(letter: char) -> String {
    format!("[U+{:04X}]", u32::from(letter))
}

/// The place that an error or a note is about: `visits.csv, line 3, region`.
fn write_place(out: &mut fmt::Formatter<'_>, file: &str, line: Option<u64>, field: Option<&str>) -> fmt::Result {
    write!(out, "{file}")?;
    if let Some(line) = line {
        write!(out, ", line {line}")?;
    }
    if let Some(field) = field { write!(out, ", {field}") } else { Ok(()) }
}

impl fmt::Display for InputError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_place(out, &self.file, self.line, self.field.as_deref())?;
        match &self.value {
            Some(value) if value.is_empty() => write!(out, ": empty, expected {}", self.expected),
            Some(value) => write!(out, ": got `{value}`, expected {}", self.expected),
            None => write!(out, ": expected {}", self.expected),
        }
    }
}

impl std::error::Error for InputError {}

/// Shorthand of this module's callers.
pub type Result<T> = std::result::Result<T, InputError>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_quoted_is_short_and_can_be_seen() {
        let error = InputError::new("t.csv", "text").value(format!("a\u{200b}\t{}", "é".repeat(100)));
        assert_eq!(error.to_string(), format!("t.csv: got `a[U+200B][U+0009]{}…`, expected text", "é".repeat(63)));
    }
}
