//! The choice model: what a chooser values, with what taste, and the probabilities that follow. Knows nothing of energy
//! beyond the names of the variables.

pub mod exp;
pub mod logit;
pub mod model;
pub mod normal;
pub mod random;
