//! The observed visits as a panel: people, each of whose visits is replayed several times. How shares differ between people tells
//! how far those of other visitors might have been from these; how they differ within a visit, how noisy a simulated one is.

pub mod count;
pub mod sums;
pub mod targets;
pub mod values;

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::replay::panel::sums::Mass;
use crate::replay::profile::Profile;

/// Which observed visits are replayed for their own sake, how often, and in which blocks. Replays are numbered from 0: person by
/// person, within them visit by visit, within those replay by replay.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Panel {
    /// Every so many-th person is in it.
    every: u32,
    /// How often a visit is replayed: an even number, as there are two halves.
    pub replays: u32,
    /// Where blocks of whole people begin, and the end.
    starts: Vec<u64>,
    /// All observed visits.
    pub observed: Mass,
}

/// So many that a standard error is known to about 1 %.
const REPLAYS_MAX: u64 = 50_000;
/// More of one visit would tell no more of the others.
const REPLAYS_OF_VISIT_MAX: u64 = 1_000;

/// Of whom single visits are kept, for comparisons with other runs: a megabyte or so.
const KEPT_VISITS_MAX: u64 = 8_000;

impl Panel {
    /// Of these visits, in so many replays, within bounds, of each visit two at least, and in blocks of so many replays or a few more.
    /// Where that would be too many, people are left out at even distances.
    pub fn new(profiles: &[Profile], replays: u64, block: u64) -> Panel {
        let replays_max = replays.clamp(2, REPLAYS_MAX);
        let mut panel = Panel { every: 1, replays: 2, starts: vec![0], observed: Mass::default() };
        let by_person = |a: &u32, b: &u32| profiles[*a as usize].person == profiles[*b as usize].person;
        for visits in panel.order(profiles).chunk_by(by_person) {
            let weight: f64 = visits.iter().map(|visit| profiles[*visit as usize].weight).sum();
            panel.observed.enter(visits.len() as u64, [weight; 2]);
        }
        panel.every = (2 * panel.observed.visits).div_ceil(replays_max).max(1) as u32;
        let order = panel.order(profiles);
        let rounds = replays_max / (2 * order.len() as u64).max(1);
        panel.replays = 2 * rounds.clamp(1, REPLAYS_OF_VISIT_MAX / 2) as u32;
        let mut end = 0;
        for visits in order.chunk_by(by_person) {
            if end - panel.starts[panel.starts.len() - 1] >= block {
                panel.starts.push(end);
            }
            end += visits.len() as u64 * u64::from(panel.replays);
        }
        panel.starts.push(end);
        panel
    }

    /// The visits that are in it, by number, person by person.
    pub fn order(&self, profiles: &[Profile]) -> Vec<u32> {
        let is_in = |visit: &u32| {
            let Profile { person, weight, .. } = profiles[*visit as usize];
            person % self.every == 0 && weight > 0.0
        };
        let mut order: Vec<u32> = (0..profiles.len() as u32).filter(is_in).collect();
        order.sort_by_key(|visit| profiles[*visit as usize].person);
        order
    }

    /// Of every so many-th person, single visits are kept.
    pub fn kept_every(&self) -> u32 {
        let visits = self.replays_in_all() / u64::from(self.replays);
        self.every * visits.div_ceil(KEPT_VISITS_MAX).max(1) as u32
    }

    /// How many blocks.
    pub fn blocks(&self) -> u64 {
        self.starts.len().saturating_sub(1) as u64
    }

    /// The replays of a block.
    pub fn block(&self, block: u64) -> Range<u64> {
        self.starts[block as usize]..self.starts[block as usize + 1]
    }

    /// How many replays.
    pub fn replays_in_all(&self) -> u64 {
        self.starts.last().copied().unwrap_or_default()
    }
}
