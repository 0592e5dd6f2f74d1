//! Typical domestic consumption values (TDCV): what Ofgem says that homes use in a year, which changes every few years.

use serde::Serialize;

use crate::energy::terms::{Fuel, Meter};
use crate::input::{InputError, Result};

/// What is typical from a day on, kWh a year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct TypicalConsumption {
    /// The day from which the values are in force, such as `2026-07-01`.
    pub from: &'static str,
    /// Electricity on a single-rate meter.
    pub electricity_kwh: Levels,
    /// Electricity on Economy 7.
    pub economy7_kwh: Levels,
    /// Gas.
    pub gas_kwh: Levels,
    /// Whose values they are, and which of them are derived.
    pub source: &'static str,
}

/// What homes use that use little, a middling amount and much, kWh a year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Levels {
    /// Little.
    pub low: u32,
    /// A middling amount.
    pub medium: u32,
    /// Much.
    pub high: u32,
}

/// All that are known, in the order of their days. Source: Ofgem's decisions on typical domestic consumption values.
const KNOWN: [TypicalConsumption; 3] = [
    TypicalConsumption {
        from: "2020-04-01",
        electricity_kwh: levels([1_800, 2_900, 4_300]),
        economy7_kwh: levels([2_400, 4_200, 7_100]),
        gas_kwh: levels([8_000, 12_000, 17_000]),
        source: OFGEM,
    },
    TypicalConsumption {
        from: "2023-10-01",
        electricity_kwh: levels([1_800, 2_700, 4_100]),
        economy7_kwh: levels([2_200, 3_900, 6_700]),
        gas_kwh: levels([7_500, 11_500, 17_000]),
        source: OFGEM,
    },
    // Of these, the medium values are all that we found: the others moved with them from those before, to the nearest 100 kWh of
    // electricity and 500 kWh of gas, as Ofgem rounds.
    TypicalConsumption {
        from: "2026-07-01",
        electricity_kwh: levels([1_700, 2_500, 3_800]),
        economy7_kwh: levels([1_900, 3_400, 5_800]),
        gas_kwh: levels([6_000, 9_500, 14_000]),
        source: "Ofgem, typical domestic consumption values: medium; low and high are those of 2023-10-01, moved in proportion",
    },
];

const OFGEM: &str = "Ofgem, typical domestic consumption values";

const fn levels([low, medium, high]: [u32; 3]) -> Levels {
    Levels { low, medium, high }
}

impl TypicalConsumption {
    /// The last that are known.
    pub const LATEST: TypicalConsumption = KNOWN[KNOWN.len() - 1];

    /// Those in force on the day that the field `typical_consumption` of a file names, such as `2026-07-01`; the latest without.
    pub fn asked(file: &str, day: Option<&str>) -> Result<TypicalConsumption> {
        let Some(day) = day else { return Ok(TypicalConsumption::LATEST) };
        let wrong = |expected: String| InputError::new(file, expected).field("typical_consumption").value(day);
        if !is_day(day) {
            return Err(wrong(format!("a day such as {}", TypicalConsumption::LATEST.from)));
        }
        // Days that are written so are in the order of their letters.
        let known = KNOWN.iter().rfind(|values| values.from <= day);
        let expected = || format!("a day from {} on: what was typical before is not known here", KNOWN[0].from);
        known.copied().ok_or_else(|| wrong(expected()))
    }

    /// Those by which a home is called a small or a large user: of its electricity, or of its gas where it compares gas alone.
    pub fn of(&self, fuel: Fuel, meter: Meter) -> Levels {
        match (fuel, meter) {
            (Fuel::Gas, _) => self.gas_kwh,
            (_, Meter::Single) => self.electricity_kwh,
            (_, Meter::Economy7) => self.economy7_kwh,
        }
    }
}

/// Whether a text is a day of the calendar, as year, month and day.
fn is_day(text: &str) -> bool {
    let shape = text.bytes().map(|byte| if byte.is_ascii_digit() { b'0' } else { byte });
    if !shape.eq(*b"0000-00-00") {
        return false;
    }
    let [year, month, day] = [0..4, 5..7, 8..10].map(|digits| text[digits].parse::<u32>().unwrap_or_default());
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        2 => 28 + u32::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    (1..=days).contains(&day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_those_in_force_on_the_day() {
        let from = |day| TypicalConsumption::asked("s.json", Some(day)).map(|values| values.from);
        assert_eq!(from("2026-06-30"), Ok("2023-10-01"));
        assert_eq!(from("2026-07-01"), Ok("2026-07-01"));
        assert_eq!(from("2031-12-31"), Ok("2026-07-01"));
        assert_eq!(from("2024-02-29"), Ok("2023-10-01"));
        assert_eq!(TypicalConsumption::asked("s.json", None), Ok(TypicalConsumption::LATEST));
        let told = |day| from(day).expect_err(day).to_string();
        assert_eq!(
            told("2020-03-31"),
            "s.json, typical_consumption: got `2020-03-31`, expected a day from 2020-04-01 on: what was typical before is not \
             known here"
        );
        for text in
            ["2026-7-1", "01.07.2026", "2026-13-01", "2025-02-29", "2026-04-31", "2026-07-00", "2026-07-01T00:00"]
        {
            assert!(told(text).ends_with("expected a day such as 2026-07-01"), "{text}");
        }
    }

    #[test]
    fn what_is_not_published_moved_with_the_medium_values() {
        let [before, after] = [&KNOWN[1], &KNOWN[2]];
        for (was, is, step) in [
            (before.electricity_kwh, after.electricity_kwh, 100),
            (before.economy7_kwh, after.economy7_kwh, 100),
            (before.gas_kwh, after.gas_kwh, 500),
        ] {
            let moved = |kwh: u32| (2 * kwh * is.medium + was.medium * step) / (2 * was.medium * step) * step;
            assert_eq!([was.low, was.high].map(moved), [is.low, is.high]);
        }
    }
}
