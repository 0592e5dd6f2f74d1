//! Rows of CSV files, with typed cells: every error names the file, line, column and value.

use std::cell::Cell;
use std::ops::RangeInclusive;
use std::str::FromStr;

use crate::input::{InputError, Result, Word, number_text, utf8};

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
        self.line += memchr::memchr_iter(b'\n', record).count() as u64;
        self.counted_to += record.len();
        self.line
    }
}

impl<'a> Csv<'a> {
    /// Opens `bytes` and checks that the header has every `required` column and none beyond these and the `optional` ones.
    pub fn open(file: &'a str, bytes: &'a [u8], required: &[&str], optional: &[&str]) -> Result<Self> {
        let known = [required, optional].concat();
        let csv = Self::open_wide(file, bytes, required, optional)?;
        if let Some(unknown) = csv.columns.iter().find(|column| !known.contains(&column.as_str())) {
            let expected = format!("the columns {}", known.join(", "));
            return Err(InputError::new(file, expected).at(csv.lines.line).value(unknown));
        }
        Ok(csv)
    }

    /// The same, but ignores columns beyond these.
    pub fn open_wide(file: &'a str, bytes: &'a [u8], required: &[&str], optional: &[&str]) -> Result<Self> {
        let text = utf8(file, bytes)?;
        // Cells are trimmed when they are asked for: the reader would copy every record for that.
        let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(text.as_bytes());
        let mut lines = Lines { text, counted_to: 0, line: 1 };
        let header = reader.headers().map_err(|error| csv_error(file, 1, &error))?;
        let columns: Vec<String> = header.iter().map(|name| name.trim().to_owned()).collect();
        // Comments may come before the header.
        let header_line = lines.of_record_before(reader.position());
        let column_is = |name: &str| columns.iter().filter(|column| *column == name).count();
        if let Some(missing) = required.iter().find(|name| column_is(name) == 0) {
            return Err(
                InputError::new(file, format!("a column `{missing}`; it has {}", columns.join(", "))).at(header_line)
            );
        }
        if let Some(twice) = required.iter().chain(optional).find(|name| column_is(name) > 1) {
            return Err(InputError::new(file, "each column once").at(header_line).value(twice));
        }
        Ok(Csv { file, columns, reader, lines })
    }

    /// Whether there is a column of this name.
    pub fn has(&self, column: &str) -> bool {
        self.columns.iter().any(|name| name == column)
    }

    /// Calls `each` with every row in order; an empty file is an error.
    pub fn rows(mut self, mut each: impl FnMut(&Row<'_>) -> Result<()>) -> Result<()> {
        let mut record = csv::StringRecord::new();
        let (asked, mut any) = (Cell::new(0), false);
        loop {
            let read = self.reader.read_record(&mut record);
            let line = self.lines.of_record_before(self.reader.position());
            if !read.map_err(|error| csv_error(self.file, line, &error))? {
                break;
            }
            any = true;
            each(&Row { file: self.file, line, columns: &self.columns, record: &record, asked: &asked })?;
        }
        if any { Ok(()) } else { Err(InputError::new(self.file, "at least one row after the header")) }
    }
}

/// A number that a cell may hold.
pub trait Number: FromStr + PartialOrd {
    /// As in messages.
    fn text(&self) -> String;
}

impl Number for f64 {
    fn text(&self) -> String {
        number_text(*self)
    }
}

impl Number for u32 {
    fn text(&self) -> String {
        self.to_string()
    }
}

/// One row of a CSV file, with typed access by column name.
pub struct Row<'a> {
    file: &'a str,
    /// Line in the file, from 1.
    pub line: u64,
    columns: &'a [String],
    record: &'a csv::StringRecord,
    /// After the column that was asked for last.
    asked: &'a Cell<usize>,
}

impl<'a> Row<'a> {
    /// The cell's text, empty where an optional column is absent.
    #[inline(never)]
    pub fn cell(&self, column: &str) -> &'a str {
        // Mostly in their order.
        let asked = self.asked.get();
        let index = (asked..self.columns.len()).chain(0..asked).find(|index| self.columns[*index] == column);
        let Some(index) = index else { return "" };
        self.asked.set(index + 1);
        self.record.get(index).unwrap_or("").trim()
    }

    /// An error about this cell.
    #[cold]
    #[inline(never)]
    pub fn error(&self, column: &str, expected: impl Into<String>) -> InputError {
        InputError::new(self.file, expected).at(self.line).field(column).value(self.cell(column))
    }

    /// Text that may not be empty.
    #[inline(never)]
    pub fn text(&self, column: &str) -> Result<&'a str> {
        let cell = self.cell(column);
        if cell.is_empty() { Err(self.error(column, "some text")) } else { Ok(cell) }
    }

    /// A number within bounds. `unit` completes the message: "a number from 0 to 5 stars".
    #[inline(never)]
    pub fn number<T: Number>(&self, column: &str, bounds: RangeInclusive<T>, unit: &str) -> Result<T> {
        let parsed = self.cell(column).parse::<T>().ok().filter(|value| bounds.contains(value));
        parsed.ok_or_else(|| {
            let (low, high) = (bounds.start().text(), bounds.end().text());
            self.error(column, format!("a number from {low} to {high} {unit}").trim_end())
        })
    }

    /// A number within bounds, or `default` where the cell is empty.
    #[inline(never)]
    pub fn number_or<T: Number>(&self, column: &str, bounds: RangeInclusive<T>, unit: &str, default: T) -> Result<T> {
        if self.cell(column).is_empty() { Ok(default) } else { self.number(column, bounds, unit) }
    }

    /// One word of a closed set.
    #[inline(never)]
    pub fn word<W: Word>(&self, column: &str) -> Result<W> {
        W::from_word(self.cell(column)).ok_or_else(|| self.error(column, W::expected()))
    }

    /// One or more words of a closed set, separated by `|`.
    #[inline(never)]
    pub fn words<W: Word>(&self, column: &str) -> Result<Vec<W>> {
        let words: Option<Vec<W>> = self.cell(column).split('|').map(|word| W::from_word(word.trim())).collect();
        words.ok_or_else(|| self.error(column, format!("{}, or several separated by |", W::expected())))
    }

    /// `yes` or `no`.
    #[inline(never)]
    pub fn yes_no(&self, column: &str) -> Result<bool> {
        match self.cell(column) {
            "yes" => Ok(true),
            "no" => Ok(false),
            _ => Err(self.error(column, "yes or no")),
        }
    }
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
        let wide = Csv::open_wide("t.csv", b"m,id,m\n1,a,2\n", &["id"], &[]).expect("m does not matter");
        let mut ids = Vec::new();
        wide.rows(|row| row.text("id").map(|id| ids.push(id.to_owned()))).expect("a good row");
        assert_eq!(ids, ["a"]);
        assert_eq!(header(b"id\n\xff"), Err("t.csv, line 2: got `byte 0xFF`, expected UTF-8 text".to_owned()));
    }
}
