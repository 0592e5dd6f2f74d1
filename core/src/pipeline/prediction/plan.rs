//! `plan`: checks everything a user can get wrong, fixes the chunks, writes the run's record and launches the work.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::choice::model::Model;
use crate::energy::edit::Source;
use crate::energy::hypothetical::by_edit;
use crate::energy::market::{Market, Segment};
use crate::energy::prices::Prices;
use crate::host::Host;
use crate::input::{self, Findings, InputError, InputErrors, QUESTION, Result as InputResult};
use crate::pipeline::prediction::markets::Markets;
use crate::pipeline::prediction::notes::{Read, notes};
use crate::pipeline::prediction::prepared::{Parsed, Prediction};
use crate::pipeline::prediction::record::{HYPOTHETICAL, Record, Swept, UNCHANGED, WITHOUT_FOCUS};
use crate::pipeline::prediction::scenario::{Scenario, VISITS_MAX};
use crate::pipeline::prediction::visits::by;
use crate::pipeline::run::blobs::{Input, binary, check_named, read_input};
use crate::pipeline::run::keys::Keys;
use crate::pipeline::run::kind::Checked;
use crate::pipeline::run::{Error, Result};
use crate::replay::breakdown::{Breakdowns, ROWS_MAX};
use crate::replay::experiment::Population;
use crate::replay::panel::Panel;
use crate::replay::plausibility::consumption;
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
    /// Replaces what the scenario breaks results down by.
    #[serde(default)]
    by: Option<Vec<Vec<String>>>,
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

/// Few enough for what is kept of each replay, many enough that laying out the markets for them is little of the work.
const PANEL_BLOCK: u64 = 8_192;
/// A chunk of visits is held in memory at once, 12 bytes each.
const CHUNK_VISITS_MAX: u64 = 20_000_000;
/// More tasks than this are a mistake in the size of the chunk.
const TASKS_MAX: u64 = 1_000_000;

/// Checks a plan with its files.
pub(super) async fn check(host: &impl Host, keys: Keys<'_>, plan: Plan) -> Result<Checked<Prediction>> {
    let (plan, files) = plan.read(host).await?;
    let ((record, parsed), notes) = input::read(|found| try_out(&plan, &files, found))?;
    let blobs = vec![(keys.parsed(), binary(&parsed)?)];
    Ok(Checked { run: Prediction::new(record, parsed), blobs, notes })
}

/// What is wrong with a plan and its files, and what is to be noted of them. Of the host, only what it has stored is asked.
///
/// # Errors
/// What the host refused.
pub async fn look(host: &impl Host, plan: Plan) -> Result<InputErrors> {
    let mut found = Findings::default();
    match plan.read(host).await {
        Ok((plan, files)) => drop(try_out(&plan, &files, &mut found)),
        Err(Error::Input(errors)) => drop(found.take_all::<()>(Err(errors))),
        Err(error) => return Err(error),
    }
    Ok(found.all())
}

impl Plan {
    /// With its files, by the names that the scenario uses, which has none itself.
    async fn read(self, host: &impl Host) -> Result<(Plan, BTreeMap<String, Vec<u8>>)> {
        let plan = self.with_files(host).await?;
        let files = read_files(host, &plan).await?;
        Ok((plan, files))
    }

    /// With the place of every file the scenario names: those that nobody gave lie beside it.
    async fn with_files(mut self, host: &impl Host) -> Result<Plan> {
        let bytes = read_input(host, &self.scenario).await?;
        let (scenario, _) = input::read(|found| Scenario::parse(&self.scenario.path, &bytes, found))?;
        let named = scenario.files();
        check_named(&self.scenario.path, &named, self.files.keys())?;
        for name in named {
            self.files.entry(name).or_insert_with_key(|name| self.scenario.beside(name));
        }
        Ok(self)
    }
}

/// All files, or an error for each that is missing.
async fn read_files(host: &impl Host, plan: &Plan) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut files = BTreeMap::new();
    let mut found = Findings::default();
    let named = plan.files.iter().map(|(name, input)| (name.clone(), input));
    for (name, input) in std::iter::once((String::new(), &plan.scenario)).chain(named) {
        match read_input(host, input).await {
            Ok(bytes) => {
                files.insert(name, bytes);
            }
            Err(Error::Input(errors)) => {
                found.take_all::<()>(Err(errors));
            }
            Err(error) => return Err(error),
        }
    }
    found.conclude()?;
    Ok(files)
}

/// Does everything that later steps will do with the input, short of replaying, so that they cannot fail on it.
fn try_out(plan: &Plan, files: &BTreeMap<String, Vec<u8>>, found: &mut Findings) -> Option<(Record, Parsed)> {
    let file = plan.scenario.path.as_str();
    let written = Scenario::parse(file, &files[""], found)?;
    let scenario = plan.scenario(&written);
    found.take(plan.check_replaced());
    by(QUESTION, plan.by.as_deref().unwrap_or_default()).check().into_iter().for_each(|error| found.error(error));
    let asked = scenario.by.clone();
    let mut input = |name: &str| -> Option<(&str, &[u8])> {
        let missing = || InputError::new(file, "every file it names to be sent with it").value(name);
        let sent = plan.files.get(name).ok_or_else(missing).map(|input| (input.path.as_str(), files[name].as_slice()));
        found.take(sent)
    };
    let (tariffs, rates) = (input(&scenario.tariffs)?, input(&scenario.rates)?);
    let ((visits_file, visits), (model_file, model)) = (input(&scenario.visits)?, input(&scenario.model)?);
    let base = Market::parse(tariffs.0, tariffs.1, rates.0, rates.1, found);
    let by = by(plan.by.as_ref().map_or(file, |_| QUESTION), &asked);
    let population = parse_visits(visits_file, visits, base.as_ref(), &by, found);
    let population = population.map(|population| {
        let typical = scenario.typical_consumption();
        found.notes(consumption(visits_file, population.profiles(), &typical));
        population.measured_by(typical)
    });
    let model = Model::parse(model_file, model, found);
    let has_covariance = model.as_ref().map(|model| model.covariance_factor.is_some());
    let mut record = Record {
        file: file.to_owned(),
        files: plan.files.clone(),
        chunk_visits: plan.chunk,
        focus: None,
        sweeps: Vec::new(),
        without_focus: UNCHANGED,
        panel: Panel::default(),
        losses_allowed: 0,
        model_command: plan.model_command.clone(),
        parameter_draws: if has_covariance == Some(true) { scenario.parameter_draws() } else { 0 },
        scenario,
    };
    if let Some(population) = &population {
        let (profiles, simulated) = (population.profiles(), record.scenario.simulated_visits);
        record.panel = match record.model_command {
            None => Panel::new(profiles, simulated.max(2 * profiles.len() as u64), PANEL_BLOCK),
            // A command takes its time, and has a block in memory: it is not asked twice as much.
            Some(_) => Panel::new(profiles, simulated / 5, 2_000),
        };
    }
    if found.take(plan.check_size(&record)).is_some() {
        record.losses_allowed = found.take(plan.losses_allowed(record.task_count()))?;
    }
    let (base, read_file) = (base?, |name: &str| files.get(name).cloned());
    let hypothetical = Markets { base: &base, record: &record, read_file: &read_file }.build(HYPOTHETICAL, found)?;
    let focus = found_in(&hypothetical, file, record.scenario.focus(), "focus");
    let focus = found.take(focus);
    if let Some(Some(at)) = focus {
        record.focus = Some(at);
        record.without_focus = without_focus(&base, &hypothetical, at);
    }
    let markets = Markets { base: &base, record: &record, read_file: &read_file };
    found.notes(notes(&Read {
        scenario: &written,
        source: Source { scenario: file, file: &read_file },
        tariffs: tariffs.0,
        base: &base,
        hypothetical: &hypothetical,
        population: population.as_ref(),
        has_covariance,
        has_model_command: plan.model_command.is_some(),
    }));
    let sweeps = try_sweeps(&markets, &hypothetical, population.as_ref(), found);
    let shown = try_markets(&markets, &hypothetical, tariffs.0, (visits_file, population.as_ref()), found);
    record.sweeps = sweeps?;
    shown?;
    focus?;
    let population = population?;
    let breakdowns = Breakdowns::new(&population, base.tariffs(), &asked).map_err(|rows| {
        let expected = format!("at most {ROWS_MAX} segments in all breakdowns together");
        InputError::new(by.file, expected).field("by").value(rows)
    });
    let breakdowns = found.take(breakdowns)?;
    Some((record, Parsed { base, population, breakdowns, model: model? }))
}

/// The market with the focus as it was: which, if it is one of the two that there are anyway.
fn without_focus(base: &Market, hypothetical: &Market, focus: usize) -> usize {
    match hypothetical.with_tariff_as_in(base, focus) {
        without if without.offers_as(base) => UNCHANGED,
        without if without == *hypothetical => HYPOTHETICAL,
        _ => WITHOUT_FOCUS,
    }
}

/// Builds the markets of the sweeps, which sell the same deals at other rates: these alone can be wrong. Gives what is swept, with
/// the prices that the visits are shown.
fn try_sweeps(
    markets: &Markets<'_>,
    hypothetical: &Market,
    population: Option<&Population>,
    found: &mut Findings,
) -> Option<Vec<Swept>> {
    let Record { file, scenario, .. } = markets.record;
    let (typical, errors) = (scenario.typical_consumption(), found.error_count());
    let mut weights: BTreeMap<Segment, f64> = BTreeMap::new();
    for profile in population.map_or(&[][..], Population::profiles) {
        *weights.entry(profile.segment).or_default() += profile.weight;
    }
    let weight = |segment: Segment| weights.get(&segment).copied().unwrap_or_default();
    let mut sweeps = Vec::new();
    for (field, sweep) in scenario.all_sweeps() {
        let tariff = found_in(hypothetical, file, Some(&sweep.tariff), &format!("{field}.tariff"));
        let Some(Some(tariff)) = found.take(tariff.and_then(|at| sold(hypothetical, file, at, &field))) else {
            continue;
        };
        let prices = |at| Ok(markets.at_step(hypothetical, &field, sweep, at)?.prices(tariff, &typical, &weight));
        let prices: InputResult<Vec<Prices>> = (0..sweep.steps.len()).map(prices).collect();
        sweeps.extend(found.take(prices).map(|prices| Swept { tariff, prices }));
    }
    (found.error_count() == errors).then_some(sweeps)
}

/// Prices the markets, and lays them out for the visits, if these are right.
fn try_markets(
    markets: &Markets<'_>,
    hypothetical: &Market,
    tariffs_file: &str,
    (visits_file, population): (&str, Option<&Population>),
    found: &mut Findings,
) -> Option<()> {
    let Markets { base, record: Record { file, scenario, .. }, .. } = markets;
    let base = base.price(tariffs_file);
    let base = found.take(base)?;
    let hypothetical = hypothetical.price(file).map_err(|error| by_edit(&scenario.edits, error));
    let hypothetical = found.take(hypothetical)?;
    let population = population?;
    let shown = population.check_tables(visits_file, "base", &base).and_then(|()| {
        let shown = population.check_tables(visits_file, "hypothetical", &hypothetical);
        shown.map_err(|error| by_all_edits(file, error))
    });
    found.take(shown)
}

/// An error about a visit that deals enough are shown to in the base market: it is the edits' doing.
fn by_all_edits(file: &str, error: InputError) -> InputError {
    let visit =
        error.line.map_or(String::new(), |line| format!(", which the visit on line {line} of {} compares", error.file));
    InputError { line: None, file: file.to_owned(), expected: format!("{}{visit}", error.expected), ..error }
        .field("edits")
}

/// The position of a tariff that the scenario names, in the hypothetical market.
fn found_in(market: &Market, file: &str, id: Option<&str>, field: &str) -> InputResult<Option<usize>> {
    let Some(id) = id else { return Ok(None) };
    let expected = || market.tariff_names().expected("a tariff of the hypothetical market", id);
    let unknown = || InputError::new(file, expected()).field(field).value(id);
    Ok(Some(market.find(id).ok_or_else(unknown)?))
}

/// The tariff that is swept, if it is on sale: whatever it costs, nobody is shown it else.
fn sold(market: &Market, file: &str, swept: Option<usize>, field: &str) -> InputResult<Option<usize>> {
    let Some(tariff) = swept.map(|at| &market.tariffs()[at]).filter(|tariff| !tariff.on_sale) else { return Ok(swept) };
    let expected = "a tariff on sale in the hypothetical market";
    Err(InputError::new(file, expected).field(format!("{field}.tariff")).value(&tariff.id))
}

impl Plan {
    fn losses_allowed(&self, tasks: u64) -> InputResult<u64> {
        match self.allow_lost {
            None => Ok(0),
            Some(AllowLost::Count(count)) => Ok(count),
            Some(AllowLost::Percent(percent)) if (0.0..100.0).contains(&percent) => {
                Ok((tasks as f64 * percent / 100.0) as u64)
            }
            Some(AllowLost::Percent(percent)) => {
                Err(InputError::new(QUESTION, "0 up to less than 100 percent").field("allow_lost").value(percent))
            }
        }
    }

    /// The scenario with what is asked in place of what it says.
    fn scenario(&self, written: &Scenario) -> Scenario {
        let mut scenario = written.clone();
        scenario.simulated_visits = self.visits.unwrap_or(scenario.simulated_visits);
        scenario.seed = self.seed.unwrap_or(scenario.seed);
        scenario.by = self.by.clone().unwrap_or(scenario.by);
        if self.model_command.is_some() {
            (scenario.sweep, scenario.sweeps, scenario.parameter_draws) = (None, Vec::new(), Some(0));
        }
        scenario
    }

    /// Checks what is asked in place of what the scenario says.
    fn check_replaced(&self) -> InputResult<()> {
        let wrong =
            |field: &str, value, expected: &str| Err(InputError::new(QUESTION, expected).field(field).value(value));
        match (self.visits, self.seed) {
            (Some(visits), _) if !(1..=VISITS_MAX).contains(&visits) => wrong("visits", visits, "1 to 2^53 visits"),
            (_, Some(seed)) if seed > VISITS_MAX => wrong("seed", seed, "a whole number from 0 to 2^53"),
            _ => Ok(()),
        }
    }

    fn check_size(&self, record: &Record) -> InputResult<()> {
        if !(1..=CHUNK_VISITS_MAX).contains(&self.chunk) {
            let expected = format!("1 to {CHUNK_VISITS_MAX} visits");
            return Err(InputError::new(QUESTION, expected).field("chunk").value(self.chunk));
        }
        if record.task_count() > TASKS_MAX {
            let chunk = self.chunk;
            let expected =
                format!("fewer visits, or larger chunks: in chunks of {chunk} they are more than {TASKS_MAX} tasks");
            let visits = record.scenario.simulated_visits;
            let error = InputError::new(self.visits.map_or(&self.scenario.path, |_| QUESTION), expected);
            return Err(error.field(if self.visits.is_some() { "visits" } else { "simulated_visits" }).value(visits));
        }
        Ok(())
    }
}
