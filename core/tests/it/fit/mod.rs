//! Estimation: against published estimates, against differences, against the truth that data were simulated from.

mod anchors;
mod correlated;
mod derivatives;
mod diagnoses;
mod golden;
mod inputs;
mod invariance;
mod pipeline;
mod recovery;
pub(crate) mod simulated;
mod visits;
