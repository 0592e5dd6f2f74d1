//! What every run is made of, whatever it is about: messages, parts, the ledger, and what is stored.

pub mod blobs;
pub mod envelope;
mod error;
pub mod keys;
pub(crate) mod part;
pub mod progress;
pub(crate) mod steps;

pub use error::{Error, Result};
