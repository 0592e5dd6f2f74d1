//! The run's record: what is to be done, fixed once by `plan` and read by everyone after. Results do not depend on how the
//! work is cut into chunks, only this does.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::pipeline::prediction::scenario::Scenario;
use crate::pipeline::run::blobs::Input;
use crate::pipeline::run::part::supply;
use crate::pipeline::run::{Error, Result};

/// A run's record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The scenario file, as the user named it.
    pub file: String,
    /// The question, with what the command line replaced.
    pub scenario: Scenario,
    /// The files it names.
    pub files: BTreeMap<String, Input>,
    /// Visits in a chunk.
    pub chunk_visits: u64,
    /// The tariff the report is about, by position in the hypothetical market.
    pub focus: Option<usize>,
    /// The tariff whose price is swept, by position in the hypothetical market.
    pub swept: Option<usize>,
    /// Parameter draws: the scenario's, or none without a covariance.
    pub parameter_draws: u32,
    /// How many replays may be lost without the run failing.
    pub losses_allowed: u64,
    /// The command that gives the choice probabilities, if it is not the model of the scenario that does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_command: Option<String>,
}

/// The market nobody changed.
pub const UNCHANGED: usize = 0;
/// The market with the scenario's edits.
pub const HYPOTHETICAL: usize = 1;
/// The hypothetical market at the first point of the sweep.
pub const FIRST_SWEPT: usize = 2;

/// A part of the replay: which markets, how closely looked at, on how many of the visits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Study {
    /// Both markets in full, on all visits.
    Shares,
    /// How probabilities vary between visits, for Monte-Carlo errors.
    Spread,
    /// A point of the price sweep.
    Sweep(usize),
    /// A block of parameter draws.
    Parameters(u32),
}

/// One replay to do: a study on a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Task {
    /// Number of the chunk.
    pub chunk: u64,
    /// What to look at.
    pub study: Study,
}

impl Study {
    /// Its name, of which its tasks' begin.
    pub fn name(self) -> String {
        match self {
            Study::Shares => "shares".to_owned(),
            Study::Spread => "spread".to_owned(),
            Study::Sweep(point) => format!("sweep-{point}"),
            Study::Parameters(block) => format!("parameters-{block}"),
        }
    }
}

impl Task {
    /// Its name in keys and in the ledger.
    pub fn name(&self) -> String {
        format!("{}-{}", self.study.name(), self.chunk)
    }

    /// The task of a name.
    fn parse(name: &str) -> Option<Task> {
        let (study, chunk) = name.rsplit_once('-')?;
        let study = match study.split_once('-') {
            None if study == "shares" => Study::Shares,
            None if study == "spread" => Study::Spread,
            Some(("sweep", point)) => Study::Sweep(point.parse().ok()?),
            Some(("parameters", block)) => Study::Parameters(block.parse().ok()?),
            _ => return None,
        };
        Some(Task { chunk: chunk.parse().ok()?, study })
    }
}

/// Enough visits that the standard error of a standard error is about 1 %.
const SPREAD_VISITS: u64 = 50_000;
/// A sweep point and the hypothetical market share their random numbers, so the difference is sharp with few visits.
const SWEEP_VISITS: u64 = 100_000;
/// Parameter draws share them too: what varies between draws is the parameters alone.
const PARAMETER_VISITS: u64 = 8_192;
/// Draws in a block.
const BLOCK_DRAWS: u32 = 10;

impl Record {
    /// The market of this name.
    pub fn named_market(&self, name: &str) -> Result<usize> {
        let market = name.parse().ok().filter(|market| *market < self.markets());
        market.ok_or_else(|| self.no_part("price", name))
    }

    /// The chunk of this name.
    pub fn named_chunk(&self, name: &str) -> Result<u64> {
        let chunk = name.parse().ok().filter(|chunk| *chunk < self.chunks());
        chunk.ok_or_else(|| self.no_part("sample", name))
    }

    /// The task of this name.
    pub fn named_task(&self, name: &str) -> Result<Task> {
        let known =
            |task: &Task| self.studies().any(|study| study == task.study) && !self.task_visits(*task).is_empty();
        Task::parse(name).filter(known).ok_or_else(|| self.no_part("replay", name))
    }

    fn no_part(&self, component: &str, name: &str) -> Error {
        Error::Message(format!("part is `{name}`, expected one that {component} has in the run of {}", self.file))
    }

    /// The visits of a chunk.
    pub fn chunk(&self, chunk: u64) -> Range<u64> {
        let start = chunk * self.chunk_visits;
        start..(start + self.chunk_visits).min(self.scenario.simulated_visits)
    }

    /// How many chunks.
    pub fn chunks(&self) -> u64 {
        self.scenario.simulated_visits.div_ceil(self.chunk_visits)
    }

    /// How many markets.
    pub fn markets(&self) -> usize {
        FIRST_SWEPT + self.sweep_points()
    }

    fn sweep_points(&self) -> usize {
        self.scenario.sweep.as_ref().map_or(0, |sweep| sweep.unit_rate_percent.len())
    }

    /// All studies.
    pub fn studies(&self) -> impl Iterator<Item = Study> {
        let blocks = if self.parameter_draws == 0 { 0 } else { (self.parameter_draws + 1).div_ceil(BLOCK_DRAWS) };
        let sweep = (0..self.sweep_points()).map(Study::Sweep);
        [Study::Shares, Study::Spread].into_iter().chain(sweep).chain((0..blocks).map(Study::Parameters))
    }

    /// The visits a study looks at: the first so many.
    fn study_visits(&self, study: Study) -> u64 {
        let most = match study {
            Study::Shares => u64::MAX,
            Study::Spread => SPREAD_VISITS,
            Study::Sweep(_) => SWEEP_VISITS,
            Study::Parameters(_) => PARAMETER_VISITS,
        };
        most.min(self.scenario.simulated_visits)
    }

    /// The visits a task looks at: a prefix of its chunk's.
    pub fn task_visits(&self, task: Task) -> Range<u64> {
        let Range { start, end } = self.chunk(task.chunk);
        start..end.min(self.study_visits(task.study)).max(start)
    }

    /// The group of parts that a chunk's replays wait for: the priced markets, or what is supplied once these are there.
    pub(crate) fn replays_wait_for(&self, chunk: u64) -> String {
        match self.model_command {
            None => "price".to_owned(),
            Some(_) => supply(&chunk.to_string()),
        }
    }

    /// What is to be replayed of a chunk.
    pub fn tasks_of(&self, chunk: u64) -> impl Iterator<Item = Task> {
        let tasks = self.studies().map(move |study| Task { chunk, study });
        tasks.filter(|task| !self.task_visits(*task).is_empty())
    }

    /// Everything that is to be replayed of a study, in order.
    pub fn tasks_in(&self, study: Study) -> impl Iterator<Item = Task> {
        let chunks = self.study_visits(study).div_ceil(self.chunk_visits);
        (0..chunks).map(move |chunk| Task { chunk, study })
    }

    /// How many tasks in all.
    pub fn task_count(&self) -> u64 {
        self.studies().map(|study| self.study_visits(study).div_ceil(self.chunk_visits)).sum()
    }

    /// The two markets a study compares.
    pub fn study_markets(&self, study: Study) -> [usize; 2] {
        match study {
            Study::Sweep(point) => [HYPOTHETICAL, FIRST_SWEPT + point],
            Study::Shares | Study::Spread | Study::Parameters(_) => [UNCHANGED, HYPOTHETICAL],
        }
    }

    /// The parameter draws of a study; draw 0 is the model's own parameters.
    pub fn study_draws(&self, study: Study) -> Range<u32> {
        match study {
            Study::Parameters(block) => block * BLOCK_DRAWS..((block + 1) * BLOCK_DRAWS).min(self.parameter_draws + 1),
            Study::Shares | Study::Spread | Study::Sweep(_) => 0..1,
        }
    }

    /// How much work a task is: visits × two markets × parameter sets.
    pub fn work(&self, task: Task) -> u64 {
        let visits = self.task_visits(task);
        2 * (visits.end - visits.start) * self.study_draws(task.study).len() as u64
    }

    /// How much work all tasks are.
    pub fn total_work(&self) -> u64 {
        let study = |study| self.study_visits(study).saturating_mul(2 * self.study_draws(study).len() as u64);
        self.studies().map(study).fold(0, u64::saturating_add)
    }
}
