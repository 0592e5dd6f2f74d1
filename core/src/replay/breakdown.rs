//! Breakdowns: visits by one or two dimensions, as rows that counts are kept in. Every visit is in one row of each breakdown, so
//! rows sum to the visits. A row is there if an observed visit can come into it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::energy::region::Region;
use crate::energy::tariff::Tariff;
use crate::energy::terms::{Fuel, Meter, Payment};
use crate::energy::usage::Band;
use crate::input::Word;
use crate::replay::experiment::Population;

/// What visits differ in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dimension {
    /// GSP group.
    Region,
    /// Payment method.
    Payment,
    /// Electricity meter.
    Meter,
    /// What is compared.
    Fuel,
    /// Consumption against the typical values.
    Usage,
    /// The present deal's supplier.
    PresentSupplier,
    /// The present deal.
    PresentTariff,
}

impl Word for Dimension {
    const WORDS: &'static [(Dimension, &'static str)] = &[
        (Dimension::Region, "region"),
        (Dimension::Payment, "payment"),
        (Dimension::Meter, "meter"),
        (Dimension::Fuel, "fuel"),
        (Dimension::Usage, "usage"),
        (Dimension::PresentSupplier, "present_supplier"),
        (Dimension::PresentTariff, "present_tariff"),
    ];
}

/// Rows of all breakdowns together: each has a count for every destination in every market.
pub const ROWS_MAX: usize = 20_000;

/// All breakdowns of a run, their rows numbered through: everybody, region, payment method and usage band, those asked for, and
/// the present tariff.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Breakdowns {
    list: Vec<Breakdown>,
    /// How many of them are reported: if nobody asks for the present tariff it is the last, and of the flows alone.
    reported: usize,
}

/// Visits by some dimensions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Breakdown {
    dimensions: Vec<Values>,
    /// Number of its first row.
    first: usize,
    /// The kinds of visitors, as far as consumption does not matter, in order.
    kinds: Vec<Kind>,
    /// Who is of which kind.
    kind_of: KindOf,
    /// How far apart rows of neighbouring kinds are, and of neighbouring usage bands.
    strides: [usize; 2],
}

/// A dimension and the values that it can have.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Values {
    /// The word for it, or the name of a column of the visits file.
    pub dimension: String,
    /// Its values: words of files, and the same for people.
    pub values: Vec<[String; 2]>,
}

/// The numbers of a visitor's values in the dimensions but usage, of which there are at most two; 0 in the place of others.
type Kind = [u16; 2];

/// The kind of each visitor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum KindOf {
    /// By segment of the population.
    Segment(Vec<u16>),
    /// By profile.
    Profile(Vec<u16>),
}

/// The rows of visits of one usage band.
pub(super) struct ByProfile<'a> {
    kind_of: &'a [u16],
    first: usize,
    per_kind: usize,
}

impl ByProfile<'_> {
    /// The row of a visit.
    #[inline]
    pub(super) fn row_of(&self, profile: usize) -> usize {
        self.first + usize::from(self.kind_of[profile]) * self.per_kind
    }
}

/// What a dimension says of each visitor, by number of the value.
enum Said {
    Segment(Vec<u16>),
    Profile(Vec<u16>),
    Band,
}

impl Breakdowns {
    /// Those of a population whose present deals are of `tariffs`, with those asked for: a dimension's word, or the name of a
    /// column that the population has.
    ///
    /// # Errors
    /// How many rows there would be, if more than [`ROWS_MAX`].
    pub fn new(population: &Population, tariffs: &[Tariff], asked: &[Vec<String>]) -> Result<Breakdowns, usize> {
        let standard = [&[][..], &["region"], &["payment"], &["usage"]];
        let standard = standard.map(|by| by.iter().map(|word| (*word).to_owned()).collect());
        let mut wanted: Vec<Vec<String>> = Vec::new();
        for by in standard.iter().chain(asked) {
            if !wanted.contains(by) {
                wanted.push(by.clone());
            }
        }
        let reported = wanted.len();
        let flows = vec![Dimension::PresentTariff.word().to_owned()];
        if !wanted.contains(&flows) {
            wanted.push(flows);
        }
        let (mut list, mut rows) = (Vec::new(), 0);
        for by in &wanted {
            let breakdown = Breakdown::new(population, tariffs, by, rows);
            rows += breakdown.rows();
            list.push(breakdown);
        }
        if rows > ROWS_MAX { Err(rows) } else { Ok(Breakdowns { list, reported }) }
    }

    /// All of them.
    pub fn all(&self) -> &[Breakdown] {
        &self.list
    }

    /// Those that are reported: all but everybody, and the present tariff where nobody asked for it.
    pub fn reported(&self) -> &[Breakdown] {
        &self.list[1..self.reported]
    }

    /// How many rows those that are reported, and everybody, have: the first ones.
    pub fn reported_rows(&self) -> usize {
        self.list[..self.reported].last().map_or(0, |last| last.first + last.rows())
    }

    /// That by present tariff.
    pub fn present_tariff(&self) -> &Breakdown {
        let is_it = |breakdown: &&Breakdown| breakdown.by().eq([Dimension::PresentTariff.word()]);
        self.list.iter().rfind(is_it).unwrap_or(&self.list[0])
    }

    /// How many rows there are in all.
    pub fn rows(&self) -> usize {
        self.list.last().map_or(0, |last| last.first + last.rows())
    }

    /// The rows of a visit, one of each breakdown: the numbers of its profile and of its segment in the population, and its
    /// usage band.
    pub fn rows_of(&self, profile: usize, segment: usize, band: Band) -> impl Iterator<Item = usize> {
        self.list.iter().map(move |breakdown| breakdown.row_of(profile, segment, band))
    }
}

impl Breakdown {
    /// By these dimensions, its rows numbered from `first`.
    fn new(population: &Population, tariffs: &[Tariff], by: &[String], first: usize) -> Breakdown {
        let (dimensions, said): (Vec<Values>, Vec<Said>) =
            by.iter().map(|word| said(population, tariffs, word)).unzip();
        let (kinds, kind_of) = kinds(population, &said);
        let bands = Band::WORDS.len();
        let strides = match said.iter().position(|said| matches!(said, Said::Band)) {
            None => [1, 0],
            Some(0) => [1, kinds.len()],
            Some(_) => [bands, 1],
        };
        Breakdown { dimensions, first, kinds, kind_of, strides }
    }

    /// The dimensions' words, or names of columns.
    pub fn by(&self) -> impl Iterator<Item = &str> {
        self.dimensions.iter().map(|dimension| dimension.dimension.as_str())
    }

    /// The numbers of its rows, and each one's value in every dimension.
    pub fn labels(&self) -> impl Iterator<Item = (usize, Vec<&[String; 2]>)> {
        (0..self.rows()).map(|row| {
            let values = self.values(row).into_iter().zip(&self.dimensions);
            (self.first + row, values.map(|(value, known)| &known.values[value]).collect())
        })
    }

    /// The row of each visit of a usage band by its profile; nothing where all visits of a cell (a segment and a band) are in one.
    pub(super) fn by_profile(&self, band: Band) -> Option<ByProfile<'_>> {
        let KindOf::Profile(kind_of) = &self.kind_of else { return None };
        let [per_kind, per_band] = self.strides;
        Some(ByProfile { kind_of, first: self.first + band as usize * per_band, per_kind })
    }

    /// The row of a visit.
    #[inline]
    pub fn row_of(&self, profile: usize, segment: usize, band: Band) -> usize {
        let kind = match &self.kind_of {
            KindOf::Segment(kinds) => kinds[segment],
            KindOf::Profile(kinds) => kinds[profile],
        };
        let [per_kind, per_band] = self.strides;
        self.first + usize::from(kind) * per_kind + band as usize * per_band
    }

    fn rows(&self) -> usize {
        if self.strides[1] == 0 { self.kinds.len() } else { self.kinds.len() * Band::WORDS.len() }
    }

    /// The number of a row's value in each dimension.
    fn values(&self, row: usize) -> Vec<usize> {
        let (kind, band) = match self.strides {
            [_, 0] => (row, None),
            [1, per_band] if self.kinds.len() == per_band => (row % per_band, Some((0, row / per_band))),
            [per_kind, _] => (row / per_kind, Some((1, row % per_kind))),
        };
        let mut values: Vec<usize> = self.kinds[kind].iter().map(|value| usize::from(*value)).collect();
        if let Some((place, band)) = band {
            values.insert(place, band);
        }
        values.truncate(self.dimensions.len());
        values
    }
}

/// The kinds of visitors by what some dimensions say of them, in the order of their values, and who is of which.
fn kinds(population: &Population, said: &[Said]) -> (Vec<Kind>, KindOf) {
    let kind = |segment: usize, profile: usize| {
        let mut kind = Kind::default();
        let values = said.iter().filter_map(|said| match said {
            Said::Segment(values) => Some(values[segment]),
            Said::Profile(values) => Some(values[profile]),
            Said::Band => None,
        });
        kind.iter_mut().zip(values).for_each(|(place, value)| *place = value);
        kind
    };
    if said.iter().any(|said| matches!(said, Said::Profile(_))) {
        let profiles = 0..population.profiles().len();
        let of: Vec<Kind> = profiles.map(|profile| kind(population.segment_of(profile), profile)).collect();
        let (kinds, of) = numbered(&of);
        return (kinds, KindOf::Profile(of));
    }
    let of: Vec<Kind> = (0..population.segments().len()).map(|segment| kind(segment, 0)).collect();
    let (kinds, of) = numbered(&of);
    (kinds, KindOf::Segment(of))
}

/// What there is, once each and in order, and the number of each.
fn numbered(of: &[Kind]) -> (Vec<Kind>, Vec<u16>) {
    let distinct: BTreeSet<Kind> = of.iter().copied().collect();
    let numbers: BTreeMap<Kind, usize> = distinct.iter().copied().zip(0..).collect();
    // More than 16 bits count are too many rows, and refused.
    (distinct.into_iter().collect(), of.iter().map(|kind| numbers[kind] as u16).collect())
}

/// A dimension's values, and which everybody has.
fn said(population: &Population, tariffs: &[Tariff], word: &str) -> (Values, Said) {
    let values = |values: Vec<[String; 2]>| Values { dimension: word.to_owned(), values };
    let by_segment = |of: &dyn Fn(usize) -> usize| {
        Said::Segment((0..population.segments().len()).map(|segment| of(segment) as u16).collect())
    };
    let by_profile = |of: &dyn Fn(u16) -> usize| {
        Said::Profile(population.profiles().iter().map(|profile| of(profile.tariff) as u16).collect())
    };
    let segments = population.segments();
    match Dimension::from_word(word) {
        Some(Dimension::Region) => {
            let names = Region::all().map(|region| [region.word().to_owned(), region.name().to_owned()]);
            (values(names.collect()), by_segment(&|at| segments[at].region.index()))
        }
        Some(Dimension::Payment) => (values(spoken::<Payment>()), by_segment(&|at| segments[at].payment as usize)),
        Some(Dimension::Meter) => (values(spoken::<Meter>()), by_segment(&|at| segments[at].meter as usize)),
        Some(Dimension::Fuel) => (values(spoken::<Fuel>()), by_segment(&|at| segments[at].fuel as usize)),
        Some(Dimension::Usage) => (values(spoken::<Band>()), Said::Band),
        Some(Dimension::PresentTariff) => {
            let names = tariffs.iter().map(|tariff| [tariff.id.clone(), tariff.name.clone()]);
            (values(names.collect()), by_profile(&usize::from))
        }
        Some(Dimension::PresentSupplier) => {
            let names: BTreeSet<&str> = tariffs.iter().map(|tariff| tariff.supplier.as_str()).collect();
            let numbers: BTreeMap<&str, usize> = names.iter().copied().zip(0..).collect();
            let said = by_profile(&|tariff| numbers[tariffs[usize::from(tariff)].supplier.as_str()]);
            (values(names.into_iter().map(|name| [name.to_owned(), name.to_owned()]).collect()), said)
        }
        None => {
            let own = population.own().iter().find(|own| own.name == word);
            let (names, of) = own.map_or((&[][..], &[][..]), |own| (&own.values, &own.of));
            (values(names.iter().map(|value| [value.clone(), value.clone()]).collect()), Said::Profile(of.to_vec()))
        }
    }
}

/// The words of a closed set, and the same for people.
fn spoken<W: Word>() -> Vec<[String; 2]> {
    W::WORDS.iter().map(|(_, word)| [(*word).to_owned(), word.replace('_', " ")]).collect()
}
