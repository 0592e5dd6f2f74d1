//! Notes of one kind, which may be many.

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
