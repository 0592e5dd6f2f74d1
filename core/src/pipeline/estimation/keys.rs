//! Where an estimation keeps what its parts leave one another.

use crate::pipeline::run::keys::Keys;

impl Keys<'_> {
    /// The observed choices.
    pub(super) fn choices(self) -> String {
        self.blob("choices")
    }

    /// The search before a round.
    pub(super) fn search(self, round: u32) -> String {
        self.blob(&format!("search/{round}"))
    }

    /// A chunk's sums of a round.
    pub(super) fn sums(self, part: &str) -> String {
        self.blob(&format!("sums/{part}"))
    }

    /// How far the search was after a round, as JSON.
    pub(super) fn iteration(self, round: u32) -> String {
        self.blob(&format!("iterations/{round}.json"))
    }

    /// The estimated model, as predictions take it.
    pub(super) fn model(self) -> String {
        self.blob("model.json")
    }

    /// Each person's tastes, as CSV.
    pub(super) fn tastes(self) -> String {
        self.blob("tastes.csv")
    }
}
