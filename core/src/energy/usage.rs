//! A household's yearly consumption: limits, the Economy 7 split, and the usage band that it is in, by what is typical.

use serde::{Deserialize, Serialize};

use crate::energy::typical::Levels;
use crate::input::Word;

/// Highest accepted yearly consumption, kWh. With the highest rates a bill stays below 2²³ pence (see `replay::rank`).
pub const ELECTRICITY_KWH_MAX: u32 = 30_000;
/// See [`ELECTRICITY_KWH_MAX`].
pub const GAS_KWH_MAX: u32 = 60_000;

/// Share of Economy 7 electricity used at night unless a profile says otherwise, percent: the trade's usual 58/42 split of
/// day and night, which the published quotes are made with.
pub const NIGHT_PERCENT: u32 = 42;

/// Consumption of a year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Electricity, kWh.
    pub electricity_kwh: u32,
    /// Of which by night on Economy 7, percent.
    pub night_percent: u32,
    /// Gas, kWh.
    pub gas_kwh: u32,
}

/// How much a household uses, against the [typical values](crate::energy::typical).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Band {
    /// Nearer to the low typical value than to the medium one.
    Low,
    /// Nearest to the medium typical value.
    Medium,
    /// Nearer to the high typical value than to the medium one.
    High,
}

impl Word for Band {
    const WORDS: &'static [(Band, &'static str)] =
        &[(Band::Low, "low"), (Band::Medium, "medium"), (Band::High, "high")];
}

impl Band {
    /// The band of so many kWh.
    #[inline]
    pub fn of(kwh: u32, [to_medium, to_high]: Bounds) -> Band {
        if 2 * kwh < to_medium {
            Band::Low
        } else if 2 * kwh < to_high {
            Band::Medium
        } else {
            Band::High
        }
    }
}

/// Where the medium band begins, and the high one: twice the kWh, since they begin halfway between typical values.
pub type Bounds = [u32; 2];

impl Levels {
    /// The bounds between the bands.
    pub fn bounds(self) -> Bounds {
        [self.low + self.medium, self.medium + self.high]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_split_halfway_between_typical_values() {
        let band = |kwh| Band::of(kwh, Levels { low: 1_800, medium: 2_700, high: 4_100 }.bounds());
        assert_eq!(
            [0, 2_249, 2_250, 3_399, 3_400].map(band),
            [Band::Low, Band::Low, Band::Medium, Band::Medium, Band::High]
        );
    }
}
