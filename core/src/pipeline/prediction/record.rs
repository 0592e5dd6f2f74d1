//! The run's record: what is to be done, fixed once by `plan` and read by everyone after. Results do not depend on how the
//! work is cut into chunks, only this does.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::energy::prices::Prices;
use crate::pipeline::prediction::scenario::Scenario;
use crate::pipeline::run::blobs::Input;
use crate::pipeline::run::part::supply;
use crate::pipeline::run::{Error, Result};
use crate::replay::panel::Panel;
use crate::replay::panel::count::Keep;
use crate::replay::panel::targets::{Alternative, Targets};
use crate::replay::panel::values::Layout;
use crate::replay::sellers::Sellers;

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
    /// What is swept, by sweep of the scenario.
    pub sweeps: Vec<Swept>,
    /// The market with the focus as it was: the unchanged one if no other edits are made, else one of its own.
    pub without_focus: usize,
    /// How the observed visits are replayed for their own sake, after the simulated ones.
    pub panel: Panel,
    /// Parameter draws: the scenario's, or none without a covariance.
    pub parameter_draws: u32,
    /// How many replays may be lost without the run failing.
    pub losses_allowed: u64,
    /// The command that gives the choice probabilities, if it is not the model of the scenario that does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_command: Option<String>,
}

/// A tariff whose price is swept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Swept {
    /// Its position in the hypothetical market.
    pub tariff: usize,
    /// By point, its prices.
    pub prices: Vec<Prices>,
}

/// The market nobody changed.
pub const UNCHANGED: usize = 0;
/// The market with the scenario's edits.
pub const HYPOTHETICAL: usize = 1;
/// The hypothetical market with the focus tariff as it was, where other edits make it differ from both.
pub const WITHOUT_FOCUS: usize = 2;

/// A part of the replay: which markets, how closely looked at, on how many of the visits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Study {
    /// All that are no points of a sweep, in full, on all simulated visits.
    Shares,
    /// The observed visits themselves, in all markets: how shares vary between people and within a visit.
    Panel,
    /// A block of points of the price sweeps, beside the hypothetical market.
    Sweep(u32),
    /// A block of parameter draws.
    Parameters(u32),
    /// A block of points of the price sweeps under a block of parameter draws.
    SweepParameters(u32, u32),
}

/// One replay to do: a study on a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Task {
    /// Number of the chunk: of simulated visits, or after these a block of the panel.
    pub chunk: u64,
    /// What to look at.
    pub study: Study,
}

impl Study {
    /// Its name, of which its tasks' begin.
    pub fn name(self) -> String {
        match self {
            Study::Shares => "shares".to_owned(),
            Study::Panel => "panel".to_owned(),
            Study::Sweep(points) => format!("sweep-{points}"),
            Study::Parameters(draws) => format!("parameters-{draws}"),
            Study::SweepParameters(points, draws) => format!("sweep_parameters-{points}-{draws}"),
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
        let words: Vec<&str> = name.split('-').collect();
        let (chunk, study) = words.split_last()?;
        let number = |word: &str| word.parse::<u32>().ok();
        let study = match study {
            ["shares"] => Study::Shares,
            ["panel"] => Study::Panel,
            ["sweep", points] => Study::Sweep(number(points)?),
            ["parameters", draws] => Study::Parameters(number(draws)?),
            ["sweep_parameters", points, draws] => Study::SweepParameters(number(points)?, number(draws)?),
            _ => return None,
        };
        Some(Task { chunk: chunk.parse().ok()?, study })
    }
}

/// A sweep point and the hypothetical market share their random numbers, so the difference is sharp with few visits.
const SWEEP_VISITS: u64 = 100_000;
/// Parameter draws share them too: what varies between draws is the parameters alone.
const PARAMETER_VISITS: u64 = 8_192;
/// Of a difference under parameter draws, both hold: a sweep has many points.
const SWEEP_PARAMETER_VISITS: u64 = 256;
/// Draws in a block.
const BLOCK_DRAWS: u32 = 10;
/// Points of sweeps in a block.
pub const BLOCK_POINTS: usize = 10;

impl Record {
    /// The market of this name.
    pub fn named_market(&self, name: &str) -> Result<usize> {
        let market = name.parse().ok().filter(|market| *market < self.markets());
        market.ok_or_else(|| self.no_part("price", name))
    }

    /// The chunk of this name.
    pub fn named_chunk(&self, name: &str) -> Result<u64> {
        let chunk = name.parse().ok().filter(|chunk| *chunk < self.chunks_in_all());
        chunk.ok_or_else(|| self.no_part("sample", name))
    }

    /// The task of this name.
    pub fn named_task(&self, name: &str) -> Result<Task> {
        let known =
            |task: &Task| task.chunk < self.chunks_in_all() && self.tasks_of(task.chunk).any(|known| known == *task);
        Task::parse(name).filter(known).ok_or_else(|| self.no_part("replay", name))
    }

    fn no_part(&self, component: &str, name: &str) -> Error {
        Error::Message(format!("part is `{name}`, expected one that {component} has in the run of {}", self.file))
    }

    /// The visits of a chunk. Those of the panel are numbered on from the simulated ones.
    pub fn chunk(&self, chunk: u64) -> Range<u64> {
        let simulated = self.scenario.simulated_visits;
        if let Some(block) = chunk.checked_sub(self.chunks()) {
            let Range { start, end } = self.panel.block(block);
            return simulated + start..simulated + end;
        }
        let start = chunk * self.chunk_visits;
        start..(start + self.chunk_visits).min(simulated)
    }

    /// How many chunks of simulated visits.
    pub fn chunks(&self) -> u64 {
        self.scenario.simulated_visits.div_ceil(self.chunk_visits)
    }

    /// How many chunks, blocks of the panel included.
    pub fn chunks_in_all(&self) -> u64 {
        self.chunks() + self.panel.blocks()
    }

    /// How many markets.
    pub fn markets(&self) -> usize {
        self.first_swept() + self.scenario.sweep_points()
    }

    /// The hypothetical market at the first point of the sweeps.
    pub fn first_swept(&self) -> usize {
        self.without_focus.max(HYPOTHETICAL) + 1
    }

    /// What the panel tells the uncertainty of, in a hypothetical market of these suppliers.
    pub fn targets(&self, sellers: &Sellers) -> Targets {
        Targets::new(sellers.of.len(), sellers.names.len(), self.first_swept(), self.scenario.sweep_points())
    }

    /// How the panel's choices are kept.
    pub fn panel_layout<'a>(&self, targets: &'a Targets, sellers: &'a Sellers, swept: &'a [usize]) -> Layout<'a> {
        Layout { targets, supplier_of: &sellers.of, focus: self.focus, swept }
    }

    /// What another prediction can be compared by: the focus, if there is one, no switch, and the suppliers.
    pub fn compared(&self, sellers: &Sellers) -> Vec<Alternative> {
        let focus = self.focus.map(Alternative::Tariff).into_iter();
        focus.chain([Alternative::NoSwitch]).chain((0..sellers.names.len()).map(Alternative::Supplier)).collect()
    }

    /// What the panel keeps of single visits: what is compared, in the hypothetical market.
    pub fn kept(&self, targets: &Targets, sellers: &Sellers) -> Keep {
        let level = |alternative: &Alternative| targets.level(HYPOTHETICAL, *alternative);
        Keep { people: self.panel.kept(), targets: self.compared(sellers).iter().map(level).collect() }
    }

    /// The tariff that is swept, by position in the hypothetical market, for each point of the sweeps.
    pub fn swept_tariffs(&self) -> Vec<usize> {
        self.sweeps.iter().flat_map(|swept| vec![swept.tariff; swept.prices.len()]).collect()
    }

    /// All studies.
    pub fn studies(&self) -> impl Iterator<Item = Study> {
        // Draw 0 is the model's own parameters.
        let draws = if self.parameter_draws == 0 { 0 } else { (self.parameter_draws + 1).div_ceil(BLOCK_DRAWS) };
        let points = self.scenario.sweep_points().div_ceil(BLOCK_POINTS) as u32;
        let of_points = move |points| (0..draws).map(move |draws| Study::SweepParameters(points, draws));
        [Study::Shares, Study::Panel]
            .into_iter()
            .chain((0..points).map(Study::Sweep))
            .chain((0..draws).map(Study::Parameters))
            .chain((0..points).flat_map(of_points))
    }

    /// The simulated visits a study looks at: the first so many.
    fn study_visits(&self, study: Study) -> u64 {
        let most = match study {
            Study::Shares => u64::MAX,
            Study::Panel => 0,
            Study::Sweep(_) => SWEEP_VISITS,
            Study::Parameters(_) => PARAMETER_VISITS,
            Study::SweepParameters(..) => SWEEP_PARAMETER_VISITS,
        };
        most.min(self.scenario.simulated_visits)
    }

    /// The visits a task looks at: a block of the panel, or a prefix of its chunk's.
    pub fn task_visits(&self, task: Task) -> Range<u64> {
        let Range { start, end } = self.chunk(task.chunk);
        match task.study {
            Study::Panel => start..end,
            study => start..end.min(self.study_visits(study)).max(start),
        }
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
        let is_simulated = chunk < self.chunks();
        let tasks = self.studies().map(move |study| Task { chunk, study });
        tasks.filter(move |task| match task.study {
            Study::Panel => !is_simulated,
            _ => is_simulated && !self.task_visits(*task).is_empty(),
        })
    }

    /// Everything that is to be replayed of a study, in order.
    pub fn tasks_in(&self, study: Study) -> impl Iterator<Item = Task> {
        let chunks = match study {
            Study::Panel => self.chunks()..self.chunks_in_all(),
            _ => 0..self.study_visits(study).div_ceil(self.chunk_visits),
        };
        chunks.map(move |chunk| Task { chunk, study })
    }

    /// How many tasks in all.
    pub fn task_count(&self) -> u64 {
        let simulated: u64 = self.studies().map(|study| self.study_visits(study).div_ceil(self.chunk_visits)).sum();
        simulated + self.panel.blocks()
    }

    /// The markets a study shows its visits.
    pub fn study_markets(&self, study: Study) -> Vec<usize> {
        match study {
            Study::Shares | Study::Parameters(_) => (0..self.first_swept()).collect(),
            Study::Panel => (0..self.markets()).collect(),
            Study::Sweep(points) | Study::SweepParameters(points, _) => {
                let first = self.first_swept() + points as usize * BLOCK_POINTS;
                [HYPOTHETICAL].into_iter().chain(first..(first + BLOCK_POINTS).min(self.markets())).collect()
            }
        }
    }

    /// The parameter draws of a study; draw 0 is the model's own parameters.
    pub fn study_draws(&self, study: Study) -> Range<u32> {
        match study {
            Study::Parameters(draws) | Study::SweepParameters(_, draws) => {
                draws * BLOCK_DRAWS..((draws + 1) * BLOCK_DRAWS).min(self.parameter_draws + 1)
            }
            Study::Shares | Study::Panel | Study::Sweep(_) => 0..1,
        }
    }

    /// How much work a task is: visits × markets × parameter sets.
    pub fn work(&self, task: Task) -> u64 {
        let visits = self.task_visits(task);
        (visits.end - visits.start) * self.work_of_visit(task.study)
    }

    fn work_of_visit(&self, study: Study) -> u64 {
        (self.study_markets(study).len() * self.study_draws(study).len()) as u64
    }

    /// How much work all tasks are.
    pub fn total_work(&self) -> u64 {
        let simulated = |study| self.study_visits(study).saturating_mul(self.work_of_visit(study));
        let panel = self.panel.replays_in_all().saturating_mul(self.work_of_visit(Study::Panel));
        self.studies().map(simulated).fold(panel, u64::saturating_add)
    }
}
