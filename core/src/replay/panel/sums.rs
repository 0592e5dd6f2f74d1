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
    /// By alternative, how many people are shown it.
    pub behind: Vec<u64>,
    /// By row of the breakdowns.
    pub rows: BTreeMap<u32, RowSums>,
    /// Visits of some people, one by one, person by person.
    pub kept: Vec<KeptVisit>,
}

/// What is kept of a visit, so that the same visit in another run can be held against it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeptVisit {
    /// Who made it.
    pub person: u32,
    /// What it weighs.
    pub weight: f64,
    /// How many people the person stands for.
    pub stands_for: f64,
    /// By half of its replays, then by target that is kept: its mean.
    pub halves: [Vec<f32>; 2],
}

/// What a row of a breakdown tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RowSums {
    /// Its visits.
    pub mass: Mass,
    /// How many of its people are shown the focus.
    pub shown: u64,
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

/// How much is in something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Mass {
    /// Visits that are there.
    pub visits: u64,
    /// People who are there.
    pub people: u64,
    /// The weights of all that they stand for, summed.
    pub weight: f64,
    /// The squares of people's weights, summed.
    pub square: f64,
}

/// Sums of w p and of products of people's, of all that they stand for (Horvitz and Thompson 1952).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Moments {
    /// Of w p.
    pub sum: f64,
    /// Of w p², over single replays.
    pub square: f64,
    /// Of people's sums in one half times those in the other.
    pub product: f64,
    /// Of the squares of people's means of both halves.
    pub whole: f64,
    /// Of people's sums in one half times their weights in the other, halved.
    pub cross: f64,
}

impl PanelSums {
    /// Adds the block that comes next.
    pub fn merge(&mut self, other: &PanelSums) {
        self.everybody.add(&other.everybody);
        let count = self.targets.len().max(other.targets.len());
        self.targets.resize(count, Moments::default());
        self.targets.iter_mut().zip(&other.targets).for_each(|(a, b)| a.add(b));
        self.behind.resize(self.behind.len().max(other.behind.len()), 0);
        self.behind.iter_mut().zip(&other.behind).for_each(|(a, b)| *a += b);
        for (row, sums) in &other.rows {
            let known = self.rows.entry(*row).or_default();
            known.mass.add(&sums.mass);
            known.shown += sums.shown;
            known.targets.iter_mut().zip(&sums.targets).for_each(|(a, b)| a.add(b));
        }
        self.kept.extend_from_slice(&other.kept);
    }
}

impl Mass {
    /// Counts a person with so many visits, whose weight each half tells, and who stands for so many.
    pub(crate) fn enter(&mut self, visits: u64, [a, b]: [f64; 2], stands_for: f64) {
        self.visits += visits;
        self.people += u64::from(visits > 0);
        self.weight += stands_for * (a + b) / 2.0;
        self.square += stands_for * a * b;
    }

    /// Adds others.
    pub(crate) fn add(&mut self, other: &Mass) {
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
    /// Enters a visit's means over each half of its replays, and adds them to its person's sums. It has a weight, and its person
    /// stands for so many.
    #[inline]
    pub(crate) fn enter_visit(
        &mut self,
        person: [&mut f64; 2],
        [a, b]: [f64; 2],
        [weight, stands_for]: [f64; 2],
        replays: u32,
    ) {
        // The halves' means differ by the noise of so many replays each.
        let noise = f64::from(replays) / 4.0;
        let [person_a, person_b] = person;
        *person_a += weight * a;
        *person_b += weight * b;
        self.sum += stands_for * weight * (a + b) / 2.0;
        self.square += stands_for * weight * (a * b + noise * (a - b) * (a - b));
    }

    /// Enters a person's sums, and weights, by half.
    #[inline]
    pub(crate) fn enter_person(&mut self, [a, b]: [f64; 2], [a_mass, b_mass]: [f64; 2], stands_for: f64) {
        self.product += stands_for * a * b;
        self.whole += stands_for * (a + b) * (a + b) / 4.0;
        self.cross += stands_for * (a * b_mass + b * a_mass) / 2.0;
    }

    fn add(&mut self, other: &Moments) {
        self.sum += other.sum;
        self.square += other.square;
        self.product += other.product;
        self.whole += other.whole;
        self.cross += other.cross;
    }

    /// The variance of the share of `mass`, of people one of whom is another draw of the population.
    pub fn between(&self, mass: &Mass) -> f64 {
        if mass.people < 2 || mass.weight <= 0.0 {
            return 0.0;
        }
        let share = self.sum / mass.weight;
        let of_share = share * share * mass.square - 2.0 * share * self.cross;
        let mut squares = self.product + of_share;
        if squares <= 0.0 {
            // By chance: that with the noise within visits is above it.
            squares = (self.whole + of_share).max(0.0);
        }
        let people = mass.people as f64;
        squares * people / (people - 1.0) / (mass.weight * mass.weight)
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
