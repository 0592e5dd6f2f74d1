//! The truth is found again, up to sampling error.

use super::simulated::{Simulated, TRUE_SPEC, spec};
use switchyard_core::choice::random::{Purpose, Stream};
use switchyard_core::fit::derived::{spread, willingness_to_pay};
use switchyard_core::fit::elasticity::elasticities;
use switchyard_core::fit::estimate::{estimate, individual_tastes};
use switchyard_core::fit::long;
use switchyard_core::fit::result::Derived;

use crate::valid;

#[test]
fn lognormal_normal_and_fixed_tastes_are_found_again() {
    let choices = Simulated { people: 1_500, choices_each: 8, seed: 1 }.choices();
    let fit = estimate(("spec.json", ""), &spec(TRUE_SPEC), &choices, 2, &mut |_| ()).expect("a good design");
    assert!(fit.converged, "{}", fit.reason);
    for (name, truth) in
        [("price", -1.0), ("price.sd", 0.5), ("rating", 0.8), ("rating.sd", 0.6), ("green", -0.5), ("none", -2.0)]
    {
        let estimate = fit.coefficients.of(name).expect(name);
        let error = estimate.se_robust.expect("regular");
        assert!(error < 0.1 && (estimate.estimate - truth).abs() < 3.0 * error, "{name}: {estimate:?}");
    }
}

/// Normals that are one taste's alone, and one that two share.
#[test]
fn correlation_is_found_again() {
    let choices = Simulated { people: 600, choices_each: 8, seed: 4 }.choices();
    let spec = super::simulated::correlated();
    let fit = estimate(("spec.json", ""), &spec, &choices, 1, &mut |_| ()).expect("a good design");
    assert!(fit.converged, "{}", fit.reason);
    let spread = spread(&fit, &spec);
    let near = |name: &str, derived: Option<&Derived>, truth: f64| {
        let derived = derived.expect(name);
        assert!((derived.estimate - truth).abs() < 3.0 * derived.se.expect("regular"), "{name}: {derived:?}");
        assert!(derived.low < Some(derived.estimate) && Some(derived.estimate) < derived.high);
    };
    near("price.sd", spread.sd.of("price"), 0.5);
    near("rating.sd", spread.sd.of("rating"), 0.6);
    near("correlation", spread.correlation.of("rating").and_then(|with| with.of("price")), 0.0);
    // The first coefficient's standard deviation is its only loading.
    let (first, loading) = (spread.sd.of("price").expect("it"), fit.coefficients.of("chol.price.price").expect("it"));
    assert!((first.se.expect("regular") - loading.se_robust.expect("regular")).abs() < 1e-12);
}

#[test]
fn ratios_tastes_and_elasticities_are_those_of_their_definitions() {
    let data = Simulated { people: 300, choices_each: 8, seed: 6 };
    let (choices, spec) = (data.choices(), spec(TRUE_SPEC));
    let fit = estimate(("spec.json", ""), &spec, &choices, 1, &mut |_| ()).expect("a good design");

    let estimate = |name: &str| fit.coefficients.of(name).expect(name).estimate;
    let price = -libm::exp(estimate("price") + 0.5 * estimate("price.sd") * estimate("price.sd"));
    let worth = willingness_to_pay(&fit, &spec, "price").expect("a coefficient");
    let green = worth.by_variable.of("green").expect("another");
    assert!((green.estimate + estimate("green") / price).abs() < 1e-12);
    assert!((worth.coefficient.estimate - price).abs() < 1e-12);
    assert!(worth.by_variable.of("price").is_none() && willingness_to_pay(&fit, &spec, "colour").is_none());

    // Who has which taste for ratings is known from the simulation.
    let stream = Stream::new(data.seed, Purpose::Visit);
    let tastes = individual_tastes(&spec, &choices, &fit);
    let pairs = || tastes.iter().enumerate().map(|(person, taste)| (taste[1], stream.item(person as u64).normal(1)));
    let n = tastes.len() as f64;
    let mean = |of: fn((f64, f64)) -> f64| pairs().map(of).sum::<f64>() / n;
    let (x, y, xx, yy, xy) =
        (mean(|p| p.0), mean(|p| p.1), mean(|p| p.0 * p.0), mean(|p| p.1 * p.1), mean(|p| p.0 * p.1));
    let correlation = (xy - x * y) / libm::sqrt((xx - x * x) * (yy - y * y));
    assert!(correlation > 0.6, "{correlation}");
    assert!((x - estimate("rating")).abs() < 0.05, "the population's mean again: {x}");

    // Deal 2 becomes one thousandth dearer.
    let at = |csv: &str| {
        let columns = super::simulated::columns();
        let choices =
            valid(|found| long::parse("e.csv", csv.as_bytes(), &columns, &super::simulated::VARIABLES, found));
        elasticities(&choices, &spec, &fit.point(), "price").expect("a coefficient")
    };
    let csv = data.csv();
    let dearer = csv.lines().map(|line| {
        let mut cells: Vec<String> = line.split(',').map(str::to_owned).collect();
        if cells[2] == "2" {
            cells[5] = (cells[5].parse::<f64>().expect("a price") * 1.001).to_string();
        }
        cells.join(",") + "\n"
    });
    let (before, after) = (at(&csv), at(&dearer.collect::<String>()));
    let place = |label: &str| before.alternatives.iter().position(|known| known == label).expect(label);
    for label in ["1", "2", "5", "none"] {
        let change = 1e3 * (after.expected_choices[place(label)] / before.expected_choices[place(label)] - 1.0);
        let elasticity = before.matrix[place(label)][place("2")];
        assert!((change - elasticity).abs() < 2e-3 * (1.0 + elasticity.abs()), "{label}: {change} {elasticity}");
    }
}

/// Money gained is a price the other way round: what people like is worth as much, and as surely.
#[test]
fn worth_is_the_same_in_a_price_and_in_money_gained() {
    let csv = Simulated { people: 200, choices_each: 8, seed: 6 }.csv();
    let with = |name: &str, of: fn(usize, &str) -> String| {
        let line = |(at, line): (usize, &str)| {
            let mut cells: Vec<String> = line.split(',').map(str::to_owned).collect();
            cells[5] = if at == 0 { name.to_owned() } else { of(at, &cells[5]) };
            cells.join(",") + "\n"
        };
        csv.lines().enumerate().map(line).collect::<String>()
    };
    let worth = |csv: &str, paid: &str, distribution: &str| {
        let spec = spec(&TRUE_SPEC.replace("price", paid).replace("nln", distribution));
        let variables = [paid, "rating", "green", "none"];
        let choices =
            valid(|found| long::parse("w.csv", csv.as_bytes(), &super::simulated::columns(), &variables, found));
        let fit = estimate(("spec.json", ""), &spec, &choices, 1, &mut |_| ()).expect("a good design");
        willingness_to_pay(&fit, &spec, paid).expect("a coefficient")
    };
    let (price, gain) =
        (worth(&csv, "price", "nln"), worth(&with("gain", |_, price| format!("-{price}")), "gain", "ln"));
    assert!(price.coefficient.estimate < 0.0 && gain.coefficient.estimate > 0.0 && gain.warning().is_none());
    for name in ["rating", "green", "none"] {
        let [a, b] = [&price, &gain].map(|worth| worth.by_variable.of(name).expect(name));
        assert!(
            (a.estimate - b.estimate).abs() < 1e-6 && (a.se.expect("one") - b.se.expect("one")).abs() < 1e-6,
            "{name}"
        );
        assert_eq!(a.estimate > 0.0, name == "rating", "{name}: {a:?}");
    }
    let noise = worth(&with("noise", |at, _| (at * 37 % 11).to_string()), "noise", "n");
    assert!(noise.warning().is_some_and(|text| text.contains("the mean of `noise` is not told from 0")), "{noise:?}");
}

#[test]
fn what_is_held_stays_and_what_is_given_is_where_it_begins() {
    let choices = Simulated { people: 200, choices_each: 8, seed: 7 }.choices();
    let fit = |json: &str| estimate(("spec.json", ""), &spec(json), &choices, 1, &mut |_| ()).expect("a good design");
    let free = fit(TRUE_SPEC);
    let held = fit(&TRUE_SPEC.replace(r#""green"}"#, r#""green", "mean": -0.5, "held": true}"#));
    let green = held.coefficients.of("green").expect("held");
    assert_eq!((green.estimate.to_bits(), green.se_robust, green.z), ((-0.5_f64).to_bits(), None, None));
    assert!(held.converged && held.log_likelihood < free.log_likelihood);
    assert!(!held.covariance.expect("regular").parameters.contains(&"green".to_owned()));
    let near = TRUE_SPEC.replace(r#""nln"}"#, r#""nln", "mean": -1, "sd": 0.5}"#);
    let (a, b) = (fit(&near).log_likelihood, free.log_likelihood);
    assert!((a - b).abs() < 1e-7, "the same maximum from elsewhere: {a} {b}");
}

/// A weight of two is a person who is there twice: the estimates are the same, and so are the errors by Hessian.
#[test]
fn weights_are_counts() {
    let data = Simulated { people: 120, choices_each: 5, seed: 2 };
    let csv = data.csv();
    let mut twice = csv.clone();
    for line in csv.lines().filter(|line| line.split(',').nth(4) == Some("2")) {
        twice.push_str(&line.replacen('p', "again-p", 1).replacen(",s", ",again-s", 1));
        twice.push('\n');
    }
    let columns = long::Columns { weight: None, ..super::simulated::columns() };
    let doubled =
        valid(|found| long::parse("twice.csv", twice.as_bytes(), &columns, &super::simulated::VARIABLES, found));
    let spec = spec(&TRUE_SPEC.replace(r#", "distribution": "nln""#, "").replace(r#", "distribution": "n""#, ""));
    let fit = |choices| estimate(("spec.json", ""), &spec, choices, 1, &mut |_| ()).expect("a good design");
    let (weighted, doubled) = (fit(&data.choices()), fit(&doubled));
    assert!((weighted.log_likelihood - doubled.log_likelihood).abs() < 1e-9);
    assert!((weighted.hit_rate - doubled.hit_rate).abs() < 1e-12);
    for ((name, a), (_, b)) in weighted.coefficients.0.iter().zip(&doubled.coefficients.0) {
        assert!((a.estimate - b.estimate).abs() < 1e-9, "{name}");
        assert!((a.se_hessian.expect("regular") - b.se_hessian.expect("regular")).abs() < 1e-9, "{name}");
        assert!((a.se_opg.expect("regular") - b.se_opg.expect("regular")).abs() < 1e-9, "{name}");
        assert!(a.se_robust > b.se_robust, "{name}: one person twice tells less than two people");
    }
}
