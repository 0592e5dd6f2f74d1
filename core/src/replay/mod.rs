//! Replay: observed visits, resampled, walk through a market's result tables and choose; tallies count what they did.

pub mod breakdown;
pub mod count;
pub mod experiment;
pub mod given;
pub mod listing;
pub mod own;
pub mod panel;
pub(crate) mod plausibility;
pub mod profile;
pub mod rank;
mod row_totals;
mod rows;
pub mod sample;
pub mod sellers;
pub mod table;
pub mod tally;
pub mod visits;
