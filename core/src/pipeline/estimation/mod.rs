//! Fitting the choice model as a run: `fit` checks and opens it, `evaluate` takes a chunk of people through one evaluation of
//! the likelihood, and `step` adds an evaluation up and tells the search, which asks for the next one or is at its end.
//!
//! A round is one evaluation and its step. What is stored of the last one tells where a run stands, so that it can be resumed.

pub mod evaluate;
pub mod fit;
pub mod observed;
pub mod step;

use std::collections::BTreeSet;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::fit::choices::Choices;
use crate::fit::estimate::people;
use crate::fit::likelihood::Request;
use crate::fit::search::{Ask, Search};
use crate::fit::spec::Spec;
use crate::host::Host;
use crate::host::ledger::{Act, Answer, Next, Open};
use crate::pipeline::open;
use crate::pipeline::run::blobs::read_binary;
use crate::pipeline::run::envelope::Envelope;
use crate::pipeline::run::keys::Keys;
use crate::pipeline::run::{Error, Result, part, steps};

/// A run's record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
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
        let evaluate = |chunk| part::next("evaluate", format!("{round}/{chunk}"), None);
        let step = part::next("step", round, Some(&format!("evaluate/{round}")));
        (0..self.ranges().count()).map(evaluate).chain([step]).collect()
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
    let all = Keys::of(envelope).all();
    let (mut round, mut evaluated) = (0, BTreeSet::new());
    for key in host.list(&all).await? {
        match key[all.len()..].split_once('/') {
            Some(("search", begun)) => round = begun.parse().unwrap_or(0).max(round),
            Some(("sums", part)) => drop(evaluated.insert(format!("evaluate/{part}"))),
            _ => {}
        }
    }
    let (done, mut next): (Vec<Next>, Vec<Next>) =
        record.round(round).into_iter().partition(|next| evaluated.contains(&next.part));
    if read_request(host, envelope, round).await?.is_none() {
        // Its search has ended: nothing is to be evaluated, and the step waits for nobody.
        next = vec![part::next("step", round, None)];
    }
    let open = Open {
        envelope: open::template(envelope)?,
        budget: envelope.budget,
        gates: (0..record.rounds_max())
            .map(|round| (format!("evaluate/{round}"), record.ranges().count() as u64))
            .collect(),
        done: done.into_iter().map(|next| (next.part, 0)).collect(),
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
