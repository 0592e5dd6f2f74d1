//! A tariff's prices as people quote them: p/kWh, p a day, and £ a year for a typical home.

use serde::{Deserialize, Serialize};

use crate::energy::cost::{Cost, Metered};
use crate::energy::market::{Market, Offer, Segment, discount_pence};
use crate::energy::rates::{Micropence, PENNY, Rates};
use crate::energy::tariff::Tariff;
use crate::energy::terms::{Kind, Meter};
use crate::energy::typical::TypicalConsumption;
use crate::energy::usage::{NIGHT_PERCENT, Usage};

/// What a tariff asks, VAT included: means over the places where it is on sale. Charges that it has nowhere are absent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Prices {
    /// Electricity on a single-rate meter, p/kWh.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub electricity_p_kwh: Option<f64>,
    /// Electricity on Economy 7 by day, p/kWh.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day_p_kwh: Option<f64>,
    /// And by night, p/kWh.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub night_p_kwh: Option<f64>,
    /// Standing charge of electricity, p a day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub electricity_p_day: Option<f64>,
    /// Gas, p/kWh.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gas_p_kwh: Option<f64>,
    /// Standing charge of gas, p a day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gas_p_day: Option<f64>,
    /// The first year of a home of medium typical consumption, GBP: with the dual-fuel discount, and where the contract ends within
    /// the year with what follows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub typical_year_gbp: Option<f64>,
}

/// A place where a tariff is on sale, by the segment that sees it there, and how much it counts.
struct Shown<'a> {
    segment: Segment,
    rates: &'a Rates,
    weight: f64,
}

impl Market {
    /// The prices of a tariff, each place with the weight of the segment that sees it there; all alike if nobody does.
    pub fn prices(&self, tariff: usize, typical: &TypicalConsumption, weight: &dyn Fn(Segment) -> f64) -> Prices {
        let fuel = self.tariffs[tariff].fuel;
        let places = self.rates[tariff].iter().map(|(&(region, meter, payment), rates)| {
            let segment = Segment { region, fuel, meter, payment };
            Shown { segment, rates, weight: weight(segment) }
        });
        let mut shown: Vec<Shown<'_>> = places.filter(|place| self.on_sale(tariff, place.segment)).collect();
        if shown.iter().all(|place| place.weight <= 0.0) {
            shown.iter_mut().for_each(|place| place.weight = 1.0);
        }
        let (electricity, gas) = (fuel.has_electricity(), fuel.has_gas());
        let rate = |has: &dyn Fn(Meter) -> bool, of: fn(&Rates) -> Micropence| {
            mean(&shown, |place| has(place.segment.meter).then(|| of(place.rates) as f64 / PENNY as f64))
        };
        let economy7 = |meter| electricity && meter == Meter::Economy7;
        Prices {
            electricity_p_kwh: rate(&|meter| electricity && meter == Meter::Single, |rates| rates.electricity_unit),
            day_p_kwh: rate(&economy7, |rates| rates.electricity_unit),
            night_p_kwh: rate(&economy7, |rates| rates.electricity_night),
            electricity_p_day: rate(&|_| electricity, |rates| rates.electricity_standing),
            gas_p_kwh: rate(&|_| gas, |rates| rates.gas_unit),
            gas_p_day: rate(&|_| gas, |rates| rates.gas_standing),
            typical_year_gbp: mean(&shown, |place| self.typical_year_gbp(tariff, typical, place.segment)),
        }
    }

    /// What a home of a segment that uses a typical, middling amount pays in its first year.
    fn typical_year_gbp(&self, tariff: usize, typical: &TypicalConsumption, segment: Segment) -> Option<f64> {
        let Tariff { supplier, fuel, term_months, .. } = &self.tariffs[tariff];
        let month = |at: usize| {
            let rates = self.rates[at].get(&segment.place())?;
            Some(Cost::month(rates, discount_pence(&self.tariffs[at])))
        };
        let follows =
            |other: &Tariff| other.kind == Kind::Variable && (&other.supplier, other.fuel) == (supplier, *fuel);
        let after = self.tariffs.iter().enumerate().filter(|(_, other)| follows(other)).find_map(|(at, _)| month(at));
        let offer = Offer { tariff: tariff as u16, on_sale: true, month: month(tariff)?, after };
        let pence = offer.year(*term_months)?.pence(Metered::from(medium(typical, segment)));
        Some(pence as f64 / 100.0)
    }
}

/// The mean of a value over the places that have it, to a millionth.
fn mean(shown: &[Shown<'_>], value: impl Fn(&Shown<'_>) -> Option<f64>) -> Option<f64> {
    let (mut sum, mut weight) = (0.0, 0.0);
    for place in shown {
        if let Some(value) = value(place) {
            sum += value * place.weight;
            weight += place.weight;
        }
    }
    (weight > 0.0).then(|| libm::round(sum / weight * 1e6) / 1e6)
}

/// What a home of a segment uses that uses a typical, middling amount.
fn medium(typical: &TypicalConsumption, Segment { fuel, meter, .. }: Segment) -> Usage {
    let electricity = match meter {
        Meter::Single => typical.electricity_kwh,
        Meter::Economy7 => typical.economy7_kwh,
    };
    Usage {
        electricity_kwh: if fuel.has_electricity() { electricity.medium } else { 0 },
        night_percent: NIGHT_PERCENT,
        gas_kwh: if fuel.has_gas() { typical.gas_kwh.medium } else { 0 },
    }
}
