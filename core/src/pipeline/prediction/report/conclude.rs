//! Concludes a prediction from merged tallies: shares, where they come from, and how sure they are.

use crate::pipeline::prediction::record::{HYPOTHETICAL, UNCHANGED};
use crate::pipeline::prediction::report::breakdowns::breakdowns;
use crate::pipeline::prediction::report::estimate::Estimate;
use crate::pipeline::prediction::report::evidence::Evidence;
use crate::pipeline::prediction::report::flows::flows;
use crate::pipeline::prediction::report::format::{
    Change, Focus, Gap, Observed, OtherEdits, Position, Report, Saving, SupplierChange, SupplierMoved, TariffChange,
    TariffMoved,
};
use crate::pipeline::prediction::report::sweeps::sweeps;
use crate::pipeline::prediction::report::volume::volume;
use crate::replay::panel::targets::Alternative;
use crate::replay::tally::{Group, PENNY};

/// Draws the conclusions.
///
/// # Panics
/// If the evidence is not of its record: it lacks a market or a study.
pub(super) fn conclude(evidence: &Evidence<'_>) -> Report {
    let record = evidence.record;
    let scenario = &record.scenario;
    let observed = &record.panel.observed;
    Report {
        schema: 2,
        scenario: scenario.name.clone(),
        visits: evidence.all(HYPOTHETICAL).visits,
        observed: Observed { visits: observed.visits, people: observed.people, effective: observed.effective() },
        typical_consumption: scenario.typical_consumption(),
        gap: gap(evidence),
        model_command: record.model_command.clone(),
        seed: scenario.seed,
        order: scenario.order,
        parameter_draws: record.parameter_draws,
        focus: record.focus.map(|at| focus(evidence, at)),
        no_switch: change(evidence, Alternative::NoSwitch),
        tariffs: tariffs(evidence).map(|at| tariff_change(evidence, at)).collect(),
        suppliers: suppliers(evidence),
        other_edits: other_edits(evidence),
        breakdowns: breakdowns(evidence),
        flows: flows(evidence),
        saving: saving(evidence),
        sweeps: sweeps(evidence),
    }
}

fn gap(evidence: &Evidence<'_>) -> Option<Gap> {
    let record = evidence.record;
    let replayed = evidence.all(HYPOTHETICAL).visits;
    (!evidence.lost.is_empty()).then(|| Gap {
        visits_lost: record.scenario.simulated_visits - replayed,
        replays_lost: evidence.lost.len() as u64,
        replays: record.task_count(),
        lost: evidence.lost.clone(),
    })
}

/// The tariffs with a share in any market.
pub(super) fn tariffs(evidence: &Evidence<'_>) -> impl Iterator<Item = usize> {
    let has_share = |at: &usize| {
        evidence.shares.iter().enumerate().any(|(market, _)| evidence.share(market, Alternative::Tariff(*at)) > 0.0)
    };
    (0..evidence.tariffs[1].len()).filter(has_share)
}

fn tariff_change(evidence: &Evidence<'_>, at: usize) -> TariffChange {
    let tariff = evidence.tariffs[1][at].clone();
    let share = change(evidence, Alternative::Tariff(at));
    TariffChange { id: tariff.id, supplier: tariff.supplier, name: tariff.name, share }
}

/// The share of an alternative in both markets.
fn change(evidence: &Evidence<'_>, alternative: Alternative) -> Change {
    let has_been = evidence.has(UNCHANGED, alternative);
    Change {
        unchanged: has_been.then(|| evidence.level(UNCHANGED, alternative)),
        hypothetical: evidence.level(HYPOTHETICAL, alternative),
        change: evidence.change((UNCHANGED, HYPOTHETICAL), alternative),
    }
}

fn suppliers(evidence: &Evidence<'_>) -> Vec<SupplierChange> {
    let names = evidence.sellers.names.iter().enumerate();
    let told = names.map(|(at, supplier)| SupplierChange {
        supplier: supplier.clone(),
        share: change(evidence, Alternative::Supplier(at)),
    });
    told.collect()
}

fn other_edits(evidence: &Evidence<'_>) -> Option<OtherEdits> {
    let without = evidence.record.without_focus;
    let change = |alternative| -> Estimate { evidence.change((UNCHANGED, without), alternative) };
    (without != UNCHANGED && evidence.record.focus.is_some()).then(|| OtherEdits {
        no_switch: change(Alternative::NoSwitch),
        tariffs: tariffs(evidence)
            .filter(|at| Some(*at) != evidence.record.focus)
            .map(|at| {
                let tariff = evidence.tariffs[1][at].clone();
                TariffMoved { id: tariff.id, supplier: tariff.supplier, change: change(Alternative::Tariff(at)) }
            })
            .collect(),
        suppliers: (evidence.sellers.names.iter().enumerate())
            .map(|(at, supplier)| SupplierMoved {
                supplier: supplier.clone(),
                change: change(Alternative::Supplier(at)),
            })
            .collect(),
    })
}

fn focus(evidence: &Evidence<'_>, at: usize) -> Focus {
    let TariffChange { id, supplier, name, share } = tariff_change(evidence, at);
    let all = evidence.all(HYPOTHETICAL);
    let counts = evidence.shares[HYPOTHETICAL].focus_places.as_slice();
    let lowest = counts.iter().rposition(|count| *count > 0).map_or(0, |last| last + 1);
    let counts = &counts[..lowest];
    let shown: u64 = counts.iter().sum();
    let mean = counts.iter().zip(1u64..).map(|(count, place)| *count as f64 * place as f64).sum::<f64>();
    let switches = 1.0 - evidence.share(HYPOTHETICAL, Alternative::NoSwitch);
    Focus {
        share_of_switches: if switches > 0.0 { share.hypothetical.expected / switches } else { 0.0 },
        shown: all.focus_shown as f64 / all.visits as f64,
        position: Position {
            mean: (shown > 0).then(|| mean / shown as f64),
            distribution: counts.iter().map(|count| *count as f64 / shown.max(1) as f64).collect(),
        },
        volume: volume(evidence, at),
        id,
        supplier,
        name,
        share,
    }
}

fn saving(evidence: &Evidence<'_>) -> Saving {
    let gbp = |group: &Group| group.saving as f64 / f64::from(PENNY) / 100.0;
    let per_visit = |market| {
        let all = evidence.all(market);
        gbp(all) / all.visits as f64
    };
    let per_switch = |market| {
        let switches = 1.0 - evidence.share(market, Alternative::NoSwitch);
        if switches > 0.0 { per_visit(market) / switches } else { 0.0 }
    };
    let both = [UNCHANGED, HYPOTHETICAL];
    Saving { per_visit_gbp: both.map(per_visit), per_switch_gbp: both.map(per_switch) }
}
