//! The report's format: field for field what `report.json` holds. How the numbers come about is in `conclude`.
//!
//! Shares are fractions of all visits, changes of them differences of such. A visit is one comparison by one person.

use serde::Serialize;

use crate::energy::limits::Limits;
use crate::energy::price_change::Hours;
use crate::energy::prices::Prices;
use crate::energy::terms::Fuel;
use crate::energy::typical::TypicalConsumption;
use crate::pipeline::prediction::report::estimate::{Behind, Estimate};
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
    /// The observed visits that they are drawn from.
    pub observed: Observed,
    /// What usage bands are measured by, and the year of `prices`.
    pub typical_consumption: TypicalConsumption,
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
    /// Every tariff with a share in any market, in the market's order.
    pub tariffs: Vec<TariffChange>,
    /// The same by supplier, by name.
    pub suppliers: Vec<SupplierChange>,
    /// What the edits do that are not the focus's own; absent where there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other_edits: Option<OtherEdits>,
    /// The same visits, broken down: by region, payment method and usage band, and as the scenario asks.
    pub breakdowns: Vec<Breakdown>,
    /// Who goes where, by present supplier and tariff.
    pub flows: Vec<SupplierFlow>,
    /// Expected saving.
    pub saving: Saving,
    /// The price sweeps, as the scenario asks for them.
    pub sweeps: Vec<Sweep>,
}

/// The observed visits as a sample of the population.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Observed {
    /// How many.
    pub visits: u64,
    /// How many people made them.
    pub people: u64,
    /// How many people of equal weight would tell as much (Kish 1965): (Σw)² / Σw², w a person's weight.
    pub effective: f64,
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

/// A supplier's share: that of all its tariffs.
#[derive(Clone, Debug, Serialize)]
pub struct SupplierChange {
    /// Its name.
    pub supplier: String,
    /// Its share.
    #[serde(flatten)]
    pub share: Change,
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
    /// Whom it takes share from.
    pub volume: Volume,
}

/// Where a tariff stood, in the hypothetical market.
#[derive(Clone, Debug, Serialize)]
pub struct Position {
    /// Mean position, the top being 1; absent if it was never shown.
    pub mean: Option<f64>,
    /// Fraction of its showings at positions 1, 2, 3, ….
    pub distribution: Vec<f64>,
}

/// Source of volume: the hypothetical market against the same market with the focus tariff as it was, so that what other edits
/// do is in neither.
#[derive(Clone, Debug, Serialize)]
pub struct Volume {
    /// What the focus's own edits change of its share.
    pub own: Estimate,
    /// What the other edits change of its share; absent where there are none. With `own` it comes to the focus's whole change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub others: Option<Estimate>,
    /// Where `own` comes from, most first: these sum to it. What gains by the focus's edits is negative here.
    pub sources: Vec<Source>,
}

/// Share that one alternative loses to the focus.
#[derive(Clone, Debug, Serialize)]
pub struct Source {
    /// A tariff, or `no_switch`.
    pub id: String,
    /// Its supplier, or nothing.
    pub supplier: String,
    /// Lost share.
    pub share: Estimate,
    /// As a fraction of `own`; absent where that is nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of_all: Option<f64>,
}

/// What the edits do that are not the focus's own: the market with them alone, less the unchanged market.
#[derive(Clone, Debug, Serialize)]
pub struct OtherEdits {
    /// Change of no switch.
    pub no_switch: Estimate,
    /// Changes of the tariffs, in the market's order.
    pub tariffs: Vec<TariffMoved>,
    /// Changes of the suppliers, by name.
    pub suppliers: Vec<SupplierMoved>,
}

/// A change of a tariff's share.
#[derive(Clone, Debug, Serialize)]
pub struct TariffMoved {
    /// Its id.
    pub id: String,
    /// Its supplier.
    pub supplier: String,
    /// The change.
    pub change: Estimate,
}

/// A change of a supplier's share.
#[derive(Clone, Debug, Serialize)]
pub struct SupplierMoved {
    /// Its name.
    pub supplier: String,
    /// The change.
    pub change: Estimate,
}

/// All visits, by one or two dimensions; segments without visits are absent.
#[derive(Clone, Debug, Serialize)]
pub struct Breakdown {
    /// The dimensions.
    pub by: Vec<String>,
    /// The segments: each visit is in one.
    pub segments: Vec<Segment>,
}

/// A segment of the visits. Shares are fractions of its visits.
#[derive(Clone, Debug, Serialize)]
pub struct Segment {
    /// Its value in each dimension.
    pub values: Vec<String>,
    /// The same for people.
    pub names: Vec<String>,
    /// Simulated visits.
    pub visits: u64,
    /// The observed visits behind it.
    pub observed: Behind,
    /// Share of the focus tariff; absent without a focus.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub focus: Option<Change>,
    /// Share of no switch.
    pub no_switch: Change,
    /// Expected saving per visit, GBP a year: unchanged, hypothetical.
    pub saving_gbp: [f64; 2],
    /// Where its visits go in the unchanged market.
    pub unchanged: Destinations,
    /// And in the hypothetical one.
    pub hypothetical: Destinations,
}

/// Where visits go: expected numbers of visits, which sum to the visits. Sums over segments, or over present tariffs, are exact.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Destinations {
    /// Nowhere.
    pub no_switch: f64,
    /// To the focus tariff; absent without a focus.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub focus: Option<f64>,
    /// To each supplier, in the order of the report's `suppliers`; to the focus's, without the focus.
    pub suppliers: Vec<f64>,
}

/// Where the customers of a supplier go.
#[derive(Clone, Debug, Serialize)]
pub struct SupplierFlow {
    /// Their present supplier.
    pub supplier: String,
    /// Whether it is the focus's: whoever goes to the focus is no new customer.
    pub own: bool,
    /// Simulated visits.
    pub visits: u64,
    /// The observed visits behind it.
    pub observed: Behind,
    /// Where they go in the unchanged market.
    pub unchanged: Destinations,
    /// And in the hypothetical one.
    pub hypothetical: Destinations,
    /// The same by present tariff.
    pub tariffs: Vec<TariffFlow>,
}

/// Where the customers on a tariff go.
#[derive(Clone, Debug, Serialize)]
pub struct TariffFlow {
    /// Their present tariff.
    pub id: String,
    /// Simulated visits.
    pub visits: u64,
    /// The observed visits behind it.
    pub observed: Behind,
    /// Where they go in the unchanged market.
    pub unchanged: Destinations,
    /// And in the hypothetical one.
    pub hypothetical: Destinations,
}

/// Expected first-year saving, GBP, in the unchanged and the hypothetical market.
#[derive(Clone, Debug, Serialize)]
pub struct Saving {
    /// Per visit, those who do not switch saving nothing.
    pub per_visit_gbp: [f64; 2],
    /// Per switch.
    pub per_switch_gbp: [f64; 2],
}

/// How shares move with the price of one tariff.
#[derive(Clone, Debug, Serialize)]
pub struct Sweep {
    /// The tariff.
    pub id: String,
    /// Its supplier.
    pub supplier: String,
    /// Its name.
    pub name: String,
    /// What moves, as the scenario says it: `unit_rate_percent`, ….
    pub moves: String,
    /// Of which fuel, where not of all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fuel: Option<Fuel>,
    /// On Economy 7, at which hours, where not at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate: Option<Hours>,
    /// In which `regions`, for which `meters` and `payments`, where not everywhere.
    #[serde(flatten)]
    pub limits: Limits,
    /// The prices tried.
    pub points: Vec<SweepPoint>,
}

/// A swept tariff at one price. Shares are those in the hypothetical market plus the change that the first 100,000 visits show.
#[derive(Clone, Debug, Serialize)]
pub struct SweepPoint {
    /// The step, as the scenario says it.
    pub step: f64,
    /// What the tariff asks then.
    pub prices: Prices,
    /// The tariff's share.
    pub tariff: Moved,
    /// The focus's; absent without one, or where it is the tariff that is swept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub focus: Option<Moved>,
    /// No switch's.
    pub no_switch: Moved,
    /// Each supplier's, in the order of the report's `suppliers`.
    pub suppliers: Vec<Moved>,
}

/// A share at another price.
#[derive(Clone, Debug, Serialize)]
pub struct Moved {
    /// The share.
    pub share: Estimate,
    /// Less that in the hypothetical market.
    pub change: Estimate,
}
