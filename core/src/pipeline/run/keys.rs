//! Where a run's blobs are. Keys are determined by the run and what they hold; those of one kind of run are in its folder.

use crate::pipeline::run::envelope::Envelope;

/// A run's key space: everything begins with the environment.
#[derive(Clone, Copy)]
pub struct Keys<'a> {
    env: &'a str,
    run: &'a str,
}

impl<'a> Keys<'a> {
    /// Of a run of an environment.
    pub fn new(env: &'a str, run: &'a str) -> Keys<'a> {
        Keys { env, run }
    }

    /// Of the run this message belongs to.
    pub fn of(envelope: &'a Envelope) -> Keys<'a> {
        Keys::new(&envelope.env, &envelope.run)
    }

    /// A blob of the run; with no name, what the keys of all of them begin with.
    pub fn blob(self, name: &str) -> String {
        let Keys { env, run } = self;
        format!("{env}/runs/{run}/{name}")
    }

    /// The notes on its files, as JSON: a list of [`Note`](crate::input::Note)s.
    pub fn notes(self) -> String {
        self.blob("notes.json")
    }

    /// The report, by which a run of any kind ends.
    pub fn report(self) -> String {
        self.blob("report.json")
    }
}
