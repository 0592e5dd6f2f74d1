//! A prediction as a run: `plan` checks and begins it, `price` and `sample` make what `replay` needs, and `report` adds up.

mod markets;
pub mod plan;
pub(crate) mod price;
pub mod record;
pub(crate) mod replay;
pub mod report;
pub(crate) mod sample;
pub mod scenario;
pub mod visits;
