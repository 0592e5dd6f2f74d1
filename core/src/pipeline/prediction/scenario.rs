//! A scenario file: the question. Paths in it are relative to the file.

use serde::{Deserialize, Serialize};

use crate::energy::edit::{Edit, LaunchRates};
use crate::energy::typical::TypicalConsumption;
use crate::input::{Findings, InputError, json, number_text, some_whole, whole};
use crate::pipeline::prediction::sweep::{Sweep, Unit};
use crate::pipeline::prediction::visits::by;
use crate::replay::table::Order;

/// What to predict, from which files.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// For people.
    pub name: String,
    /// Tariffs of the base market (CSV).
    pub tariffs: String,
    /// Their rates (CSV).
    pub rates: String,
    /// Observed visits (CSV).
    pub visits: String,
    /// The choice model (JSON).
    pub model: String,
    /// How many visits to simulate.
    #[serde(default = "default_visits", deserialize_with = "whole")]
    pub simulated_visits: u64,
    /// Seed of every random number.
    #[serde(default = "default_seed", deserialize_with = "whole")]
    pub seed: u64,
    /// How much simulated consumption varies around the observed, percent.
    #[serde(default)]
    pub usage_jitter_percent: f64,
    /// How result tables are ordered.
    #[serde(default)]
    pub order: Order,
    /// The day whose typical consumption usage bands follow, such as `2026-07-01`; the latest known where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub typical_consumption: Option<String>,
    /// What makes the hypothetical market of the base market.
    pub edits: Vec<Edit>,
    /// The tariff the report is about; by default the one added, if it is just one.
    #[serde(default)]
    pub focus: Option<String>,
    /// A price sweep of one tariff, in the hypothetical market.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sweep: Option<Sweep>,
    /// What results are broken down by besides region, payment method and usage band: one or two dimensions each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub by: Vec<Vec<String>>,
    /// In place of it, several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sweeps: Vec<Sweep>,
    /// How many times the model's parameters are drawn from their covariance.
    #[serde(default, deserialize_with = "some_whole", skip_serializing_if = "Option::is_none")]
    pub parameter_draws: Option<u32>,
}

/// 2⁵³: the most that every program which reads a report can count.
pub(super) const VISITS_MAX: u64 = 1 << 53;
const SWEEP_POINTS_MAX: usize = 101;
const PARAMETER_DRAWS_MAX: u32 = 10_000;

impl Scenario {
    /// Reads and checks a scenario file, as far as it can be without the files it names.
    pub fn parse(file: &str, bytes: &[u8], found: &mut Findings) -> Option<Scenario> {
        let parsed = json(file, bytes);
        let scenario: Scenario = found.take(parsed)?;
        scenario.check(file, found).then_some(scenario)
    }

    /// Checks the numbers; whether they are right.
    fn check(&self, file: &str, found: &mut Findings) -> bool {
        let errors = found.error_count();
        let mut wrong = |field: &str, value: String, expected: &str| {
            found.error(InputError::new(file, expected).field(field).value(value));
        };
        if !(1..=VISITS_MAX).contains(&self.simulated_visits) {
            wrong("simulated_visits", self.simulated_visits.to_string(), "1 to 2^53 visits");
        }
        if self.seed > VISITS_MAX {
            wrong("seed", self.seed.to_string(), "a whole number from 0 to 2^53");
        }
        if !(0.0..=100.0).contains(&self.usage_jitter_percent) {
            wrong("usage_jitter_percent", number_text(self.usage_jitter_percent), "0 to 100 percent");
        }
        if self.parameter_draws() > PARAMETER_DRAWS_MAX {
            let expected = format!("at most {PARAMETER_DRAWS_MAX} draws");
            wrong("parameter_draws", self.parameter_draws().to_string(), &expected);
        }
        self.check_sweeps(&mut wrong);
        found.take(TypicalConsumption::asked(file, self.typical_consumption.as_deref()));
        by(file, &self.by).check().into_iter().for_each(|error| found.error(error));
        found.error_count() == errors
    }

    fn check_sweeps(&self, wrong: &mut dyn FnMut(&str, String, &str)) {
        if self.sweep.is_some() && !self.sweeps.is_empty() {
            wrong("sweeps", "both".to_owned(), "either sweep, which is one, or sweeps, a list");
        }
        let mut points = 0;
        for (field, sweep) in self.all_sweeps() {
            let field = format!("{field}.{}", sweep.field());
            points += sweep.steps.len();
            if sweep.steps.is_empty() || points > SWEEP_POINTS_MAX {
                let expected = format!("1 to {SWEEP_POINTS_MAX} changes, of all sweeps together");
                let got = if sweep.steps.is_empty() { String::new() } else { format!("{points} of them") };
                return wrong(&field, got, &expected);
            }
            for (at, step) in sweep.steps.iter().enumerate() {
                if sweep.unit == Unit::Percent && !(-100.0..=1000.0).contains(step) {
                    wrong(&format!("{field}[{at}]"), number_text(*step), "a change from -100 to 1000 percent");
                }
            }
        }
    }

    /// The price sweeps, each with the field that it is in.
    pub fn all_sweeps(&self) -> impl Iterator<Item = (String, &Sweep)> {
        let listed = self.sweeps.iter().enumerate().map(|(at, sweep)| (format!("sweeps[{at}]"), sweep));
        self.sweep.iter().map(|sweep| ("sweep".to_owned(), sweep)).chain(listed)
    }

    /// How many prices the sweeps try.
    pub fn sweep_points(&self) -> usize {
        self.all_sweeps().map(|(_, sweep)| sweep.steps.len()).sum()
    }

    /// What consumption is typical.
    pub fn typical_consumption(&self) -> TypicalConsumption {
        // A day that is wrong was refused.
        TypicalConsumption::asked("", self.typical_consumption.as_deref()).unwrap_or(TypicalConsumption::LATEST)
    }

    /// How many times the parameters are drawn.
    pub fn parameter_draws(&self) -> u32 {
        self.parameter_draws.unwrap_or(PARAMETER_DRAWS)
    }

    /// The files it names, each once, in a fixed order.
    pub fn files(&self) -> Vec<String> {
        let own = [&self.tariffs, &self.rates, &self.visits, &self.model].map(String::as_str);
        let all = own.into_iter().chain(self.launch_files());
        let mut files: Vec<String> = Vec::new();
        for file in all {
            if !files.iter().any(|known| known == file) {
                files.push(file.to_owned());
            }
        }
        files
    }

    /// The rates files that its edits name.
    pub fn launch_files(&self) -> impl Iterator<Item = &str> {
        self.edits.iter().filter_map(|edit| match edit {
            Edit::Add(launch) => match &launch.rates {
                LaunchRates::File { file } => Some(file.as_str()),
                LaunchRates::Like { .. } => None,
            },
            Edit::Withdraw(_) | Edit::Reprice(_) => None,
        })
    }

    /// The id of the tariff the report is about, as far as the scenario says.
    pub fn focus(&self) -> Option<&str> {
        if let Some(focus) = &self.focus {
            return Some(focus);
        }
        let mut added = self.edits.iter().filter_map(|edit| match edit {
            Edit::Add(launch) => Some(launch.tariff.id.as_str()),
            Edit::Withdraw(_) | Edit::Reprice(_) => None,
        });
        let only = added.next();
        only.filter(|_| added.next().is_none())
    }
}

fn default_visits() -> u64 {
    2_000_000
}

fn default_seed() -> u64 {
    1
}

/// Where a scenario does not say.
const PARAMETER_DRAWS: u32 = 200;
