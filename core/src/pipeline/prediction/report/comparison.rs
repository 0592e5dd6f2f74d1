//! The format of a comparison: field for field what `switchyard compare --json` prints. How the numbers come about is in `compare`.

use serde::Serialize;

use crate::pipeline::prediction::report::estimate::Estimate;
use crate::pipeline::prediction::report::kept::Tariff;

/// The comparison. Shares are fractions of all visits in the hypothetical markets, differences are the second less the first.
#[derive(Clone, Debug, Serialize)]
pub struct Comparison {
    /// Version of this format.
    pub schema: u32,
    /// The first prediction, then the second.
    pub runs: [Compared; 2],
    /// What is paired.
    pub paired: Paired,
    /// What is not the same in both.
    pub differs: Vec<Differs>,
    /// The focus tariff of each; absent unless both have one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub focus: Option<Difference>,
    /// No switch.
    pub no_switch: Difference,
    /// Every supplier of either market, by name.
    pub suppliers: Vec<SupplierDifference>,
    /// Expected saving per visit, GBP a year, without a claim to how sure it is.
    pub saving_per_visit_gbp: Saving,
}

/// A prediction that is compared.
#[derive(Clone, Debug, Serialize)]
pub struct Compared {
    /// The scenario's name.
    pub scenario: String,
    /// Simulated visits.
    pub visits: u64,
    /// Seed.
    pub seed: u64,
    /// The tariff it is about.
    pub focus: Option<Tariff>,
}

/// Of which sources of uncertainty the two predictions have the same, so that only differences within count. The variances of what
/// is not paired add up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Paired {
    /// The same observed visits, person by person.
    pub visits: bool,
    /// The same simulated visits, with the same luck.
    pub monte_carlo: bool,
    /// The same model, draw by draw; absent unless both have parameter draws.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameters: Option<bool>,
}

/// Something that two predictions can differ in besides their edits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Differs {
    /// The observed visits.
    Visits,
    /// How many visits both keep one by one: too few of the same people.
    KeptVisits,
    /// The tariffs and rates of the market as it is.
    Market,
    /// The choice model.
    Model,
    /// Whether there are parameter draws: of the one that has none, parameters are taken for exactly known.
    ParameterDraws,
    /// The seed.
    Seed,
    /// The number of simulated visits.
    SimulatedVisits,
    /// How much consumption varies around the observed.
    UsageJitterPercent,
    /// The order of the result tables.
    Order,
    /// Replays that are missing.
    Lost,
}

/// A share in both predictions.
#[derive(Clone, Debug, Serialize)]
pub struct Difference {
    /// In the first; absent where it is not in that market.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first: Option<f64>,
    /// In the second.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub second: Option<f64>,
    /// The second less the first.
    pub difference: Estimate,
    /// What that comes to.
    pub verdict: Verdict,
}

/// Whether a difference is sure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The second has surely more: `in_all` is above 0.
    More,
    /// The second has surely less.
    Less,
    /// No visit makes a difference.
    Same,
    /// `in_all` contains 0.
    Unsure,
    /// Too few observed visits are behind it to tell.
    TooFew,
}

/// A supplier's share in both predictions.
#[derive(Clone, Debug, Serialize)]
pub struct SupplierDifference {
    /// Its name.
    pub supplier: String,
    /// Its share.
    #[serde(flatten)]
    pub share: Difference,
}

/// Expected saving per visit, GBP a year.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Saving {
    /// In the first.
    pub first: f64,
    /// In the second.
    pub second: f64,
    /// The second less the first.
    pub difference: f64,
}
