//! What a replay counts. Every number is a sum of integers, so tallies merge in any order to the same bits.

use serde::{Deserialize, Serialize};

use crate::choice::logit::CERTAIN;

/// A sum of probabilities, in units of 1/[`CERTAIN`](crate::choice::logit::CERTAIN).
pub type Probability = u128;

/// A sum of squares of probabilities, in units of 2⁻³².
pub type Square = u128;

/// A sum of money, in units of 2⁻¹⁰ pence.
pub type Money = i128;

/// Units of [`Square`] in one.
pub const SQUARE_ONE: f64 = 4_294_967_296.0;

/// Units of [`Money`] in a penny.
pub const PENNY: f32 = 1024.0;

/// What the visits of one replay task did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Tally {
    /// In full, for each market.
    Shares(Vec<Shares>),
    /// How probabilities vary from visit to visit.
    Spread(Spread),
    /// Totals, for each parameter draw and, within, each market.
    Totals(Vec<Vec<Totals>>),
}

/// What visits did in one market.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shares {
    /// Everybody, tariff by tariff.
    pub all: Group,
    /// By row of the run's [`Breakdowns`](crate::replay::breakdown::Breakdowns).
    pub rows: Vec<Row>,
    /// How often the focus tariff stood at each position, from the top.
    pub focus_places: Vec<u64>,
}

/// What all visits did.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// How many visits.
    pub visits: u64,
    /// Visits to whom the focus tariff was shown.
    pub focus_shown: u64,
    /// Sum of the probabilities of each tariff of the market. No switch has the rest of the visits.
    pub expected: Vec<Probability>,
    /// Sampled choices of each tariff; no switch has the rest.
    pub sampled: Vec<u64>,
    /// Expected saving, summed.
    pub saving: Money,
}

/// Where the visits of one row of a breakdown go.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Sum of the probabilities of each of the [`Destinations`](crate::replay::destination::Destinations), no switch among them:
    /// all together, a certainty for each visit. Empty where there was none.
    pub expected: Vec<Probability>,
    /// Expected saving, summed.
    pub saving: Money,
}

/// Moments over visits of the probabilities of some tariffs, no switch last, in two markets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// How many visits.
    pub visits: u64,
    /// By market.
    pub markets: [Vec<Moments>; 2],
    /// Squares of the second market's probability less the first's.
    pub change_square: Vec<Square>,
}

impl Spread {
    /// Mean, and mean square, of the change of a watched tariff.
    pub fn change(&self, watched: usize) -> [f64; 2] {
        let mean = |market: usize| mean_of(self.markets[market][watched].sum, self.visits);
        [mean(1) - mean(0), mean_of(self.change_square[watched], self.visits)]
    }

    /// Mean, and mean square, of the probability of a watched tariff in a market.
    pub fn moments(&self, market: usize, watched: usize) -> [f64; 2] {
        let Moments { sum, square } = self.markets[market][watched];
        [mean_of(sum, self.visits), mean_of(square, self.visits)]
    }
}

fn mean_of(sum: Square, visits: u64) -> f64 {
    sum as f64 / SQUARE_ONE / visits as f64
}

/// First and second moment sums, both in the units of [`Square`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Moments {
    /// Of probabilities.
    pub sum: Square,
    /// Of their squares.
    pub square: Square,
}

/// Totals of one market under one parameter draw.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Totals {
    /// How many visits.
    pub visits: u64,
    /// Sum of the probabilities of each tariff.
    pub expected: Vec<Probability>,
}

impl Tally {
    /// Adds another part of the same whole.
    ///
    /// # Panics
    /// If the two are not of one kind and shape: they come from different plans.
    pub fn merge(&mut self, other: &Tally) {
        match (self, other) {
            (Tally::Shares(a), Tally::Shares(b)) => zip(a, b, Shares::merge),
            (Tally::Spread(a), Tally::Spread(b)) => a.merge(b),
            (Tally::Totals(a), Tally::Totals(b)) => zip(a, b, |a, b| zip(a, b, Totals::merge)),
            _ => panic!("tallies of different kinds do not merge"),
        }
    }
}

impl Shares {
    /// Empty, for a market of so many tariffs.
    pub fn new(tariffs: usize) -> Shares {
        let all = Group { expected: vec![0; tariffs], sampled: vec![0; tariffs], ..Group::default() };
        Shares { all, rows: Vec::new(), focus_places: Vec::new() }
    }

    fn merge(&mut self, other: &Shares) {
        self.all.merge(&other.all);
        zip(&mut self.rows, &other.rows, Row::merge);
        let places = self.focus_places.len().max(other.focus_places.len());
        self.focus_places.resize(places, 0);
        self.focus_places.iter_mut().zip(&other.focus_places).for_each(|(a, b)| *a += b);
    }
}

impl Group {
    fn merge(&mut self, other: &Group) {
        self.visits += other.visits;
        self.focus_shown += other.focus_shown;
        zip(&mut self.expected, &other.expected, |a, b| *a += b);
        zip(&mut self.sampled, &other.sampled, |a, b| *a += b);
        self.saving += other.saving;
    }
}

impl Row {
    /// How many visits there were.
    pub fn visits(&self) -> u64 {
        (self.expected.iter().sum::<Probability>() / CERTAIN as Probability) as u64
    }

    fn merge(&mut self, other: &Row) {
        self.saving += other.saving;
        if self.expected.is_empty() {
            self.expected.clone_from(&other.expected);
        } else if !other.expected.is_empty() {
            zip(&mut self.expected, &other.expected, |a, b| *a += b);
        }
    }
}

impl Spread {
    /// Empty, for so many watched tariffs.
    pub fn new(watched: usize) -> Spread {
        let moments = || vec![Moments::default(); watched + 1];
        Spread { visits: 0, markets: [moments(), moments()], change_square: vec![0; watched + 1] }
    }

    fn merge(&mut self, other: &Spread) {
        self.visits += other.visits;
        for (a, b) in self.markets.iter_mut().zip(&other.markets) {
            zip(a, b, |a, b| *a = Moments { sum: a.sum + b.sum, square: a.square + b.square });
        }
        zip(&mut self.change_square, &other.change_square, |a, b| *a += b);
    }
}

impl Totals {
    fn merge(&mut self, other: &Totals) {
        self.visits += other.visits;
        zip(&mut self.expected, &other.expected, |a, b| *a += b);
    }
}

fn zip<T>(a: &mut [T], b: &[T], merge: impl Fn(&mut T, &T)) {
    assert_eq!(a.len(), b.len(), "tallies of different shapes do not merge");
    a.iter_mut().zip(b).for_each(|(a, b)| merge(a, b));
}
