//! `plan`: checks everything a user can get wrong, fixes the chunks, writes the run's record and launches the work.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::choice::model::Model;
use crate::energy::market::Market;
use crate::host::Host;
use crate::input::InputError;
use crate::pipeline::prediction::markets::Markets;
use crate::pipeline::prediction::prepared::{Parsed, Prediction};
use crate::pipeline::prediction::record::{FIRST_SWEPT, HYPOTHETICAL, Record};
use crate::pipeline::prediction::scenario::Scenario;
use crate::pipeline::run::Result;
use crate::pipeline::run::blobs::{Input, binary, read_input};
use crate::pipeline::run::keys::Keys;
use crate::pipeline::run::kind::Checked;
use crate::replay::experiment::Population;
use crate::replay::visits::parse_visits;

/// What to plan.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    scenario: Input,
    /// The files the scenario names, each by the name it uses; what is not given lies beside the scenario.
    #[serde(default)]
    files: BTreeMap<String, Input>,
    /// Replaces the scenario's number of visits.
    #[serde(default)]
    visits: Option<u64>,
    /// Replaces the scenario's seed.
    #[serde(default)]
    seed: Option<u64>,
    /// Visits in a chunk.
    #[serde(default = "default_chunk")]
    chunk: u64,
    /// How many replays may be lost without the run failing; the report then states the gap.
    #[serde(default)]
    allow_lost: Option<AllowLost>,
    /// The command that gives the choice probabilities of each chunk before it is replayed (see [`visits`](super::visits)).
    /// The price sweep and the parameter draws are the scenario's own model's, so there are none.
    #[serde(default)]
    model_command: Option<String>,
}

/// How much may be lost.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AllowLost {
    /// So many replays.
    Count(u64),
    /// So many in a hundred.
    Percent(f64),
}

/// A chunk that takes a lambda well under a second.
fn default_chunk() -> u64 {
    50_000
}

/// A chunk of visits is held in memory at once, 12 bytes each.
const CHUNK_VISITS_MAX: u64 = 20_000_000;
/// More tasks than this are a mistake in the size of the chunk.
const TASKS_MAX: u64 = 1_000_000;

/// Checks a plan with its files.
pub(super) async fn check(host: &impl Host, keys: Keys<'_>, plan: Plan) -> Result<Checked<Prediction>> {
    let plan = plan.with_files(host).await?;
    let files = read_files(host, &plan).await?;
    let (record, parsed) = try_out(&plan, &files)?;
    let blobs = vec![(keys.parsed(), binary(&parsed)?)];
    Ok(Checked { run: Prediction::new(record, parsed), blobs })
}

impl Plan {
    /// With the place of every file the scenario names: those that nobody gave lie beside it.
    async fn with_files(mut self, host: &impl Host) -> Result<Plan> {
        let scenario = Scenario::parse(&self.scenario.path, &read_input(host, &self.scenario).await?)?;
        for name in scenario.files() {
            self.files.entry(name).or_insert_with_key(|name| self.scenario.beside(name));
        }
        Ok(self)
    }
}

async fn read_files(host: &impl Host, plan: &Plan) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut files = BTreeMap::new();
    files.insert(String::new(), read_input(host, &plan.scenario).await?);
    for (name, input) in &plan.files {
        files.insert(name.clone(), read_input(host, input).await?);
    }
    Ok(files)
}

/// Does everything that later steps will do with the input, short of replaying, so that they cannot fail on it.
fn try_out(plan: &Plan, files: &BTreeMap<String, Vec<u8>>) -> Result<(Record, Parsed)> {
    let file = plan.scenario.path.as_str();
    let mut scenario = Scenario::parse(file, &files[""])?;
    scenario.simulated_visits = plan.visits.unwrap_or(scenario.simulated_visits);
    scenario.seed = plan.seed.unwrap_or(scenario.seed);
    if plan.model_command.is_some() {
        (scenario.sweep, scenario.parameter_draws) = (None, 0);
    }
    scenario.check(file)?;
    let input = |name: &str| -> Result<(&str, &[u8])> {
        let missing = || InputError::new(file, "every file it names to be sent with it").value(name);
        Ok((plan.files.get(name).ok_or_else(missing)?.path.as_str(), files[name].as_slice()))
    };
    let (tariffs, rates) = (input(&scenario.tariffs)?, input(&scenario.rates)?);
    let base = Market::parse(tariffs.0, tariffs.1, rates.0, rates.1)?;
    let (visits_file, visits) = input(&scenario.visits)?;
    let population = Population::new(parse_visits(visits_file, visits, &base)?);
    let (model_file, model) = input(&scenario.model)?;
    let model = Model::parse(model_file, model)?;
    let mut record = Record {
        file: file.to_owned(),
        files: plan.files.clone(),
        chunk_visits: plan.chunk,
        focus: None,
        swept: None,
        losses_allowed: 0,
        model_command: plan.model_command.clone(),
        parameter_draws: if model.covariance_factor.is_some() { scenario.parameter_draws } else { 0 },
        scenario,
    };
    check_size(&record)?;
    record.losses_allowed = plan.losses_allowed(record.task_count())?;
    let read_file = |name: &str| files.get(name).cloned();
    let markets = Markets { base: &base, record: &record, read_file: &read_file };
    let hypothetical = markets.build(HYPOTHETICAL)?;
    let find = |id: Option<&str>, field: &str| -> Result<Option<usize>> {
        let Some(id) = id else { return Ok(None) };
        let expected = "a tariff of the hypothetical market";
        let found = hypothetical.find(id).ok_or_else(|| InputError::new(file, expected).field(field).value(id))?;
        Ok(Some(found))
    };
    let focus = find(record.scenario.focus(), "focus")?;
    let swept = find(record.scenario.sweep.as_ref().map(|sweep| sweep.tariff.as_str()), "sweep.tariff")?;
    for (name, market, from) in [("base", &base, tariffs.0), ("hypothetical", &hypothetical, file)] {
        population.check_tables(visits_file, name, &market.price(from)?)?;
    }
    // A point of the sweep sells the same deals at other rates: these alone can be wrong.
    for market in FIRST_SWEPT..record.markets() {
        markets.build(market)?;
    }
    (record.focus, record.swept) = (focus, swept);
    Ok((record, Parsed { base, population, model }))
}

impl Plan {
    fn losses_allowed(&self, tasks: u64) -> Result<u64> {
        match self.allow_lost {
            None => Ok(0),
            Some(AllowLost::Count(count)) => Ok(count),
            Some(AllowLost::Percent(percent)) if (0.0..100.0).contains(&percent) => {
                Ok((tasks as f64 * percent / 100.0) as u64)
            }
            Some(AllowLost::Percent(percent)) => {
                let error = InputError::new("the command line", "0 up to less than 100 percent");
                Err(error.field("allow_lost").value(percent).into())
            }
        }
    }
}

fn check_size(record: &Record) -> Result<()> {
    let wrong = |expected: String| {
        let error = InputError::new("the command line", expected).field("chunk").value(record.chunk_visits);
        Err(error.into())
    };
    if !(1..=CHUNK_VISITS_MAX).contains(&record.chunk_visits) {
        return wrong(format!("1 to {CHUNK_VISITS_MAX} visits"));
    }
    if record.task_count() > TASKS_MAX {
        return wrong(format!("chunks large enough for at most {TASKS_MAX} tasks ({} now)", record.task_count()));
    }
    Ok(())
}
