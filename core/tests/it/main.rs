//! What crosses core's modules, in one binary: it links once.

mod breakdowns;
mod compare;
mod coverage;
mod examples;
mod files;
mod fit;
mod golden;
mod hypothetical_markets;
mod markets;
mod notes;
mod order;
mod pipeline;
mod reference_data;
mod replay_properties;
mod simulation;
mod sweeps;
mod visits;

use switchyard_core::input::{self, Findings, InputErrors};

/// What is read, without the notes on it.
fn read<T>(reading: impl FnOnce(&mut Findings) -> Option<T>) -> Result<T, InputErrors> {
    input::read(reading).map(|(value, _)| value)
}

/// What cannot but be right.
fn valid<T>(reading: impl FnOnce(&mut Findings) -> Option<T>) -> T {
    read(reading).expect("valid")
}
