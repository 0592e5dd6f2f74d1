//! Parsing at the edge: every error names the file, line, field, value and what was expected. No file is opened here.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

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
    pub fn new(file: &str, expected: impl Into<String>) -> Self {
        InputError { file: file.to_owned(), line: None, field: None, value: None, expected: expected.into() }
    }

    /// Names the line.
    pub fn at(self, line: u64) -> Self {
        InputError { line: Some(line), ..self }
    }

    /// Names the column or JSON path.
    pub fn field(self, field: impl Into<String>) -> Self {
        InputError { field: Some(field.into()), ..self }
    }

    /// Quotes the offending text, cut to 80 characters.
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

/// A closed set of words, as they are written in files.
pub trait Word: Copy + PartialEq + 'static {
    /// Every value with its word.
    const WORDS: &'static [(Self, &'static str)];

    /// The word of this value.
    fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(value, _)| *value == self).map_or("", |(_, word)| word)
    }

    /// The value of a word.
    fn from_word(text: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(_, word)| *word == text).map(|(value, _)| *value)
    }

    /// The words, for an error message.
    fn expected() -> String {
        let words: Vec<_> = Self::WORDS.iter().map(|(_, word)| *word).collect();
        format!("one of {}", words.join(", "))
    }
}

/// Parses a JSON document, naming the path of a field that does not fit.
pub fn json<T: DeserializeOwned>(file: &str, bytes: &[u8]) -> Result<T> {
    let text = utf8(file, bytes)?;
    let mut reader = serde_json::Deserializer::from_str(text);
    let parsed = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        let inner = error.into_inner();
        let located = InputError::new(file, json_expectation(&inner)).at(inner.line() as u64);
        if path == "." { located } else { located.field(path) }
    })?;
    reader.end().map_err(|error| InputError::new(file, "nothing after the JSON value").at(error.line() as u64))?;
    Ok(parsed)
}

/// serde's message without its position, which the error carries already.
fn json_expectation(error: &serde_json::Error) -> String {
    let message = error.to_string();
    let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(message, _)| message);
    format!("a valid value here ({message})")
}

/// The rows of a CSV file, header checked. Understands CRLF and a byte-order mark; lines that start with `#` are comments.
pub struct Csv<'a> {
    file: &'a str,
    columns: Vec<String>,
    reader: csv::Reader<&'a [u8]>,
    lines: Lines<'a>,
}

/// Tells the line of a place in a text. The csv crate's own count is one short after CRLF.
struct Lines<'a> {
    text: &'a str,
    counted_to: usize,
    line: u64,
}

impl Lines<'_> {
    /// The line on which the record that ends here has its last character.
    fn of_record_before(&mut self, position: &csv::Position) -> u64 {
        let read = self.text.as_bytes().get(self.counted_to..position.byte() as usize).unwrap_or_default();
        let record = read.trim_ascii_end();
        self.line += record.iter().filter(|byte| **byte == b'\n').count() as u64;
        self.counted_to += record.len();
        self.line
    }
}

impl<'a> Csv<'a> {
    /// Opens `bytes` and checks that the header has every `required` column and none beyond these and the `optional` ones.
    pub fn open(file: &'a str, bytes: &'a [u8], required: &[&str], optional: &[&str]) -> Result<Self> {
        let text = utf8(file, bytes)?;
        let mut reader =
            csv::ReaderBuilder::new().comment(Some(b'#')).trim(csv::Trim::All).from_reader(text.as_bytes());
        let mut lines = Lines { text, counted_to: 0, line: 1 };
        let header = reader.headers().map_err(|error| csv_error(file, 1, &error))?;
        let columns: Vec<String> = header.iter().map(str::to_owned).collect();
        // Comments may come before the header.
        let header_line = lines.of_record_before(reader.position());
        let known = || format!("the columns {}", [required, optional].concat().join(", "));
        if let Some(missing) = required.iter().find(|name| !columns.iter().any(|column| column == **name)) {
            return Err(
                InputError::new(file, format!("a column `{missing}`; it has {}", columns.join(", "))).at(header_line)
            );
        }
        for (index, column) in columns.iter().enumerate() {
            if !required.contains(&column.as_str()) && !optional.contains(&column.as_str()) {
                return Err(InputError::new(file, known()).at(header_line).value(column));
            }
            if columns[..index].contains(column) {
                return Err(InputError::new(file, "each column once").at(header_line).value(column));
            }
        }
        Ok(Csv { file, columns, reader, lines })
    }

    /// Calls `each` with every row in order; an empty file is an error.
    pub fn rows(mut self, mut each: impl FnMut(&Row<'_>) -> Result<()>) -> Result<()> {
        let mut record = csv::StringRecord::new();
        let mut any = false;
        loop {
            let read = self.reader.read_record(&mut record);
            let line = self.lines.of_record_before(self.reader.position());
            if !read.map_err(|error| csv_error(self.file, line, &error))? {
                break;
            }
            any = true;
            each(&Row { file: self.file, line, columns: &self.columns, record: &record })?;
        }
        if any { Ok(()) } else { Err(InputError::new(self.file, "at least one row after the header")) }
    }
}

/// One row of a CSV file, with typed access by column name.
pub struct Row<'a> {
    file: &'a str,
    /// Line in the file, from 1.
    pub line: u64,
    columns: &'a [String],
    record: &'a csv::StringRecord,
}

impl<'a> Row<'a> {
    /// The cell's text, empty where an optional column is absent.
    pub fn cell(&self, column: &str) -> &'a str {
        let index = self.columns.iter().position(|name| name == column);
        index.and_then(|index| self.record.get(index)).unwrap_or("")
    }

    /// An error about this cell.
    pub fn error(&self, column: &str, expected: impl Into<String>) -> InputError {
        InputError::new(self.file, expected).at(self.line).field(column).value(self.cell(column))
    }

    /// Text that may not be empty.
    pub fn text(&self, column: &str) -> Result<&'a str> {
        let cell = self.cell(column);
        if cell.is_empty() { Err(self.error(column, "some text")) } else { Ok(cell) }
    }

    /// A number within bounds. `unit` completes the message: "a number from 0 to 5 stars".
    pub fn number<T>(&self, column: &str, bounds: RangeInclusive<T>, unit: &str) -> Result<T>
    where
        T: FromStr + PartialOrd + fmt::Display,
    {
        let parsed = self.cell(column).parse::<T>().ok().filter(|value| bounds.contains(value));
        parsed.ok_or_else(|| {
            self.error(column, format!("a number from {} to {} {unit}", bounds.start(), bounds.end()).trim_end())
        })
    }

    /// A number within bounds, or `default` where the cell is empty.
    pub fn number_or<T>(&self, column: &str, bounds: RangeInclusive<T>, unit: &str, default: T) -> Result<T>
    where
        T: FromStr + PartialOrd + fmt::Display,
    {
        if self.cell(column).is_empty() { Ok(default) } else { self.number(column, bounds, unit) }
    }

    /// One word of a closed set.
    pub fn word<W: Word>(&self, column: &str) -> Result<W> {
        W::from_word(self.cell(column)).ok_or_else(|| self.error(column, W::expected()))
    }

    /// One or more words of a closed set, separated by `|`.
    pub fn words<W: Word>(&self, column: &str) -> Result<Vec<W>> {
        let words: Option<Vec<W>> = self.cell(column).split('|').map(|word| W::from_word(word.trim())).collect();
        words.ok_or_else(|| self.error(column, format!("{}, or several separated by |", W::expected())))
    }

    /// `yes` or `no`.
    pub fn yes_no(&self, column: &str) -> Result<bool> {
        match self.cell(column) {
            "yes" => Ok(true),
            "no" => Ok(false),
            _ => Err(self.error(column, "yes or no")),
        }
    }
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

fn csv_error(file: &str, line: u64, error: &csv::Error) -> InputError {
    let located = |expected: String| InputError::new(file, expected).at(line);
    match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            located(format!("{expected_len} columns as in the header")).value(format!("{len} columns"))
        }
        _ => located(format!("a readable CSV file ({error})")),
    }
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
    fn a_bad_cell_is_named_by_file_line_column_and_value() {
        let csv = Csv::open("t.csv", b"\xef\xbb\xbfid,n\r\na,1\r\nb,x\r\n", &["id", "n"], &[]).expect("a good header");
        let error = csv.rows(|row| row.number("n", 0..=9, "months").map(drop)).expect_err("x is no number");
        assert_eq!(error.to_string(), "t.csv, line 3, n: got `x`, expected a number from 0 to 9 months");
    }

    #[test]
    fn headers_are_checked() {
        let header = |bytes| Csv::open("t.csv", bytes, &["id"], &["n"]).map(drop).map_err(|error| error.to_string());
        assert_eq!(header(b"id,n\n"), Ok(()));
        assert_eq!(header(b"n\n"), Err("t.csv, line 1: expected a column `id`; it has n".to_owned()));
        assert_eq!(header(b"id,m\n"), Err("t.csv, line 1: got `m`, expected the columns id, n".to_owned()));
        assert_eq!(header(b"id,id\n"), Err("t.csv, line 1: got `id`, expected each column once".to_owned()));
        assert_eq!(header(b"id\n\xff"), Err("t.csv, line 2: got `byte 0xFF`, expected UTF-8 text".to_owned()));
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
