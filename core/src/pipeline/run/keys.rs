//! Where things are: keys of blobs, topics. All are determined by the run and what they hold.

use crate::pipeline::run::envelope::Envelope;

/// A run's key space: everything begins with the environment.
#[derive(Clone, Copy)]
pub struct Keys<'a>(&'a Envelope);

impl<'a> Keys<'a> {
    /// Of the run this message belongs to.
    pub fn of(envelope: &'a Envelope) -> Keys<'a> {
        Keys(envelope)
    }

    /// The run's plan.
    pub fn plan(self) -> String {
        self.blob("plan.json")
    }

    /// What the run's files say, parsed.
    pub fn parsed(self) -> String {
        self.blob("parsed")
    }

    /// A priced market.
    pub fn market(self, market: usize) -> String {
        self.blob(&format!("markets/{market}"))
    }

    /// The profiles drawn for a chunk.
    pub fn drawn(self, chunk: u64) -> String {
        self.blob(&format!("drawn/{chunk}"))
    }

    /// The choice probabilities of a chunk, where a model command gives them.
    pub fn probabilities(self, chunk: u64) -> String {
        self.blob(&format!("probabilities/{chunk}"))
    }

    /// The tally of a task.
    pub fn tally(self, task: &str) -> String {
        self.blob(&format!("tallies/{task}"))
    }

    /// The report.
    pub fn report(self) -> String {
        self.blob("report.json")
    }

    /// The record of an estimation.
    pub fn fit(self) -> String {
        self.blob("fit")
    }

    /// An estimation's observed choices.
    pub fn choices(self) -> String {
        self.blob("choices")
    }

    /// The search before a round.
    pub fn search(self, round: u32) -> String {
        self.blob(&format!("search/{round}"))
    }

    /// A chunk's sums of a round.
    pub fn sums(self, part: &str) -> String {
        self.blob(&format!("sums/{part}"))
    }

    /// How far the search was after a round, as JSON.
    pub fn iteration(self, round: u32) -> String {
        self.blob(&format!("iterations/{round}.json"))
    }

    /// The estimated model, as predictions take it.
    pub fn model(self) -> String {
        self.blob("model.json")
    }

    /// Each person's tastes, as CSV.
    pub fn tastes(self) -> String {
        self.blob("tastes.csv")
    }

    /// What the names of all the run's blobs begin with.
    pub fn all(self) -> String {
        self.blob("")
    }

    /// Where a component announces what it does for this request.
    pub fn topic(self, component: &str) -> String {
        let Envelope { env, request_id, .. } = self.0;
        format!("switchyard:{env}:{component}:{request_id}")
    }

    fn blob(self, name: &str) -> String {
        let Envelope { env, run, .. } = self.0;
        format!("{env}/runs/{run}/{name}")
    }
}
