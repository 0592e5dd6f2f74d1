//! A rehearsal: a made-up market is replayed before there is a real one. Engines compile what runs often while it runs, and an
//! instance that waits for a plan can have that behind it when the plan is there. Nothing comes of it.

use std::fmt::Write;
use std::hint::black_box;

use crate::choice::model::Model;
use crate::choice::random::{Purpose, Stream};
use crate::energy::market::Market;
use crate::input::{self, InputErrors};
use crate::replay::breakdown::Breakdowns;
use crate::replay::count::{CountShares, CountTotals};
use crate::replay::experiment::Absorb;
use crate::replay::own::By;
use crate::replay::sample::Sampler;
use crate::replay::table::Order;
use crate::replay::visits::parse_visits;

/// About as many as real markets show: the ranking takes another way for few.
const DEALS: usize = 40;
/// So few that it is over at once, so many that the engine takes note.
const VISITS: u64 = 2_000;
const SEED: u64 = 1;
const MODEL: &str = r#"{"coefficients": {
    "no_switch": {"mean": 7}, "saving_gbp": {"mean": -4, "sd": 0.5, "distribution": "lognormal"}, "log_position": {"mean": -0.2},
    "fixed": {"mean": 0.5}, "exit_fee_gbp": {"mean": -0.003}, "supplier_rating": {"mean": 0.5}, "green": {"mean": 0.5},
    "own_supplier": {"mean": 0.8}
}}"#;

/// Replays as predictions do.
///
/// # Errors
/// None: what it reads is its own.
pub fn rehearse() -> Result<(), InputErrors> {
    let (tariffs, rates) = files();
    let visits = "visit_id,region,fuel,meter,payment,elec_kwh,gas_kwh,tariff_id,months_left\n\
                  a,_A,dual,single,direct_debit,2700,11500,t0,\nb,_A,dual,single,direct_debit,1800,7500,t1,7\n";
    let ((market, population, model), _) = input::read(|found| {
        let market = Market::parse("", tariffs.as_bytes(), "", rates.as_bytes(), found)?;
        let population = parse_visits("", visits.as_bytes(), Some(&market), &By::NOTHING, found)?;
        Some((market, population, Model::parse("", MODEL.as_bytes(), found)?))
    })?;
    let priced = market.price("")?;
    let stage = population.stage(&priced, &priced, Order::AnnualCost);
    let breakdowns = Breakdowns::new(&population, market.tariffs(), &[]).unwrap_or_default();
    let (stages, models) = ([&stage, &stage], [model]);
    let sampler = Sampler::new(population.profiles(), 8.0);
    let stream = Stream::new(SEED, Purpose::Visit);
    let drawn: Vec<_> = (0..VISITS).map(|visit| sampler.draw(stream, visit)).collect();
    let mut counts: [Box<dyn Absorb>; 2] =
        [Box::new(CountShares::new(&stages, Some(1), &breakdowns)), Box::new(CountTotals::new(&stages, 1))];
    for count in &mut counts {
        population.walk(SEED, 0, &drawn, &stages, &models, count.as_mut());
        black_box(count);
    }
    Ok(())
}

/// Tariffs and rates: one variable tariff, and fixed ones.
fn files() -> (String, String) {
    let mut tariffs =
        "tariff_id,supplier,name,fuel,kind,term_months,exit_fee_gbp,green,supplier_rating,dual_fuel_discount_gbp,\
                       meters,payments,regions,on_sale\n"
            .to_owned();
    let mut rates = "tariff_id,region,meter,payment,vat,elec_standing_p_day,elec_unit_p_kwh,elec_night_p_kwh,\
                     gas_standing_p_day,gas_unit_p_kwh\n"
        .to_owned();
    for at in 0..DEALS {
        let (kind, term) = if at == 0 { ("variable", "") } else { ("fixed", "12") };
        // Writing to a string cannot fail.
        let _ = writeln!(tariffs, "t{at},S,T,dual,{kind},{term},25,no,3.5,0,single,direct_debit,_A,yes");
        let _ = writeln!(rates, "t{at},_A,single,direct_debit,included,50,{},,30,6.{at}", 25 - at % 7);
    }
    (tariffs, rates)
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_is_rehearsed_is_a_market() {
        super::rehearse().expect("files of its own");
    }
}
