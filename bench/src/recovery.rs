//! Whether intervals of 95 % hold the truth as often as they say: synthetic markets, visits that choose there by a known model,
//! and a fit of that model to each. Prints how often each parameter's interval held; exits 1 if all together miss by 2 %.

use std::error::Error;
use std::fmt::Write;
use std::process::ExitCode;
use std::thread;

use switchyard_core::choice::model::{Model, Variable};
use switchyard_core::choice::random::{Purpose, Stream};
use switchyard_core::energy::market::Market;
use switchyard_core::fit::estimate::estimate;
use switchyard_core::fit::spec::Spec;
use switchyard_core::input::{self, Word};
use switchyard_core::pipeline::estimation::observed;
use switchyard_core::replay::experiment::Population;
use switchyard_core::replay::listing::{Listing, Listings};
use switchyard_core::replay::own::By;
use switchyard_core::replay::table::Order;
use switchyard_core::replay::visits::{Observed, parse_visits};

/// The truth: about a third of the visits switch.
const MODEL: &str = r#"{"coefficients": {
    "no_switch": {"mean": 6}, "saving_gbp": {"mean": 0.012}, "log_position": {"mean": -0.24}, "fixed": {"mean": 0.55},
    "tracker": {"mean": -0.45}, "exit_fee_gbp": {"mean": -0.0035}, "supplier_rating": {"mean": 0.48},
    "green": {"mean": 0.3}, "own_supplier": {"mean": 0.7}}}"#;

const MARKETS: u64 = 400;
const VISITS: u32 = 2_000;
const SUPPLIERS: u32 = 8;
/// Of each supplier; the first is its variable tariff.
const DEALS_EACH: u32 = 5;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Outcome<ExitCode> {
    let markets = std::env::args().nth(1).map_or(Ok(MARKETS), |markets| markets.parse())?;
    let model = input::read(|found| Model::parse("the model", MODEL.as_bytes(), found))?.0;
    let held = try_markets(markets, &model)?;
    println!("{markets} markets, {VISITS} visits to each: intervals of 95 % that hold the truth");
    for (coefficient, held) in model.coefficients.iter().zip(&held) {
        println!("  {:16} {:5.1} %", coefficient.variable.word(), 100.0 * *held as f64 / markets as f64);
    }
    let all = 100.0 * held.iter().sum::<u64>() as f64 / (markets * held.len() as u64) as f64;
    println!("  {:16} {all:5.1} %, expected 93 to 97 %", "all");
    Ok(if (93.0..=97.0).contains(&all) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// By parameter, in how many of the markets its interval holds the truth.
fn try_markets(markets: u64, model: &Model) -> Outcome<Vec<u64>> {
    let threads = thread::available_parallelism()?.get();
    thread::scope(|scope| {
        let share = |first: usize| {
            scope.spawn(move || -> Outcome<Vec<Vec<bool>>> {
                (first as u64..markets).step_by(threads).map(|market| held(market, model)).collect()
            })
        };
        let begun: Vec<_> = (0..threads).map(share).collect();
        let mut sums = vec![0; model.coefficients.len()];
        for thread in begun {
            for held in thread.join().map_err(|_| "a thread panicked")?? {
                sums.iter_mut().zip(held).for_each(|(sum, held)| *sum += u64::from(held));
            }
        }
        Ok(sums)
    })
}

/// Whether each parameter's interval holds the truth, in one market.
fn held(number: u64, model: &Model) -> Outcome<Vec<bool>> {
    let (market, population) = make(number)?;
    let priced = market.price("tariffs")?;
    let stage = population.stage(&priced, &priced, Order::AnnualCost);
    let mut chosen = vec![None; population.profiles().len()];
    let mut choose = Listings(|listing: &Listing<'_>| {
        chosen[listing.visit as usize] = listing.choice().map(|place| listing.tariff(place) as u16);
    });
    population.walk(number, 0, &population.observed(), &[&stage], std::slice::from_ref(model), &mut choose);
    let observed = Observed {
        profiles: population.profiles().to_vec(),
        chosen,
        people: (0..VISITS).map(|visit| visit.to_string()).collect(),
    };
    let variables: Vec<Variable> = model.coefficients.iter().map(|coefficient| coefficient.variable).collect();
    let choices = observed::choices("visits", observed, &priced, Order::AnnualCost, &variables)?;
    let sought: Vec<_> = variables.iter().map(|variable| format!(r#"{{"variable": "{}"}}"#, variable.word())).collect();
    let spec = format!(r#"{{"coefficients": [{}]}}"#, sought.join(", "));
    let (spec, _) = input::read(|found| Spec::parse("the specification", spec.as_bytes(), found))?;
    let fit = estimate(("the specification", ""), &spec, &choices, 1, &mut |_| ())?;
    if !fit.converged {
        return Err(format!("market {number}: {}", fit.reason).into());
    }
    let pairs = model.coefficients.iter().zip(&fit.coefficients.0);
    Ok(pairs.map(|(truth, (_, fit))| fit.low <= Some(truth.mean) && Some(truth.mean) <= fit.high).collect())
}

/// A market of one region's dual-fuel deals, and who visits it.
fn make(number: u64) -> Outcome<(Market, Population)> {
    let stream = Stream::new(number, Purpose::Parameters);
    let (mut tariffs, mut rates) = (TARIFFS.to_owned(), RATES.to_owned());
    for supplier in 0..SUPPLIERS {
        let rating = stream.item(supplier.into()).uniform(0) * 3.0 + 2.0;
        for deal in 0..DEALS_EACH {
            let draws = stream.item((1_000 + supplier * DEALS_EACH + deal).into());
            let kind = match deal {
                0 => "variable,,0",
                1 => "tracker,12,0",
                _ => ["fixed,12,0", "fixed,12,25", "fixed,24,50", "fixed,18,75"][(draws.uniform(0) * 4.0) as usize],
            };
            let green = if draws.uniform(1) < 0.3 { "yes" } else { "no" };
            writeln!(
                tariffs,
                "t{supplier}-{deal},s{supplier},n,dual,{kind},{green},{rating:.1},0,single,direct_debit,_A,yes"
            )?;
            let [standing, unit, gas_standing, gas_unit] = [(50.0, 2), (25.0, 3), (30.0, 4), (6.3, 5)]
                .map(|(level, dimension)| level * (0.9 + 0.15 * draws.uniform(dimension)));
            writeln!(
                rates,
                "t{supplier}-{deal},_A,single,direct_debit,included,{standing:.2},{unit:.3},,{gas_standing:.2},{gas_unit:.4}"
            )?;
        }
    }
    let mut visits = VISIT_COLUMNS.to_owned();
    for visit in 0..VISITS {
        let draws = stream.item((10_000 + visit).into());
        let below = |dimension: u32, count: u32| (draws.uniform(dimension) * f64::from(count)) as u32;
        let (electricity, gas) = (1_200 + below(0, 4_000), 5_000 + below(1, 14_000));
        let (supplier, deal) = (below(2, SUPPLIERS), below(3, DEALS_EACH));
        let months = if deal == 0 { String::new() } else { (1 + below(4, 12)).to_string() };
        writeln!(visits, "v{visit},_A,dual,single,direct_debit,{electricity},{gas},t{supplier}-{deal},{months}")?;
    }
    let (both, _) = input::read(|found| {
        let market = Market::parse("tariffs", tariffs.as_bytes(), "rates", rates.as_bytes(), found)?;
        let population = parse_visits("visits", visits.as_bytes(), Some(&market), &By::NOTHING, found)?;
        Some((market, population))
    })?;
    Ok(both)
}

const TARIFFS: &str = "tariff_id,supplier,name,fuel,kind,term_months,exit_fee_gbp,green,supplier_rating,\
    dual_fuel_discount_gbp,meters,payments,regions,on_sale\n";
const RATES: &str = "tariff_id,region,meter,payment,vat,elec_standing_p_day,elec_unit_p_kwh,elec_night_p_kwh,\
    gas_standing_p_day,gas_unit_p_kwh\n";
const VISIT_COLUMNS: &str = "visit_id,region,fuel,meter,payment,elec_kwh,gas_kwh,tariff_id,months_left\n";
