//! Gradients and Hessians against central differences, on random small data and random models.

use proptest::prelude::*;

use super::simulated::{Simulated, spec};
use switchyard_core::fit::likelihood::{Evaluator, Request, Sums, merge};
use switchyard_core::fit::spec::Spec;

fn sums(data: &Simulated, spec: &Spec, parameters: &[f64], draws: u32) -> Sums {
    let choices = data.choices();
    let mut evaluator = Evaluator::new(&choices, spec, 0..choices.people.len());
    let evaluation = evaluator.evaluate(&Request { parameters: parameters.to_vec(), draws });
    merge(vec![evaluation], choices.people.len()).expect("all people")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn derivatives_are_those_of_differences(
        seed in 0_u64..1_000,
        distributions in prop::array::uniform4(prop::sample::select(vec!["fixed", "n", "ln", "nln"])),
        correlated: bool,
        draws in 1_u32..20,
        point in prop::collection::vec(-0.8_f64..0.8, 14),
    ) {
        let names = ["price", "rating", "green", "none"];
        let coefficients: Vec<String> = names.iter().zip(distributions)
            .map(|(name, distribution)| format!(r#"{{"variable": "{name}", "distribution": "{distribution}"}}"#)).collect();
        let spec = spec(&format!(
            r#"{{"coefficients": [{}], "correlated": {correlated}, "draws": {{"count": {draws}, "kind": "mlhs", "seed": {seed}}}}}"#,
            coefficients.join(",")
        ));
        let random = spec.random_count();
        let parameters = 4 + if correlated { random * (random + 1) / 2 } else { random };
        let (draws, point) = (if random == 0 { 0 } else { draws }, &point[..parameters]);
        let data = Simulated { people: 11, choices_each: 3, seed };
        let here = sums(&data, &spec, point, draws);
        let step = 1e-5;
        for moved in 0..parameters {
            let beside = |by: f64| {
                let mut point = point.to_vec();
                point[moved] += by;
                sums(&data, &spec, &point, draws)
            };
            let (below, above) = (beside(-step), beside(step));
            let near = |analytic: f64, above: f64, below: f64| {
                let difference = (above - below) / (2.0 * step);
                let scale = 1.0 + analytic.abs() + here.log_likelihood.abs() * 0.1;
                prop_assert!((analytic - difference).abs() < 1e-6 * scale, "{analytic} {difference}");
                Ok(())
            };
            near(here.gradient[moved], above.log_likelihood, below.log_likelihood)?;
            for row in moved..parameters {
                near(here.hessian[row * (row + 1) / 2 + moved], above.gradient[row], below.gradient[row])?;
            }
        }
    }
}

/// Lanes that are padding, and exponents far apart, change nothing: one draw is a conditional logit with that draw's tastes.
#[test]
fn one_draw_is_a_conditional_logit() {
    let data = Simulated { people: 30, choices_each: 40, seed: 5 };
    let mixed = spec(
        r#"{"coefficients": [{"variable": "price", "distribution": "n"}, {"variable": "rating"}, {"variable": "green"},
            {"variable": "none"}], "draws": {"count": 1}}"#,
    );
    // Far from what anybody would do: the likelihood of each person is below the smallest double.
    let (point, conditional) = ([9.0, -7.0, 30.0, 20.0, 0.0], [9.0, -7.0, 30.0, 20.0]);
    let (a, b) = (sums(&data, &mixed, &point, 1), sums(&data, &mixed, &conditional, 0));
    assert!(a.log_likelihood < -30.0 * 800.0, "{}", a.log_likelihood);
    let close = |a: f64, b: f64| (a - b).abs() <= 1e-11 * (1.0 + b.abs());
    assert!(close(a.log_likelihood, b.log_likelihood) && close(a.hits, b.hits));
    assert!(a.gradient.iter().zip(&b.gradient).all(|(a, b)| close(*a, *b)));
    assert!(a.hessian.iter().zip(&b.hessian).all(|(a, b)| (a - b).abs() <= 1e-9 * (1.0 + b.abs())));
}
