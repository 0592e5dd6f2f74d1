//! The prediction: shares, where they come from, and how sure they are. Its fields are the report's.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::choice::logit::CERTAIN;
use crate::energy::region::Region;
use crate::energy::tariff::{NO_SWITCH, Payment, Tariff};
use crate::energy::usage::Band;
use crate::input::Word;
use crate::pipeline::record::Record;
use crate::pipeline::report::estimate::{Estimate, Interval};
use crate::replay::table::Order;
use crate::replay::tally::{Group, PENNY, Probability, Shares, Spread, Totals, group};

/// What the replay found, merged.
pub struct Evidence {
    tariffs: [Vec<Tariff>; 2],
    /// By market: unchanged, hypothetical.
    pub shares: Vec<Shares>,
    /// How probabilities vary between visits.
    pub spread: Option<Spread>,
    /// By point of the sweep: the swept tariff in the hypothetical market and at that price.
    pub sweep: Vec<Spread>,
    /// By parameter draw, then market; the first at the model's own parameters.
    pub draws: Vec<Vec<Totals>>,
}

impl Evidence {
    /// None yet, about two markets of these tariffs.
    pub fn new(tariffs: [Vec<Tariff>; 2]) -> Evidence {
        Evidence { tariffs, shares: Vec::new(), spread: None, sweep: Vec::new(), draws: Vec::new() }
    }
}

/// The report.
#[derive(Clone, Debug, Serialize)]
pub struct Prediction {
    /// Version of this format.
    pub schema: u32,
    /// The scenario's name.
    pub scenario: String,
    /// Simulated visits.
    pub visits: u64,
    /// Seed.
    pub seed: u64,
    /// Order of the result tables.
    pub order: Order,
    /// Parameter draws behind the `parameters` intervals; 0 without a covariance.
    pub parameter_draws: u32,
    /// The tariff the report is about.
    pub focus: Option<Focus>,
    /// Keeping the present deal.
    pub no_switch: Change,
    /// Every tariff with a share in either market, in the market's order.
    pub tariffs: Vec<TariffChange>,
    /// The same by supplier, by name.
    pub suppliers: Vec<SupplierChange>,
    /// By region, payment method and usage band.
    pub groups: BTreeMap<&'static str, Vec<GroupChange>>,
    /// Expected saving.
    pub saving: Saving,
    /// The price sweep; empty if none was asked for.
    pub sweep: Vec<SweepPoint>,
}

/// A share in both markets.
#[derive(Clone, Debug, Serialize)]
pub struct Change {
    /// In the unchanged market; absent for a tariff that is not in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unchanged: Option<Estimate>,
    /// In the hypothetical market.
    pub hypothetical: Estimate,
    /// Hypothetical less unchanged.
    pub change: Estimate,
}

/// A tariff's share.
#[derive(Clone, Debug, Serialize)]
pub struct TariffChange {
    /// Its id.
    pub id: String,
    /// Its supplier.
    pub supplier: String,
    /// Its name.
    pub name: String,
    /// Its share.
    #[serde(flatten)]
    pub share: Change,
}

/// A supplier's share.
#[derive(Clone, Debug, Serialize)]
pub struct SupplierChange {
    /// Its name.
    pub supplier: String,
    /// Expected share in the unchanged market.
    pub unchanged: f64,
    /// Expected share in the hypothetical market.
    pub hypothetical: f64,
    /// Hypothetical less unchanged.
    pub change: f64,
}

/// What the report is about.
#[derive(Clone, Debug, Serialize)]
pub struct Focus {
    /// The tariff.
    pub id: String,
    /// Its supplier.
    pub supplier: String,
    /// Its name.
    pub name: String,
    /// Its share of all visits.
    pub share: Change,
    /// Its share of the visits that switch, in the hypothetical market.
    pub share_of_switches: f64,
    /// Fraction of visits to whom it was shown.
    pub shown: f64,
    /// Where it stood in the lists it was shown in.
    pub position: Position,
    /// Whom it takes share from: everybody whose share falls, most first; `no_switch` among them.
    pub taken_from: Vec<Taken>,
}

/// Where a tariff stood, in the hypothetical market.
#[derive(Clone, Debug, Serialize)]
pub struct Position {
    /// Mean position, the top being 1; absent if it was never shown.
    pub mean: Option<f64>,
    /// Fraction of its showings at positions 1, 2, 3, ….
    pub distribution: Vec<f64>,
}

/// Share lost by one alternative.
#[derive(Clone, Debug, Serialize)]
pub struct Taken {
    /// A tariff, or `no_switch`.
    pub id: String,
    /// Its supplier, or nothing.
    pub supplier: String,
    /// Lost share, as a fraction of all visits.
    pub share: f64,
    /// As a fraction of all share lost.
    pub of_all: f64,
}

/// A group of visits.
#[derive(Clone, Debug, Serialize)]
pub struct GroupChange {
    /// A region, payment method or usage band.
    pub group: String,
    /// The same for people.
    pub name: String,
    /// Simulated visits.
    pub visits: u64,
    /// Expected share of the focus tariff: unchanged, hypothetical. Absent without a focus.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub focus: Option<[f64; 2]>,
    /// Expected share of no switch: unchanged, hypothetical.
    pub no_switch: [f64; 2],
    /// Expected saving per visit, GBP a year: unchanged, hypothetical.
    pub saving_gbp: [f64; 2],
}

/// Expected first-year saving, GBP, in the unchanged and the hypothetical market.
#[derive(Clone, Debug, Serialize)]
pub struct Saving {
    /// Per visit, those who do not switch saving nothing.
    pub per_visit_gbp: [f64; 2],
    /// Per switch.
    pub per_switch_gbp: [f64; 2],
}

/// The swept tariff's share at one price.
#[derive(Clone, Debug, Serialize)]
pub struct SweepPoint {
    /// Change of its unit rates, percent.
    pub unit_rate_percent: f64,
    /// Its share: that in the hypothetical market, plus the change that the first 100,000 visits show.
    pub share: f64,
    /// From simulating finitely many visits.
    pub monte_carlo: Interval,
}

impl Prediction {
    /// Draws the conclusions.
    ///
    /// # Panics
    /// If the evidence is not of this record: it has no shares of two markets.
    pub fn new(record: &Record, evidence: &Evidence) -> Prediction {
        let scenario = &record.scenario;
        let [before, after] = [&evidence.shares[0], &evidence.shares[1]];
        let tariffs: Vec<TariffChange> = (0..evidence.tariffs[1].len())
            .map(|at| tariff_change(evidence, at))
            .filter(|tariff| tariff.has_share())
            .collect();
        let no_switch = change(evidence, None);
        Prediction {
            schema: 1,
            scenario: scenario.name.clone(),
            visits: scenario.simulated_visits,
            seed: scenario.seed,
            order: scenario.order,
            parameter_draws: record.parameter_draws,
            focus: record.focus.map(|at| focus(evidence, at, &tariffs, &no_switch)),
            suppliers: suppliers(&tariffs),
            groups: groups(before, after, record.focus),
            saving: saving(&before.groups[group::ALL], &after.groups[group::ALL]),
            sweep: sweep(record, evidence),
            tariffs,
            no_switch,
        }
    }
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
        known.then(|| &evidence.shares[market].groups[group::ALL])
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
    let after = &evidence.shares[1].groups[group::ALL];
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
    let all = &evidence.shares[1].groups[group::ALL];
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
    let mut lost: Vec<Taken> = lost
        .map(|(id, supplier, change)| Taken {
            id: id.to_owned(),
            supplier: supplier.to_owned(),
            share: -change.expected,
            of_all: 0.0,
        })
        .collect();
    let all: f64 = lost.iter().map(|taken| taken.share).sum();
    lost.iter_mut().for_each(|taken| taken.of_all = taken.share / all);
    lost.sort_by(|a, b| b.share.total_cmp(&a.share));
    lost
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

fn groups(before: &Shares, after: &Shares, focus: Option<usize>) -> BTreeMap<&'static str, Vec<GroupChange>> {
    let group = |(at, word, name): (usize, &str, String)| {
        let pair = [&before.groups[at], &after.groups[at]];
        let visits = pair[1].visits;
        (visits > 0).then(|| GroupChange {
            group: word.to_owned(),
            name,
            visits,
            focus: focus.map(|focus| pair.map(|group| share(group, Some(focus)))),
            no_switch: pair.map(|group| share(group, None)),
            saving_gbp: pair.map(|group| gbp(group.saving) / group.visits as f64),
        })
    };
    let regions = Region::all().map(|region| (group::REGION + region.index(), region.word(), region.name().to_owned()));
    let payments =
        Payment::WORDS.iter().map(|(payment, word)| (group::PAYMENT + *payment as usize, *word, spoken(word)));
    let bands = Band::WORDS.iter().map(|(band, word)| (group::BAND + *band as usize, *word, spoken(word)));
    BTreeMap::from([
        ("region", regions.filter_map(group).collect()),
        ("payment", payments.filter_map(group).collect()),
        ("usage_band", bands.filter_map(group).collect()),
    ])
}

fn spoken(word: &str) -> String {
    word.replace('_', " ")
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
    let all = &evidence.shares[1].groups[group::ALL];
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
        // Rounding may take the deals a few units beyond certainty.
        None => all.saturating_sub(expected.iter().sum()),
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
