//! Counts a block of the panel: while it is walked through the markets, each visit's choices; then, person by person, the sums that
//! variances are made of.

use std::collections::BTreeMap;

use wide::i32x4;

use crate::choice::logit::{CERTAIN, DEALS_MAX, LANES};
use crate::energy::usage::Band;
use crate::replay::breakdown::Breakdowns;
use crate::replay::experiment::{Absorb, At, Four, Population};
use crate::replay::panel::sums::{KeptVisit, Moments, PanelSums, RowSums, RowTarget};
use crate::replay::panel::values::{Layout, Values};
use crate::replay::panel::{Selection, Visit};
use crate::replay::table::Table;

/// What is kept of single visits.
pub struct Keep {
    /// Of these people.
    pub people: Selection,
    /// The targets, by number.
    pub targets: Vec<usize>,
}

/// Counts a block.
pub struct CountPanel<'a> {
    layout: Layout<'a>,
    visits: &'a [Visit],
    population: &'a Population,
    breakdowns: &'a Breakdowns,
    keep: Keep,
    /// Number of the block's first replay among the visits walked.
    first: u64,
    /// How often a visit is replayed.
    replays: usize,
    /// By visit, half and slot of the layout: units of probability.
    units: Vec<u32>,
    /// By visit, its segment, by number.
    segment_of: Vec<usize>,
    /// By number of a segment, the alternatives that its visits are shown in any market.
    shown: Vec<(usize, Vec<bool>)>,
    band: Band,
    replayed: Vec<Replayed>,
}

/// What a replay tells of its rows: its usage band, and the units of the focus, and of all deals, in the first two markets.
#[derive(Clone, Copy)]
struct Replayed {
    band: Band,
    focus: [i32; 2],
    deals: [i32; 2],
}

impl<'a> CountPanel<'a> {
    /// For a block of these visits of a population, whose first replay has this number, by rows of the reported breakdowns too.
    pub fn new(
        layout: Layout<'a>,
        visits: &'a [Visit],
        (population, breakdowns): (&'a Population, &'a Breakdowns),
        keep: Keep,
        first: u64,
        replays: u32,
    ) -> CountPanel<'a> {
        let replays = replays as usize;
        CountPanel {
            visits,
            population,
            breakdowns,
            keep,
            first,
            replays,
            units: vec![0; visits.len() * 2 * layout.slots()],
            segment_of: vec![0; visits.len()],
            shown: Vec::new(),
            band: Band::Low,
            replayed: vec![Replayed::NONE; visits.len() * replays],
            layout,
        }
    }

    /// Adds up what was walked.
    pub fn sums(&self) -> PanelSums {
        let targets = self.layout.targets.count();
        let mut sums = PanelSums {
            targets: vec![Moments::default(); targets],
            behind: vec![0; self.layout.targets.alternatives()],
            ..PanelSums::default()
        };
        let mut of_visit = [vec![0.0; targets], vec![0.0; targets]];
        let mut of_person = of_visit.clone();
        let mut start = 0;
        for visits in self.visits.chunk_by(|a, b| a.person == b.person) {
            of_person.iter_mut().for_each(|half| half.fill(0.0));
            let weight: f64 = visits.iter().map(|visit| visit.weight).sum();
            let Visit { person, stands_for, .. } = visits[0];
            let kept_for = self.keep.people.stands_for(person, weight);
            for (visit, Visit { weight, .. }) in (start..).zip(visits) {
                for (half, values) in of_visit.iter_mut().enumerate() {
                    let units = &self.units[(2 * visit + half) * self.layout.slots()..][..self.layout.slots()];
                    self.layout.values(&Values { units, replays: self.replays / 2 }, values);
                }
                add_visit(&mut sums.targets, &mut of_person, &of_visit, [*weight, stands_for], self.replays as u32);
                if let Some(kept_for) = kept_for {
                    let kept = |values: &Vec<f64>| self.keep.targets.iter().map(|at| values[*at] as f32).collect();
                    let halves = of_visit.each_ref().map(kept);
                    let stands_for = stands_for.max(kept_for);
                    sums.kept.push(KeptVisit { person, weight: *weight, stands_for, halves });
                }
            }
            let [a, b] = &of_person;
            for (moments, (a, b)) in sums.targets.iter_mut().zip(a.iter().zip(b)) {
                moments.enter_person([*a, *b], [weight; 2], stands_for);
            }
            sums.everybody.enter(visits.len() as u64, [weight; 2], stands_for);
            self.add_behind(&mut sums.behind, start, visits);
            self.add_rows(&mut sums.rows, start, visits);
            start += visits.len();
        }
        sums
    }

    fn add_behind(&self, behind: &mut [u64], start: usize, visits: &[Visit]) {
        for (alternative, people) in behind.iter_mut().enumerate() {
            let is_shown = |visit: usize| self.shown[self.segment_of[visit]].1[alternative];
            *people += u64::from((start..start + visits.len()).any(is_shown));
        }
    }

    fn add_rows(&self, rows: &mut BTreeMap<u32, RowSums>, start: usize, visits: &[Visit]) {
        let mut of_person: BTreeMap<u32, OfRow> = BTreeMap::new();
        for (visit, Visit { number, weight, .. }) in (start..).zip(visits) {
            let (profile, segment) = (*number as usize, self.population.segment_of(*number as usize));
            let shown = &self.shown[self.segment_of[visit]].1;
            let is_shown = self.layout.focus.is_some_and(|focus| shown[focus]);
            for replay in 0..self.replays {
                let replayed = &self.replayed[visit * self.replays + replay];
                let values = replayed.values();
                let half = usize::from(replay >= self.replays / 2);
                for breakdown in self.breakdowns.reported() {
                    let row = breakdown.row_of(profile, segment, replayed.band) as u32;
                    let of_row = of_person.entry(row).or_default();
                    of_row.is_shown |= is_shown;
                    of_row.enter(visit, half, *weight / self.replays as f64, &values);
                }
            }
        }
        for (row, of_row) in of_person {
            of_row.add_to(rows.entry(row).or_default(), visits[0].stands_for);
        }
    }
}

impl Absorb for CountPanel<'_> {
    fn begin(&mut self, segment: usize, band: Band, tables: &[&Table]) {
        self.band = band;
        if self.shown.last().is_none_or(|(last, _)| *last != segment) {
            self.shown.push((segment, self.layout.shown(tables)));
        }
    }

    fn absorb(&mut self, four: &Four, at: At<'_>, units: &[i32x4; DEALS_MAX]) {
        let (market, slots) = (at.market, self.layout.slots());
        let replays = four.visits.map(|visit| (visit - self.first) as usize);
        let starts: [usize; LANES] = replays.map(|replay| {
            let half = usize::from(replay % self.replays >= self.replays / 2);
            (2 * (replay / self.replays) + half) * slots
        });
        let mut sums = i32x4::ZERO;
        let mut focus = i32x4::ZERO;
        for (units, tariff) in units.iter().zip(at.table.tariffs()) {
            sums += *units;
            if Some(tariff) == self.layout.focus {
                focus = *units;
            }
            let slot = self.layout.slot(market, tariff);
            for (start, units) in starts.iter().zip(units.to_array()).take(four.count) {
                self.units[start + slot] += units as u32;
            }
        }
        if market >= 2 {
            return;
        }
        for (lane, replay) in replays.into_iter().enumerate().take(four.count) {
            let replayed = &mut self.replayed[replay];
            (replayed.focus[market], replayed.deals[market]) = (focus.to_array()[lane], sums.to_array()[lane]);
            if market == 0 {
                replayed.band = self.band;
                self.segment_of[replay / self.replays] = self.shown.len() - 1;
            }
        }
    }
}

impl Replayed {
    const NONE: Replayed = Replayed { band: Band::Low, focus: [0; 2], deals: [0; 2] };

    /// By [`RowTarget`].
    fn values(&self) -> [f64; RowTarget::COUNT] {
        let share = |units: i32| f64::from(units) / f64::from(CERTAIN);
        let [focus, no_switch] = [self.focus.map(share), self.deals.map(|deals| share(CERTAIN - deals))];
        let both = |[before, after]: [f64; 2]| [before, after, after - before];
        let ([a, b, c], [d, e, f]) = (both(focus), both(no_switch));
        [a, b, c, d, e, f]
    }
}

/// One person in one row, by half.
#[derive(Default)]
struct OfRow {
    last_visit: Option<usize>,
    visits: u64,
    /// Whether any of them is shown the focus.
    is_shown: bool,
    mass: [f64; 2],
    values: [[f64; RowTarget::COUNT]; 2],
    square: [f64; RowTarget::COUNT],
}

impl OfRow {
    /// A replay with this much of its visit's weight.
    fn enter(&mut self, visit: usize, half: usize, weight: f64, values: &[f64; RowTarget::COUNT]) {
        if self.last_visit.replace(visit) != Some(visit) {
            self.visits += 1;
        }
        // Each half stands for the whole.
        self.mass[half] += 2.0 * weight;
        for ((sum, square), value) in self.values[half].iter_mut().zip(&mut self.square).zip(values) {
            *sum += 2.0 * weight * value;
            *square += weight * value * value;
        }
    }

    fn add_to(&self, row: &mut RowSums, stands_for: f64) {
        row.mass.enter(self.visits, self.mass, stands_for);
        row.shown += u64::from(self.is_shown);
        let [a, b] = &self.values;
        for (at, moments) in row.targets.iter_mut().enumerate() {
            moments.sum += stands_for * (a[at] + b[at]) / 2.0;
            moments.square += stands_for * self.square[at];
            moments.enter_person([a[at], b[at]], self.mass, stands_for);
        }
    }
}

/// Adds a visit's means over each half of its replays.
fn add_visit(
    targets: &mut [Moments],
    of_person: &mut [Vec<f64>; 2],
    of_visit: &[Vec<f64>; 2],
    weights: [f64; 2],
    replays: u32,
) {
    let ([person_a, person_b], [a, b]) = (of_person, of_visit);
    for ((moments, (person_a, person_b)), (a, b)) in
        targets.iter_mut().zip(person_a.iter_mut().zip(person_b)).zip(a.iter().zip(b))
    {
        moments.enter_visit([person_a, person_b], [*a, *b], weights, replays);
    }
}
