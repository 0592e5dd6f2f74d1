//! The three ways of counting what a walk finds: in full, its spread, or totals for many parameter sets.

use wide::{f32x4, i32x4};

use crate::choice::logit::{CERTAIN, DEALS_MAX, LANES};
use crate::energy::usage::Band;
use crate::replay::breakdown::Breakdowns;
use crate::replay::destination::Destinations;
use crate::replay::experiment::{Absorb, At, Four, Stage};
use crate::replay::rows::{ByDestination, Rows};
use crate::replay::table::Table;
use crate::replay::tally::{Money, PENNY, Probability, SQUARE_ONE, Shares, Spread, Square, Totals};

/// Counts in full: expected and sampled choices and savings, where the visits of each row of the breakdowns go, and the
/// positions of the focus tariff.
pub struct CountShares<'a> {
    shares: Vec<Shares>,
    focus: Option<usize>,
    breakdowns: &'a Breakdowns,
    destinations: Destinations,
    /// By market, then tariff.
    destination_of: Vec<Vec<u16>>,
    /// By market.
    rows: Vec<Rows>,
    cells: Vec<Cell>,
    segment: usize,
    band: Band,
    /// One of the cell's.
    profile: usize,
    to: ByDestination,
    turned: Vec<[i32x4; LANES]>,
}

/// One market's sums over a cell.
struct Cell {
    expected: Sums,
    sampled: Vec<u32>,
    /// In the units of [`Money`]: of a cell, which is no more than a slab of visits, these are enough.
    saving: i64,
    visits: u64,
    focus: Option<usize>,
    /// The deals in runs with one destination: where each ends, and its destination.
    runs: Vec<(usize, usize)>,
}

/// Sums of probabilities by deal, lane by lane, in integers that hold a few hundred additions, and what they have overflowed to.
struct Sums {
    lanes: Box<[i32x4; DEALS_MAX]>,
    added: u32,
    total: Vec<Probability>,
}

impl Sums {
    /// 2³¹ / [`CERTAIN`] additions of certainty would overflow.
    const ADDITIONS_MAX: u32 = (1 << 31) / CERTAIN as u32 - 1;

    fn new() -> Sums {
        Sums { lanes: Box::new([i32x4::ZERO; DEALS_MAX]), added: 0, total: vec![0; DEALS_MAX] }
    }

    /// Counts a coming addition of so many deals' units, and gives the sums to add them to.
    #[inline]
    fn add_to(&mut self, deals: usize) -> &mut [i32x4] {
        if self.added == Self::ADDITIONS_MAX {
            self.carry(deals);
        }
        self.added += 1;
        &mut self.lanes[..deals]
    }

    fn carry(&mut self, deals: usize) {
        for (total, lanes) in self.total.iter_mut().zip(&mut self.lanes[..deals]) {
            *total += lanes.to_array().iter().map(|lane| *lane as Probability).sum::<Probability>();
            *lanes = i32x4::ZERO;
        }
        self.added = 0;
    }

    /// Hands over the sums of the first `deals` and starts anew.
    fn take(&mut self, deals: usize) -> impl Iterator<Item = Probability> {
        self.carry(deals);
        self.total[..deals].iter_mut().map(std::mem::take)
    }
}

impl<'a> CountShares<'a> {
    /// For these markets, by the rows of `breakdowns`; `focus` is a tariff by position, in all of them.
    pub fn new(stages: &[&Stage], focus: Option<usize>, breakdowns: &'a Breakdowns) -> CountShares<'a> {
        let destinations = Destinations::new(stages.iter().flat_map(|stage| stage.suppliers()));
        let destination_of = |stage: &&Stage| -> Vec<u16> {
            let numbers = stage.suppliers().iter().map(|supplier| destinations.supplier(supplier));
            let own = |(tariff, supplier)| if Some(tariff) == focus { destinations.focus() } else { supplier };
            numbers.enumerate().map(own).map(|number| number as u16).collect()
        };
        let cell = |_: &&Stage| Cell {
            expected: Sums::new(),
            sampled: vec![0; DEALS_MAX + 1],
            saving: 0,
            visits: 0,
            focus: None,
            runs: Vec::new(),
        };
        CountShares {
            shares: stages.iter().map(|stage| Shares::new(stage.tariffs())).collect(),
            focus,
            breakdowns,
            destination_of: stages.iter().map(destination_of).collect(),
            rows: stages.iter().map(|_| Rows::new(breakdowns.rows(), destinations.count())).collect(),
            cells: stages.iter().map(cell).collect(),
            segment: 0,
            band: Band::Medium,
            profile: 0,
            to: ByDestination::new(destinations.count()),
            turned: Vec::new(),
            destinations,
        }
    }

    /// What was counted, by market.
    pub fn finish(self) -> Vec<Shares> {
        let rows = self.rows.into_iter().map(Rows::finish);
        self.shares.into_iter().zip(rows).map(|(shares, rows)| Shares { rows, ..shares }).collect()
    }

    /// Counts four visits by the rows that differ within a cell.
    #[inline]
    fn add_rows(&mut self, four: &Four, market: usize) {
        self.to.turn(&mut self.turned);
        let rows = &mut self.rows[market];
        for breakdown in self.breakdowns.all().iter().filter(|breakdown| !breakdown.is_by_cell()) {
            for lane in 0..four.count {
                let row = breakdown.row_of(four.profiles[lane], self.segment, self.band);
                rows.add(row, lane, &self.turned, self.to.saving[lane]);
            }
        }
    }
}

impl Absorb for CountShares<'_> {
    fn begin(&mut self, segment: usize, band: Band, tables: &[&Table]) {
        (self.segment, self.band) = (segment, band);
        for ((cell, table), destination_of) in self.cells.iter_mut().zip(tables).zip(&self.destination_of) {
            cell.focus = self.focus.and_then(|focus| table.tariffs().position(|tariff| tariff == focus));
            cell.runs.clear();
            for (deal, tariff) in table.tariffs().enumerate() {
                let destination = usize::from(destination_of[tariff]);
                match cell.runs.last_mut() {
                    Some((end, known)) if *known == destination => *end = deal + 1,
                    _ => cell.runs.push((deal + 1, destination)),
                }
            }
        }
    }

    #[inline]
    fn absorb(&mut self, four: &Four, at: At<'_>, units: &[i32x4; DEALS_MAX]) {
        let cell = &mut self.cells[at.market];
        let deals = at.shown.deals;
        let (mut sum, mut chosen, mut saving) = (i32x4::ZERO, i32x4::splat(deals as i32), f32x4::ZERO);
        let sums = cell.expected.add_to(deals);
        self.to.units.fill(i32x4::ZERO);
        let mut first = 0;
        for (end, destination) in &cell.runs {
            let before = sum;
            let rows = sums[first..*end].iter_mut().zip(&units[first..*end]).zip(&at.shown.saving_pence[first..*end]);
            for ((expected, units), pence) in rows {
                *expected += *units;
                sum += *units;
                // Where the sum is above the draw, the comparison's mask is −1: this deal or one before is chosen.
                chosen += sum.simd_gt(four.choice);
                saving += units.round_float() * *pence;
            }
            self.to.units[*destination] += sum - before;
            first = *end;
        }
        self.to.units[self.destinations.no_switch()] = i32x4::splat(CERTAIN) - sum;
        let saving = saving * f32x4::splat(PENNY / CERTAIN as f32);
        self.to.saving = saving.to_array().map(|lane| libm::roundf(lane) as i64);
        cell.saving += self.to.saving.iter().sum::<i64>();
        cell.visits += four.count as u64;
        for chosen in &chosen.to_array()[..four.count] {
            cell.sampled[*chosen as usize] += 1;
        }
        if let Some(focus) = cell.focus {
            let places = at.table.places_of(focus, at.shown);
            let counts = &mut self.shares[at.market].focus_places;
            counts.resize(counts.len().max(deals), 0);
            places[..four.count].iter().for_each(|place| counts[usize::from(*place)] += 1);
        }
        self.profile = four.profiles[0];
        self.add_rows(four, at.market);
    }

    fn end(&mut self, tables: &[&Table]) {
        let by_cell = self.breakdowns.all().iter().filter(|breakdown| breakdown.is_by_cell());
        let in_rows: Vec<usize> =
            by_cell.map(|breakdown| breakdown.row_of(self.profile, self.segment, self.band)).collect();
        for (market, table) in tables.iter().enumerate() {
            let (all, cell) = (&mut self.shares[market].all, &mut self.cells[market]);
            let deals = table.tariffs().len();
            let mut to = vec![0; self.destinations.count()];
            let mut rest = cell.visits * CERTAIN as u64;
            let counts = cell.expected.take(deals).zip(&cell.sampled);
            for (tariff, (expected, sampled)) in table.tariffs().zip(counts) {
                all.expected[tariff] += expected;
                all.sampled[tariff] += u64::from(*sampled);
                to[usize::from(self.destination_of[market][tariff])] += expected as u64;
                rest -= expected as u64;
            }
            to[self.destinations.no_switch()] = rest;
            in_rows.iter().for_each(|row| self.rows[market].add_sums(*row, &to, cell.saving));
            all.visits += cell.visits;
            all.saving += Money::from(cell.saving);
            if cell.focus.is_some() {
                all.focus_shown += cell.visits;
            }
            cell.sampled[..=deals].fill(0);
            (cell.saving, cell.visits) = (0, 0);
        }
    }
}

/// Sums probabilities of watched tariffs, their squares and the squares of their changes between two markets: what
/// Monte-Carlo errors are made of.
pub struct CountSpread {
    /// The result, in the order of the watched tariffs, no switch last.
    pub spread: Spread,
    watched: usize,
    /// By tariff: its place among the watched.
    place_of: Vec<Option<usize>>,
    /// By market, the four visits' probabilities of the watched, no switch last.
    seen: [Vec<f32x4>; 2],
}

impl CountSpread {
    /// For these tariffs, by position in the second market; the first may lack the last of them.
    pub fn new(watched: impl IntoIterator<Item = usize>) -> CountSpread {
        let (mut place_of, mut count) = (Vec::new(), 0);
        for tariff in watched {
            place_of.resize(place_of.len().max(tariff + 1), None);
            place_of[tariff] = Some(count);
            count += 1;
        }
        let row = || vec![f32x4::ZERO; count + 1];
        CountSpread { spread: Spread::new(count), watched: count, place_of, seen: [row(), row()] }
    }
}

impl Absorb for CountSpread {
    fn absorb(&mut self, four: &Four, at: At<'_>, units: &[i32x4; DEALS_MAX]) {
        let row = &mut self.seen[at.market];
        row.fill(f32x4::ZERO);
        let mut outside = four.weight;
        for (deal, tariff) in at.table.tariffs().enumerate() {
            let p = units[deal].round_float() * f32x4::splat(1.0 / CERTAIN as f32);
            outside -= p;
            if let Some(Some(place)) = self.place_of.get(tariff) {
                row[*place] = p;
            }
        }
        row[self.watched] = outside.fast_max(f32x4::ZERO);
        for (moments, p) in self.spread.markets[at.market].iter_mut().zip(row) {
            moments.sum += square(*p);
            moments.square += square(*p * *p);
        }
        if at.market == 1 {
            self.spread.visits += four.count as u64;
            let [before, after] = &self.seen;
            for ((was, now), sum) in before.iter().zip(after).zip(&mut self.spread.change_square) {
                let change = *now - *was;
                *sum += square(change * change);
            }
        }
    }
}

/// Sums probabilities by tariff for every market under every parameter set.
pub struct CountTotals {
    /// By parameter set, then market.
    pub totals: Vec<Vec<Totals>>,
    cells: Vec<Vec<Sums>>,
    visits: u64,
}

impl CountTotals {
    /// For these markets and so many parameter sets.
    pub fn new(stages: &[&Stage], models: usize) -> CountTotals {
        let total = |stage: &&Stage| Totals { expected: vec![0; stage.tariffs()], ..Totals::default() };
        let cells = || stages.iter().map(|_| Sums::new()).collect();
        CountTotals {
            totals: (0..models).map(|_| stages.iter().map(total).collect()).collect(),
            cells: (0..models).map(|_| cells()).collect(),
            visits: 0,
        }
    }
}

impl Absorb for CountTotals {
    #[inline]
    fn absorb(&mut self, four: &Four, at: At<'_>, units: &[i32x4; DEALS_MAX]) {
        let sums = self.cells[at.model][at.market].add_to(at.shown.deals);
        sums.iter_mut().zip(units).for_each(|(sum, units)| *sum += *units);
        if at.model == 0 && at.market == 0 {
            self.visits += four.count as u64;
        }
    }

    fn end(&mut self, tables: &[&Table]) {
        for (totals, cells) in self.totals.iter_mut().zip(&mut self.cells) {
            for ((total, cell), table) in totals.iter_mut().zip(cells).zip(tables) {
                total.visits += self.visits;
                let tariffs = table.tariffs();
                let deals = tariffs.len();
                tariffs.zip(cell.take(deals)).for_each(|(tariff, expected)| total.expected[tariff] += expected);
            }
        }
        self.visits = 0;
    }
}

/// A number from 0 to 1 in each lane, rounded to units of 2⁻³² and added up.
fn square(lanes: f32x4) -> Square {
    let scaled = lanes.to_array().map(|lane| libm::round(f64::from(lane) * SQUARE_ONE) as u64);
    scaled.iter().map(|lane| Square::from(*lane)).sum()
}
