//! The ledger's vocabulary: what parts of a run tell it, and what it answers. A step is atomic wherever the ledger lives.
//!
//! The ledger knows a run as parts with names (`replay/shares-3`): which are known, launched, begun, finished, lost. It says
//! which may be launched now, so that no environment has more in flight than its limit, and it says so at least once: who
//! crashes between a step and the launches it was granted gets them again when the message is delivered again.

mod memory;

pub use memory::{Ledger, Limits, Piece, RunLine};

use serde::{Deserialize, Serialize};

/// One atomic step of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// The environment, whose limit holds.
    pub env: String,
    /// The run.
    pub run: String,
    /// Who takes the step: what is granted is remembered under this name.
    pub by: String,
    /// What is told.
    pub act: Act,
}

/// What is told to the ledger.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// A run is to be worked on: for the first time, or again.
    Open(Open),
    /// A delivery of a part begins.
    Begin {
        /// The part.
        part: String,
        /// The ticket it was launched with.
        ticket: u64,
    },
    /// A part is done, its output stored.
    Finish {
        /// The part.
        part: String,
        /// How much work it was; counted once.
        work: u64,
        /// What may follow.
        next: Vec<Next>,
    },
    /// A part is given up: its deliveries are spent.
    Lose {
        /// The part.
        part: String,
        /// The ticket it was launched with.
        ticket: u64,
        /// The parts that are lost with it, or it alone: these count as lost.
        lost: Vec<String>,
        /// Whether the run cannot go on without it.
        fatal: bool,
        /// Why.
        reason: String,
    },
    /// The run ends.
    End {
        /// The part that ends it, if one does.
        part: Option<String>,
        /// How.
        state: State,
        /// Why, for people.
        message: String,
    },
    /// Nothing: how does it stand?
    Look {},
}

/// How a run is to be worked on. What it says of the run as a whole is kept from the first time that it says something: has
/// [`of`](Open::of) or [`gates`](Open::gates).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Open {
    /// What the messages of its parts have in common, as JSON.
    pub envelope: String,
    /// How many launches it may cost.
    pub budget: u64,
    /// All its work; 0 while that is not known.
    pub of: u64,
    /// How many parts may be lost.
    pub losses_allowed: u64,
    /// For what waits until all parts of a group ([`group_of`]) are finished: how many those are.
    pub gates: Vec<(String, u64)>,
    /// The part that is told what was lost: once it is launched, what was lost stays so.
    pub last: String,
    /// Parts that are finished already, and how much work they were. Of what is in flight nothing is believed: it tells itself.
    pub done: Vec<(String, u64)>,
    /// What may be launched.
    pub next: Vec<Next>,
    /// Whether a run that ended without a report is to go on.
    pub again: bool,
}

/// A part that may be launched.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Next {
    /// Its name.
    pub part: String,
    /// The group whose parts must all be finished before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// How a run stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// The ledger knows no such run: it never did, forgot it after its time, or was lost.
    #[default]
    Unknown,
    /// Being worked on.
    Running,
    /// Its report is there.
    Completed,
    /// It ended without a report.
    Failed,
    /// Somebody ended it.
    Cancelled,
}

/// What a delivery that begins should do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Go {
    /// The work.
    Work,
    /// Nothing but to finish: the work was done by an earlier delivery, which may have crashed since.
    Done,
    /// Nothing: another delivery is on it, or nobody wants it any more.
    #[default]
    Drop,
}

/// The ledger's answer to a step.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// How the run stands now.
    pub state: State,
    /// For a delivery that begins.
    pub go: Go,
    /// Work done.
    pub done: u64,
    /// All its work.
    pub of: u64,
    /// How it ended, for people.
    pub message: String,
    /// The parts that are lost.
    pub lost: Vec<String>,
    /// What to launch now, of this run or of others that waited.
    pub launches: Vec<Launch>,
}

/// A part to launch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Launch {
    /// Its run.
    pub run: String,
    /// The run's [`Open::envelope`].
    pub envelope: String,
    /// Its name.
    pub part: String,
    /// Tells this launch of the part from others.
    pub ticket: u64,
}

/// Who takes the steps of a part's launch. What it was granted is granted again to that launch alone: if it were to all launches
/// of the part, each delivered twice would make two of the next, and four of the one after.
pub fn worker(part: &str, ticket: u64) -> String {
    format!("{part}#{ticket}")
}

/// The group of a part, which others may wait for: its name up to the last slash. That is its component, or a round of one:
/// `replay` of `replay/shares-3`, `evaluate/7` of `evaluate/7/0`.
pub fn group_of(part: &str) -> &str {
    part.rsplit_once('/').map_or(part, |(group, _)| group)
}
