//! What is added up of the panel, and the two variances that it tells: of a share of the observed visits, as the sample of people
//! that they are, and of one simulated visit.
//!
//! A share is a ratio, of Σ w p to Σ w over visits. Its variance is linearised and clustered by person (Cochran 1977, 6.3 and 9A):
//! that of the sums of w (p − share) over each person's visits. Two halves of each visit's replays make the two factors of its
//! square, so that the noise within visits, which simulating more of them reduces, is in neither.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What the panel, or a block of it, tells. Its blocks are those of the record, however the simulated visits are cut, and are merged
/// in their order: sums of doubles are the same bits.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PanelSums {
    /// Everybody.
    pub everybody: Mass,
    /// By target, of everybody.
    pub targets: Vec<Moments>,
    /// By target, those who are shown what it is about.
    pub behind: Vec<Mass>,
    /// By row of the breakdowns.
    pub rows: BTreeMap<u32, RowSums>,
    /// Visits of every so many-th person, one by one, person by person.
    pub kept: Vec<KeptVisit>,
}

/// What is kept of a visit, so that the same visit in another run can be held against it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeptVisit {
    /// Who made it.
    pub person: u32,
    /// What it weighs.
    pub weight: f64,
    /// By half of its replays, then by target that is kept: its mean.
    pub halves: [Vec<f32>; 2],
}

/// What a row of a breakdown tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RowSums {
    /// Its visits.
    pub mass: Mass,
    /// Those of them that are shown the focus.
    pub shown: Mass,
    /// By [`RowTarget`].
    pub targets: [Moments; RowTarget::COUNT],
}

/// What is told of a row: first of the focus, then of no switch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowTarget;

impl RowTarget {
    /// How many.
    pub const COUNT: usize = 6;
    /// The focus in the unchanged market, the hypothetical one, and the difference.
    pub const FOCUS: [usize; 3] = [0, 1, 2];
    /// The same of no switch.
    pub const NO_SWITCH: [usize; 3] = [3, 4, 5];
}

/// How much of the panel is in something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Mass {
    /// Visits.
    pub visits: u64,
    /// People.
    pub people: u64,
    /// Their weights, summed.
    pub weight: f64,
    /// The squares of people's weights, summed.
    pub square: f64,
}

/// Sums of w p and of products of people's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Moments {
    /// Of w p.
    pub sum: f64,
    /// Of w p², over single replays.
    pub square: f64,
    /// Of people's sums in one half times those in the other.
    pub product: f64,
    /// Of people's sums in one half times their weights in the other, halved.
    pub cross: f64,
}

impl PanelSums {
    /// Adds the block that comes next.
    pub fn merge(&mut self, other: &PanelSums) {
        self.everybody.add(&other.everybody);
        let count = self.targets.len().max(other.targets.len());
        self.targets.resize(count, Moments::default());
        self.behind.resize(count, Mass::default());
        self.targets.iter_mut().zip(&other.targets).for_each(|(a, b)| a.add(b));
        self.behind.iter_mut().zip(&other.behind).for_each(|(a, b)| a.add(b));
        for (row, sums) in &other.rows {
            let known = self.rows.entry(*row).or_default();
            known.mass.add(&sums.mass);
            known.shown.add(&sums.shown);
            known.targets.iter_mut().zip(&sums.targets).for_each(|(a, b)| a.add(b));
        }
        self.kept.extend_from_slice(&other.kept);
    }
}

impl Mass {
    /// Counts a person with so many visits, whose weight each half tells.
    pub(crate) fn enter(&mut self, visits: u64, [a, b]: [f64; 2]) {
        self.visits += visits;
        self.people += u64::from(visits > 0);
        self.weight += (a + b) / 2.0;
        self.square += a * b;
    }

    fn add(&mut self, other: &Mass) {
        self.visits += other.visits;
        self.people += other.people;
        self.weight += other.weight;
        self.square += other.square;
    }

    /// How many people of equal weight would tell as much (Kish 1965).
    pub fn effective(&self) -> f64 {
        if self.square > 0.0 { self.weight * self.weight / self.square } else { 0.0 }
    }
}

impl Moments {
    /// Enters a visit's means over each half of its replays, and adds them to its person's sums.
    #[inline]
    pub(crate) fn enter_visit(&mut self, person: [&mut f64; 2], [a, b]: [f64; 2], weight: f64, replays: u32) {
        // The halves' means differ by the noise of so many replays each.
        let noise = f64::from(replays) / 4.0;
        let [person_a, person_b] = person;
        *person_a += weight * a;
        *person_b += weight * b;
        self.sum += weight * (a + b) / 2.0;
        self.square += weight * (a * b + noise * (a - b) * (a - b));
    }

    /// Enters a person's sums.
    #[inline]
    pub(crate) fn enter_person(&mut self, [a, b]: [f64; 2], weight: f64) {
        self.product += a * b;
        self.cross += weight * (a + b) / 2.0;
    }

    fn add(&mut self, other: &Moments) {
        self.sum += other.sum;
        self.square += other.square;
        self.product += other.product;
        self.cross += other.cross;
    }

    /// The variance of the share of `mass`, of people one of whom is another draw of the population.
    pub fn between(&self, mass: &Mass) -> f64 {
        if mass.people < 2 || mass.weight <= 0.0 {
            return 0.0;
        }
        let share = self.sum / mass.weight;
        let squares = self.product - 2.0 * share * self.cross + share * share * mass.square;
        let people = mass.people as f64;
        (squares * people / (people - 1.0) / (mass.weight * mass.weight)).max(0.0)
    }

    /// The variance of one simulated visit of `mass`.
    pub fn of_one(&self, mass: &Mass) -> f64 {
        if mass.weight <= 0.0 {
            return 0.0;
        }
        let share = self.sum / mass.weight;
        (self.square / mass.weight - share * share).max(0.0)
    }
}
