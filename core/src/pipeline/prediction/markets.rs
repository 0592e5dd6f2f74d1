//! The markets of a run: the base market, the hypothetical one, and the points of a price sweep.

use crate::energy::edit::Source;
use crate::energy::market::Market;
use crate::input::{Findings, InputError};
use crate::pipeline::prediction::record::{HYPOTHETICAL, Record, WITHOUT_FOCUS};

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
        let first_swept = self.record.first_swept();
        match &scenario.sweep {
            _ if market == WITHOUT_FOCUS && market < first_swept => {
                Some(self.record.focus.map_or(edited.clone(), |focus| edited.with_tariff_as_in(self.base, focus)))
            }
            Some(sweep) if market >= first_swept => {
                let missing = || {
                    let expected = "a tariff of the hypothetical market";
                    InputError::new(&self.record.file, expected).field("sweep.tariff").value(&sweep.tariff)
                };
                let percent = sweep.unit_rate_percent[market - first_swept];
                let tariff = edited.find(&sweep.tariff).ok_or_else(missing);
                let moved = tariff.and_then(|tariff| edited.with_unit_rates_moved(&self.record.file, tariff, percent));
                found.take(moved)
            }
            _ => Some(edited),
        }
    }
}
