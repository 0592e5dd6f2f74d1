//! Counts by row of breakdowns: how probable the visits of a row were to go to each destination, and what they saved. Rows that
//! differ within a cell are added to visit by visit, all others once a cell.

use wide::{f32x4, i32x4};

use crate::choice::logit::{CERTAIN, LANES};
use crate::energy::usage::Band;
use crate::replay::breakdown::Breakdowns;
use crate::replay::experiment::{Four, Stage};
use crate::replay::table::Table;
use crate::replay::tally::{Money, Probability, Row, destination};

/// The markets that are counted by row: the unchanged and the hypothetical one. Others are made for totals alone.
const MARKETS: usize = 2;

/// Counts where visits go.
pub(super) struct CountRows<'a> {
    breakdowns: &'a Breakdowns,
    /// By tariff of any market.
    destination_of: Vec<usize>,
    no_switch: usize,
    markets: Vec<Market>,
    segment: usize,
    band: Band,
    /// One of the cell's.
    profile: usize,
    /// Units of four visits by destination, up to a whole number of blocks of four.
    to: Vec<i32x4>,
    /// The same visit by visit, in blocks of destinations.
    turned: Vec<[i32x4; LANES]>,
}

/// One market's rows, and how the deals of the cell's table lie.
struct Market {
    rows: Rows,
    /// Runs of deals with one destination: the last deal of each, and the destination.
    runs: Vec<(usize, usize)>,
}

/// Counts by row and destination.
struct Rows {
    heads: Vec<Head>,
    /// By row, blocks of destinations: sums that hold [`ADDITIONS_MAX`] additions, as numbers without sign.
    units: Vec<i32x4>,
    /// By row, then destination, what they have overflowed to: a task's sums are far below 2⁶⁴.
    totals: Vec<u64>,
    blocks: usize,
}

#[derive(Clone, Copy, Default)]
struct Head {
    /// In the units of [`Money`].
    saving: i64,
    /// Additions since the last overflow.
    added: u32,
}

/// So many additions of certainty stay below 2³².
const ADDITIONS_MAX: u32 = ((1 << 32) / CERTAIN as u64) as u32 - 1;

impl<'a> CountRows<'a> {
    /// In these markets, of which the one with the most tariffs has all of them.
    pub(super) fn new(stages: &[&Stage], focus: Option<usize>, breakdowns: &'a Breakdowns) -> CountRows<'a> {
        let all = stages.iter().map(|stage| stage.sellers()).max_by_key(|sellers| sellers.of.len());
        let (mut destination_of, suppliers) = all.map_or((Vec::new(), 0), |all| (all.of.clone(), all.names.len()));
        if let Some(focus) = focus {
            destination_of[focus] = destination::focus(suppliers);
        }
        let blocks = destination::count(suppliers).div_ceil(LANES);
        let market = |_| Market { rows: Rows::new(breakdowns.rows(), blocks), runs: Vec::new() };
        CountRows {
            breakdowns,
            destination_of,
            no_switch: destination::no_switch(suppliers),
            markets: (0..stages.len().min(MARKETS)).map(market).collect(),
            segment: 0,
            band: Band::Medium,
            profile: 0,
            to: vec![i32x4::ZERO; blocks * LANES],
            turned: vec![[i32x4::ZERO; LANES]; blocks],
        }
    }

    /// A cell begins.
    pub(super) fn begin(&mut self, segment: usize, band: Band, tables: &[&Table]) {
        (self.segment, self.band) = (segment, band);
        for (Market { runs, .. }, table) in self.markets.iter_mut().zip(tables) {
            runs.clear();
            for (deal, tariff) in table.tariffs().enumerate() {
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
    pub(super) fn add(&mut self, four: &Four, market: usize, sums: &[i32x4], saving: [i64; LANES]) {
        self.profile = four.profiles[0];
        let Some(Market { rows, runs }) = self.markets.get_mut(market) else { return };
        self.to.fill(i32x4::ZERO);
        let mut before = i32x4::ZERO;
        for (last, destination) in runs {
            self.to[*destination] += sums[*last] - before;
            before = sums[*last];
        }
        self.to[self.no_switch] = i32x4::splat(CERTAIN) - before;
        for (turned, block) in self.turned.iter_mut().zip(self.to.chunks_exact(LANES)) {
            // Nothing is calculated: it moves bits.
            let block = [block[0], block[1], block[2], block[3]].map(bytemuck::cast::<i32x4, f32x4>);
            *turned = f32x4::transpose(block).map(bytemuck::cast::<f32x4, i32x4>);
        }
        for breakdown in self.breakdowns.all().iter().filter(|breakdown| !breakdown.is_by_cell()) {
            for lane in 0..four.count {
                let row = breakdown.row_of(four.profiles[lane], self.segment, self.band);
                rows.add(row, lane, &self.turned, saving[lane]);
            }
        }
    }

    /// A cell has ended: the units of each tariff in it, how many visits it had, and what they saved.
    pub(super) fn end(&mut self, market: usize, units: &[(usize, Probability)], visits: u64, saving: i64) {
        let Some(Market { rows, .. }) = self.markets.get_mut(market) else { return };
        let mut to = vec![0; self.to.len()];
        to[self.no_switch] = visits * CERTAIN as u64;
        for (tariff, units) in units {
            to[self.destination_of[*tariff]] += *units as u64;
            to[self.no_switch] -= *units as u64;
        }
        for breakdown in self.breakdowns.all().iter().filter(|breakdown| breakdown.is_by_cell()) {
            rows.add_sums(breakdown.row_of(self.profile, self.segment, self.band), &to, saving);
        }
    }

    /// What the rows of each market come to; none of those that are not counted by row.
    pub(super) fn finish(self) -> impl Iterator<Item = Vec<Row>> {
        let destinations = self.no_switch + 1;
        self.markets.into_iter().map(move |market| market.rows.finish(destinations))
    }
}

impl Rows {
    fn new(rows: usize, blocks: usize) -> Rows {
        Rows {
            heads: vec![Head::default(); rows],
            units: vec![i32x4::ZERO; rows * blocks],
            totals: vec![0; rows * blocks * LANES],
            blocks,
        }
    }

    /// Adds one of four visits.
    #[inline]
    fn add(&mut self, row: usize, lane: usize, turned: &[[i32x4; LANES]], saving: i64) {
        if self.heads[row].added == ADDITIONS_MAX {
            self.carry(row);
        }
        let head = &mut self.heads[row];
        head.added += 1;
        head.saving += saving;
        let units = &mut self.units[row * self.blocks..][..self.blocks];
        units.iter_mut().zip(turned).for_each(|(sum, block)| *sum += block[lane]);
    }

    /// Adds sums of many visits.
    fn add_sums(&mut self, row: usize, to: &[u64], saving: i64) {
        self.heads[row].saving += saving;
        let totals = &mut self.totals[row * to.len()..][..to.len()];
        totals.iter_mut().zip(to).for_each(|(total, units)| *total += units);
    }

    #[cold]
    fn carry(&mut self, row: usize) {
        self.heads[row].added = 0;
        let units: &mut [u32] = bytemuck::cast_slice_mut(&mut self.units[row * self.blocks..][..self.blocks]);
        for (total, units) in self.totals[row * self.blocks * LANES..].iter_mut().zip(units) {
            *total += u64::from(std::mem::take(units));
        }
    }

    fn finish(mut self, destinations: usize) -> Vec<Row> {
        (0..self.heads.len()).for_each(|row| self.carry(row));
        let rows = self.totals.chunks_exact(self.blocks * LANES).zip(&self.heads);
        let row = |(totals, head): (&[u64], &Head)| {
            let has_visits = totals.iter().any(|total| *total > 0);
            let expected = totals[..destinations].iter().map(|total| Probability::from(*total));
            Row { expected: expected.filter(|_| has_visits).collect(), saving: Money::from(head.saving) }
        };
        rows.map(row).collect()
    }
}
