//! The markets of a run: the base market, the hypothetical one, and the points of a price sweep.

use crate::energy::edit::Source;
use crate::energy::market::Market;
use crate::input::{Findings, InputError};
use crate::pipeline::prediction::record::{FIRST_SWEPT, HYPOTHETICAL, Record};

/// Builds the markets of a run.
pub(crate) struct Markets<'a> {
    pub(crate) base: &'a Market,
    pub(crate) record: &'a Record,
    pub(crate) read_file: &'a dyn Fn(&str) -> Option<Vec<u8>>,
}

impl Markets<'_> {
    /// Market number `market` of the run.
    pub(crate) fn build(&self, market: usize, found: &mut Findings) -> Option<Market> {
        if market < HYPOTHETICAL {
            return Some(self.base.clone());
        }
        let scenario = &self.record.scenario;
        let source = Source { scenario: &self.record.file, file: self.read_file };
        let edited = self.base.edited(&scenario.edits, &source, found)?;
        match &scenario.sweep {
            Some(sweep) if market >= FIRST_SWEPT => {
                let missing = || {
                    let expected = "a tariff of the hypothetical market";
                    InputError::new(&self.record.file, expected).field("sweep.tariff").value(&sweep.tariff)
                };
                let percent = sweep.unit_rate_percent[market - FIRST_SWEPT];
                let tariff = edited.find(&sweep.tariff).ok_or_else(missing);
                let moved = tariff.and_then(|tariff| edited.with_unit_rates_moved(&self.record.file, tariff, percent));
                found.take(moved)
            }
            _ => Some(edited),
        }
    }
}
