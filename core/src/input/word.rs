//! Closed sets of words, such as fuels or regions, as they are written in files.

/// A closed set of words, as they are written in files.
pub trait Word: Copy + PartialEq + 'static {
    /// Every value with its word.
    const WORDS: &'static [(Self, &'static str)];

    /// The word of this value.
    fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(value, _)| *value == self).map_or("", |(_, word)| word)
    }

    /// The value of a word.
    fn from_word(text: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(_, word)| *word == text).map(|(value, _)| *value)
    }

    /// The value of a word in capitals or not.
    fn in_any_case(text: &str) -> Option<Self> {
        let same = || Self::WORDS.iter().find(|(_, word)| word.eq_ignore_ascii_case(text)).map(|(value, _)| *value);
        Self::from_word(text).or_else(same)
    }

    /// The words, for an error message.
    fn expected() -> String {
        let words: Vec<_> = Self::WORDS.iter().map(|(_, word)| *word).collect();
        format!("one of {}", words.join(", "))
    }

    /// The same, in place of this text, which is none of them.
    fn expected_for(_text: &str) -> String {
        Self::expected()
    }
}
