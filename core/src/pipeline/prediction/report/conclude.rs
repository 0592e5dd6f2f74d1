//! Concludes a prediction from merged tallies: shares, where they come from, and how sure they are.

use std::collections::BTreeMap;

use crate::choice::logit::CERTAIN;
use crate::energy::tariff::{NO_SWITCH, Tariff};
use crate::pipeline::prediction::prepared::Prediction;
use crate::pipeline::prediction::record::Record;
use crate::pipeline::prediction::report::estimate::{Estimate, Interval};
use crate::pipeline::prediction::report::format::{
    Change, Focus, Gap, GroupChange, Groups, Position, Report, Saving, SupplierChange, SweepPoint, Taken, TariffChange,
};
use crate::replay::breakdown::Breakdowns;
use crate::replay::destination::Destinations;
use crate::replay::tally::{Group, PENNY, Probability, Row, Shares, Spread, Totals};

/// What the replay found, merged.
pub(super) struct Evidence {
    tariffs: [Vec<Tariff>; 2],
    /// By market: unchanged, hypothetical.
    pub(super) shares: Vec<Shares>,
    /// How probabilities vary between visits.
    pub(super) spread: Option<Spread>,
    /// By point of the sweep: the swept tariff in the hypothetical market and at that price.
    pub(super) sweep: Vec<Spread>,
    /// By parameter draw, then market; the first at the model's own parameters.
    pub(super) draws: Vec<Vec<Totals>>,
    /// Replays that are not in it.
    pub(super) lost: Vec<String>,
}

impl Evidence {
    /// None yet, about two markets of these tariffs.
    pub(super) fn new(tariffs: [Vec<Tariff>; 2]) -> Evidence {
        Evidence { tariffs, shares: Vec::new(), spread: None, sweep: Vec::new(), draws: Vec::new(), lost: Vec::new() }
    }

    /// Where the visits of its rows go.
    fn destinations(&self) -> Destinations {
        Destinations::new(self.tariffs.iter().flatten().map(|tariff| &tariff.supplier))
    }
}

/// Draws the conclusions.
///
/// # Panics
/// If the evidence is not of this record: it has no shares of two markets.
pub(super) fn conclude(run: &Prediction, evidence: &Evidence) -> Report {
    let record = &run.record;
    let scenario = &record.scenario;
    let [before, after] = [&evidence.shares[0], &evidence.shares[1]];
    let tariffs: Vec<TariffChange> = (0..evidence.tariffs[1].len())
        .map(|at| tariff_change(evidence, at))
        .filter(|tariff| tariff.has_share())
        .collect();
    let no_switch = change(evidence, None);
    Report {
        schema: 1,
        scenario: scenario.name.clone(),
        visits: after.all.visits,
        gap: gap(record, evidence),
        model_command: record.model_command.clone(),
        seed: scenario.seed,
        order: scenario.order,
        parameter_draws: record.parameter_draws,
        focus: record.focus.map(|at| focus(evidence, at, &tariffs, &no_switch)),
        suppliers: suppliers(&tariffs),
        groups: groups(evidence, &run.parsed.breakdowns, record.focus.is_some()),
        saving: saving(&before.all, &after.all),
        sweep: sweep(record, evidence),
        tariffs,
        no_switch,
    }
}

fn gap(record: &Record, evidence: &Evidence) -> Option<Gap> {
    let replayed = evidence.shares[1].all.visits;
    (!evidence.lost.is_empty()).then(|| Gap {
        visits_lost: record.scenario.simulated_visits - replayed,
        replays_lost: evidence.lost.len() as u64,
        replays: record.task_count(),
        lost: evidence.lost.clone(),
    })
}

impl TariffChange {
    fn has_share(&self) -> bool {
        let was = self.share.unchanged.as_ref().map_or(0.0, |estimate| estimate.expected);
        was > 0.0 || self.share.hypothetical.expected > 0.0
    }
}

fn tariff_change(evidence: &Evidence, at: usize) -> TariffChange {
    let Tariff { id, supplier, name, .. } = evidence.tariffs[1][at].clone();
    TariffChange { id, supplier, name, share: change(evidence, Some(at)) }
}

/// The share of a tariff, or of no switch, in both markets.
fn change(evidence: &Evidence, tariff: Option<usize>) -> Change {
    // All tariffs are watched, no switch after them.
    let watched = tariff.unwrap_or(evidence.tariffs[1].len());
    let of = |market: usize| {
        let known = tariff.is_none_or(|at| at < evidence.tariffs[market].len());
        known.then(|| &evidence.shares[market].all)
    };
    let drawn =
        |market: usize| -> Vec<f64> { evidence.draws.iter().map(|draw| total_share(&draw[market], tariff)).collect() };
    let estimate = |market: usize, group: &Group| {
        let expected = share(group, tariff);
        let moments = evidence.spread.as_ref().map_or([0.0; 2], |spread| spread.moments(market, watched));
        Estimate {
            expected,
            sampled: Some(sampled(group, tariff)),
            monte_carlo: Interval::monte_carlo(expected, moments, group.visits),
            parameters: Interval::parameters(expected, &drawn(market)),
        }
    };
    let unchanged = of(0).map(|group| estimate(0, group));
    let after = &evidence.shares[1].all;
    let hypothetical = estimate(1, after);
    let was = unchanged.as_ref().map_or(0.0, |estimate| estimate.expected);
    let expected = hypothetical.expected - was;
    let differences: Vec<f64> = drawn(1).iter().zip(drawn(0)).map(|(after, before)| after - before).collect();
    let changes = evidence.spread.as_ref().map_or([0.0; 2], |spread| spread.change(watched));
    let change = Estimate {
        expected,
        sampled: None,
        // Under common random numbers, the noise of a difference is that of each visit's own difference.
        monte_carlo: Interval::monte_carlo(expected, changes, after.visits),
        parameters: Interval::parameters(expected, &differences),
    };
    Change { unchanged, hypothetical, change }
}

fn focus(evidence: &Evidence, at: usize, tariffs: &[TariffChange], no_switch: &Change) -> Focus {
    let TariffChange { id, supplier, name, share } = tariff_change(evidence, at);
    let all = &evidence.shares[1].all;
    let counts = evidence.shares[1].focus_places.as_slice();
    let lowest = counts.iter().rposition(|count| *count > 0).map_or(0, |last| last + 1);
    let counts = &counts[..lowest];
    let shown: u64 = counts.iter().sum();
    let mean = counts.iter().zip(1u64..).map(|(count, place)| *count as f64 * place as f64).sum::<f64>();
    let switches = 1.0 - no_switch.hypothetical.expected;
    Focus {
        share_of_switches: if switches > 0.0 { share.hypothetical.expected / switches } else { 0.0 },
        shown: all.focus_shown as f64 / all.visits as f64,
        position: Position {
            mean: (shown > 0).then(|| mean / shown as f64),
            distribution: counts.iter().map(|count| *count as f64 / shown.max(1) as f64).collect(),
        },
        taken_from: taken_from(&id, tariffs, no_switch),
        id,
        supplier,
        name,
        share,
    }
}

fn taken_from(focus: &str, tariffs: &[TariffChange], no_switch: &Change) -> Vec<Taken> {
    let rivals = tariffs.iter().filter(|tariff| tariff.id != focus);
    let rivals = rivals.map(|tariff| (tariff.id.as_str(), tariff.supplier.as_str(), &tariff.share.change));
    let lost = rivals.chain([(NO_SWITCH, "", &no_switch.change)]).filter(|(_, _, change)| change.expected < 0.0);
    let all: f64 = lost.clone().map(|(_, _, change)| -change.expected).sum();
    let mut sorted: Vec<Taken> = Vec::new();
    for (id, supplier, change) in lost {
        let (id, supplier, share) = (id.to_owned(), supplier.to_owned(), -change.expected);
        let place = sorted.partition_point(|other| other.share >= share);
        sorted.insert(place, Taken { id, supplier, share, of_all: share / all });
    }
    sorted
}

fn suppliers(tariffs: &[TariffChange]) -> Vec<SupplierChange> {
    let mut sums: BTreeMap<&str, [f64; 2]> = BTreeMap::new();
    for tariff in tariffs {
        let sum = sums.entry(&tariff.supplier).or_default();
        sum[0] += tariff.share.unchanged.as_ref().map_or(0.0, |estimate| estimate.expected);
        sum[1] += tariff.share.hypothetical.expected;
    }
    let change = |(supplier, [unchanged, hypothetical]): (&str, [f64; 2])| SupplierChange {
        supplier: supplier.to_owned(),
        unchanged,
        hypothetical,
        change: hypothetical - unchanged,
    };
    sums.into_iter().map(change).collect()
}

fn groups(evidence: &Evidence, breakdowns: &Breakdowns, has_focus: bool) -> Groups {
    let destinations = evidence.destinations();
    let group = |(at, labels): (usize, Vec<&[String; 2]>)| {
        let pair = [0, 1].map(|market: usize| &evidence.shares[market].rows[at]);
        let visits = pair[1].visits();
        let [word, name] = labels[0].clone();
        let share = |row: &Row, to: usize| row.expected[to] as f64 / (u128::from(visits) * CERTAIN as u128) as f64;
        (visits > 0).then(|| GroupChange {
            group: word,
            name,
            visits,
            focus: has_focus.then(|| pair.map(|row| share(row, destinations.focus()))),
            no_switch: pair.map(|row| share(row, destinations.no_switch())),
            saving_gbp: pair.map(|row| gbp(row.saving) / visits as f64),
        })
    };
    let of = |at: usize| breakdowns.all()[at].labels().filter_map(group).collect();
    Groups { payment: of(Breakdowns::PAYMENT), region: of(Breakdowns::REGION), usage_band: of(Breakdowns::USAGE) }
}

fn saving(before: &Group, after: &Group) -> Saving {
    let pair = [before, after];
    let per_switch = |group: &Group| {
        let switches = group.visits as f64 * (1.0 - share(group, None));
        if switches > 0.0 { gbp(group.saving) / switches } else { 0.0 }
    };
    Saving {
        per_visit_gbp: pair.map(|group| gbp(group.saving) / group.visits as f64),
        per_switch_gbp: pair.map(per_switch),
    }
}

fn sweep(record: &Record, evidence: &Evidence) -> Vec<SweepPoint> {
    let percents = record.scenario.sweep.iter().flat_map(|sweep| &sweep.unit_rate_percent);
    let Some(swept) = record.swept else { return Vec::new() };
    let all = &evidence.shares[1].all;
    let here = share(all, Some(swept));
    let here_moments = evidence.spread.as_ref().map_or([0.0; 2], |spread| spread.moments(1, swept));
    let here_error = Interval::monte_carlo(here, here_moments, all.visits);
    let point = |(percent, spread): (&f64, &Spread)| {
        let change = spread.change(0);
        let change_error = Interval::monte_carlo(change[0], change, spread.visits);
        SweepPoint {
            unit_rate_percent: *percent,
            share: (here + change[0]).max(0.0),
            monte_carlo: Interval::around(here + change[0], libm::hypot(here_error.se, change_error.se)),
        }
    };
    percents.zip(&evidence.sweep).map(point).collect()
}

/// The expected share of a tariff (none of one that is not in the market), or of no switch.
fn share(group: &Group, tariff: Option<usize>) -> f64 {
    probability_share(&group.expected, group.visits, tariff)
}

fn total_share(totals: &Totals, tariff: Option<usize>) -> f64 {
    probability_share(&totals.expected, totals.visits, tariff)
}

fn probability_share(expected: &[Probability], visits: u64, tariff: Option<usize>) -> f64 {
    let all = u128::from(visits) * CERTAIN as u128;
    let units = match tariff {
        Some(at) => expected.get(at).copied().unwrap_or(0),
        None => all - expected.iter().sum::<Probability>(),
    };
    if all == 0 { 0.0 } else { units as f64 / all as f64 }
}

fn sampled(group: &Group, tariff: Option<usize>) -> f64 {
    let count = match tariff {
        Some(at) => group.sampled[at],
        None => group.visits - group.sampled.iter().sum::<u64>(),
    };
    count as f64 / group.visits as f64
}

fn gbp(money: i128) -> f64 {
    money as f64 / f64::from(PENNY) / 100.0
}
