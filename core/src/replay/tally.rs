//! What a replay counts. Every number of simulated visits is a sum of integers, so their tallies merge in any order to the same bits.

use serde::{Deserialize, Serialize};

use crate::energy::market::Segment;
use crate::energy::region::Region;
use crate::energy::terms::Payment;
use crate::energy::usage::Band;
use crate::input::Word;
use crate::replay::panel::sums::PanelSums;

/// A sum of probabilities, in units of 1/[`CERTAIN`](crate::choice::logit::CERTAIN).
pub type Probability = u128;

/// A sum of money, in units of 2⁻¹⁰ pence.
pub type Money = i128;

/// Units of [`Money`] in a penny.
pub const PENNY: f32 = 1024.0;

/// The groups that results are broken down by: everybody, then regions, payment methods and usage bands.
pub mod group {
    use super::{Band, Payment, Region, Segment, Word};

    /// Everybody.
    pub const ALL: usize = 0;
    /// The first region.
    pub const REGION: usize = 1;
    /// The first payment method.
    pub const PAYMENT: usize = REGION + Region::COUNT;
    /// The first usage band.
    pub const BAND: usize = PAYMENT + Payment::WORDS.len();
    /// How many.
    pub const COUNT: usize = BAND + Band::WORDS.len();

    /// The groups a visit counts in.
    pub fn of(segment: Segment, band: Band) -> [usize; 4] {
        [ALL, REGION + segment.region.index(), PAYMENT + segment.payment as usize, BAND + band as usize]
    }
}

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
    /// By [`group`].
    pub groups: Vec<Group>,
    /// How often the focus tariff stood at each position, from the top.
    pub focus_places: Vec<u64>,
}

/// What a group of visits did.
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
            (Tally::Panel(a), Tally::Panel(b)) => a.merge(b),
            (Tally::Totals(a), Tally::Totals(b)) => zip(a, b, |a, b| zip(a, b, Totals::merge)),
            _ => panic!("tallies of different kinds do not merge"),
        }
    }
}

impl Shares {
    /// Empty, for a market of so many tariffs.
    pub fn new(tariffs: usize) -> Shares {
        let group = Group { expected: vec![0; tariffs], sampled: vec![0; tariffs], ..Group::default() };
        Shares { groups: vec![group; group::COUNT], focus_places: Vec::new() }
    }

    fn merge(&mut self, other: &Shares) {
        zip(&mut self.groups, &other.groups, Group::merge);
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
