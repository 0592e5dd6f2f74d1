//! Train's electricity data (361 people, 4,308 choices), where it is at hand (`../shared/data` beside the checkout).

use std::io::Read;
use std::path::PathBuf;

use super::simulated::spec;
use switchyard_core::fit::choices::Choices;
use switchyard_core::fit::estimate::estimate;
use switchyard_core::fit::long::{self, Columns};
use switchyard_core::fit::result::Fit;

use crate::valid;

const VARIABLES: [&str; 6] = ["pf", "cl", "loc", "wk", "tod", "seas"];

fn electricity() -> Option<Choices> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/electricity.csv.gz");
    let Ok(packed) = std::fs::File::open(path) else {
        println!("skipped: no reference data (electricity.csv.gz)");
        return None;
    };
    let mut csv = Vec::new();
    flate2::read::GzDecoder::new(packed).read_to_end(&mut csv).expect("gzip");
    let columns = Columns {
        choice: "choice".into(),
        set: "chid".into(),
        alternative: "alt".into(),
        person: Some("id".into()),
        weight: None,
        outside: None,
    };
    Some(valid(|found| long::parse("electricity.csv", &csv, &columns, &VARIABLES, found)))
}

fn fitted(choices: &Choices, distribution: &str, correlated: bool) -> Fit {
    let coefficient = |name: &str| format!(r#"{{"variable": "{name}", "distribution": "{distribution}"}}"#);
    let coefficients = VARIABLES.map(coefficient).join(",");
    let draws = r#"{"count": 600}"#;
    let spec = spec(&format!(r#"{{"coefficients": [{coefficients}], "correlated": {correlated}, "draws": {draws}}}"#));
    estimate(("spec.json", ""), &spec, choices, 1, &mut |_| ()).expect("a good design")
}

fn assert_near(what: &str, got: impl Iterator<Item = f64>, published: &[f64], tolerance: f64) {
    let got: Vec<f64> = got.collect();
    assert_eq!(got.len(), published.len(), "{what}");
    for (got, published) in got.iter().zip(published) {
        assert!((got - published).abs() <= tolerance, "{what}: {got} instead of {published}");
    }
}

#[test]
fn the_conditional_logit_is_the_published_one() {
    let Some(choices) = electricity() else { return };
    let fit = fitted(&choices, "fixed", false);
    assert!(fit.converged && (fit.log_likelihood + 4958.649119337).abs() < 1e-8, "{}", fit.log_likelihood);
    assert_eq!((fit.people, fit.choices, fit.rows), (361, 4_308, 17_232));
    assert!((fit.log_likelihood_null + 4_308.0 * libm::log(4.0)).abs() < 1e-8);
    let estimates = || fit.coefficients.0.iter().map(|(_, estimate)| estimate);
    let published = [-0.6252278, -0.1082991, 1.4422429, 0.9955040, -5.4627587, -5.8400308];
    assert_near("estimates", estimates().map(|e| e.estimate), &published, 5.1e-8);
    let errors = estimates().map(|e| e.se_hessian.expect("regular"));
    assert_near("errors", errors, &[0.0232223, 0.0082442, 0.0505571, 0.0447801, 0.1837125, 0.1866779], 5.1e-8);
}

#[test]
fn the_mixed_logit_is_the_published_one() {
    let Some(choices) = electricity() else { return };
    let fit = fitted(&choices, "n", false);
    assert!(fit.converged && fit.log_likelihood >= -3888.46508, "{}", fit.log_likelihood);
    assert!(fit.warnings[0].starts_with("Halton draws in 6 dimensions"));
    let estimates = || fit.coefficients.0.iter().map(|(_, estimate)| estimate);
    let published = [
        -0.99721, -0.21968, 2.29022, 1.69431, -9.67526, -9.69623, 0.22073, 0.41156, 1.78403, 1.22962, 2.27571, 1.48624,
    ];
    assert_near("estimates", estimates().map(|e| e.estimate), &published, 1e-4);
    let by_hessian = [
        0.037822, 0.025517, 0.126306, 0.096150, 0.335090, 0.324652, 0.019106, 0.025461, 0.118132, 0.094360, 0.173769,
        0.163838,
    ];
    assert_near("by Hessian", estimates().map(|e| e.se_hessian.expect("regular")), &by_hessian, 1e-4);
    let robust = [
        0.055174, 0.029810, 0.137385, 0.110211, 0.489718, 0.487020, 0.024733, 0.031451, 0.126802, 0.105056, 0.197590,
        0.171709,
    ];
    assert_near("robust", estimates().map(|e| e.se_robust.expect("regular")), &robust, 1e-4);
    assert_eq!(fit.coefficients.0[6].0, "pf.sd");
}

#[test]
fn the_correlated_mixed_logit_is_the_published_one() {
    let Some(choices) = electricity() else { return };
    let fit = fitted(&choices, "n", true);
    assert!(fit.converged && (fit.log_likelihood + 3670.4668).abs() < 5.1e-5, "{}", fit.log_likelihood);
    assert_eq!(fit.parameters.len(), 6 + 21);
}
