//! Sums probabilities by row of the reported breakdowns, of the focus and of no switch alone, under every parameter set: how well
//! the shares of a segment are known as far as the model goes.

use wide::i32x4;

use crate::choice::logit::{CERTAIN, DEALS_MAX};
use crate::energy::usage::Band;
use crate::replay::breakdown::{Breakdowns, ByProfile};
use crate::replay::experiment::{Absorb, At, Four};
use crate::replay::table::Table;
use crate::replay::tally::RowTotals;

/// The markets that are told of rows: the unchanged and the hypothetical one.
const MARKETS: usize = 2;

/// Counts them.
pub struct CountRowTotals<'a> {
    breakdowns: &'a Breakdowns,
    focus: Option<usize>,
    /// By parameter set, market and row.
    rows: Vec<[Vec<RowTotals>; MARKETS]>,
    /// By parameter set and market, of the cell.
    cells: Vec<[RowTotals; MARKETS]>,
    segment: usize,
    band: Band,
    /// One of the cell's.
    profile: usize,
    /// The breakdowns whose rows differ within the cell.
    by_profile: Vec<ByProfile<'a>>,
}

impl<'a> CountRowTotals<'a> {
    /// Under so many parameter sets; `focus` is a tariff by position.
    pub fn new(breakdowns: &'a Breakdowns, focus: Option<usize>, models: usize) -> CountRowTotals<'a> {
        let rows = vec![RowTotals::default(); breakdowns.reported_rows()];
        CountRowTotals {
            breakdowns,
            focus,
            rows: vec![[rows.clone(), rows]; models],
            cells: vec![[RowTotals::default(); MARKETS]; models],
            segment: 0,
            band: Band::Medium,
            profile: 0,
            by_profile: Vec::new(),
        }
    }

    /// What was counted, by parameter set, market and row.
    pub fn finish(self) -> Vec<[Vec<RowTotals>; MARKETS]> {
        self.rows
    }
}

impl Absorb for CountRowTotals<'_> {
    fn begin(&mut self, segment: usize, band: Band, _tables: &[&Table]) {
        (self.segment, self.band) = (segment, band);
        self.by_profile.clear();
        self.by_profile.extend(self.breakdowns.reported().iter().filter_map(|breakdown| breakdown.by_profile(band)));
    }

    #[inline]
    fn absorb(&mut self, four: &Four, at: At<'_>, units: &[i32x4; DEALS_MAX]) {
        if at.market >= MARKETS {
            return;
        }
        let (mut sum, mut focus) = (i32x4::ZERO, i32x4::ZERO);
        for (units, tariff) in units.iter().zip(at.table.tariffs()) {
            sum += *units;
            if Some(tariff) == self.focus {
                focus = *units;
            }
        }
        let (sum, focus) = (sum.to_array(), focus.to_array());
        let lanes = (0..four.count).map(|lane| RowTotals {
            visits: 1,
            focus: focus[lane] as u64,
            no_switch: (CERTAIN - sum[lane]) as u64,
        });
        self.profile = four.profiles[0];
        for (lane, visit) in lanes.enumerate() {
            self.cells[at.model][at.market].merge(&visit);
            for breakdown in &self.by_profile {
                self.rows[at.model][at.market][breakdown.row_of(four.profiles[lane])].merge(&visit);
            }
        }
    }

    fn end(&mut self, _tables: &[&Table]) {
        for breakdown in self.breakdowns.reported().iter().filter(|breakdown| breakdown.by_profile(self.band).is_none())
        {
            let row = breakdown.row_of(self.profile, self.segment, self.band);
            for (rows, cells) in self.rows.iter_mut().zip(&self.cells) {
                rows.iter_mut().zip(cells).for_each(|(rows, cell)| rows[row].merge(cell));
            }
        }
        self.cells.fill([RowTotals::default(); MARKETS]);
    }
}
