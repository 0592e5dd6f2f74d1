//! Why a component did not do what it was asked.

use crate::host::HostError;
use crate::input::{InputError, InputErrors};

/// A component's failure.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Error {
    /// A file or setting of the user's is wrong.
    #[error("{0}")]
    Input(#[from] InputErrors),
    /// The world refused.
    #[error("{0}")]
    Host(#[from] HostError),
    /// The message is not one of ours.
    #[error("malformed message: {0}")]
    Message(String),
    /// There is no such component.
    #[error("no component is called `{component}`; there are {}", known.join(", "))]
    Unknown {
        /// The name asked for.
        component: String,
        /// Those there are.
        known: &'static [&'static str],
    },
    /// There is no such run.
    #[error("no run is called `{run}` in environment `{env}`: it was never planned there, or is forgotten")]
    NoRun {
        /// The run asked for.
        run: String,
        /// Where.
        env: String,
    },
    /// The run ended before anything was stored of it.
    #[error("run `{run}` ended before it was planned ({ended}): nothing of it is stored to go on with, begin it again")]
    Unplanned {
        /// The run.
        run: String,
        /// How, for people.
        ended: String,
    },
    /// A bound on how deep messages may lead was reached: its ledger is lost again and again.
    #[error("the ledger has lost run `{run}` too often for it to go on by itself: resume it")]
    Hops {
        /// The run.
        run: String,
    },
    /// Something an earlier component stored is not there, or not readable.
    #[error("`{key}` is {what}: the run's earlier steps did not leave it, or another version of Switchyard did")]
    Stored {
        /// The blob's key.
        key: String,
        /// `missing` or `unreadable`.
        what: &'static str,
    },
    /// So much was lost that there is nothing to report of.
    #[error("all replays of {study} are lost: there is nothing to report")]
    Lost {
        /// The study.
        study: String,
    },
}

impl From<InputError> for Error {
    fn from(error: InputError) -> Error {
        Error::Input(error.into())
    }
}

impl Error {
    /// Whether delivering the same message again may help.
    pub fn retry(&self) -> bool {
        match self {
            Error::Host(error) => error.retry,
            Error::Stored { .. } => true,
            Error::Input(_)
            | Error::Message(_)
            | Error::Unknown { .. }
            | Error::NoRun { .. }
            | Error::Unplanned { .. }
            | Error::Hops { .. }
            | Error::Lost { .. } => false,
        }
    }

    /// Whether the run cannot go on. A message that is not one of the run's own is no reason to end it.
    pub fn ends_run(&self) -> bool {
        match self {
            Error::Input(_) | Error::Lost { .. } => true,
            Error::Host(error) => !error.retry,
            // Somebody may have resumed it since.
            Error::Hops { .. }
            | Error::Message(_)
            | Error::Unknown { .. }
            | Error::NoRun { .. }
            | Error::Unplanned { .. }
            | Error::Stored { .. } => false,
        }
    }

    /// The kind of failure, for programs.
    pub fn kind(&self) -> &'static str {
        match self {
            Error::Input(_) => "input",
            Error::Host(_) => "host",
            Error::Message(_) => "message",
            Error::Unknown { .. } => "unknown_component",
            Error::NoRun { .. } => "no_run",
            Error::Unplanned { .. } => "unplanned",
            Error::Hops { .. } => "hops",
            Error::Stored { .. } => "stored",
            Error::Lost { .. } => "lost",
        }
    }
}

/// Shorthand for what components give.
pub type Result<T> = std::result::Result<T, Error>;
