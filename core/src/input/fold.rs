//! Notes of one kind, which may be many.

use std::collections::BTreeMap;

use crate::input::Note;

/// Notes, or errors, of one kind that are told one by one.
pub(super) const FEW: usize = 3;

/// Notes of one kind: the few that there are, or the first and how many more.
pub(crate) fn folded(notes: impl IntoIterator<Item = Note>) -> Vec<Note> {
    let mut notes: Vec<Note> = notes.into_iter().collect();
    if notes.len() > FEW {
        let more = notes.len() - 1;
        notes.truncate(1);
        notes[0].text += &format!(" (and {more} more like it)");
    }
    notes
}

/// The same of many kinds, sorted. Notes of one kind differ in no more than their lines, and what and how much they are about.
pub(super) fn folded_by_kind(notes: Vec<Note>) -> Vec<Note> {
    let mut kinds: BTreeMap<_, Vec<Note>> = BTreeMap::new();
    for note in notes {
        let kind = (note.file.clone(), note.field.as_deref().map(words), words(&note.text));
        kinds.entry(kind).or_default().push(note);
    }
    let mut told: Vec<Note> = kinds.into_values().flat_map(folded).collect();
    told.sort();
    told
}

/// A text without what it quotes, and without numbers.
fn words(text: &str) -> String {
    text.split('`').step_by(2).flat_map(str::chars).filter(|letter| !letter.is_ascii_digit()).collect()
}
