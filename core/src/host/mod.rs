//! The one door out: everything a component can do to the world is a method of [`Host`]. Times, ids and seeds come in with
//! the message instead.

pub mod contract;
pub mod ledger;
pub mod memory;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::host::ledger::{Answer, Step};

/// What a component may ask of the world. Single-threaded by design: one call is in flight per instance.
#[expect(async_fn_in_trait, reason = "an instance is single-threaded, so no future needs to be Send")]
pub trait Host {
    /// Launches a component with a message, without waiting for it. Delivered at least once.
    async fn invoke(&self, component: &str, message: &[u8]) -> Result<()>;

    /// Announces something to whoever watches a topic. Delivered at most once.
    async fn publish(&self, topic: &str, message: &[u8]) -> Result<()>;

    /// The bytes stored under a key, or `None`.
    async fn read(&self, key: &str) -> Result<Option<Vec<u8>>>;

    /// Stores bytes under a key: whole or not at all, replacing what was there.
    async fn write(&self, key: &str, bytes: &[u8]) -> Result<()>;

    /// The keys that begin with `prefix`, in no particular order.
    async fn list(&self, prefix: &str) -> Result<Vec<String>>;

    /// Takes one step of the ledger: atomic, and the same as [`Ledger::step`](ledger::Ledger::step) of the one in memory.
    async fn step(&self, step: &Step) -> Result<Answer>;

    /// Writes a line to the log.
    fn log(&self, level: Level, message: &str);
}
/// How much a log line matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Level {
    /// For whoever debugs.
    Debug,
    /// The ordinary course of things.
    Info,
    /// Something that healed.
    Warn,
    /// Something that failed.
    Error,
}

/// What the world refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostError {
    /// The method of [`Host`].
    pub operation: &'static str,
    /// The component, key, topic or set.
    pub subject: String,
    /// The world's own words.
    pub message: String,
    /// Whether trying again may help.
    pub retry: bool,
}

impl fmt::Display for HostError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let HostError { operation, subject, message, retry } = self;
        let hint = if *retry { "trying again may help" } else { "trying again will not help" };
        write!(out, "{operation} of `{subject}` failed: {message} ({hint})")
    }
}

impl std::error::Error for HostError {}

/// Shorthand of this module.
pub type Result<T> = std::result::Result<T, HostError>;
