//! Counts by row of breakdowns: how probable the visits of a row were to go to each destination, and what they saved. Rows that
//! differ within a cell are added to visit by visit, all others once a cell.

use wide::{f32x4, i32x4};

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
    /// Units of four visits by destination, up to a whole number of blocks of four.
    to: Vec<i32x4>,
    /// The same of each visit, in blocks of destinations.
    turned: [Vec<i32x4>; LANES],
}

/// One market's rows, and how the deals of the cell's table lie.
struct Market {
    rows: Rows,
    /// Runs of deals with one destination: the last deal of each, and the destination.
    runs: Vec<(u8, u16)>,
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
        let (mut destination_of, suppliers) = all
            .map_or((Vec::new(), 0), |all| (all.of.iter().map(|supplier| *supplier as u16).collect(), all.names.len()));
        if let Some(focus) = focus {
            destination_of[focus] = destination::focus(suppliers) as u16;
        }
        let blocks = destination::count(suppliers).div_ceil(LANES);
        let market = |_| Market { rows: Rows::new(breakdowns.rows(), blocks), runs: Vec::new() };
        CountRows {
            breakdowns,
            destination_of,
            no_switch: destination::no_switch(suppliers),
            by_profile: Vec::new(),
            markets: (0..stages.len().min(MARKETS)).map(market).collect(),
            segment: 0,
            band: Band::Medium,
            profile: 0,
            to: vec![i32x4::ZERO; blocks * LANES],
            turned: std::array::from_fn(|_| vec![i32x4::ZERO; blocks]),
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
        self.to.fill(i32x4::ZERO);
        let mut before = i32x4::ZERO;
        for (last, destination) in runs {
            let sum = sums[usize::from(*last)];
            self.to[usize::from(*destination)] += sum - before;
            before = sum;
        }
        self.to[self.no_switch] = i32x4::splat(CERTAIN) - before;
        let [a, b, c, d] = &mut self.turned;
        let turned = a.iter_mut().zip(b).zip(c.iter_mut().zip(d));
        for (block, ((a, b), (c, d))) in self.to.chunks_exact(LANES).zip(turned) {
            // Nothing is calculated: it moves bits.
            let block = [block[0], block[1], block[2], block[3]].map(bytemuck::cast::<i32x4, f32x4>);
            [*a, *b, *c, *d] = f32x4::transpose(block).map(bytemuck::cast::<f32x4, i32x4>);
        }
        for by in &self.by_profile {
            let visits = four.profiles.iter().zip(&self.turned).zip(&saving).take(four.count);
            visits.for_each(|((profile, units), saving)| rows.add(by.row_of(*profile), units, *saving));
        }
    }

    /// A cell has ended: the units of each tariff in it, how many visits it had, and what they saved.
    pub(super) fn end(&mut self, market: usize, units: &[(usize, Probability)], visits: u64, saving: i64) {
        let Some(Market { rows, .. }) = self.markets.get_mut(market) else { return };
        let mut to = vec![0; self.to.len()];
        to[self.no_switch] = visits * CERTAIN as u64;
        for (tariff, units) in units {
            to[usize::from(self.destination_of[*tariff])] += *units as u64;
            to[self.no_switch] -= *units as u64;
        }
        for breakdown in self.breakdowns.all().iter().filter(|breakdown| breakdown.by_profile(self.band).is_none()) {
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

    /// Adds a visit.
    #[inline]
    fn add(&mut self, row: usize, units: &[i32x4], saving: i64) {
        let head = &mut self.heads[row];
        head.saving += saving;
        head.added += 1;
        if head.added > ADDITIONS_MAX {
            head.added = 1;
            self.carry(row);
        }
        let sums = &mut self.units[row * units.len()..][..units.len()];
        sums.iter_mut().zip(units).for_each(|(sum, units)| *sum += *units);
    }

    /// Adds sums of many visits.
    fn add_sums(&mut self, row: usize, to: &[u64], saving: i64) {
        self.heads[row].saving += saving;
        let totals = &mut self.totals[row * to.len()..][..to.len()];
        totals.iter_mut().zip(to).for_each(|(total, units)| *total += units);
    }

    #[cold]
    fn carry(&mut self, row: usize) {
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
