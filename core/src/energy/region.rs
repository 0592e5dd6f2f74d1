//! The 14 electricity regions of Great Britain. Gas is priced by the same regions; nothing here knows postcodes.

use serde::{Deserialize, Serialize};

use crate::input::Word;

/// A GSP group: one of the 14 distribution regions that unit rates and standing charges vary by.
///
/// Public lists often swap `_K` and `_L`: Southern Wales is `_K`.
/// Source: Elexon's GSP group identifiers and the MPAN distributor identifiers 10 to 23.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Region(u8);

/// Identifier, MPAN distributor identifier and name of each region, by distributor.
const REGIONS: [(&str, u8, &str); 14] = [
    ("_A", 10, "Eastern England"),
    ("_B", 11, "East Midlands"),
    ("_C", 12, "London"),
    ("_D", 13, "Merseyside and Northern Wales"),
    ("_E", 14, "West Midlands"),
    ("_F", 15, "North Eastern England"),
    ("_G", 16, "North Western England"),
    ("_P", 17, "Northern Scotland"),
    ("_N", 18, "Southern Scotland"),
    ("_J", 19, "South Eastern England"),
    ("_H", 20, "Southern England"),
    ("_K", 21, "Southern Wales"),
    ("_L", 22, "South Western England"),
    ("_M", 23, "Yorkshire"),
];

impl Region {
    /// How many there are.
    pub const COUNT: usize = REGIONS.len();

    /// All regions, by MPAN distributor identifier.
    pub fn all() -> impl Iterator<Item = Region> {
        Region::WORDS.iter().map(|(region, _)| *region)
    }

    /// Position in [`all`](Self::all).
    pub fn index(self) -> usize {
        usize::from(self.0)
    }

    /// The region's name, for people.
    pub fn name(self) -> &'static str {
        REGIONS[self.index()].2
    }

    /// The first two digits of the MPANs of this region.
    pub fn mpan_distributor_id(self) -> u8 {
        REGIONS[self.index()].1
    }
}

impl Word for Region {
    const WORDS: &'static [(Region, &'static str)] = &{
        let mut words = [(Region(0), ""); REGIONS.len()];
        let mut index = 0;
        while index < REGIONS.len() {
            words[index] = (Region(index as u8), REGIONS[index].0);
            index += 1;
        }
        words
    };

    fn expected() -> String {
        "a GSP group: _A to _H, _J to _N or _P".to_owned()
    }

    /// People write its name, or its letter alone.
    fn expected_for(text: &str) -> String {
        let is_meant = |region: &Region| {
            let same = |known: &str| known.eq_ignore_ascii_case(text.trim());
            same(region.name()) || same(&region.word()[1..])
        };
        let expected = Region::expected();
        match Region::all().find(is_meant) {
            Some(region) => format!("{expected} ({} is {})", region.name(), region.word()),
            None => expected,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn southern_wales_is_k() {
        let wales = Region::from_word("_K").expect("_K exists");
        assert_eq!((wales.name(), wales.mpan_distributor_id()), ("Southern Wales", 21));
        assert_eq!(Region::all().count(), 14);
        assert_eq!(Region::from_word("_I"), None);
        for written in ["east midlands", "B"] {
            let expected = "a GSP group: _A to _H, _J to _N or _P (East Midlands is _B)";
            assert_eq!(Region::expected_for(written), expected);
        }
        assert_eq!(Region::expected_for("_I"), Region::expected());
    }
}
