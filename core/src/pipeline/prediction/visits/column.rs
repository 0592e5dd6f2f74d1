//! A column of a table, as hosts pass it on to files of other tools. There are no missing values.

use crate::input::Word;

/// A named column.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Its name, with the unit last.
    pub name: String,
    /// What it holds, for people.
    pub about: String,
    /// Its values, by row.
    pub values: Values,
}

/// Values of one type.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// Whole numbers.
    Whole(Vec<i32>),
    /// Numbers.
    Number(Vec<f64>),
    /// Words, by their numbers.
    Word {
        /// Every word there may be.
        words: Vec<String>,
        /// The number of each row's word.
        codes: Vec<u16>,
    },
}

impl Column {
    /// A column of whole numbers.
    pub(super) fn whole(name: &str, about: &str, values: impl Iterator<Item = i32>) -> Column {
        Column::new(name, about, Values::Whole(values.collect()))
    }

    /// A column of numbers.
    pub(super) fn number(name: &str, about: &str, values: impl Iterator<Item = f64>) -> Column {
        Column::new(name, about, Values::Number(values.collect()))
    }

    /// A column of words from a closed set.
    pub(super) fn word<W: Word>(name: &str, about: &str, values: impl Iterator<Item = W>) -> Column {
        let words = W::WORDS.iter().map(|(_, word)| (*word).to_owned()).collect();
        let code = |value| W::WORDS.iter().position(|(known, _)| *known == value).unwrap_or_default() as u16;
        Column::new(name, about, Values::Word { words, codes: values.map(code).collect() })
    }

    pub(super) fn new(name: &str, about: &str, values: Values) -> Column {
        Column { name: name.to_owned(), about: about.to_owned(), values }
    }
}
