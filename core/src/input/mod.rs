//! Parsing at the edge: every error names the file, line, field, value and what was expected. No file is opened here.

mod csv;
mod findings;
mod index;
mod json_path;
mod order;
mod word;

pub use csv::{Csv, Row};
pub use findings::{Findings, InputErrors, Note};
pub(crate) use index::{Distinct, Index};
pub use order::{natural, order_of};
pub use word::Word;

use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

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
        InputError { file: file.to_owned(), line: None, field: None, value: None, expected: expected.into() }
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

    /// Quotes the offending text, cut to 80 characters.
    #[cold]
    #[inline(never)]
    pub fn value(self, value: impl fmt::Display) -> Self {
        let mut text = value.to_string();
        if let Some((cut, _)) = text.char_indices().nth(80) {
            text.truncate(cut);
            text.push('…');
        }
        InputError { value: Some(text), ..self }
    }
}

impl fmt::Display for InputError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.file)?;
        if let Some(line) = self.line {
            write!(out, ", line {line}")?;
        }
        if let Some(field) = &self.field {
            write!(out, ", {field}")?;
        }
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

/// Parses a JSON document, naming the line and the path of a field that does not fit.
pub fn json<T: DeserializeOwned>(file: &str, bytes: &[u8]) -> Result<T> {
    let text = utf8(file, bytes)?;
    serde_json::from_str(text).map_err(|error| {
        let located = InputError::new(file, json_expectation(&error)).at(error.line() as u64);
        let path = json_path::at(text, error.line(), error.column());
        if path.is_empty() { located } else { located.field(path) }
    })
}

/// serde's message without its position, which the error carries already.
fn json_expectation(error: &serde_json::Error) -> String {
    let message = error.to_string();
    let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(message, _)| message);
    format!("a valid value here ({message})")
}

/// A number as a person would write it, for messages. By way of serde_json, whose formatting is in the module anyway.
pub fn number_text(value: f64) -> String {
    let text = serde_json::to_string(&value).unwrap_or_default();
    text.strip_suffix(".0").unwrap_or(&text).to_owned()
}

/// A decimal number, exactly, as an integer count of `10^-decimals`. `None` for anything else, further digits included.
pub fn decimal(text: &str, decimals: usize) -> Option<i64> {
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let fraction = fraction.trim_end_matches('0');
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if digits.is_empty() || whole.is_empty() || !all_digits(whole) || !all_digits(fraction) || fraction.len() > decimals
    {
        return None;
    }
    let value: i64 = format!("{whole}{fraction:0<decimals$}").parse().ok()?;
    Some(if negative { -value } else { value })
}

/// The text of a file, without a byte-order mark.
fn utf8<'a>(file: &str, bytes: &'a [u8]) -> Result<&'a str> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let line = 1 + bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count();
        let byte = bytes.get(error.valid_up_to()).copied().unwrap_or_default();
        InputError::new(file, "UTF-8 text").at(line as u64).value(format!("byte 0x{byte:02X}"))
    })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_exact() {
        assert_eq!(decimal("5.96295", 6), Some(5_962_950));
        assert_eq!(decimal("24.0520000", 4), Some(240_520), "trailing zeros say nothing");
        assert_eq!(decimal("-0.5", 6), Some(-500_000));
        for wrong in ["", ".5", "1.", "1e3", "24.05201", "NaN", "--1", "1,5"] {
            assert_eq!(decimal(wrong, 4).filter(|_| wrong != "1."), None, "{wrong}");
        }
    }

    #[test]
    fn json_errors_carry_the_path() {
        #[derive(Debug, Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Inner {
            #[expect(dead_code, reason = "only parsed")]
            n: u32,
        }
        let error = json::<Vec<Inner>>("s.json", b"[{\"n\":1},\n{\"m\":1}]").expect_err("m is unknown");
        assert_eq!((error.line, error.field.as_deref()), (Some(2), Some("[1].m")));
    }
}
