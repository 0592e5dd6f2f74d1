//! What reading the files of a question finds: errors, of which people are told many at once, and notes on what can be, but may
//! not be meant.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::input::fold::{FEW, folded_by_kind};
use crate::input::{InputError, Result, write_place};

/// Something that is allowed but unlikely, or that was set aside.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Note {
    /// The file as the user named it.
    pub file: String,
    /// Line in the file, from 1.
    pub line: Option<u64>,
    /// Column of a CSV file, or path of a JSON field.
    pub field: Option<String>,
    /// A sentence without its full stop.
    pub text: String,
}

impl Note {
    /// A note on a file as a whole; narrow it with its fields.
    pub fn new(file: &str, text: impl Into<String>) -> Note {
        Note { file: file.to_owned(), line: None, field: None, text: text.into() }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_place(out, &self.file, self.line, self.field.as_deref())?;
        write!(out, ": {}", self.text)
    }
}

/// Errors that are told at once; and kinds of them that are looked at.
const TOLD_MAX: usize = 20;

/// The errors of a question's files, by file and line: where it was refused, at least one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputErrors {
    /// The first, by file and line.
    pub errors: Vec<InputError>,
    /// How many more there are.
    pub more: u64,
    /// What was noted before, which may explain them.
    #[serde(default)]
    pub notes: Vec<Note>,
}

impl From<InputError> for InputErrors {
    fn from(error: InputError) -> InputErrors {
        InputErrors { errors: vec![error], more: 0, notes: Vec::new() }
    }
}

/// A line for each error.
impl fmt::Display for InputErrors {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, error) in self.errors.iter().enumerate() {
            write!(out, "{}{error}", if at == 0 { "" } else { "\n" })?;
        }
        if self.more > 0 { write!(out, "\nand {} more", self.more) } else { Ok(()) }
    }
}

impl std::error::Error for InputErrors {}

/// One fault, which may be on many lines.
struct Fault {
    kind: InputError,
    /// The first by line.
    first: Vec<InputError>,
    count: u64,
}

impl Fault {
    /// What errors of one fault have in common: not their lines, nor numbers, nor which names, ids and hints what was expected has.
    fn kind(error: &InputError) -> InputError {
        let no_digits = |text: &str| text.chars().filter(|letter| !letter.is_ascii_digit()).collect::<String>();
        let is_number = |value: &String| !value.is_empty() && !value.chars().any(char::is_alphabetic);
        let value = error.value.clone().map(|value| match is_number(&value) {
            true => format!("0{}", no_digits(&value)),
            false => value,
        });
        let clause = error.expected.split(';').next().unwrap_or_default();
        let expected = no_digits(&clause.split('`').step_by(2).collect::<String>());
        InputError { line: None, value, expected, ..error.clone() }
    }

    fn enter(&mut self, error: InputError) {
        self.count += 1;
        self.first.push(error);
        self.first.sort_by_key(|error| error.line);
        self.first.truncate(TOLD_MAX);
    }

    /// The few that there are, or the first and how many more.
    fn folded(mut self) -> Vec<InputError> {
        if self.count > FEW as u64 {
            self.first.truncate(1);
            self.first[0].expected += &format!(" (and {} more like it)", self.count - 1);
        }
        self.first
    }
}

/// Collects what is found.
#[derive(Default)]
pub struct Findings {
    faults: Vec<Fault>,
    more: u64,
    notes: Vec<Note>,
}

impl Findings {
    /// Enters an error.
    #[cold]
    #[inline(never)]
    pub fn error(&mut self, error: InputError) {
        let kind = Fault::kind(&error);
        if let Some(fault) = self.faults.iter_mut().find(|fault| fault.kind == kind) {
            fault.enter(error);
        } else if self.faults.len() < TOLD_MAX {
            self.faults.push(Fault { kind, first: vec![error], count: 1 });
        } else {
            self.more += 1;
        }
    }

    /// The value; where there is none, its error is entered.
    pub fn take<T>(&mut self, result: Result<T>) -> Option<T> {
        result.map_err(|error| self.error(error)).ok()
    }

    /// The value; where there is none, its errors are entered, with their notes.
    pub fn take_all<T>(&mut self, result: std::result::Result<T, InputErrors>) -> Option<T> {
        let enter = |InputErrors { errors, more, notes }: InputErrors| {
            errors.into_iter().for_each(|error| self.error(error));
            self.more += more;
            self.notes.extend(notes);
        };
        result.map_err(enter).ok()
    }

    /// Enters a note.
    pub fn note(&mut self, note: Note) {
        self.notes.push(note);
    }

    /// Enters notes.
    pub fn notes(&mut self, notes: impl IntoIterator<Item = Note>) {
        self.notes.extend(notes);
    }

    /// Whether nothing is wrong so far.
    pub fn is_sound(&self) -> bool {
        self.faults.is_empty()
    }

    /// How many errors there are so far.
    pub fn error_count(&self) -> u64 {
        self.faults.iter().map(|fault| fault.count).sum::<u64>() + self.more
    }

    /// The notes, if nothing is wrong; else the errors with them.
    pub fn conclude(self) -> std::result::Result<Vec<Note>, InputErrors> {
        let all = self.all();
        if all.errors.is_empty() { Ok(all.notes) } else { Err(all) }
    }

    /// Everything, by file and line: here there may be no errors.
    pub fn all(mut self) -> InputErrors {
        let count = self.error_count();
        // One fault on many lines would leave no room for another.
        let fold = count > TOLD_MAX as u64 && self.faults.len() > 1;
        let told = |fault: Fault| if fold { fault.folded() } else { fault.first };
        let mut errors: Vec<InputError> = self.faults.into_iter().flat_map(told).collect();
        errors.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
        let told = errors.len().min(TOLD_MAX) as u64;
        let more = if fold { self.more + errors.len() as u64 - told } else { count - told };
        errors.truncate(TOLD_MAX);
        self.notes.sort();
        self.notes.dedup();
        InputErrors { errors, more, notes: folded_by_kind(self.notes) }
    }
}

/// What is read, and the notes on it; or all errors, if there are any. `reading` gives nothing only where it has entered an error.
pub fn read<T>(reading: impl FnOnce(&mut Findings) -> Option<T>) -> std::result::Result<(T, Vec<Note>), InputErrors> {
    let mut found = Findings::default();
    let value = reading(&mut found);
    let notes = found.conclude()?;
    value.map(|value| (value, notes)).ok_or(InputErrors { errors: Vec::new(), more: 0, notes: Vec::new() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_told_by_line_and_the_rest_is_counted() {
        let lines = (0..25).rev();
        let told = read(|found| {
            lines.for_each(|line| {
                found.error(InputError::new("v.csv", "a number").at(line).value(format!("x{line}")));
            });
            Some(())
        });
        let told = told.expect_err("25 errors").to_string();
        assert_eq!(told.lines().count(), 21);
        assert!(told.starts_with("v.csv, line 5: got `x5`, expected a number\nv.csv, line 6:"), "{told}");
        assert!(told.ends_with("\nand 5 more"), "{told}");
    }

    #[test]
    fn one_fault_on_many_lines_is_told_once() {
        let told = |repeats: u64| {
            let entered = read(|found| -> Option<()> {
                for line in (1..=repeats).rev() {
                    let none = InputError::new("v.csv", format!("one row in set `s{line}`; a hint")).at(line);
                    found.error(none.field("choice"));
                }
                found.error(InputError::new("v.csv", "a number").at(90).value("x"));
                for (line, number) in (91..95).zip(["2,5", "7,25", "1,1", "10,9"]) {
                    found.error(InputError::new("v.csv", "a number").at(line).value(number));
                }
                None
            });
            entered.expect_err("faults").to_string()
        };
        let rest = "v.csv, line 90: got `x`, expected a number\n\
                    v.csv, line 91: got `2,5`, expected a number (and 3 more like it)";
        let first = "v.csv, line 1, choice: expected one row in set `s1`; a hint";
        assert_eq!(told(26), format!("{first} (and 25 more like it)\n{rest}"));
        assert_eq!(told(15).lines().count(), 20, "all that there is room for");
    }

    #[test]
    fn errors_come_with_the_notes_that_may_explain_them_and_notes_of_one_kind_are_few() {
        let note =
            |at: usize| Note { field: Some(format!("edits[{at}]")), ..Note::new("s.json", format!("`{at}` is")) };
        let told = read(|found| -> Option<()> {
            found.notes((0..3_000).map(note).chain([note(7), Note::new("s.json", "another")]));
            found.take(Err(InputError::new("s.json", "less")))
        });
        let notes = told.expect_err("an error").notes;
        let texts: Vec<String> = notes.iter().map(ToString::to_string).collect();
        assert_eq!(texts, ["s.json: another", "s.json, edits[0]: `0` is (and 2999 more like it)"]);
    }
}
