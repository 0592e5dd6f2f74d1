//! The markets of a run: the base market, the hypothetical one, perhaps one without the focus, and the points of price sweeps.

use crate::energy::edit::Source;
use crate::energy::market::Market;
use crate::input::{Findings, InputError, Result};
use crate::pipeline::prediction::record::{HYPOTHETICAL, Record, WITHOUT_FOCUS};
use crate::pipeline::prediction::sweep::Sweep;

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
        if market == WITHOUT_FOCUS && market < first_swept {
            return Some(self.record.focus.map_or(edited.clone(), |focus| edited.with_tariff_as_in(self.base, focus)));
        }
        let Some(mut point) = market.checked_sub(first_swept) else { return Some(edited) };
        for (field, sweep) in scenario.all_sweeps() {
            if point < sweep.steps.len() {
                return found.take(self.at_step(&edited, &field, sweep, point));
            }
            point -= sweep.steps.len();
        }
        None
    }

    /// The hypothetical market at a step of the sweep that is in this field of the scenario.
    pub(crate) fn at_step(&self, hypothetical: &Market, field: &str, sweep: &Sweep, at: usize) -> Result<Market> {
        let reprice = sweep.reprice(sweep.steps[at]);
        let wrong = |of: &str, value: &str, expected: String| {
            let is_step = of == reprice.change.field();
            let field = if is_step { format!("{field}.{}[{at}]", sweep.field()) } else { format!("{field}.{of}") };
            InputError::new(&self.record.file, expected).field(field).value(value)
        };
        hypothetical.repriced(&reprice, &wrong)
    }
}
