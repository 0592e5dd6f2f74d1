//! The energy market: what is sold where, at what rates, and what a deal costs a year. Nothing here chooses or samples.

pub mod cost;
pub mod edit;
pub(crate) mod hypothetical;
mod launch;
pub mod limits;
pub mod market;
pub(crate) mod plausibility;
pub mod price_change;
pub mod prices;
pub mod rates;
pub mod region;
pub mod tariff;
pub mod terms;
pub mod typical;
pub mod usage;
