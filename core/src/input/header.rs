//! The header of a CSV file: which columns it has, and what is said where they are not those.

use crate::input::near::nearest;
use crate::input::{Findings, InputError, Note, Result, code_point, is_invisible, quoted, visible};

/// Which columns a file has.
pub(crate) struct Header<'a> {
    /// These must be there.
    pub(crate) required: &'a [&'a str],
    /// These may be there.
    pub(crate) optional: &'a [&'a str],
    /// Of people's own columns, those that are read where they are there.
    pub(crate) own: &'a [&'a str],
    /// Whether the format is ours: what else is there is set aside with a note. In others' files, it does not matter.
    pub(crate) ours: bool,
}

/// Letters of the names of columns that a message lists.
const LISTED_MAX: usize = 400;

/// Columns of people's own that a note names.
const NAMED_MAX: usize = 10;

/// Every required column is there, and each that is read just once.
pub(super) fn check(file: &str, line: u64, header: &str, names: &[String], columns: &Header<'_>) -> Result<()> {
    let Header { required, optional, own, .. } = columns;
    let count = |name: &str| names.iter().filter(|known| *known == name).count();
    if let Some(twice) = required.iter().chain(*optional).chain(*own).find(|name| count(name) > 1) {
        return Err(InputError::new(file, "each column once").at(line).value(twice));
    }
    if names.is_empty() {
        return Err(InputError::new(file, "a header and rows, and the file is empty"));
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
    let has = visible(&names.join(", "), LISTED_MAX);
    Err(InputError::new(file, format!("{which} {}; it has {has}", listed.join(", "))).at(line))
}

/// Columns that mean nothing to us are people's own. One that is nearly called as one of ours is no such.
pub(super) fn set_aside(
    file: &str,
    line: u64,
    names: &[String],
    columns: &Header<'_>,
    found: &mut Findings,
) -> Result<()> {
    let known: Vec<&str> = [columns.required, columns.optional, columns.own].concat();
    let own: Vec<&str> = names.iter().map(String::as_str).filter(|name| !known.contains(name)).collect();
    let absent = || columns.optional.iter().copied().filter(|name| !names.iter().any(|known| known == name));
    for name in &own {
        if let Some(meant) = nearest(name, absent()) {
            let expected = format!("`{meant}`, or for a column of your own a name less like it");
            return Err(InputError::new(file, expected).at(line).value(name));
        }
    }
    if !own.is_empty() {
        let unnamed = own.iter().filter(|name| name.is_empty()).count();
        let mut listed: Vec<String> =
            own.iter().filter(|name| !name.is_empty()).map(|name| format!("`{}`", quoted(name))).collect();
        let more = listed.len().saturating_sub(NAMED_MAX);
        listed.truncate(NAMED_MAX);
        if more > 0 {
            listed.push(format!("and {more} more"));
        }
        match unnamed {
            0 => {}
            1 => listed.push("a column without a name".to_owned()),
            _ => listed.push(format!("{unnamed} columns without a name")),
        }
        let optional = columns.optional.join(", ");
        let others = if optional.is_empty() { String::new() } else { format!("; optional are {optional}") };
        let said = format!("columns of your own, not read: {}{others}", listed.join(", "));
        found.note(Note { line: Some(line), ..Note::new(file, said) });
    }
    Ok(())
}
