//! What a replay counts. Every number of simulated visits is a sum of integers, so their tallies merge in any order to the same bits.

use serde::{Deserialize, Serialize};

use crate::choice::logit::CERTAIN;
use crate::replay::panel::sums::PanelSums;

/// A sum of probabilities, in units of 1/[`CERTAIN`](crate::choice::logit::CERTAIN).
pub type Probability = u128;

/// A sum of money, in units of 2⁻¹⁰ pence.
pub type Money = i128;

/// Units of [`Money`] in a penny.
pub const PENNY: f32 = 1024.0;

/// What the visits of one replay task did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Tally {
    /// In full, for each market.
    Shares(Vec<Shares>),
    /// Of a block of the panel: sums of doubles, merged in the order of the blocks.
    Panel(PanelSums),
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
    /// Sums of probabilities, by [`destination`]: all together, a certainty for each visit. Empty where there was none.
    pub expected: Vec<Probability>,
    /// Expected saving, summed.
    pub saving: Money,
}

/// Where visits can go, among so many suppliers: to each of them, in the order of their names, to the focus tariff, which is
/// told apart from its supplier's others, or nowhere.
pub mod destination {
    /// The focus.
    pub fn focus(suppliers: usize) -> usize {
        suppliers
    }

    /// No switch.
    pub fn no_switch(suppliers: usize) -> usize {
        suppliers + 1
    }

    /// How many there are.
    pub fn count(suppliers: usize) -> usize {
        suppliers + 2
    }
}

/// Totals of one market under one parameter draw.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Totals {
    /// How many visits.
    pub visits: u64,
    /// Sum of the probabilities of each tariff.
    pub expected: Vec<Probability>,
    /// By row of the reported breakdowns, where these are asked of.
    pub rows: Vec<RowTotals>,
}

/// Totals of a row of a breakdown: sums of probabilities in the units of [`Probability`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RowTotals {
    /// How many visits.
    pub visits: u64,
    /// Of the focus.
    pub focus: u64,
    /// Of no switch.
    pub no_switch: u64,
}

impl RowTotals {
    /// Adds others.
    #[inline]
    pub fn merge(&mut self, other: &RowTotals) {
        self.visits += other.visits;
        self.focus += other.focus;
        self.no_switch += other.no_switch;
    }
}

impl Tally {
    /// Adds another part of the same whole.
    ///
    /// # Panics
    /// If the two are not of one kind and shape: they come from different plans.
    pub fn merge(&mut self, other: &Tally) {
        match (self, other) {
            (Tally::Shares(a), Tally::Shares(b)) => zip(a, b, Shares::merge),
            (Tally::Panel(a), Tally::Panel(b)) => a.merge(b),
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

impl Totals {
    fn merge(&mut self, other: &Totals) {
        self.visits += other.visits;
        zip(&mut self.expected, &other.expected, |a, b| *a += b);
        zip(&mut self.rows, &other.rows, RowTotals::merge);
    }
}

fn zip<T>(a: &mut [T], b: &[T], merge: impl Fn(&mut T, &T)) {
    assert_eq!(a.len(), b.len(), "tallies of different shapes do not merge");
    a.iter_mut().zip(b).for_each(|(a, b)| merge(a, b));
}
