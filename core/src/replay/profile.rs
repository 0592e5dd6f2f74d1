//! What a replay knows of a visitor.

use serde::{Deserialize, Serialize};

use crate::energy::market::Segment;
use crate::energy::usage::Usage;

/// One observed visit, as far as it matters to a replay.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Profile {
    /// Line in the visits file, from 1.
    pub line: u32,
    /// Number of the person who made it: several visits may be one person's.
    pub person: u32,
    /// Sampling weight.
    pub weight: f64,
    /// Which deals the visitor compares.
    pub segment: Segment,
    /// Yearly consumption.
    pub usage: Usage,
    /// The present deal, by position in the market.
    pub tariff: u16,
    /// Months until the present deal ends; `None` on a variable tariff.
    pub months_left: Option<u32>,
}
