//! Sums probabilities by row of the reported breakdowns, of the focus and of no switch alone, under every parameter set: how well
//! the shares of a segment are known as far as the model goes.

use wide::i32x4;

use crate::choice::logit::CERTAIN;
use crate::energy::usage::Band;
use crate::replay::breakdown::{Breakdowns, ByProfile};
use crate::replay::experiment::{At, Four};
use crate::replay::table::Table;
use crate::replay::tally::{RowTotals, Totals};

/// The markets that are told of rows: the unchanged and the hypothetical one.
const MARKETS: usize = 2;

/// Counts them.
pub(super) struct CountRowTotals<'a> {
    breakdowns: &'a Breakdowns,
    focus: Option<usize>,
    /// By market, the focus's deal in the cell's table.
    deal: [Option<usize>; MARKETS],
    segment: usize,
    band: Band,
    /// One of the cell's.
    profile: usize,
    /// The breakdowns whose rows differ within the cell.
    by_profile: Vec<ByProfile<'a>>,
}

impl<'a> CountRowTotals<'a> {
    /// `focus` is a tariff by position.
    pub(super) fn new(breakdowns: &'a Breakdowns, focus: Option<usize>) -> CountRowTotals<'a> {
        CountRowTotals {
            breakdowns,
            focus,
            deal: [None; MARKETS],
            segment: 0,
            band: Band::Medium,
            profile: 0,
            by_profile: Vec::new(),
        }
    }

    /// Gives every total its rows.
    pub(super) fn lay_out(&self, totals: &mut [Vec<Totals>]) {
        for total in totals.iter_mut().flat_map(|totals| totals.iter_mut().take(MARKETS)) {
            total.rows = vec![RowTotals::default(); self.breakdowns.reported_rows()];
        }
    }

    /// A cell begins.
    pub(super) fn begin(&mut self, segment: usize, band: Band, tables: &[&Table]) {
        (self.segment, self.band) = (segment, band);
        for (deal, table) in self.deal.iter_mut().zip(tables) {
            *deal = self.focus.and_then(|focus| table.tariffs().position(|tariff| tariff == focus));
        }
        self.by_profile.clear();
        self.by_profile.extend(self.breakdowns.reported().iter().filter_map(|breakdown| breakdown.by_profile(band)));
    }

    /// Counts four visits in the rows that differ within the cell; in all others it counts as a whole.
    #[inline]
    pub(super) fn add(&mut self, four: &Four, at: At<'_>, units: &[i32x4], total: &mut Totals) {
        self.profile = four.profiles[0];
        if self.by_profile.is_empty() || at.market >= MARKETS {
            return;
        }
        let sum = units.iter().fold(i32x4::ZERO, |sum, units| sum + *units).to_array();
        let focus = self.deal[at.market].map_or(i32x4::ZERO, |deal| units[deal]).to_array();
        for (lane, profile) in four.profiles.into_iter().enumerate().take(four.count) {
            let no_switch = (CERTAIN - sum[lane]) as u64;
            let visit = RowTotals { visits: 1, focus: focus[lane] as u64, no_switch };
            for breakdown in &self.by_profile {
                total.rows[breakdown.row_of(profile)].merge(&visit);
            }
        }
    }

    /// A cell has ended with so many visits, and these units by deal.
    pub(super) fn end(&self, market: usize, visits: u64, by_deal: &[u64], total: &mut Totals) {
        if market >= MARKETS {
            return;
        }
        let cell = RowTotals {
            visits,
            focus: self.deal[market].map_or(0, |deal| by_deal[deal]),
            no_switch: visits * CERTAIN as u64 - by_deal.iter().sum::<u64>(),
        };
        for breakdown in self.breakdowns.reported().iter().filter(|known| known.by_profile(self.band).is_none()) {
            total.rows[breakdown.row_of(self.profile, self.segment, self.band)].merge(&cell);
        }
    }
}
