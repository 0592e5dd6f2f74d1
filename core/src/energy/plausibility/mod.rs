//! What is allowed in a market's files and in its edits, but unlikely to be meant.

mod edits;
mod rates;

pub(crate) use edits::{OFF_SALE, idle, newcomers, next_to_nothing};
pub(crate) use rates::rates;

use std::collections::BTreeMap;

use crate::energy::tariff::Tariff;
use crate::input::{Note, folded};

/// Notes on suppliers of a tariffs file that have one name in two spellings. Each tariff comes with its line.
pub(crate) fn suppliers(file: &str, tariffs: &[(u64, Tariff)]) -> Vec<Note> {
    let mut first: BTreeMap<&str, u64> = BTreeMap::new();
    let mut notes = Vec::new();
    for (line, tariff) in tariffs {
        let name = tariff.supplier.as_str();
        if first.contains_key(name) {
            continue;
        }
        if let Some((other, at)) = first.iter().find(|(other, _)| is_spelled_otherwise(other, name)) {
            let text = format!("`{name}` is another supplier than `{other}` on line {at}: it is spelled otherwise");
            notes.push(Note { line: Some(*line), field: Some("supplier".to_owned()), ..Note::new(file, text) });
        }
        first.insert(name, *line);
    }
    folded(notes)
}

/// Whether two names differ in case, spaces and signs only.
fn is_spelled_otherwise(a: &str, b: &str) -> bool {
    let letters =
        |name: &str| name.to_lowercase().chars().filter(|letter| letter.is_alphanumeric()).collect::<String>();
    a != b && letters(a) == letters(b)
}

/// The median, or the lower of the two in the middle.
pub(crate) fn middle<T: Ord + Copy + Default>(mut values: Vec<T>) -> T {
    values.sort_unstable();
    values.get(values.len().saturating_sub(1) / 2).copied().unwrap_or_default()
}
