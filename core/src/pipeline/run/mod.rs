//! What every run is made of, whatever it is about: messages, parts, the ledger, what is stored, and [`kind::Kind`], by which
//! runs differ.

pub(crate) mod begin;
pub mod blobs;
pub mod envelope;
mod error;
pub mod keys;
pub(crate) mod kind;
pub(crate) mod open;
pub(crate) mod part;
pub mod progress;
pub(crate) mod steps;
pub mod warm;

pub use error::{Error, Result};
