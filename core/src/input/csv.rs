//! CSV files, line by line: a row is a line, whichever way lines end, and no quoted cell goes on to the next. Rows with typed
//! cells are in `row.rs`.

use std::borrow::Cow;
use std::cell::Cell;

use crate::input::cells::{Cells, Place};
use crate::input::header::{self, Header};
use crate::input::row::Row;
use crate::input::text::text;
use crate::input::{Findings, InputError, Note, Result};

/// The rows of a CSV file, header checked. Lines before the header that begin with `#` are comments.
pub(crate) struct Csv<'a> {
    file: &'a str,
    text: Cow<'a, str>,
    columns: Vec<String>,
    /// Where the header ends, and on which line.
    header: Place,
    /// Whether the format is ours: then comments may be anywhere.
    ours: bool,
}

impl<'a> Csv<'a> {
    /// Opens a file and checks its header. A header that is wrong is one error.
    pub(crate) fn open(file: &'a str, bytes: &'a [u8], columns: &Header<'_>, found: &mut Findings) -> Option<Csv<'a>> {
        let text = text(file, bytes, found);
        let text = found.take(text)?;
        let opened = open(file, text, columns, found);
        found.take(opened)
    }

    /// Whether there is a column of this name.
    pub(crate) fn has(&self, column: &str) -> bool {
        self.columns.iter().any(|name| name == column)
    }

    /// Its columns' names.
    pub(crate) fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Calls `each` with every row in order, entering its errors. Nothing if there are any; a file without rows is one.
    pub(crate) fn rows(
        &self,
        found: &mut Findings,
        mut each: impl FnMut(&Row<'_>, &mut Findings) -> Result<()>,
    ) -> Option<()> {
        let (asked, mut place, mut cells) = (Cell::new(0), self.header, Cells::default());
        let (mut rows, mut all_right, mut comments) = (0u64, true, Comments::default());
        while place.at < self.text.len() {
            let line = place.line;
            let read = cells.read(self.file, &self.text, &mut place, &self.columns);
            if self.ours && cells.line.starts_with('#') {
                comments.enter(line);
                continue;
            }
            if cells.are_blank() {
                continue;
            }
            // What follows a quote that is not closed cannot be told: it ends the reading.
            if let Err(error) = read {
                found.error(error);
                return None;
            }
            rows += 1;
            let row = Row {
                file: self.file,
                line,
                columns: &self.columns,
                text: cells.text(),
                ends: &cells.ends,
                asked: &asked,
            };
            if let Err(error) = cells.check_count(&row).and_then(|()| each(&row, found)) {
                found.error(error);
                all_right = false;
            }
        }
        found.notes(comments.note(self.file));
        if rows == 0 {
            found.error(InputError::new(self.file, "at least one row after the header"));
        }
        (all_right && rows > 0).then_some(())
    }
}

/// Comments among the rows.
#[derive(Default)]
struct Comments {
    count: u64,
    first: u64,
}

impl Comments {
    fn enter(&mut self, line: u64) {
        self.count += 1;
        if self.count == 1 {
            self.first = line;
        }
    }

    fn note(&self, file: &str) -> Option<Note> {
        let said = match self.count {
            0 => return None,
            1 => "this line begins with # and is taken for a comment".to_owned(),
            count => format!("{count} lines from this one on begin with # and are taken for comments"),
        };
        Some(Note { line: Some(self.first), ..Note::new(file, said) })
    }
}

fn open<'a>(file: &'a str, text: Cow<'a, str>, columns: &Header<'_>, found: &mut Findings) -> Result<Csv<'a>> {
    let (mut place, mut cells) = (Place { at: 0, line: 1 }, Cells::default());
    let mut read = Ok(());
    let mut line = 1;
    while place.at < text.len() {
        line = place.line;
        read = cells.read(file, &text, &mut place, &[]);
        // Excel understands a first line that names the separator.
        if !cells.are_blank() && !cells.line.starts_with('#') && !cells.line.starts_with("sep=") {
            break;
        }
        cells = Cells::default();
    }
    read?;
    let ends = cells.ends.iter().copied();
    let starts = std::iter::once(0).chain(cells.ends.iter().map(|end| end + 1));
    let mut names: Vec<String> =
        starts.zip(ends).map(|(start, end)| cells.text()[start..end].trim().to_owned()).collect();
    // Spreadsheets name empty columns after the last with nothing.
    while names.last().is_some_and(String::is_empty) {
        names.pop();
    }
    header::check(file, line, cells.line, &names, columns)?;
    if columns.ours {
        header::set_aside(file, line, &names, columns, found)?;
    }
    drop(cells);
    Ok(Csv { file, text, columns: names, header: place, ours: columns.ours })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input;

    /// The rows of a file with the columns `id` and `n`, perhaps `weight`, and what is said of it.
    fn rows(bytes: &[u8], ours: bool) -> std::result::Result<(Vec<String>, Vec<String>), String> {
        let header = Header { required: &["id", "n"], optional: &["weight"], own: &[], ours };
        let mut rows = Vec::new();
        let read = input::read(|found| {
            Csv::open("t.csv", bytes, &header, found)?.rows(found, |row, _| {
                let n: u32 = row.number("n", 0..=9, "months")?;
                rows.push(format!("{} {}={n}", row.line, row.text("id")?));
                Ok(())
            })
        });
        let ((), notes) = read.map_err(|errors| errors.to_string())?;
        Ok((rows, notes.iter().map(ToString::to_string).collect()))
    }

    #[test]
    fn rows_are_lines_whichever_way_they_end() {
        for text in
            ["id,n\na,1\n\nb,2\n", "id,n\r\na,1\r\n\r\nb,2", "id,n\ra,1\r\rb,2\r", "\u{feff}id,n\na,1\r\n\nb,2\n"]
        {
            assert_eq!(rows(text.as_bytes(), true), Ok((vec!["2 a=1".into(), "4 b=2".into()], vec![])), "{text:?}");
            let error = rows(text.replace("b,2", "b,x").as_bytes(), true);
            assert_eq!(error, Err("t.csv, line 4, n: got `x`, expected a number from 0 to 9 months".into()));
        }
    }

    #[test]
    fn what_spreadsheets_write_is_read() {
        for (text, read) in [
            ("id,n,,\na,1,,\n,,,\n,\n", "2 a=1"),
            (" id , n \n \"a\" , 1 \n", "2 a=1"),
            ("\"id\",\"n\"\n\"a, \"\"b\"\"\",\"1\"\n", "2 a, \"b\"=1"),
            ("sep=,\n# made by hand\nid,n\na\"b,1.0\n", "4 a\"b=1"),
            ("n,id,weight\n2e0,\"\"\"\",\n", "2 \"=2"),
        ] {
            assert_eq!(rows(text.as_bytes(), true), Ok((vec![read.to_owned()], vec![])), "{text}");
        }
    }

    #[test]
    fn nothing_is_lost_without_a_word() {
        let comment = "t.csv, line 3: this line begins with # and is taken for a comment";
        let two = ["2 a=1".to_owned(), "4 b=2".to_owned()];
        assert_eq!(rows(b"id,n\na,1\n#1,3\nb,2\n", true), Ok((two.to_vec(), vec![comment.into()])));
        let all = ["2 a=1", "3 #1=3", "4 b=2"].map(str::to_owned);
        assert_eq!(rows(b"id,n\na,1\n#1,3\nb,2\n", false), Ok((all.to_vec(), vec![])), "`#1` is an id of theirs");
        let own = "t.csv, line 1: columns of your own, not read: `note`, `x`; optional are weight";
        assert_eq!(rows(b"id,note,n,x\na,,1,\n", true), Ok((vec!["2 a=1".into()], vec![own.into()])));
        let unnamed =
            "t.csv, line 1: columns of your own, not read: `note`, 2 columns without a name; optional are weight";
        assert_eq!(rows(b",id,note,,n\n0,a,,,1\n", true), Ok((vec!["2 a=1".into()], vec![unnamed.into()])));
        assert_eq!(rows(b"id,note,n,x\na,,1,\n", false), Ok((vec!["2 a=1".into()], vec![])));
    }

    #[test]
    fn what_has_no_one_meaning_is_named() {
        for (text, told) in [
            (
                "id,n\na,\"1\nb,2\nc,3\n",
                "line 2, n: got `\"1`, expected a quote that closes on the line on which it opens",
            ),
            ("id,n\n\"a\nb\",2\n", "line 2, id: got `\"a`, expected a quote that closes on the line on which it opens"),
            (
                "id,n\n\"a\"b,1\n",
                "line 2, id: got `\"a\"b,1`, expected a comma, or the end of the line, after the closing quote",
            ),
            ("id,\"n\na,1\n", "line 1: got `\"n`, expected a quote that closes on the line on which it opens"),
            ("id,n\na\n", "line 2: got `1 columns`, expected 2 columns as in the header"),
            (
                "id,n\na,2,5\n",
                "line 2: got `3 columns`, expected 2 columns as in the header; numbers have a decimal point, and text with a comma quotes",
            ),
            (
                "id,n\na,\"2,5\"\n",
                "line 2, n: got `2,5`, expected a number from 0 to 9 months; a decimal point, and nothing between thousands",
            ),
            ("id,n\na,2.5\n", "line 2, n: got `2.5`, expected a number from 0 to 9 months"),
            ("", "expected a header and rows, and the file is empty"),
            ("# nothing\n", "expected a header and rows, and the file is empty"),
            (
                "sep=;\nid;n\na;2\n",
                "line 2: got `;`, expected commas between the columns, and these are semicolons; numbers have a decimal point",
            ),
            ("n\n1\n", "line 1: expected a column `id`; it has n"),
            ("x\n1\n", "line 1: expected columns `id`, `n`; it has x"),
            ("id,n,id\na,1,b\n", "line 1: got `id`, expected each column once"),
            (
                "id;n;weight\na;2,5;1\n",
                "line 1: got `;`, expected commas between the columns, and these are semicolons; numbers have a decimal point",
            ),
            (
                "id\tn\na\t2\n",
                "line 1: got `[U+0009]`, expected commas between the columns, and these are tabs; numbers have a decimal point",
            ),
            ("id,n\u{200b}\na,1\n", "line 1: got `n[U+200B]`, expected `n`, without the invisible character [U+200B]"),
            (
                "id,n,wieght\na,1,2\n",
                "line 1: got `wieght`, expected `weight`, or for a column of your own a name less like it",
            ),
        ] {
            let place = if told.starts_with("line") { "t.csv, " } else { "t.csv: " };
            assert_eq!(rows(text.as_bytes(), true), Err(format!("{place}{told}")), "{text}");
        }
        for text in ["id,n\n", "id,n\n,,\n"] {
            let error = rows(text.as_bytes(), true).expect_err(text);
            assert!(error.starts_with("t.csv") && error.contains("expected"), "{error}");
        }
        let three = rows(b"id,n\na,x\nb,2\nc,y\n,3\n", true).expect_err("three bad rows");
        assert_eq!(
            three.lines().map(|line| &line[..13]).collect::<Vec<_>>(),
            ["t.csv, line 2", "t.csv, line 4", "t.csv, line 5"]
        );
    }
}
