//! Counts by row of breakdowns: how probable the visits of a row were to go to each destination, and what they saved. Rows that
//! differ within a cell are added to visit by visit, all others once a cell.

use wide::i32x4;

use crate::choice::logit::{CERTAIN, DEALS_MAX, LANES};
use crate::energy::usage::Band;
use crate::replay::breakdown::{Breakdowns, ByProfile};
use crate::replay::experiment::{Four, Stage};
use crate::replay::table::Table;
use crate::replay::tally::{Money, Probability, Row, destination};

/// The markets that are counted by row: the unchanged and the hypothetical one. Others are made for totals alone.
const MARKETS: usize = 2;

/// Counts where visits go.
pub(super) struct CountRows<'a> {
    breakdowns: &'a Breakdowns,
    /// By tariff of any market.
    destination_of: Vec<u16>,
    no_switch: usize,
    markets: Vec<Market>,
    /// The breakdowns whose rows differ within the cell.
    by_profile: Vec<ByProfile<'a>>,
    segment: usize,
    band: Band,
    /// One of the cell's.
    profile: usize,
    /// Units of four visits by run of deals.
    to: Box<[i32x4; DEALS_MAX]>,
}

/// One market's rows, and how the deals of the cell's table lie.
struct Market {
    rows: Rows,
    /// Runs of deals with one destination: the last deal of each, and the destination.
    runs: Vec<(u8, u16)>,
}

/// Sums by row.
struct Rows {
    /// And by destination: those of a task are far below 2⁶⁴.
    units: Vec<u64>,
    /// In the units of [`Money`].
    saving: Vec<i64>,
    destinations: usize,
}

impl<'a> CountRows<'a> {
    /// In these markets, of which the one with the most tariffs has all of them.
    pub(super) fn new(stages: &[&Stage], focus: Option<usize>, breakdowns: &'a Breakdowns) -> CountRows<'a> {
        let sellers = stages.iter().map(|stage| stage.sellers()).max_by_key(|sellers| sellers.of.len());
        let mut destination_of: Vec<u16> = sellers.iter().flat_map(|all| &all.of).map(|at| *at as u16).collect();
        let suppliers = sellers.map_or(0, |sellers| sellers.names.len());
        if let Some(focus) = focus {
            destination_of[focus] = destination::focus(suppliers) as u16;
        }
        let destinations = destination::count(suppliers);
        let market = |_| Market { rows: Rows::new(breakdowns.rows(), destinations), runs: Vec::new() };
        CountRows {
            breakdowns,
            destination_of,
            no_switch: destination::no_switch(suppliers),
            by_profile: Vec::new(),
            markets: (0..stages.len().min(MARKETS)).map(market).collect(),
            segment: 0,
            band: Band::Medium,
            profile: 0,
            to: Box::new([i32x4::ZERO; DEALS_MAX]),
        }
    }

    /// A cell begins.
    pub(super) fn begin(&mut self, segment: usize, band: Band, tables: &[&Table]) {
        (self.segment, self.band) = (segment, band);
        self.by_profile.clear();
        self.by_profile.extend(self.breakdowns.all().iter().filter_map(|breakdown| breakdown.by_profile(band)));
        for (Market { runs, .. }, table) in self.markets.iter_mut().zip(tables) {
            runs.clear();
            for (deal, tariff) in (0..=u8::MAX).zip(table.tariffs()) {
                let destination = self.destination_of[tariff];
                match runs.last_mut() {
                    Some((last, known)) if *known == destination => *last = deal,
                    _ => runs.push((deal, destination)),
                }
            }
        }
    }

    /// Counts four visits: `sums` are their units up to each deal, `saving` is in the units of [`Money`].
    #[inline]
    pub(super) fn add(&mut self, four: &Four, market: usize, sums: &[i32x4; DEALS_MAX], saving: [i64; LANES]) {
        self.profile = four.profiles[0];
        let Some(Market { rows, runs }) = self.markets.get_mut(market) else { return };
        let mut all = i32x4::ZERO;
        for ((last, _), to) in runs.iter().zip(self.to.iter_mut()) {
            let sum = sums[usize::from(*last)];
            *to = sum - all;
            all = sum;
        }
        let to: &[[i32; LANES]] = bytemuck::cast_slice(&self.to[..]);
        let no_switch = (i32x4::splat(CERTAIN) - all).to_array();
        for by in &self.by_profile {
            for lane in 0..four.count.min(LANES) {
                let row = by.row_of(four.profiles[lane]);
                rows.saving[row] += saving[lane];
                let units = rows.of(row);
                units[self.no_switch] += no_switch[lane] as u64;
                for ((_, destination), to) in runs.iter().zip(to) {
                    units[usize::from(*destination)] += to[lane] as u64;
                }
            }
        }
    }

    /// A cell has ended: the units of each tariff in it, how many visits it had, and what they saved.
    pub(super) fn end(&mut self, market: usize, units: &[(usize, Probability)], visits: u64, saving: i64) {
        let Some(Market { rows, .. }) = self.markets.get_mut(market) else { return };
        let all: Probability = units.iter().map(|(_, units)| units).sum();
        for breakdown in self.breakdowns.all().iter().filter(|breakdown| breakdown.by_profile(self.band).is_none()) {
            let row = breakdown.row_of(self.profile, self.segment, self.band);
            rows.saving[row] += saving;
            let sums = rows.of(row);
            sums[self.no_switch] += visits * CERTAIN as u64 - all as u64;
            for (tariff, units) in units {
                sums[usize::from(self.destination_of[*tariff])] += *units as u64;
            }
        }
    }

    /// What the rows of each market come to; none of those that are not counted by row.
    pub(super) fn finish(self) -> impl Iterator<Item = Vec<Row>> {
        self.markets.into_iter().map(|market| market.rows.finish())
    }
}

impl Rows {
    fn new(rows: usize, destinations: usize) -> Rows {
        Rows { units: vec![0; rows * destinations], saving: vec![0; rows], destinations }
    }

    /// A row's sums by destination.
    #[inline]
    fn of(&mut self, row: usize) -> &mut [u64] {
        &mut self.units[row * self.destinations..][..self.destinations]
    }

    fn finish(self) -> Vec<Row> {
        let row = |(units, saving): (&[u64], &i64)| {
            let has_visits = units.iter().any(|units| *units > 0);
            let expected = units.iter().filter(|_| has_visits).map(|units| Probability::from(*units));
            Row { expected: expected.collect(), saving: Money::from(*saving) }
        };
        self.units.chunks_exact(self.destinations).zip(&self.saving).map(row).collect()
    }
}
