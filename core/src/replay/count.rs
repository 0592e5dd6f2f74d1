//! Two ways of counting what a walk of simulated visits finds: in full, or totals for many markets and parameter sets.

use wide::{f32x4, i32x4};

use crate::choice::logit::{CERTAIN, DEALS_MAX};
use crate::energy::usage::Band;
use crate::replay::breakdown::Breakdowns;
use crate::replay::experiment::{Absorb, At, Four, Stage};
use crate::replay::row_totals::CountRowTotals;
use crate::replay::rows::CountRows;
use crate::replay::table::Table;
use crate::replay::tally::{Money, PENNY, Probability, Shares, Totals};

/// Counts in full: expected and sampled choices and savings, where the visits of each row of the breakdowns go, and the
/// positions of the focus tariff.
pub struct CountShares<'a> {
    shares: Vec<Shares>,
    focus: Option<usize>,
    rows: CountRows<'a>,
    cells: Vec<Cell>,
    /// Four visits' units up to each deal.
    sums: Box<[i32x4; DEALS_MAX]>,
}

/// One market's sums over a cell.
struct Cell {
    expected: Sums,
    sampled: Vec<u32>,
    /// In the units of [`Money`]: of a cell, which is no more than a slab of visits, these are enough.
    saving: i64,
    visits: u64,
    focus: Option<usize>,
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
    /// For these markets, the first two of them by row of `breakdowns`; `focus` is a tariff by position, in all of them.
    pub fn new(stages: &[&Stage], focus: Option<usize>, breakdowns: &'a Breakdowns) -> CountShares<'a> {
        let cell = |_: &&Stage| Cell {
            expected: Sums::new(),
            sampled: vec![0; DEALS_MAX + 1],
            saving: 0,
            visits: 0,
            focus: None,
        };
        CountShares {
            shares: stages.iter().map(|stage| Shares::new(stage.tariffs())).collect(),
            focus,
            rows: CountRows::new(stages, focus, breakdowns),
            cells: stages.iter().map(cell).collect(),
            sums: Box::new([i32x4::ZERO; DEALS_MAX]),
        }
    }

    /// What was counted, by market.
    pub fn finish(mut self) -> Vec<Shares> {
        self.shares.iter_mut().zip(self.rows.finish()).for_each(|(shares, rows)| shares.rows = rows);
        self.shares
    }
}

impl Absorb for CountShares<'_> {
    fn begin(&mut self, segment: usize, band: Band, tables: &[&Table]) {
        self.rows.begin(segment, band, tables);
        for (cell, table) in self.cells.iter_mut().zip(tables) {
            cell.focus = self.focus.and_then(|focus| table.tariffs().position(|tariff| tariff == focus));
        }
    }

    #[inline]
    fn absorb(&mut self, four: &Four, at: At<'_>, units: &[i32x4; DEALS_MAX]) {
        let cell = &mut self.cells[at.market];
        let deals = at.shown.deals;
        let (mut sum, mut chosen, mut saving) = (i32x4::ZERO, i32x4::splat(deals as i32), f32x4::ZERO);
        let rows = cell.expected.add_to(deals).iter_mut().zip(units).zip(&at.shown.saving_pence);
        for (((expected, units), pence), up_to) in rows.zip(self.sums.iter_mut()) {
            *expected += *units;
            sum += *units;
            *up_to = sum;
            // Where the sum is above the draw, the comparison's mask is −1: this deal or one before is chosen.
            chosen += sum.simd_gt(four.choice);
            saving += units.round_float() * *pence;
        }
        let saving = saving * f32x4::splat(PENNY / CERTAIN as f32);
        let saving = saving.to_array().map(|lane| libm::roundf(lane) as i64);
        cell.saving += saving.iter().sum::<i64>();
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
        self.rows.add(four, at.market, &self.sums, saving);
    }

    fn end(&mut self, tables: &[&Table]) {
        for (market, table) in tables.iter().enumerate() {
            let (all, cell) = (&mut self.shares[market].all, &mut self.cells[market]);
            let deals = table.tariffs().len();
            let expected: Vec<(usize, Probability)> = table.tariffs().zip(cell.expected.take(deals)).collect();
            self.rows.end(market, &expected, cell.visits, cell.saving);
            for ((tariff, expected), sampled) in expected.iter().zip(&cell.sampled) {
                all.expected[*tariff] += expected;
                all.sampled[*tariff] += u64::from(*sampled);
            }
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

/// Sums probabilities by tariff for every market under every parameter set, and by row of breakdowns if that is asked.
pub struct CountTotals<'a> {
    /// By parameter set, then market.
    pub totals: Vec<Vec<Totals>>,
    cells: Vec<Vec<Sums>>,
    visits: u64,
    rows: Option<CountRowTotals<'a>>,
}

impl<'a> CountTotals<'a> {
    /// For these markets and so many parameter sets.
    pub fn new(stages: &[&Stage], models: usize) -> CountTotals<'a> {
        let total = |stage: &&Stage| Totals { expected: vec![0; stage.tariffs()], ..Totals::default() };
        let cells = || stages.iter().map(|_| Sums::new()).collect();
        CountTotals {
            totals: (0..models).map(|_| stages.iter().map(total).collect()).collect(),
            cells: (0..models).map(|_| cells()).collect(),
            visits: 0,
            rows: None,
        }
    }

    /// The first two markets by row of `breakdowns` too: `focus`, a tariff by position, and no switch.
    pub fn by_row(mut self, breakdowns: &'a Breakdowns, focus: Option<usize>) -> CountTotals<'a> {
        let rows = CountRowTotals::new(breakdowns, focus);
        rows.lay_out(&mut self.totals);
        CountTotals { rows: Some(rows), ..self }
    }
}

impl Absorb for CountTotals<'_> {
    fn begin(&mut self, segment: usize, band: Band, tables: &[&Table]) {
        if let Some(rows) = &mut self.rows {
            rows.begin(segment, band, tables);
        }
    }

    #[inline]
    fn absorb(&mut self, four: &Four, at: At<'_>, units: &[i32x4; DEALS_MAX]) {
        let sums = self.cells[at.model][at.market].add_to(at.shown.deals);
        sums.iter_mut().zip(units).for_each(|(sum, units)| *sum += *units);
        if let Some(rows) = &mut self.rows {
            rows.add(four, at, &units[..at.shown.deals], &mut self.totals[at.model][at.market]);
        }
        if at.model == 0 && at.market == 0 {
            self.visits += four.count as u64;
        }
    }

    fn end(&mut self, tables: &[&Table]) {
        for (totals, cells) in self.totals.iter_mut().zip(&mut self.cells) {
            for (market, ((total, cell), table)) in totals.iter_mut().zip(cells).zip(tables).enumerate() {
                total.visits += self.visits;
                let by_deal: Vec<u64> = cell.take(table.tariffs().len()).map(|units| units as u64).collect();
                if let Some(rows) = &self.rows {
                    rows.end(market, self.visits, &by_deal, total);
                }
                let tariffs = table.tariffs().zip(&by_deal);
                tariffs.for_each(|(tariff, units)| total.expected[tariff] += Probability::from(*units));
            }
        }
        self.visits = 0;
    }
}
