//! The replay workload: one market of 64 deals that everyone is shown, ranked by annual cost, an outside option, a taste draw
//! per visit. Sampling included, input parsing not. Built natively and for wasm from this one source.

use std::cell::RefCell;
use std::fmt::Write;

use switchyard_core::choice::model::Model;
use switchyard_core::choice::random::{Purpose, Stream};
use switchyard_core::energy::market::Market;
use switchyard_core::input::{self, InputErrors};
use switchyard_core::replay::breakdown::Breakdowns;
use switchyard_core::replay::count::CountShares;
use switchyard_core::replay::experiment::{Population, Stage};
use switchyard_core::replay::own::By;
use switchyard_core::replay::sample::{Drawn, Sampler};
use switchyard_core::replay::table::Order;
use switchyard_core::replay::visits::parse_visits;

const DEALS: u32 = 64;
const PROFILES: u32 = 20_000;
const SEED: u64 = 1;
const CHUNK: u64 = 50_000;

/// Everything that is made once.
pub struct Workload {
    population: Population,
    breakdowns: Breakdowns,
    stage: Stage,
    sampler: Sampler,
    model: Model,
}

impl Workload {
    /// Builds it.
    ///
    /// # Errors
    /// None, while the text below is a valid market.
    pub fn new() -> Result<Workload, InputErrors> {
        let (tariffs, rates, visits) = (tariffs(), rates(), visits());
        let ((market, population, model), _) = input::read(|found| {
            let market = Market::parse("tariffs", tariffs.as_bytes(), "rates", rates.as_bytes(), found)?;
            let population = parse_visits("visits", visits.as_bytes(), Some(&market), &By::NOTHING, found)?;
            Some((market, population, Model::parse("model", MODEL, found)?))
        })?;
        let priced = market.price("tariffs")?;
        let stage = population.stage(&priced, &priced, Order::AnnualCost);
        let sampler = Sampler::new(population.profiles(), 8.0);
        let breakdowns = Breakdowns::new(&population, market.tariffs(), &[]).unwrap_or_default();
        Ok(Workload { breakdowns, stage, sampler, model, population })
    }

    /// Replays so many visits and gives the number of sampled switches, so that nothing can be left out.
    pub fn replay(&self, visits: u64) -> u64 {
        let stream = Stream::new(SEED, Purpose::Visit);
        let mut count = CountShares::new(&[&self.stage], Some(0), &self.breakdowns);
        for first in (0..visits).step_by(CHUNK as usize) {
            let chunk = first..(first + CHUNK).min(visits);
            let drawn: Vec<Drawn> = chunk.map(|visit| self.sampler.draw(stream, visit)).collect();
            let models = std::slice::from_ref(&self.model);
            self.population.walk(SEED, first, &drawn, &[&self.stage], models, &mut count);
        }
        count.finish()[0].all.sampled.iter().sum()
    }
}

thread_local! {
    static WORKLOAD: RefCell<Option<Workload>> = const { RefCell::new(None) };
}

/// For wasm: replays so many visits; the first call also builds the workload.
#[expect(unsafe_code, reason = "a plain export keeps the bench free of generated glue")]
#[unsafe(no_mangle)]
pub extern "C" fn replay(visits: u32) -> u32 {
    WORKLOAD.with_borrow_mut(|workload| {
        if workload.is_none() {
            *workload = Workload::new().ok();
        }
        workload.as_ref().map_or(0, |workload| workload.replay(visits.into()) as u32)
    })
}

const MODEL: &[u8] = br#"{"coefficients": {
    "no_switch": {"mean": 7}, "saving_gbp": {"mean": -4.4, "sd": 0.5, "distribution": "lognormal"},
    "log_position": {"mean": -0.24}, "fixed": {"mean": 0.55}, "exit_fee_gbp": {"mean": -0.0035},
    "supplier_rating": {"mean": 0.48}, "green": {"mean": 0.15}, "own_supplier": {"mean": 0.7}}}"#;

fn tariffs() -> String {
    let mut csv = String::from(
        "tariff_id,supplier,name,fuel,kind,term_months,exit_fee_gbp,green,supplier_rating,\
         dual_fuel_discount_gbp,meters,payments,regions,on_sale\n",
    );
    for deal in 0..DEALS {
        let (kind, term) = if deal % 8 == 0 { ("variable", "") } else { ("fixed", "12") };
        let (supplier, green) = (deal / 8, if deal % 5 == 0 { "yes" } else { "no" });
        let rating = 3.0 + f64::from(supplier) * 0.2;
        let line =
            format!("t{deal},s{supplier},n{deal},dual,{kind},{term},25,{green},{rating},0,single,direct_debit,_A,yes");
        // Writing to a string cannot fail.
        let _ = writeln!(csv, "{line}");
    }
    csv
}

fn rates() -> String {
    let mut csv = String::from(
        "tariff_id,region,meter,payment,vat,elec_standing_p_day,elec_unit_p_kwh,elec_night_p_kwh,\
         gas_standing_p_day,gas_unit_p_kwh\n",
    );
    for deal in 0..DEALS {
        let spread = |step: u32, size: u32| f64::from(deal * step % size);
        let (standing, unit) = (40.0 + spread(7, 13), 24.0 + 0.2 * spread(11, 17));
        let (gas_standing, gas_unit) = (28.0 + spread(3, 5), 5.5 + 0.05 * spread(5, 19));
        let line = format!("{standing:.2},{unit:.3},,{gas_standing:.2},{gas_unit:.4}");
        let _ = writeln!(csv, "t{deal},_A,single,direct_debit,included,{line}");
    }
    csv
}

fn visits() -> String {
    let mut csv = String::from("visit_id,region,fuel,meter,payment,elec_kwh,gas_kwh,tariff_id,months_left\n");
    for visit in 0..PROFILES {
        let (electricity, gas) = (1_500 + visit * 37 % 4_000, 6_000 + visit * 91 % 12_000);
        let tariff = visit % 8 * 8;
        let _ = writeln!(csv, "v{visit},_A,dual,single,direct_debit,{electricity},{gas},t{tariff},");
    }
    csv
}
