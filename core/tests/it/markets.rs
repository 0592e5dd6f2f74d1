//! Random markets as the files a user would write, so that the parsers are part of what is tried.

use std::fmt::Write;

use proptest::prelude::*;
use switchyard_core::energy::market::Market;
use switchyard_core::replay::experiment::Population;
use switchyard_core::replay::own::By;
use switchyard_core::replay::visits::parse_visits;

use crate::valid;

/// A market of dual-fuel deals for one segment, and some visitors.
#[derive(Clone, Debug)]
pub(crate) struct RandomMarket {
    economy7: bool,
    deals: Vec<RandomDeal>,
    visits: Vec<RandomVisit>,
}

#[derive(Clone, Debug)]
struct RandomDeal {
    /// Micropence: electricity and gas, standing and unit.
    rates: [u32; 5],
    months: u32,
    exit_fee_pence: u32,
    green: bool,
}

#[derive(Clone, Debug)]
struct RandomVisit {
    electricity_kwh: u32,
    gas_kwh: u32,
    night_percent: u32,
    tariff: usize,
    months_left: u32,
}

/// Deals per supplier; each supplier's first is its variable tariff.
const PER_SUPPLIER: usize = 5;

/// Any market.
pub(crate) fn any() -> impl Strategy<Value = RandomMarket> {
    let rates = [0..200_000_000u32, 0..90_000_000, 0..90_000_000, 0..200_000_000, 0..30_000_000u32];
    let deal = (rates, 1..=24u32, 0..10_000u32, any_bool())
        .prop_map(|(rates, months, exit_fee_pence, green)| RandomDeal { rates, months, exit_fee_pence, green });
    let visit = (1..=20_000u32, 1..=50_000u32, 0..=100u32, 0..1_000usize, 1..=24u32).prop_map(
        |(electricity_kwh, gas_kwh, night_percent, tariff, months_left)| RandomVisit {
            electricity_kwh,
            gas_kwh,
            night_percent,
            tariff,
            months_left,
        },
    );
    (any_bool(), prop::collection::vec(deal, 1..60), prop::collection::vec(visit, 1..30))
        .prop_map(|(economy7, deals, visits)| RandomMarket { economy7, deals, visits })
}

fn any_bool() -> impl Strategy<Value = bool> {
    proptest::bool::ANY
}

impl RandomMarket {
    /// One market of thirty ordinary deals.
    pub(crate) fn fixed() -> RandomMarket {
        let deal = |at: u32| RandomDeal {
            rates: [40 + at % 7, 23 + at % 5, 20, 28 + at % 3, 6].map(|pence| pence * 1_000_000 + at * 7_919),
            months: 12,
            exit_fee_pence: at % 4 * 1_000,
            green: at.is_multiple_of(3),
        };
        let visit = |at: u32| RandomVisit {
            electricity_kwh: 1_500 + at * 97,
            gas_kwh: 6_000 + at * 311,
            night_percent: 42,
            tariff: 0,
            months_left: 12,
        };
        RandomMarket { economy7: false, deals: (0..30).map(deal).collect(), visits: (0..40).map(visit).collect() }
    }

    /// Reads it as Switchyard would.
    pub(crate) fn build(&self) -> (Market, Population) {
        let (tariffs, rates) = (self.tariffs(), self.rates());
        let market =
            valid(|found| Market::parse("tariffs.csv", tariffs.as_bytes(), "rates.csv", rates.as_bytes(), found));
        let visits = self.visits();
        let population =
            valid(|found| parse_visits("visits.csv", visits.as_bytes(), Some(&market), &By::NOTHING, found));
        (market, population)
    }

    fn meter(&self) -> &'static str {
        if self.economy7 { "economy7" } else { "single" }
    }

    fn tariffs(&self) -> String {
        let mut csv = String::from(
            "tariff_id,supplier,name,fuel,kind,term_months,exit_fee_gbp,green,supplier_rating,\
             dual_fuel_discount_gbp,meters,payments,regions,on_sale\n",
        );
        for (at, deal) in self.deals.iter().enumerate() {
            let supplier = at / PER_SUPPLIER;
            let rating = 2.0 + (supplier % 4) as f64 * 0.5;
            let kind = match at % PER_SUPPLIER {
                0 => "variable,".to_owned(),
                1 => format!("tracker,{}", deal.months),
                _ => format!("fixed,{}", deal.months),
            };
            let (fee, green) = (f64::from(deal.exit_fee_pence) / 100.0, if deal.green { "yes" } else { "no" });
            writeln!(
                csv,
                "t{at},s{supplier},n,dual,{kind},{fee},{green},{rating},0,{},prepayment,_P,yes",
                self.meter()
            )
            .expect("strings grow");
        }
        csv
    }

    fn rates(&self) -> String {
        let mut csv = String::from(
            "tariff_id,region,meter,payment,vat,elec_standing_p_day,elec_unit_p_kwh,elec_night_p_kwh,\
             gas_standing_p_day,gas_unit_p_kwh\n",
        );
        for (at, deal) in self.deals.iter().enumerate() {
            let [standing, unit, night, gas_standing, gas_unit] =
                deal.rates.map(|rate| format!("{}.{:06}", rate / 1_000_000, rate % 1_000_000));
            let night = if self.economy7 { night } else { String::new() };
            let meter = self.meter();
            writeln!(csv, "t{at},_P,{meter},prepayment,included,{standing},{unit},{night},{gas_standing},{gas_unit}")
                .expect("strings grow");
        }
        csv
    }

    fn visits(&self) -> String {
        let mut csv = String::from(
            "visit_id,weight,region,fuel,meter,payment,elec_kwh,night_percent,gas_kwh,tariff_id,months_left\n",
        );
        for (at, visit) in self.visits.iter().enumerate() {
            let RandomVisit { electricity_kwh, gas_kwh, .. } = visit;
            let tariff = visit.tariff % self.deals.len();
            let months =
                if tariff.is_multiple_of(PER_SUPPLIER) { String::new() } else { visit.months_left.to_string() };
            let night = if self.economy7 { visit.night_percent.to_string() } else { String::new() };
            let (weight, meter) = (1 + at % 3, self.meter());
            writeln!(
                csv,
                "v{at},{weight},_P,dual,{meter},prepayment,{electricity_kwh},{night},{gas_kwh},t{tariff},{months}"
            )
            .expect("strings grow");
        }
        csv
    }
}
