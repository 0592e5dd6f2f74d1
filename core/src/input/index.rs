//! Ids of a file as numbers: rows of one person, set or alternative find each other.

use std::collections::{BTreeMap, BTreeSet};

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

/// Ids that may occur once each. As long as they rise, as those of files mostly do, it is enough to look at the last.
#[derive(Default)]
pub(crate) struct Distinct {
    /// One after the other, where they rise.
    rising: String,
    ends: Vec<usize>,
    /// All of them, from the first on that did not rise.
    all: Option<BTreeSet<String>>,
}

impl Distinct {
    /// Takes an id; whether it is new.
    pub(crate) fn insert(&mut self, id: &str) -> bool {
        if self.all.is_none() {
            let last = self.rising.get(self.start(self.ends.len())..).unwrap_or_default();
            // `v9` comes before `v10`.
            if self.ends.is_empty() || (last.len(), last) < (id.len(), id) {
                self.rising.push_str(id);
                self.ends.push(self.rising.len());
                return true;
            }
        }
        self.all().insert(id.to_owned())
    }

    fn all(&mut self) -> &mut BTreeSet<String> {
        let Distinct { rising, ends, all } = self;
        all.get_or_insert_with(|| {
            let starts = std::iter::once(&0).chain(ends.iter());
            starts.zip(ends.iter()).map(|(start, end)| rising[*start..*end].to_owned()).collect()
        })
    }

    /// Where the last of so many begins.
    fn start(&self, count: usize) -> usize {
        count.checked_sub(2).map_or(0, |before| self.ends[before])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_new_once_whatever_the_order() {
        let mut ids = Distinct::default();
        let news = ["v1", "v2", "v10", "v10", "v3", "a", "v1", "v2", "v11", "v11", "v3"].map(|id| ids.insert(id));
        assert_eq!(news, [true, true, true, false, true, true, false, false, true, false, false]);
    }
}
