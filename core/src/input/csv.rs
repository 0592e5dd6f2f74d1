//! CSV files, line by line: a row is a line, whichever way lines end, and no quoted cell goes on to the next. Rows with typed
//! cells are in `row.rs`.

use std::borrow::Cow;
use std::cell::Cell;

use crate::input::near::nearest;
use crate::input::row::Row;
use crate::input::text::text;
use crate::input::{Findings, InputError, Note, Result, code_point, is_invisible, quoted};

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

/// Where reading is: before the byte `at`, on which line, from 1.
#[derive(Clone, Copy)]
struct Place {
    at: usize,
    line: u64,
}

/// Which columns a file has.
pub(crate) struct Header<'a> {
    /// These must be there.
    pub(crate) required: &'a [&'a str],
    /// These may be there.
    pub(crate) optional: &'a [&'a str],
    /// Whether the format is ours: what else is there is set aside with a note. In others' files, it does not matter.
    pub(crate) ours: bool,
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

/// The cells of a line.
#[derive(Default)]
struct Cells<'t> {
    /// As it is in the file.
    line: &'t str,
    /// The cells without their quotes, a letter between each and the next; if any has quotes.
    unquoted: Option<String>,
    /// Where in the text each cell ends.
    ends: Vec<usize>,
}

impl<'t> Cells<'t> {
    /// Reads the line at a place, and moves on to the next. `columns` are for messages.
    fn read(&mut self, file: &str, text: &'t str, place: &mut Place, columns: &[String]) -> Result<()> {
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

    fn text(&self) -> &str {
        self.unquoted.as_deref().unwrap_or(self.line)
    }

    /// Takes the quotes off. A cell may be in quotes; a quote within them is doubled.
    fn unquote(&mut self, file: &str, line: u64, columns: &[String]) -> Result<()> {
        let (mut unquoted, mut rest) = (String::new(), self.line);
        self.ends.clear();
        loop {
            let start = unquoted.len();
            if let Some(mut inner) = rest.trim_start().strip_prefix('"') {
                let opened = inner;
                let wrong = |expected: &str| {
                    let error = InputError::new(file, expected).at(line).value(format!("\"{opened}"));
                    columns.get(self.ends.len()).map_or(error.clone(), |column| error.field(quoted(column)))
                };
                loop {
                    let Some((cell, after)) = inner.split_once('"') else {
                        return Err(wrong("a quote that closes on the line on which it opens"));
                    };
                    unquoted.push_str(cell);
                    inner = after;
                    let Some(doubled) = inner.strip_prefix('"') else { break };
                    unquoted.push('"');
                    inner = doubled;
                }
                rest = inner.trim_start();
                if !rest.is_empty() && !rest.starts_with(',') {
                    return Err(wrong("a comma, or the end of the line, after the closing quote"));
                }
            } else {
                let (cell, _) = rest.split_once(',').unwrap_or((rest, ""));
                unquoted.push_str(cell);
                rest = &rest[cell.len()..];
            }
            debug_assert!(start <= unquoted.len());
            self.ends.push(unquoted.len());
            match rest.strip_prefix(',') {
                Some(next) => rest = next,
                None => break,
            }
            unquoted.push(',');
        }
        self.unquoted = Some(unquoted);
        Ok(())
    }

    /// Whether there is nothing in it, but perhaps commas.
    fn are_blank(&self) -> bool {
        self.line.bytes().all(|byte| byte == b',' || byte.is_ascii_whitespace())
    }

    /// Spreadsheets put empty cells after the last column.
    fn check_count(&self, row: &Row<'_>) -> Result<()> {
        let (count, columns) = (self.ends.len(), row.columns.len());
        if count == columns
            || (count > columns && row.text[self.ends[columns - 1]..].bytes().all(|byte| byte == b',' || byte == b' '))
        {
            return Ok(());
        }
        let hint = if count > columns { "; numbers have a decimal point, and text with a comma quotes" } else { "" };
        let error = InputError::new(row.file, format!("{columns} columns as in the header{hint}"));
        Err(error.at(row.line).value(format!("{count} columns")))
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
        if !cells.are_blank() && !cells.line.starts_with('#') && cells.line != "sep=," {
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
    check_header(file, line, cells.line, &names, columns)?;
    if columns.ours {
        set_aside(file, line, &names, columns, found)?;
    }
    drop(cells);
    Ok(Csv { file, text, columns: names, header: place, ours: columns.ours })
}

/// Every required column is there, and each that is read just once.
fn check_header(file: &str, line: u64, header: &str, names: &[String], columns: &Header<'_>) -> Result<()> {
    let Header { required, optional, .. } = columns;
    let count = |name: &str| names.iter().filter(|known| *known == name).count();
    if let Some(twice) = required.iter().chain(*optional).find(|name| count(name) > 1) {
        return Err(InputError::new(file, "each column once").at(line).value(twice));
    }
    let missing: Vec<&str> = required.iter().copied().filter(|name| count(name) == 0).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let wrong = |value: &str, expected: String| Err(InputError::new(file, expected).at(line).value(value));
    for (separator, name) in [(';', "semicolons"), ('\t', "tabs"), ('|', "bars")] {
        let parts: Vec<&str> = header.split(separator).map(|part| part.trim().trim_matches('"')).collect();
        if required.iter().all(|name| parts.contains(name)) && parts.len() > 1 {
            return wrong(
                &separator.to_string(),
                format!("commas between the columns, and these are {name}; numbers have a decimal point"),
            );
        }
    }
    for (name, missing) in names.iter().flat_map(|name| missing.iter().map(move |missing| (name, missing))) {
        let seen: String = name.chars().filter(|letter| !is_invisible(*letter)).collect();
        if let Some(hidden) = name.chars().find(|letter| is_invisible(*letter)).filter(|_| seen == **missing) {
            let expected = format!("`{missing}`, without the invisible character {}", code_point(hidden));
            return wrong(name, expected);
        }
    }
    let listed: Vec<String> = missing.iter().map(|name| format!("`{}`", quoted(name))).collect();
    let which = if missing.len() == 1 { "a column" } else { "columns" };
    let has = quoted(&names.join(", "));
    Err(InputError::new(file, format!("{which} {}; it has {has}", listed.join(", "))).at(line))
}

/// Columns that mean nothing to us are people's own. One that is nearly called as one of ours is no such.
fn set_aside(file: &str, line: u64, names: &[String], columns: &Header<'_>, found: &mut Findings) -> Result<()> {
    let known: Vec<&str> = [columns.required, columns.optional].concat();
    let own: Vec<&str> = names.iter().map(String::as_str).filter(|name| !known.contains(name)).collect();
    let absent = || columns.optional.iter().copied().filter(|name| !names.iter().any(|known| known == name));
    for name in &own {
        if let Some(meant) = nearest(name, absent()) {
            let expected = format!("`{meant}`, or for a column of your own a name less like it");
            return Err(InputError::new(file, expected).at(line).value(name));
        }
    }
    if !own.is_empty() {
        let listed: Vec<String> = own.iter().map(|name| format!("`{}`", quoted(name))).collect();
        let optional = columns.optional.join(", ");
        let others = if optional.is_empty() { String::new() } else { format!("; optional are {optional}") };
        let said = format!("columns of your own, not read: {}{others}", listed.join(", "));
        found.note(Note { line: Some(line), ..Note::new(file, said) });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input;

    /// The rows of a file with the columns `id` and `n`, perhaps `weight`, and what is said of it.
    fn rows(bytes: &[u8], ours: bool) -> std::result::Result<(Vec<String>, Vec<String>), String> {
        let header = Header { required: &["id", "n"], optional: &["weight"], ours };
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
            assert_eq!(rows(text.as_bytes(), true), Err(format!("t.csv, {told}")), "{text}");
        }
        for text in ["", "# nothing\n", "id,n\n", "id,n\n,,\n"] {
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
