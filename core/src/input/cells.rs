//! The cells of a line of a CSV file.

use crate::input::row::Row;
use crate::input::{InputError, Result, quoted};

/// Where reading is: before the byte `at`, on which line, from 1.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) at: usize,
    pub(super) line: u64,
}

/// The cells of a line.
#[derive(Default)]
pub(super) struct Cells<'t> {
    /// As it is in the file.
    pub(super) line: &'t str,
    /// The cells without their quotes, a comma between each and the next; if any has quotes.
    unquoted: Option<String>,
    /// Where in the text each cell ends.
    pub(super) ends: Vec<usize>,
}

impl<'t> Cells<'t> {
    /// Reads the line at a place, and moves on to the next. `columns` are for messages.
    pub(super) fn read(&mut self, file: &str, text: &'t str, place: &mut Place, columns: &[String]) -> Result<()> {
        let (bytes, start) = (text.as_bytes(), place.at);
        self.ends.clear();
        self.unquoted = None;
        let mut has_quotes = false;
        let mut end = start;
        while let Some(byte) = bytes.get(end) {
            // Nearly all bytes of nearly all files are beyond it.
            if *byte <= b',' {
                match byte {
                    b',' => self.ends.push(end - start),
                    b'"' => has_quotes = true,
                    b'\n' | b'\r' => break,
                    _ => {}
                }
            }
            end += 1;
        }
        self.ends.push(end - start);
        self.line = &text[start..end];
        place.at = end + if bytes[end..].starts_with(b"\r\n") { 2 } else { 1 };
        place.line += 1;
        if has_quotes { self.unquote(file, place.line - 1, columns) } else { Ok(()) }
    }

    /// The cells, a comma between each and the next.
    pub(super) fn text(&self) -> &str {
        self.unquoted.as_deref().unwrap_or(self.line)
    }

    /// Takes the quotes off.
    fn unquote(&mut self, file: &str, line: u64, columns: &[String]) -> Result<()> {
        let (mut text, mut rest) = (String::new(), self.line);
        self.ends.clear();
        loop {
            rest = match rest.trim_start().strip_prefix('"') {
                Some(quoted_cell) => unquote(quoted_cell, &mut text).map_err(|expected| {
                    let error = InputError::new(file, expected).at(line).value(format!("\"{quoted_cell}"));
                    columns.get(self.ends.len()).map_or(error.clone(), |column| error.field(quoted(column)))
                })?,
                None => {
                    let (cell, _) = rest.split_once(',').unwrap_or((rest, ""));
                    text.push_str(cell);
                    &rest[cell.len()..]
                }
            };
            self.ends.push(text.len());
            match rest.strip_prefix(',') {
                Some(next) => rest = next,
                None => break,
            }
            text.push(',');
        }
        self.unquoted = Some(text);
        Ok(())
    }

    /// Whether there is nothing in it, but perhaps commas.
    pub(super) fn are_blank(&self) -> bool {
        self.line.bytes().all(|byte| byte == b',' || byte.is_ascii_whitespace())
    }

    /// Spreadsheets put empty cells after the last column.
    pub(super) fn check_count(&self, row: &Row<'_>) -> Result<()> {
        let (count, columns) = (self.ends.len(), row.columns.len());
        let is_blank = |text: &str| text.bytes().all(|byte| byte == b',' || byte == b' ');
        if count == columns || (count > columns && is_blank(&row.text[self.ends[columns - 1]..])) {
            return Ok(());
        }
        let hint = if count > columns { "; numbers have a decimal point, and text with a comma quotes" } else { "" };
        let error = InputError::new(row.file, format!("{columns} columns as in the header{hint}"));
        Err(error.at(row.line).value(format!("{count} columns")))
    }
}

/// Adds a cell to a text, of which this follows the opening quote; a quote within is doubled. Gives what follows the cell, or
/// says what was expected.
fn unquote<'t>(mut rest: &'t str, to: &mut String) -> std::result::Result<&'t str, &'static str> {
    loop {
        let (cell, after) = rest.split_once('"').ok_or("a quote that closes on the line on which it opens")?;
        to.push_str(cell);
        match after.strip_prefix('"') {
            Some(doubled) => rest = doubled,
            None => {
                let after = after.trim_start();
                let ends = after.is_empty() || after.starts_with(',');
                return ends.then_some(after).ok_or("a comma, or the end of the line, after the closing quote");
            }
        }
        to.push('"');
    }
}
