//! The price sweeps: shares at each price, and what they are less those in the hypothetical market.

use crate::energy::price_change::Charges;
use crate::energy::prices::Prices;
use crate::energy::tariff::Tariff;
use crate::pipeline::prediction::record::Swept;
use crate::pipeline::prediction::report::evidence::Evidence;
use crate::pipeline::prediction::report::format::{Moved, Sweep, SweepPoint};
use crate::pipeline::prediction::sweep::Sweep as Asked;
use crate::replay::panel::targets::{Alternative, AtPoint};

/// Tells every sweep of the record.
pub(super) fn sweeps(evidence: &Evidence<'_>) -> Vec<Sweep> {
    let record = evidence.record;
    let mut first = 0;
    let mut told = |((_, sweep), Swept { tariff, prices }): ((String, &Asked), &Swept)| {
        let Tariff { id, supplier, name, .. } = evidence.tariffs[1][*tariff].clone();
        let steps = sweep.steps.iter().zip(prices).zip(first..);
        let points = steps.map(|((step, prices), at)| point(evidence, at, *step, *tariff, prices)).collect();
        first += prices.len();
        let (Charges { fuel, rate, .. }, limits) = (sweep.charges, sweep.limits.clone());
        Sweep { id, supplier, name, moves: sweep.field().to_owned(), fuel, rate, limits, points }
    };
    record.scenario.all_sweeps().zip(&record.sweeps).map(&mut told).collect()
}

fn point(evidence: &Evidence<'_>, point: usize, step: f64, swept: usize, prices: &Prices) -> SweepPoint {
    let moved = |what: AtPoint, alternative: Alternative| {
        let [share, change] = evidence.at_point(point, what, alternative);
        Moved { share, change }
    };
    let focus = evidence.record.focus.filter(|focus| *focus != swept);
    let suppliers = 0..evidence.sellers.names.len();
    SweepPoint {
        step,
        prices: prices.clone(),
        tariff: moved(AtPoint::Swept, Alternative::Tariff(swept)),
        focus: focus.map(|focus| moved(AtPoint::Focus, Alternative::Tariff(focus))),
        no_switch: moved(AtPoint::NoSwitch, Alternative::NoSwitch),
        suppliers: suppliers.map(|at| moved(AtPoint::Supplier(at), Alternative::Supplier(at))).collect(),
    }
}
