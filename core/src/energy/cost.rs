//! What a deal costs in a year, exact to the penny: consumption × unit rates + 365 × standing charges, roll-off included.
//!
//! A cost is linear in consumption, so each deal is four whole numbers. They are small enough for `f64` to hold every
//! intermediate result exactly ([`UNITS_PER_PENNY`] × 2²³ pence < 2⁵³), which lets the replay price four visits at once in
//! floating point and still agree with the integers here to the last penny (`core/tests/it/replay_properties.rs`).

use std::ops::{Add, Mul};

use serde::{Deserialize, Serialize};

use crate::energy::rates::{PENNY, Rates};
use crate::energy::usage::Usage;

/// Micropence × 100 (shares of consumption are percents) × 12 (contracts end in whole months).
pub const UNITS_PER_PENNY: i64 = PENNY * 100 * 12;

const DAYS: i64 = 365;
const MONTHS: u32 = 12;

/// Yearly consumption in hundredths of a kWh, split by the rate it is charged at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metered {
    /// At the day rate.
    pub day: i64,
    /// At the night rate.
    pub night: i64,
    /// Gas.
    pub gas: i64,
}

impl From<Usage> for Metered {
    fn from(usage: Usage) -> Metered {
        let electricity = i64::from(usage.electricity_kwh);
        let night = i64::from(usage.night_percent);
        Metered { day: electricity * (100 - night), night: electricity * night, gas: i64::from(usage.gas_kwh) * 100 }
    }
}

/// A year's cost as a linear function of [`Metered`] consumption, in units of 1/[`UNITS_PER_PENNY`] p.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Cost {
    /// Standing charges less discounts.
    pub fixed: i64,
    /// Per hundredth of a kWh by day.
    pub day: i64,
    /// Per hundredth of a kWh by night.
    pub night: i64,
    /// Per hundredth of a kWh of gas.
    pub gas: i64,
}

impl Cost {
    /// One month of a year at these rates: a twelfth, exactly. `discount_pence` is a year's.
    pub fn month(rates: &Rates, discount_pence: i64) -> Cost {
        let standing = DAYS * (rates.electricity_standing + rates.gas_standing) - discount_pence * PENNY;
        Cost { fixed: standing * 100, day: rates.electricity_unit, night: rates.electricity_night, gas: rates.gas_unit }
    }

    /// A year of which the first `months` are at this month's cost and the rest at that of `after`.
    pub fn year(self, months: u32, after: Cost) -> Cost {
        let months = months.min(MONTHS);
        self * i64::from(months) + after * i64::from(MONTHS - months)
    }

    /// The four numbers as doubles, exactly: fixed, day, night, gas.
    pub fn columns(self) -> [f64; 4] {
        [self.fixed as f64, self.day as f64, self.night as f64, self.gas as f64]
    }

    /// The year's cost, rounded half up to whole pence.
    pub fn pence(self, used: Metered) -> i64 {
        let exact = self.fixed + self.day * used.day + self.night * used.night + self.gas * used.gas;
        (exact + UNITS_PER_PENNY / 2).div_euclid(UNITS_PER_PENNY)
    }
}

impl Mul<i64> for Cost {
    type Output = Cost;

    fn mul(self, times: i64) -> Cost {
        Cost { fixed: self.fixed * times, day: self.day * times, night: self.night * times, gas: self.gas * times }
    }
}

impl Add for Cost {
    type Output = Cost;

    fn add(self, other: Cost) -> Cost {
        Cost {
            fixed: self.fixed + other.fixed,
            day: self.day + other.day,
            night: self.night + other.night,
            gas: self.gas + other.gas,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::energy::rates::{ELECTRICITY_UNIT_MAX, GAS_UNIT_MAX, STANDING_MAX};
    use crate::energy::usage::{ELECTRICITY_KWH_MAX, GAS_KWH_MAX, NIGHT_PERCENT};

    fn usage(electricity_kwh: u32, gas_kwh: u32) -> Metered {
        Usage { electricity_kwh, night_percent: NIGHT_PERCENT, gas_kwh }.into()
    }

    #[test]
    fn roll_off_charges_whole_months() {
        let at = |unit| {
            let pence = unit * PENNY;
            Cost::month(&Rates { electricity_unit: pence, electricity_night: pence, ..Rates::default() }, 0)
        };
        let (fixed, variable) = (at(20), at(32));
        assert_eq!(fixed.year(12, variable).pence(usage(1_200, 0)), 24_000);
        assert_eq!(fixed.year(3, variable).pence(usage(1_200, 0)), 6_000 + 28_800);
        assert_eq!(fixed.year(60, variable), fixed.year(12, variable), "a longer term changes nothing this year");
    }

    #[test]
    fn the_largest_bill_is_exact_in_f64_and_below_2_23_pence() {
        let rates = Rates {
            electricity_standing: STANDING_MAX,
            electricity_unit: ELECTRICITY_UNIT_MAX,
            electricity_night: ELECTRICITY_UNIT_MAX,
            gas_standing: STANDING_MAX,
            gas_unit: GAS_UNIT_MAX,
        };
        let month = Cost::month(&rates, 0);
        let pence = month.year(12, month).pence(usage(ELECTRICITY_KWH_MAX, GAS_KWH_MAX));
        assert!(pence < 1 << 23, "{pence}");
        assert!((pence + 1) * UNITS_PER_PENNY < 1 << 53);
    }
}
