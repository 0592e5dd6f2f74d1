//! The truth is found again, up to sampling error.

use super::simulated::{Simulated, TRUE_SPEC, spec};
use switchyard_core::fit::estimate::estimate;
use switchyard_core::fit::long;

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
    let doubled = long::parse("twice.csv", twice.as_bytes(), &columns, &super::simulated::VARIABLES).expect("valid");
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
