//! What crosses core's modules, in one binary: it links once.

mod examples;
mod fit;
mod golden;
mod hypothetical_markets;
mod markets;
mod pipeline;
mod reference_data;
mod replay_properties;
mod simulation;
mod visits;
