//! Changes of prices: which charges of a tariff, and whether they are set or moved.

use serde::de::{Error, Unexpected};
use serde::{Deserialize, Deserializer, Serialize};

use crate::energy::market::{Market, Place, describe};
use crate::energy::rates::{ELECTRICITY_UNIT_MAX, GAS_UNIT_MAX, Micropence, PENNY, Rates, STANDING_MAX};
use crate::energy::terms::{Fuel, Meter};
use crate::input::{InputError, Result, Word, number_text, of_list, of_object};

/// Some of a tariff's charges.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charges {
    /// Per kWh, or per day.
    pub part: Part,
    /// Of this fuel; of both where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fuel: Option<Fuel>,
    /// Of Economy 7 meters, the unit rate at these hours; of all meters, at all hours where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<Hours>,
}

/// The charges of a tariff.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Pence per kWh.
    UnitRate,
    /// Pence per day.
    StandingCharge,
}

/// The hours of a unit rate on Economy 7.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hours {
    /// By day.
    Day,
    /// By night.
    Night,
}

impl Word for Hours {
    const WORDS: &'static [(Hours, &'static str)] = &[(Hours::Day, "day"), (Hours::Night, "night")];
}

/// What becomes of a charge. Pence include VAT, and are per kWh or per day.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// It is set to so many pence.
    ToPence(f64),
    /// It is moved by so many pence.
    ByPence(f64),
    /// It is moved by so many percent of itself.
    Percent(f64),
}

impl Change {
    /// The field that says so.
    pub fn field(self) -> &'static str {
        match self {
            Change::ToPence(_) => "to_pence",
            Change::ByPence(_) => "by_pence",
            Change::Percent(_) => "percent",
        }
    }

    /// Its number.
    pub fn number(self) -> f64 {
        let (Change::ToPence(number) | Change::ByPence(number) | Change::Percent(number)) = self;
        number
    }

    /// The charge that becomes of one, rounded to whole micropence; `None` if that is not a sane number.
    fn apply(self, rate: Micropence) -> Option<Micropence> {
        let changed = match self {
            Change::ToPence(pence) => pence * PENNY as f64,
            Change::ByPence(pence) => rate as f64 + pence * PENNY as f64,
            Change::Percent(percent) => rate as f64 * (1.0 + percent / 100.0),
        };
        (changed.abs() < 1e12).then_some(libm::round(changed) as Micropence)
    }
}

impl Charges {
    /// This part of all fuels at all hours.
    pub(super) fn all(part: Part) -> Charges {
        Charges { part, fuel: None, rate: None }
    }

    /// As they are written, of which some exclude others. What is in pence names its fuel: a penny on electricity is another
    /// change than a penny on gas. The hours of a rate do so too.
    pub(crate) fn written(part: Part, fuel: Option<Fuel>, rate: Option<Hours>, in_pence: bool) -> Written {
        let wrong = |expected: &str| Err(of_object(expected));
        match (fuel, rate) {
            (_, Some(_)) if part == Part::StandingCharge => {
                wrong("no `rate`: a standing charge is the same by day and night")
            }
            (Some(Fuel::Gas), Some(_)) => wrong("no `rate`: that of gas is the same by day and night"),
            (None, None) if in_pence => wrong("a `fuel`, electricity or gas: what is in pence names it"),
            (_, Some(_)) => Ok(Charges { part, fuel: Some(Fuel::Electricity), rate }),
            (_, None) => Ok(Charges { part, fuel, rate }),
        }
    }

    /// Whether a tariff of this fuel has any of them for a meter.
    pub(super) fn are_sold(self, fuel: Fuel, meter: Meter) -> bool {
        self.fuel.is_none_or(|one| one.shares(fuel)) && (self.rate.is_none() || meter == Meter::Economy7)
    }

    /// Whether setting them sets two rates to one on a meter: by day and by night.
    pub(super) fn are_two(self, meter: Meter) -> bool {
        self.part == Part::UnitRate
            && self.fuel == Some(Fuel::Electricity)
            && self.rate.is_none()
            && meter == Meter::Economy7
    }

    /// Those of a tariff of this fuel, each with its upper bound.
    fn of(self, rates: &mut Rates, fuel: Fuel) -> impl Iterator<Item = (&mut Micropence, Micropence)> {
        let has = |one: Fuel| fuel.shares(one) && self.fuel.is_none_or(|meant| meant == one);
        let (electricity, gas, unit) = (has(Fuel::Electricity), has(Fuel::Gas), self.part == Part::UnitRate);
        let [day, night] = [Hours::Day, Hours::Night].map(|hours| self.rate.is_none_or(|meant| meant == hours));
        [
            (electricity && !unit, &mut rates.electricity_standing, STANDING_MAX),
            (electricity && unit && day, &mut rates.electricity_unit, ELECTRICITY_UNIT_MAX),
            (electricity && unit && night, &mut rates.electricity_night, ELECTRICITY_UNIT_MAX),
            (gas && !unit, &mut rates.gas_standing, STANDING_MAX),
            (gas && unit, &mut rates.gas_unit, GAS_UNIT_MAX),
        ]
        .into_iter()
        .filter_map(|(meant, rate, max)| meant.then_some((rate, max)))
    }
}

/// Charges as they were written, or what was expected.
pub(crate) type Written = std::result::Result<Charges, String>;

impl Market {
    /// Changes these charges of a tariff in some of its places. `refused` makes the error of what was expected.
    pub(super) fn change_prices(
        &mut self,
        at: usize,
        charges: Charges,
        is_meant: impl Fn(Place) -> bool,
        change: Change,
        refused: &dyn Fn(String) -> InputError,
    ) -> Result<()> {
        let tariff = &self.tariffs[at];
        let places = self.rates[at].iter_mut().filter(|(place, _)| charges.are_sold(tariff.fuel, place.1));
        for (place, rates) in places.filter(|(place, _)| is_meant(**place)) {
            for (rate, max) in charges.of(rates, tariff.fuel) {
                let new = change.apply(*rate);
                *rate = new.filter(|new| (0..=max).contains(new)).ok_or_else(|| {
                    let (max, place) = (max / PENNY, describe(*place));
                    refused(match change {
                        Change::ToPence(_) => format!("0 to {max} p, of `{}` in {place}", tariff.id),
                        _ => format!("a change that leaves `{}` from 0 to {max} p in {place}", tariff.id),
                    })
                })?;
            }
        }
        Ok(())
    }
}

/// A fuel that has charges of its own.
pub(crate) fn one_fuel<'de, D: Deserializer<'de>>(from: D) -> std::result::Result<Option<Fuel>, D::Error> {
    const EXPECTED: &str = "electricity or gas; without a fuel, a change in percent is of both";
    match Option::deserialize(from)? {
        Some(Fuel::Dual) => Err(D::Error::invalid_value(Unexpected::Other(Fuel::Dual.word()), &EXPECTED)),
        fuel => Ok(fuel),
    }
}

/// A number of pence that does not say whether a price is set or moved.
pub(super) fn set_or_moved<'de, D: Deserializer<'de>>(from: D) -> std::result::Result<(), D::Error> {
    let pence = number_text(f64::deserialize(from)?);
    Err(D::Error::invalid_value(Unexpected::Other(&pence), &either(&pence, "", "the price", "it").as_str()))
}

/// The steps of a sweep that do not: `of` is what their field has before `pence`.
pub(crate) fn all_set_or_moved<'de, D: Deserializer<'de>>(from: D, of: &str) -> std::result::Result<(), D::Error> {
    let steps: Vec<String> = Vec::deserialize(from)?.into_iter().map(number_text).collect();
    Err(D::Error::custom(of_list(either(&format!("[{}]", steps.join(", ")), of, "prices", "them"))))
}

/// What was expected: one of the two.
fn either(pence: &str, of: &str, price: &str, it: &str) -> String {
    format!("\"{of}to_pence\": {pence} to set {price}, or \"{of}by_pence\": {pence} to move {it} by so much")
}
