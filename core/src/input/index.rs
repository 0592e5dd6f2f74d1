//! Ids of a file as numbers: rows of one person, set or alternative find each other.

use std::collections::BTreeMap;

/// Ids, numbered in the order of their first appearance.
#[derive(Default)]
pub(crate) struct Index {
    pub(crate) numbers: BTreeMap<String, u32>,
    pub(crate) ids: Vec<String>,
    last: u32,
}

impl Index {
    /// The number of an id, which may be new.
    pub(crate) fn number(&mut self, id: &str) -> u32 {
        // Mostly the same as in the row before.
        if self.ids.get(self.last as usize).is_some_and(|last| last == id) {
            return self.last;
        }
        let next = self.ids.len() as u32;
        self.last = match self.numbers.get(id) {
            Some(number) => *number,
            None => {
                self.numbers.insert(id.to_owned(), next);
                self.ids.push(id.to_owned());
                next
            }
        };
        self.last
    }
}
