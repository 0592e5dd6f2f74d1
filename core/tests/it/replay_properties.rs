//! What must hold of any market, any visits and any model, tried on random ones and against a plain scalar reference.

use proptest::prelude::*;
use switchyard_core::choice::logit::CERTAIN;
use switchyard_core::choice::model::{Coefficient, Distribution, Model, Variable};
use switchyard_core::choice::random::{Purpose, Stream};
use switchyard_core::energy::cost::Metered;
use switchyard_core::energy::edit::{Edit, Source};
use switchyard_core::energy::market::{Market, PricedMarket};
use switchyard_core::energy::terms::Kind;
use switchyard_core::input::{Word, json};
use switchyard_core::replay::breakdown::Breakdowns;
use switchyard_core::replay::count::CountShares;
use switchyard_core::replay::experiment::Population;
use switchyard_core::replay::listing::{Listing, Listings};
use switchyard_core::replay::sample::{Drawn, Sampler, dimension};
use switchyard_core::replay::table::Order;
use switchyard_core::replay::tally::Group;

use crate::markets::{self, RandomMarket};
use crate::valid;

/// A market after an edit.
fn edited(market: &Market, edit: &str) -> Market {
    let edit: Edit = json("scenario.json", edit.as_bytes()).expect("an edit");
    valid(|found| market.edited(&[edit], &Source { scenario: "scenario.json", file: &|_| None }, found))
}

/// What one visit saw and how it felt about it, from the top of the list down.
#[derive(Default)]
struct Seen {
    /// By place: tariff, saving in pence, probability.
    deals: Vec<(usize, i64, f64)>,
    /// By place, the value of each variable in the order of [`Variable::WORDS`]; the outside option's last.
    values: Vec<Vec<f64>>,
}

impl Seen {
    fn order(&self) -> Vec<usize> {
        self.deals.iter().map(|(tariff, ..)| *tariff).collect()
    }
}

fn see(population: &Population, market: &PricedMarket, order: Order, model: &Model, visit: u64) -> (Drawn, Seen) {
    let drawn = Sampler::new(population.profiles(), 10.0).draw(Stream::new(SEED, Purpose::Visit), visit);
    let stage = population.stage(market, market, order);
    let mut seen = Seen::default();
    let mut listings = Listings(|listing: &Listing<'_>| {
        assert_eq!((listing.visit, listing.market), (visit, 0));
        let values = |place| Variable::WORDS.iter().map(|(variable, _)| listing.value(*variable, place)).collect();
        let deal =
            |place| (listing.tariff(place), listing.saving_pence(place) as i64, listing.probability(Some(place)));
        seen.deals = (0..listing.deals()).map(deal).collect();
        seen.values = (0..listing.deals()).map(Some).chain([None]).map(values).collect();
    });
    population.walk(SEED, visit, &[drawn], &[&stage], std::slice::from_ref(model), &mut listings);
    (drawn, seen)
}

const SEED: u64 = 5;
const VISITS: u64 = 24;

fn model(text: &str) -> Model {
    valid(|found| Model::parse("model.json", text.as_bytes(), found))
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

/// The same with tastes that are correlated, in an order that is not ours.
fn correlated() -> Model {
    model(
        r#"{"coefficients": {"no_switch": {"mean": 2, "sd": 1, "distribution": "normal"}, "log_position": {"mean": -0.4},
        "saving_gbp": {"mean": -4.5, "distribution": "lognormal"}, "green": {"mean": 0.2, "distribution": "normal"},
        "exit_fee_gbp": {"mean": -5, "distribution": "negative_lognormal"}},
        "cholesky": {"variables": ["green", "exit_fee_gbp", "saving_gbp"],
            "matrix": [[0.8, 0, 0], [-0.3, 0.4, 0], [0.25, 0.5, 0.3]]}}"#,
    )
}

/// Utilities do not depend on positions, so deals are independent of irrelevant alternatives.
fn conditional() -> Model {
    model(r#"{"coefficients": {"no_switch": {"mean": 2}, "saving_gbp": {"mean": 0.012}, "green": {"mean": 0.3}}}"#)
}

/// The value of each variable of a deal at a place, straight from the definitions.
fn defined(market: &PricedMarket, present: usize, place: usize, tariff: usize, saving: i64) -> Vec<f64> {
    let sold = &market.tariffs[tariff];
    let position = 1.0 + place as f64;
    let yes = |is: bool| f64::from(u8::from(is));
    let value = |variable: Variable| match variable {
        Variable::NoSwitch => 0.0,
        Variable::SavingGbp => saving as f64 / 100.0,
        Variable::Position => position,
        Variable::LogPosition => position.ln(),
        Variable::FirstPosition => yes(place == 0),
        Variable::TermMonths => f64::from(sold.term_months.unwrap_or(0)),
        Variable::Fixed => yes(sold.kind == Kind::Fixed),
        Variable::Tracker => yes(sold.kind == Kind::Tracker),
        Variable::ExitFeeGbp => sold.exit_fee_gbp * sold.fuel.count() as f64,
        Variable::SupplierRating => sold.supplier_rating,
        Variable::Green => yes(sold.green),
        Variable::OwnSupplier => yes(sold.supplier == market.tariffs[present].supplier),
    };
    Variable::WORDS.iter().map(|(variable, _)| value(*variable)).collect()
}

/// The choice probability of each deal, in doubles, one chooser at a time; and the largest utility either way.
fn reference(model: &Model, visit: u64, values: &[Vec<f64>]) -> (Vec<f64>, f64) {
    let draws = Stream::new(SEED, Purpose::Visit).item(visit);
    let mut randoms = dimension::TASTE..;
    let mut normal = |c: &Coefficient| match c.distribution {
        Distribution::Fixed => 0.0,
        _ => draws.normal(randoms.next().expect("endless")),
    };
    let normals: Vec<f64> = model.coefficients.iter().map(&mut normal).collect();
    let mut tastes = [0.0; Variable::WORDS.len()];
    for (at, c) in model.coefficients.iter().enumerate() {
        let others = model.loadings.iter().filter(|loading| loading.of == at);
        let linear = c.mean + c.sd * normals[at] + others.map(|other| other.value * normals[other.on]).sum::<f64>();
        tastes[c.variable as usize] = match c.distribution {
            Distribution::Fixed | Distribution::Normal => linear,
            Distribution::Lognormal => linear.exp(),
            Distribution::NegativeLognormal => -linear.exp(),
        };
    }
    let utility = |values: &Vec<f64>| values.iter().zip(tastes).map(|(value, taste)| value * taste).sum::<f64>();
    let no_switch = tastes[Variable::NoSwitch as usize];
    let utilities: Vec<f64> = values.iter().map(utility).collect();
    let largest = utilities.iter().copied().fold(no_switch, f64::max);
    let sum: f64 = (no_switch - largest).exp() + utilities.iter().map(|utility| (utility - largest).exp()).sum::<f64>();
    let scale = utilities.iter().fold(no_switch.abs(), |scale, utility| scale.max(utility.abs()));
    (utilities.iter().map(|utility| (utility - largest).exp() / sum).collect(), scale)
}

fn shares(population: &Population, market: &PricedMarket, model: &Model, visits: u64) -> Group {
    let sampler = Sampler::new(population.profiles(), 10.0);
    let stream = Stream::new(SEED, Purpose::Visit);
    let drawn: Vec<Drawn> = (0..visits).map(|visit| sampler.draw(stream, visit)).collect();
    let stage = population.stage(market, market, Order::AnnualCost);
    let breakdowns = Breakdowns::new(population, &market.tariffs, &[]).expect("few rows");
    let mut count = CountShares::new(&[&stage], None, &breakdowns);
    population.walk(SEED, 0, &drawn, &[&stage], std::slice::from_ref(model), &mut count);
    count.finish().remove(0).all
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
            prop_assert_eq!(seen.order(), expected_order.iter().map(|(_, _, tariff)| *tariff).collect::<Vec<_>>());
        }
    }

    #[test]
    fn probabilities_are_those_of_the_definition(random in markets::any()) {
        let (market, population) = random.build();
        let priced = market.price("tariffs.csv").expect("priced");
        for (visit, model) in (0..VISITS).zip([mixed(), correlated()].iter().cycle()) {
            let (drawn, seen) = see(&population, &priced, Order::AnnualCost, model, visit);
            let present = usize::from(population.profiles()[drawn.profile as usize].tariff);
            let rows = seen.deals.iter().enumerate();
            let rows = rows.map(|(place, (tariff, saving, _))| defined(&priced, present, place, *tariff, *saving));
            let values: Vec<Vec<f64>> = rows.collect();
            let (outside, listed) = seen.values.split_last().expect("the outside option");
            let far = |(got, defined): (&f64, &f64)| (got - defined).abs() > 1e-12;
            prop_assert!(!listed.iter().flatten().zip(values.iter().flatten()).any(far));
            let constant = Variable::WORDS.iter().map(|(variable, _)| f64::from(u8::from(*variable == Variable::NoSwitch)));
            prop_assert_eq!(outside, &constant.collect::<Vec<_>>());
            let (expected, scale) = reference(model, visit, &values);
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
        let priced = market.price("tariffs.csv").expect("priced");
        // Where nobody keeps the present deal, nothing is left that roundings could be taken from.
        let all_switch = model(r#"{"coefficients": {"no_switch": {"mean": -60}, "green": {"mean": 0.1}}}"#);
        for model in [mixed(), all_switch] {
            let group = shares(&population, &priced, &model, 500);
            // No switch has the rest.
            prop_assert!(group.expected.iter().sum::<u128>() <= 500 * CERTAIN as u128);
            prop_assert!(group.sampled.iter().sum::<u64>() <= 500);
        }
    }

    #[test]
    fn removing_a_deal_never_lowers_another_under_conditional_logit(random in markets::any(), gone in 0usize..64) {
        let (market, population) = random.build();
        let gone = gone % market.tariffs().len();
        let without = edited(&market, &format!(r#"{{"withdraw": {{"tariff": "{}"}}}}"#, market.tariffs()[gone].id));
        let [before, after] = [market, without].map(|market| {
            shares(&population, &market.price("tariffs.csv").expect("priced"), &conditional(), 300)
        });
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
        let id = &market.tariffs()[which].id;
        let reprice = format!(r#"{{"reprice": {{"tariff": "{id}", "part": "unit_rate", "percent": -{percent}}}}}"#);
        let cheaper = edited(&market, &reprice);
        let (was, now) = (market.price("tariffs.csv").expect("priced"), cheaper.price("tariffs.csv").expect("priced"));
        for visit in 0..VISITS {
            let place = |market: &PricedMarket| {
                let (_, seen) = see(&population, market, Order::AnnualCost, &conditional(), visit);
                seen.order().iter().position(|tariff| *tariff == which)
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
