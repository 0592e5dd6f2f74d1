//! What must hold of any market, any visits and any model, tried on random ones and against a plain scalar reference.

use proptest::prelude::*;
use switchyard_core::choice::logit::{CERTAIN, DEALS_MAX};
use switchyard_core::choice::model::{Distribution, Model, Variable};
use switchyard_core::choice::random::{Purpose, Stream};
use switchyard_core::energy::cost::Metered;
use switchyard_core::energy::market::PricedMarket;
use switchyard_core::replay::count::CountShares;
use switchyard_core::replay::experiment::{Absorb, At, Four, Population};
use switchyard_core::replay::sample::{Drawn, Sampler, dimension};
use switchyard_core::replay::table::Order;
use switchyard_core::replay::tally::Group;
use wide::f32x4;

use crate::markets::{self, RandomMarket};

/// What one visit saw and how it felt about it.
#[derive(Default)]
struct Seen {
    /// By deal: tariff, saving in pence, probability.
    deals: Vec<(usize, i64, f64)>,
    /// Tariffs from the top of the list down.
    order: Vec<usize>,
}

impl Absorb for Seen {
    fn absorb(&mut self, _: &Four, at: At<'_>, probability: &[f32x4; DEALS_MAX]) {
        let first = |lanes: f32x4| f64::from(lanes.to_array()[0]);
        let rows = at.table.tariffs().zip(&at.shown.saving_pence).zip(probability);
        self.deals =
            rows.map(|((tariff, saving), p)| (tariff, first(*saving) as i64, first(*p) / f64::from(CERTAIN))).collect();
        let number = |place: usize| (at.shown.order[place].to_array()[0] & 255) as usize;
        self.order = (0..at.shown.deals).map(|place| self.deals[number(place)].0).collect();
    }
}

fn see(population: &Population, market: &PricedMarket, order: Order, model: &Model, visit: u64) -> (Drawn, Seen) {
    let drawn =
        Sampler::new(population.profiles(), 10.0).draw(Stream::new(SEED, Purpose::Visit), visit, population.profiles());
    let stage = population.stage(market, order);
    let mut seen = Seen::default();
    population.walk(SEED, visit, &[drawn], &[&stage], std::slice::from_ref(model), &mut seen);
    (drawn, seen)
}

const SEED: u64 = 5;
const VISITS: u64 = 24;

fn model(text: &str) -> Model {
    Model::parse("model.json", text.as_bytes()).expect("a valid model")
}

fn mixed() -> Model {
    model(
        r#"{"coefficients": {"no_switch": {"mean": 2, "sd": 1, "distribution": "normal"},
        "saving_gbp": {"mean": -4.5, "sd": 0.6, "distribution": "lognormal"}, "log_position": {"mean": -0.4},
        "first_position": {"mean": 0.3, "sd": 0.2, "distribution": "normal"}, "green": {"mean": 0.2, "sd": 0.8, "distribution": "normal"},
        "exit_fee_gbp": {"mean": -5, "sd": 0.5, "distribution": "negative_lognormal"}, "fixed": {"mean": 0.4},
        "supplier_rating": {"mean": 0.3}, "term_months": {"mean": 0.01}, "own_supplier": {"mean": 0.6}}}"#,
    )
}

/// Utilities do not depend on positions, so deals are independent of irrelevant alternatives.
fn conditional() -> Model {
    model(r#"{"coefficients": {"no_switch": {"mean": 2}, "saving_gbp": {"mean": 0.012}, "green": {"mean": 0.3}}}"#)
}

/// The choice probability of each deal, in doubles, one chooser at a time, straight from the definitions; and the largest
/// utility either way.
fn reference(
    model: &Model,
    market: &PricedMarket,
    population: &Population,
    drawn: Drawn,
    visit: u64,
    seen: &Seen,
) -> (Vec<f64>, f64) {
    let draws = Stream::new(SEED, Purpose::Visit).item(visit);
    let present = usize::from(population.profiles()[drawn.profile as usize].tariff);
    let mut randoms = dimension::TASTE..;
    let tastes: Vec<(Variable, f64)> = model
        .coefficients
        .iter()
        .map(|c| {
            let mut linear = || c.mean + c.sd * draws.normal(randoms.next().expect("endless"));
            let taste = match c.distribution {
                Distribution::Fixed => c.mean,
                Distribution::Normal => linear(),
                Distribution::Lognormal => linear().exp(),
                Distribution::NegativeLognormal => -linear().exp(),
            };
            (c.variable, taste)
        })
        .collect();
    let utility = |tariff: usize, saving: i64| -> f64 {
        let sold = &market.tariffs[tariff];
        let position = 1.0 + seen.order.iter().position(|at| *at == tariff).expect("ranked") as f64;
        let yes = |is: bool| f64::from(u8::from(is));
        let value = |variable: Variable| match variable {
            Variable::NoSwitch => 0.0,
            Variable::SavingGbp => saving as f64 / 100.0,
            Variable::Position => position,
            Variable::LogPosition => position.ln(),
            Variable::FirstPosition => yes(position < 1.5),
            Variable::TermMonths => f64::from(sold.term_months.unwrap_or(0)),
            Variable::Fixed => yes(sold.kind == switchyard_core::energy::terms::Kind::Fixed),
            Variable::Tracker => yes(sold.kind == switchyard_core::energy::terms::Kind::Tracker),
            Variable::ExitFeeGbp => sold.exit_fee_gbp * sold.fuel.count() as f64,
            Variable::SupplierRating => sold.supplier_rating,
            Variable::Green => yes(sold.green),
            Variable::OwnSupplier => yes(sold.supplier == market.tariffs[present].supplier),
        };
        tastes.iter().map(|(variable, taste)| taste * value(*variable)).sum()
    };
    let no_switch =
        tastes.iter().find(|(variable, _)| *variable == Variable::NoSwitch).map_or(0.0, |(_, taste)| *taste);
    let utilities: Vec<f64> = seen.deals.iter().map(|(tariff, saving, _)| utility(*tariff, *saving)).collect();
    let largest = utilities.iter().copied().fold(no_switch, f64::max);
    let sum: f64 = (no_switch - largest).exp() + utilities.iter().map(|utility| (utility - largest).exp()).sum::<f64>();
    let scale = utilities.iter().fold(no_switch.abs(), |scale, utility| scale.max(utility.abs()));
    (utilities.iter().map(|utility| (utility - largest).exp() / sum).collect(), scale)
}

fn shares(population: &Population, market: &PricedMarket, model: &Model, visits: u64) -> Group {
    let sampler = Sampler::new(population.profiles(), 10.0);
    let stream = Stream::new(SEED, Purpose::Visit);
    let drawn: Vec<Drawn> = (0..visits).map(|visit| sampler.draw(stream, visit, population.profiles())).collect();
    let stage = population.stage(market, Order::AnnualCost);
    let mut count = CountShares::new(&[&stage], None);
    population.walk(SEED, 0, &drawn, &[&stage], std::slice::from_ref(model), &mut count);
    count.shares.remove(0).groups.remove(0)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn prices_are_exact_and_the_order_is_as_declared(random in markets::any()) {
        let (market, population) = random.build();
        let priced = market.price("tariffs.csv").expect("priced");
        for (visit, order) in (0..VISITS).zip([Order::AnnualCost, Order::SupplierRating, Order::GreenFirst].into_iter().cycle()) {
            let (drawn, seen) = see(&population, &priced, order, &conditional(), visit);
            let profile = &population.profiles()[drawn.profile as usize];
            let mut usage = profile.usage;
            (usage.electricity_kwh, usage.gas_kwh) = (drawn.electricity_kwh, drawn.gas_kwh);
            let pence = |tariff: usize, months: Option<u32>| {
                let offer = priced.offer(tariff, profile.segment).expect("sold");
                offer.year(months).expect("rolls onto something").pence(Metered::from(usage))
            };
            let tariff = &priced.tariffs[usize::from(profile.tariff)];
            let leaving = if profile.months_left.is_some_and(|months| months > 1) {
                (tariff.exit_fee_gbp * 100.0).round() as i64 * tariff.fuel.count()
            } else {
                0
            };
            let present = pence(usize::from(profile.tariff), profile.months_left) - leaving;
            let mut expected_order = Vec::new();
            for (tariff, saving, _) in &seen.deals {
                let cost = pence(*tariff, priced.tariffs[*tariff].term_months);
                prop_assert_eq!(*saving, present - cost, "exact to the penny");
                let sold = &priced.tariffs[*tariff];
                let class = match order {
                    Order::AnnualCost => 0,
                    Order::SupplierRating => -(sold.supplier_rating * 1000.0).round() as i64,
                    Order::GreenFirst => i64::from(!sold.green),
                };
                expected_order.push((class, cost, *tariff));
            }
            expected_order.sort_unstable();
            prop_assert_eq!(&seen.order, &expected_order.iter().map(|(_, _, tariff)| *tariff).collect::<Vec<_>>());
        }
    }

    #[test]
    fn probabilities_are_those_of_the_definition(random in markets::any()) {
        let (market, population) = random.build();
        let priced = market.price("tariffs.csv").expect("priced");
        let model = mixed();
        for visit in 0..VISITS {
            let (drawn, seen) = see(&population, &priced, Order::AnnualCost, &model, visit);
            let (expected, scale) = reference(&model, &priced, &population, drawn, visit, &seen);
            for ((_, _, got), expected) in seen.deals.iter().zip(expected) {
                // Single precision: 2⁻²⁴ of a utility, a few times over; and the unit of counting.
                let relative = 3e-7 * (scale + 10.0);
                prop_assert!((got - expected).abs() < relative * expected + 2.5e-7, "{got} {expected} {scale}");
            }
        }
    }

    #[test]
    fn shares_sum_to_one_and_choices_to_visits(random in markets::any()) {
        let (market, population) = random.build();
        let group = shares(&population, &market.price("tariffs.csv").expect("priced"), &mixed(), 500);
        let all = 500 * CERTAIN as u128;
        // No switch has the rest; rounding may take the deals beyond certainty by half a unit each and visit.
        prop_assert!(group.expected.iter().sum::<u128>() <= all + 500 * market.tariffs().len() as u128 / 2);
        prop_assert!(group.sampled.iter().sum::<u64>() <= 500);
    }

    #[test]
    fn removing_a_deal_never_lowers_another_under_conditional_logit(random in markets::any(), gone in 0usize..64) {
        let (market, population) = random.build();
        let mut priced = market.price("tariffs.csv").expect("priced");
        let before = shares(&population, &priced, &conditional(), 300);
        let gone = gone % priced.tariffs.len();
        priced.tariffs[gone].on_sale = false;
        let after = shares(&population, &priced, &conditional(), 300);
        for (tariff, (was, now)) in before.expected.iter().zip(&after.expected).enumerate() {
            // Each of 300 visits may round either way.
            prop_assert!(tariff == gone || *now + 300 >= *was, "{tariff}: {was} -> {now}");
        }
        prop_assert_eq!(after.expected[gone], 0);
    }

    #[test]
    fn a_cheaper_deal_never_ranks_lower(random in markets::any(), which in 0usize..64, percent in 0.0f64..60.0) {
        let (market, population) = random.build();
        let which = which % market.tariffs().len();
        let cheaper = market.with_unit_rates_moved("scenario.json", which, -percent).expect("rates stay positive");
        let (was, now) = (market.price("tariffs.csv").expect("priced"), cheaper.price("tariffs.csv").expect("priced"));
        for visit in 0..VISITS {
            let place = |market: &PricedMarket| {
                let (_, seen) = see(&population, market, Order::AnnualCost, &conditional(), visit);
                seen.order.iter().position(|tariff| *tariff == which)
            };
            prop_assert!(place(&now) <= place(&was));
        }
    }
}

#[test]
fn sampled_choices_are_within_monte_carlo_error_of_expected_shares() {
    let (market, population) = RandomMarket::fixed().build();
    let visits = 100_000;
    let group = shares(&population, &market.price("tariffs.csv").expect("priced"), &mixed(), visits);
    let mut squares = 0.0;
    for (expected, sampled) in group.expected.iter().zip(&group.sampled) {
        let p = *expected as f64 / f64::from(CERTAIN) / visits as f64;
        let z = (*sampled as f64 - p * visits as f64) / (p * (1.0 - p) * visits as f64).sqrt();
        assert!(z.abs() < 4.5, "{p}: {z}");
        squares += z * z;
    }
    let deals = group.expected.len() as f64;
    // A chi-squared of about `deals` degrees of freedom, five standard deviations either way.
    assert!((squares - deals).abs() < 5.0 * (2.0 * deals).sqrt(), "{squares} for {deals} deals");
}
