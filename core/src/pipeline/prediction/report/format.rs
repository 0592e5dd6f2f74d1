//! The report's format: field for field what `report.json` holds. How the numbers come about is in `conclude`.

use serde::Serialize;

use crate::pipeline::prediction::report::estimate::{Estimate, Interval};
use crate::replay::table::Order;

/// The report.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Version of this format.
    pub schema: u32,
    /// The scenario's name.
    pub scenario: String,
    /// Visits that were simulated and replayed in full.
    pub visits: u64,
    /// What is missing; absent where nothing is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gap: Option<Gap>,
    /// The command that the choice probabilities come from; absent where they are the scenario's model's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model_command: Option<String>,
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
    /// The same visits, broken down.
    pub groups: Groups,
    /// Expected saving.
    pub saving: Saving,
    /// The price sweep; empty if none was asked for.
    pub sweep: Vec<SweepPoint>,
}

/// What a report is missing that was made although replays were lost, as the run allowed. Every figure is of what is left.
#[derive(Clone, Debug, Serialize)]
pub struct Gap {
    /// Visits of the scenario that are not among the report's.
    pub visits_lost: u64,
    /// Replays lost, of all studies.
    pub replays_lost: u64,
    /// Replays planned.
    pub replays: u64,
    /// The lost ones, by name: `shares-3` is the shares of chunk 3.
    pub lost: Vec<String>,
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

/// The visits, broken down three ways; groups without visits are absent.
#[derive(Clone, Debug, Serialize)]
pub struct Groups {
    /// By payment method.
    pub payment: Vec<GroupChange>,
    /// By region.
    pub region: Vec<GroupChange>,
    /// By usage band.
    pub usage_band: Vec<GroupChange>,
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
