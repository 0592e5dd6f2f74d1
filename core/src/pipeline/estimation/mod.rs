//! Fitting the choice model as a run: `fit` checks and opens it, `evaluate` takes a chunk of people through one evaluation of
//! the likelihood, and `step` adds an evaluation up and tells the search, which asks for the next one or is at its end.
//!
//! A round is one evaluation and its step. What is stored of the last one tells where a run stands, so that it can be resumed.

pub mod evaluate;
pub mod fit;
pub mod observed;
pub mod step;

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::fit::choices::Choices;
use crate::fit::estimate::people;
use crate::fit::search::{Ask, Request, Search};
use crate::fit::spec::Spec;
use crate::host::Host;
use crate::host::ledger::{Act, Answer, Next, Open};
use crate::pipeline::envelope::Envelope;
use crate::pipeline::keys::Keys;
use crate::pipeline::part::next;
use crate::pipeline::record::Input;
use crate::pipeline::warm::read_binary;
use crate::pipeline::{Error, Result, open, steps};

/// A run's record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The specification's file.
    pub spec_file: Input,
    /// What is estimated.
    pub spec: Spec,
    /// Where the observed choices come from.
    pub data: fit::Data,
    /// What is to be told besides.
    pub also: fit::Also,
    /// How many people made them.
    pub people: usize,
    /// How many chunks they are cut into.
    pub chunks: usize,
}

/// A run, ready to be worked on.
pub struct Estimation {
    /// Its record.
    pub record: Record,
    /// Its observed choices.
    pub choices: Choices,
}

/// The search goes from few draws to all and may look at the mirror image: so many rounds begin beside its iterations.
const ROUNDS_BESIDE: u32 = 16;

impl Record {
    fn ranges(&self) -> impl Iterator<Item = Range<usize>> + use<> {
        people(self.people, self.chunks)
    }

    /// The parts of a round.
    fn round(&self, round: u32) -> Vec<Next> {
        let evaluations = (0..self.ranges().count()).map(|chunk| next("evaluate", format!("{round}/{chunk}"), None));
        evaluations.chain([next("step", round, Some(&format!("evaluate/{round}")))]).collect()
    }

    fn rounds_max(&self) -> u32 {
        self.spec.iterations_max + ROUNDS_BESIDE
    }
}

/// Opens a run in the ledger, or opens it again, from the last round that was begun.
pub(super) async fn open(
    host: &impl Host,
    envelope: &Envelope,
    by: &str,
    record: &Record,
    again: bool,
) -> Result<Answer> {
    let keys = Keys::of(envelope);
    let stored = host.list(&keys.all()).await?;
    let under = |folder: &str| {
        let prefix = keys.estimation(folder);
        stored.iter().filter_map(move |key| key.strip_prefix(&prefix).map(str::to_owned)).collect::<Vec<_>>()
    };
    let round = under("search/").iter().filter_map(|round| round.parse().ok()).max().unwrap_or(0);
    let (sums, request) = (under("sums/"), read_request(host, envelope, round).await?);
    let is_done = |part: &str| part.strip_prefix("evaluate/").is_some_and(|part| sums.iter().any(|sums| sums == part));
    let chunks = record.ranges().count() as u64;
    let (mut done, mut next) = (Vec::new(), record.round(round));
    next.retain(|next| {
        let is_done = is_done(&next.part);
        if is_done {
            done.push((next.part.clone(), 0));
        }
        !is_done
    });
    // At its end there is nothing to evaluate: only the step, which concludes.
    if request.is_none() {
        next.retain(|next| next.after.is_some());
    }
    let open = Open {
        envelope: open::template(envelope)?,
        budget: envelope.budget,
        gates: (0..record.rounds_max()).map(|round| (format!("evaluate/{round}"), chunks)).collect(),
        done,
        next,
        again,
        ..Open::default()
    };
    steps::take(host, envelope, by, Act::Open(open)).await
}

/// What a round asks for; nothing where the search has ended.
async fn read_request(host: &impl Host, envelope: &Envelope, round: u32) -> Result<Option<Request>> {
    let search: Search = read_binary(host, &Keys::of(envelope).search(round)).await?;
    Ok(match search.ask() {
        Ask::Evaluate(request) => Some(request),
        Ask::Done(_) => None,
    })
}

/// Reads a run's record.
pub(super) async fn read_record(host: &impl Host, envelope: &Envelope) -> Result<Record> {
    read_binary(host, &Keys::of(envelope).fit()).await
}

/// The round, and the chunk, that a part's name says.
fn parse<T: std::str::FromStr>(text: &str) -> Result<T> {
    text.parse().map_err(|_| Error::Message(format!("part is `{text}`, expected the number of a round or chunk")))
}
