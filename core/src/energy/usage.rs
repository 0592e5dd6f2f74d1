//! A household's yearly consumption: limits, the Economy 7 split and the usage bands that results are broken down by.

use serde::{Deserialize, Serialize};

use crate::energy::terms::{Fuel, Meter};
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

/// How much a household uses, against the typical domestic consumption values (TDCV).
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

/// Low, medium and high typical domestic consumption, kWh a year, in force from 2023-10-01.
/// Source: Ofgem, typical domestic consumption values: single-rate electricity, Economy 7 electricity, gas.
pub(crate) const TYPICAL_SINGLE: [u32; 3] = [1_800, 2_700, 4_100];
pub(crate) const TYPICAL_ECONOMY7: [u32; 3] = [2_200, 3_900, 6_700];
pub(crate) const TYPICAL_GAS: [u32; 3] = [7_500, 11_500, 17_000];

impl Usage {
    /// The band of this household: by its electricity, or by its gas where it compares gas alone.
    #[inline]
    pub fn band(&self, fuel: Fuel, meter: Meter) -> Band {
        let (used, [low, medium, high]) = match (fuel, meter) {
            (Fuel::Gas, _) => (self.gas_kwh, TYPICAL_GAS),
            (_, Meter::Single) => (self.electricity_kwh, TYPICAL_SINGLE),
            (_, Meter::Economy7) => (self.electricity_kwh, TYPICAL_ECONOMY7),
        };
        if 2 * used < low + medium {
            Band::Low
        } else if 2 * used < medium + high {
            Band::Medium
        } else {
            Band::High
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_split_halfway_between_typical_values() {
        let band = |kwh, fuel, meter| Usage { electricity_kwh: kwh, night_percent: 42, gas_kwh: kwh }.band(fuel, meter);
        assert_eq!(band(2_249, Fuel::Dual, Meter::Single), Band::Low);
        assert_eq!(band(2_250, Fuel::Dual, Meter::Single), Band::Medium);
        assert_eq!(band(3_400, Fuel::Electricity, Meter::Single), Band::High);
        assert_eq!(band(3_400, Fuel::Electricity, Meter::Economy7), Band::Medium);
        assert_eq!(band(14_250, Fuel::Gas, Meter::Single), Band::High);
    }
}
