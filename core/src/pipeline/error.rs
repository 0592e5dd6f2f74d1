//! Why a component did not do what it was asked.

use crate::host::HostError;
use crate::input::InputError;

/// A component's failure.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Error {
    /// A file or setting of the user's is wrong.
    #[error("{0}")]
    Input(#[from] InputError),
    /// The world refused.
    #[error("{0}")]
    Host(#[from] HostError),
    /// The message is not one of ours.
    #[error("malformed message: {0}")]
    Message(String),
    /// There is no such component.
    #[error("no component is called `{component}`; there are {}", super::COMPONENTS.join(", "))]
    Unknown {
        /// The name asked for.
        component: String,
    },
    /// A bound on what one message may lead to was reached: a loop, or a run larger than was planned.
    #[error("{what} of run `{run}` used up: this message may not launch {component}")]
    Bound {
        /// Which bound.
        what: &'static str,
        /// The run.
        run: String,
        /// What was to be launched.
        component: String,
    },
    /// Something an earlier component stored is not there, or not readable.
    #[error("`{key}` is {what}: the run's earlier steps did not leave it, or another version of Switchyard did")]
    Stored {
        /// The blob's key.
        key: String,
        /// `missing` or `unreadable`.
        what: &'static str,
    },
}

impl Error {
    /// Whether delivering the same message again may help.
    pub fn retry(&self) -> bool {
        match self {
            Error::Host(error) => error.retry,
            Error::Stored { .. } => true,
            Error::Input(_) | Error::Message(_) | Error::Unknown { .. } | Error::Bound { .. } => false,
        }
    }

    /// The kind of failure, for programs.
    pub fn kind(&self) -> &'static str {
        match self {
            Error::Input(_) => "input",
            Error::Host(_) => "host",
            Error::Message(_) => "message",
            Error::Unknown { .. } => "unknown_component",
            Error::Bound { .. } => "bound",
            Error::Stored { .. } => "stored",
        }
    }
}

/// Shorthand of this module.
pub type Result<T> = std::result::Result<T, Error>;
