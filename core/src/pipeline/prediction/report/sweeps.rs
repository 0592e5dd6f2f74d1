//! The price sweeps: shares at each price, and what they are less those in the hypothetical market.

use crate::energy::tariff::Tariff;
use crate::pipeline::prediction::report::evidence::Evidence;
use crate::pipeline::prediction::report::format::{Moved, Sweep, SweepPoint};
use crate::replay::panel::targets::{Alternative, AtPoint};

/// Tells every sweep of the record.
pub(super) fn sweeps(evidence: &Evidence<'_>) -> Vec<Sweep> {
    let record = evidence.record;
    let (Some(sweep), Some(swept)) = (&record.scenario.sweep, record.swept) else { return Vec::new() };
    let Tariff { id, supplier, name, .. } = evidence.tariffs[1][swept].clone();
    let steps = sweep.unit_rate_percent.iter().enumerate();
    let points = steps.map(|(at, step)| point(evidence, at, *step, swept)).collect();
    vec![Sweep { id, supplier, name, moves: "unit_rate_percent".to_owned(), points }]
}

fn point(evidence: &Evidence<'_>, point: usize, step: f64, swept: usize) -> SweepPoint {
    let moved = |what: AtPoint, alternative: Alternative| {
        let [share, change] = evidence.at_point(point, what, alternative);
        Moved { share, change }
    };
    let focus = evidence.record.focus.filter(|focus| *focus != swept);
    let suppliers = 0..evidence.sellers.names.len();
    SweepPoint {
        step,
        tariff: moved(AtPoint::Swept, Alternative::Tariff(swept)),
        focus: focus.map(|focus| moved(AtPoint::Focus, Alternative::Tariff(focus))),
        no_switch: moved(AtPoint::NoSwitch, Alternative::NoSwitch),
        suppliers: suppliers.map(|at| moved(AtPoint::Supplier(at), Alternative::Supplier(at))).collect(),
    }
}
