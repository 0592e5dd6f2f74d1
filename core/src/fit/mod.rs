//! Estimates conditional and mixed logits from observed choices. Knows nothing of energy, and evaluates nothing by itself:
//! a search asks for sums of likelihoods, which any number of evaluators may share ([`estimate`](mod@estimate) is one).

pub mod choices;
pub mod conclude;
mod conditional;
mod covariance;
pub mod derived;
pub mod design;
mod draws;
pub mod elasticity;
pub mod estimate;
mod kernel;
mod lanes;
pub mod likelihood;
mod line;
pub mod long;
mod matrix;
pub mod model_file;
mod newton;
mod parameters;
pub mod result;
pub mod search;
mod sobol;
pub mod spec;
mod start;
mod walk;
mod warnings;
