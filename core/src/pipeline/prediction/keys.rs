//! Where a prediction keeps what its parts leave one another.

use crate::pipeline::run::keys::Keys;

impl Keys<'_> {
    /// What the run's files say, parsed.
    pub(super) fn parsed(self) -> String {
        self.blob("parsed")
    }

    /// A priced market.
    pub(super) fn market(self, market: usize) -> String {
        self.blob(&format!("markets/{market}"))
    }

    /// The profiles drawn for a chunk.
    pub(super) fn drawn(self, chunk: u64) -> String {
        self.blob(&format!("drawn/{chunk}"))
    }

    /// The choice probabilities of a chunk, where a model command gives them.
    pub(super) fn probabilities(self, chunk: u64) -> String {
        self.blob(&format!("probabilities/{chunk}"))
    }

    /// What is kept of a finished prediction to compare others with it.
    pub(super) fn paired(self) -> String {
        self.blob("paired")
    }

    /// The tally of a task.
    pub(super) fn tally(self, task: &str) -> String {
        self.blob(&format!("tallies/{task}"))
    }
}
