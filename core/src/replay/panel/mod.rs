//! The observed visits as a panel: people, each of whose visits is replayed several times. How shares differ between people tells
//! how far those of other visitors might have been from these; how they differ within a visit, how noisy a simulated one is.

pub mod count;
pub mod sums;
pub mod targets;
pub mod values;

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::choice::random::{Purpose, Stream};
use crate::replay::panel::sums::Mass;
use crate::replay::profile::Profile;

/// Which observed visits are replayed for their own sake, how often, and in which blocks. Replays are numbered from 0: person by
/// person, within them visit by visit, within those replay by replay.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Panel {
    /// Who is in it.
    people: Selection,
    /// Who is kept one by one.
    kept: Selection,
    /// How often a visit is replayed: an even number, as there are two halves.
    pub replays: u32,
    /// Where blocks of whole people begin, and the end.
    starts: Vec<u64>,
    /// All observed visits.
    pub observed: Mass,
}

/// Some of the people, drawn in proportion to their weights: whoever weighs as much as a step, or more, is in for certain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Selection {
    /// 0 if everybody is in.
    step: f64,
}

/// A visit of the panel.
#[derive(Clone, Copy, Debug)]
pub struct Visit {
    /// Its number among the observed ones.
    pub number: u32,
    /// Who made it.
    pub person: u32,
    /// What it weighs.
    pub weight: f64,
    /// How many people the person stands for.
    pub stands_for: f64,
}

/// More replays would tell no more than the noise of the sampled visits lets be known.
const REPLAYS_MAX: u64 = 50_000;
/// More of one visit would tell no more of the others.
const REPLAYS_OF_VISIT_MAX: u64 = 1_000;
/// People whose visits are kept one by one.
const KEPT_MAX: f64 = 8_000.0;

impl Panel {
    /// Of these visits, in so many replays, within bounds, of each visit two at least, and in blocks of so many replays or a few more.
    /// Where that would be too many, some people stand for others.
    pub fn new(profiles: &[Profile], replays: u64, block: u64) -> Panel {
        let everybody = by_person(profiles);
        let mut observed = Mass::default();
        for visits in &everybody {
            observed.enter(visits.len() as u64, [weight_of(visits, profiles); 2], 1.0);
        }
        let replays_max = replays.clamp(2, REPLAYS_MAX);
        let size = |visits: &Vec<u32>| (weight_of(visits, profiles), visits.len() as f64);
        let sizes: Vec<(f64, f64)> = everybody.iter().map(size).collect();
        let people = Selection::of(&sizes, replays_max as f64 / 2.0);
        let one_each: Vec<(f64, f64)> = sizes.iter().map(|(weight, _)| (*weight, 1.0)).collect();
        let mut panel =
            Panel { people, kept: Selection::of(&one_each, KEPT_MAX), replays: 2, starts: vec![0], observed };
        let order = panel.order(profiles);
        let rounds = replays_max / (2 * order.len() as u64).max(1);
        panel.replays = 2 * rounds.clamp(1, REPLAYS_OF_VISIT_MAX / 2) as u32;
        let mut end = 0;
        for visits in order.chunk_by(|a, b| a.person == b.person) {
            if end - panel.starts[panel.starts.len() - 1] >= block {
                panel.starts.push(end);
            }
            end += visits.len() as u64 * u64::from(panel.replays);
        }
        panel.starts.push(end);
        panel
    }

    /// The visits that are in it, person by person.
    pub fn order(&self, profiles: &[Profile]) -> Vec<Visit> {
        let mut order = Vec::new();
        for visits in by_person(profiles) {
            let person = profiles[visits[0] as usize].person;
            let Some(stands_for) = self.people.stands_for(person, weight_of(&visits, profiles)) else { continue };
            let visit = |number: u32| {
                let Profile { person, weight, .. } = profiles[number as usize];
                Visit { number, person, weight, stands_for }
            };
            order.extend(visits.into_iter().map(visit));
        }
        order
    }

    /// Who is kept one by one.
    pub fn kept(&self) -> Selection {
        self.kept
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

impl Selection {
    /// Of people of these weights and sizes, about so much in all: the size falls as the step grows.
    fn of(people: &[(f64, f64)], most: f64) -> Selection {
        let size = |step: f64| people.iter().map(|(weight, size)| size * (weight / step).min(1.0)).sum::<f64>();
        if people.iter().map(|(_, size)| size).sum::<f64>() <= most {
            return Selection::default();
        }
        // Whoever has a hundredth of the weight is in for certain, however many visits that is.
        let (mut low, mut high) = (0.0, people.iter().map(|(weight, _)| weight).sum::<f64>() / 100.0);
        for _ in 0..40 {
            let middle = (low + high) / 2.0;
            (low, high) = if size(middle) > most { (middle, high) } else { (low, middle) };
        }
        Selection { step: high }
    }

    /// How many people a person of this weight stands for, if they are in it. Who is in a smaller selection is in a larger one.
    pub(super) fn stands_for(self, person: u32, weight: f64) -> Option<f64> {
        let probability = if weight < self.step { weight / self.step } else { 1.0 };
        let drawn = Stream::new(0, Purpose::Panel).item(person.into()).uniform(0);
        (drawn < probability).then_some(1.0 / probability)
    }
}

/// The visits of every person, by number; those of no weight are left out.
pub fn by_person(profiles: &[Profile]) -> Vec<Vec<u32>> {
    let mut people: Vec<Vec<u32>> = Vec::new();
    for (number, profile) in (0..).zip(profiles) {
        let person = profile.person as usize;
        people.resize(people.len().max(person + 1), Vec::new());
        if profile.weight > 0.0 {
            people[person].push(number);
        }
    }
    people.retain(|visits| !visits.is_empty());
    people
}

fn weight_of(visits: &[u32], profiles: &[Profile]) -> f64 {
    visits.iter().map(|visit| profiles[*visit as usize].weight).sum()
}
