//! What cannot be estimated is named.

use super::simulated::spec;
use switchyard_core::fit::estimate::estimate;
use switchyard_core::fit::long::{self, Columns};
use switchyard_core::fit::result::Fit;
use switchyard_core::fit::search::Stop;
use switchyard_core::input::InputError;

use crate::valid;

/// Sets of three, each of a person of their own: `a` and `b` are what a small generator gives, `of` makes the rest.
fn fitted(
    json: &str,
    of: impl Fn([f64; 2], usize) -> [f64; 2],
    chooses: impl Fn([f64; 3]) -> f64,
) -> Result<Fit, InputError> {
    let mut csv = String::from("set,alt,chosen,a,b,c,d\n");
    let mut state = 1_u32;
    let mut random = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(state >> 20) / 4_096.0
    };
    for set in 0..80 {
        let rows: Vec<[f64; 5]> = (0..3)
            .map(|_| {
                let x = [random(), random()];
                let [c, d] = of(x, set);
                [x[0], x[1], c, d, random()]
            })
            .collect();
        let utility = |row: &[f64; 5]| chooses([row[0], row[1], row[4]]);
        let best = (0..3).max_by(|i, j| utility(&rows[*i]).total_cmp(&utility(&rows[*j]))).expect("three");
        for (at, [a, b, c, d, _]) in rows.into_iter().enumerate() {
            csv.push_str(&format!("{set},{at},{},{a},{b},{c},{d}\n", at == best));
        }
    }
    let columns = Columns {
        choice: "chosen".into(),
        set: "set".into(),
        alternative: "alt".into(),
        person: None,
        weight: None,
        outside: None,
    };
    let choices = valid(|found| long::parse("d.csv", csv.as_bytes(), &columns, &["a", "b", "c", "d"], found));
    estimate(("spec.json", ""), &spec(json), &choices, 1, &mut |_| ())
}

fn coefficients(names: &[&str]) -> String {
    let coefficients: Vec<String> = names.iter().map(|name| format!(r#"{{"variable": "{name}"}}"#)).collect();
    format!(r#"{{"coefficients": [{}]}}"#, coefficients.join(","))
}

fn noisy([a, b, luck]: [f64; 3]) -> f64 {
    a - b + 3.0 * luck
}

#[test]
fn a_combination_of_others_is_named_with_them() {
    let error =
        fitted(&coefficients(&["a", "b", "c", "d"]), |[a, b], set| [a * a, 2.0 * a - 3.0 * b + set as f64], noisy);
    let error = error.expect_err("d is collinear").to_string();
    assert_eq!(
        error,
        "spec.json, coefficients: got `d`, expected variables of which none is a combination of others within choice sets; \
         `d` is a combination of a, b"
    );
}

#[test]
fn a_variable_that_never_varies_within_a_set_is_named() {
    let error = fitted(&coefficients(&["a", "c"]), |_, set| [set as f64, 0.0], noisy).expect_err("c is constant");
    assert!(error.to_string().contains("`c` never does"), "{error}");
}

#[test]
fn separation_is_named() {
    // The largest a is always chosen; b does not matter.
    let fit = fitted(&coefficients(&["a", "b"]), |_, _| [0.0; 2], |[a, _, _]| a).expect("a design");
    assert_eq!(fit.stop, Stop::Separated(vec!["a".into()]), "{fit:?}");
    assert!(!fit.converged && fit.reason.contains("`a`"));
    let fit = fitted(&coefficients(&["a", "b"]), |_, _| [0.0; 2], |[a, b, _]| a - b).expect("a design");
    assert_eq!(fit.stop, Stop::Separated(vec!["a".into(), "b".into()]));
}

#[test]
fn a_flat_direction_is_named() {
    // More of a is better, so that no negative coefficient is the best, and its logarithm goes wherever it is nothing.
    let json = r#"{"coefficients": [{"variable": "a", "distribution": "nln", "sd": 0.5}, {"variable": "b"}], "draws": {"count": 100}}"#;
    let fit = fitted(json, |_, _| [0.0; 2], noisy).expect("a design");
    let Stop::Flat(names) = &fit.stop else { panic!("{fit:?}") };
    assert!(names.contains(&"a".to_owned()) && !names.contains(&"b".to_owned()), "{names:?}");
    assert!(!fit.converged && fit.reason.contains("`a`"), "{}", fit.reason);
    let expected = "the conditional logit's coefficient of `a` is above 0, where none that is nln can be: use ln";
    assert!(fit.warnings.contains(&expected.to_owned()), "{:?}", fit.warnings);
    let fit = fitted(&json.replace("nln", "ln"), |_, _| [0.0; 2], noisy).expect("a design");
    assert_eq!((fit.converged, fit.warnings.len()), (true, 0), "{:?}", fit.warnings);
}

#[test]
fn no_more_people_than_parameters_have_no_robust_errors() {
    let fit = |people: usize, held: &str| {
        let mut csv = String::from("who,set,alt,chosen,a,b\n");
        for set in 0..24 {
            let (who, first) = (set % people, u8::from(set % 3 > 0));
            csv.push_str(&format!("{who},{set},p,{first},{},{}\n", set * 7 % 5, set % 2));
            csv.push_str(&format!("{who},{set},q,{},{},{}\n", 1 - first, set * 3 % 4, set / 2 % 2));
        }
        let columns = Columns {
            choice: "chosen".into(),
            set: "set".into(),
            alternative: "alt".into(),
            person: Some("who".into()),
            weight: None,
            outside: None,
        };
        let choices = valid(|found| long::parse("d.csv", csv.as_bytes(), &columns, &["a", "b"], found));
        let json = coefficients(&["a", "b"]).replace(r#""b""#, &format!(r#""b"{held}"#));
        estimate(("spec.json", ""), &spec(&json), &choices, 1, &mut |_| ()).expect("a design")
    };
    for (people, held, robust) in
        [(1, "", false), (2, "", false), (3, "", true), (2, r#", "mean": 0.5, "held": true"#, true)]
    {
        let fit = fit(people, held);
        let a = fit.coefficients.of("a").expect("it");
        assert!(fit.converged && a.se_hessian.is_some());
        let absent =
            [a.se_robust, a.se_opg, a.z, a.p, a.low, fit.covariance.as_ref().map(|_| 0.0)].map(|of| of.is_none());
        assert_eq!(absent, [!robust; 6], "{people} people {held}");
        let said = fit.warnings.iter().any(|warning| warning.contains("more people than parameters, and there are"));
        assert_eq!(said, !robust, "{:?}", fit.warnings);
    }
}

#[test]
fn names_that_look_like_others_are_told_apart_and_keep_their_order() {
    let sought = ["10", "2", "x", "x.sd"].map(|name| format!(r#"{{"variable": "{name}", "distribution": "DIST"}}"#));
    let mut csv = String::from("set,alt,chosen,10,2,x,x.sd\n");
    for set in 0..60_u32 {
        for alt in 0..2 {
            let value = |of: u32| (set * (7 + of) + alt * (11 + 4 * of)) % (13 + of);
            let chosen = u8::from((set % 3 > 0) == (alt == 0));
            csv.push_str(&format!("{set},{alt},{chosen},{},{},{},{}\n", value(0), value(1), value(2), value(3)));
        }
    }
    let columns = Columns {
        choice: "chosen".into(),
        set: "set".into(),
        alternative: "alt".into(),
        person: None,
        weight: None,
        outside: None,
    };
    let choices = valid(|found| long::parse("d.csv", csv.as_bytes(), &columns, &["10", "2", "x", "x.sd"], found));
    let mut random = sought.map(|sought| sought.replace("DIST", "fixed"));
    random[2] = random[2].replace("fixed", "n");
    let json = format!(r#"{{"coefficients": [{}], "draws": {{"count": 20}}}}"#, random.join(","));
    let fit = estimate(("spec.json", ""), &spec(&json), &choices, 1, &mut |_| ()).expect("a design");
    assert_eq!(fit.parameters, ["10", "2", "x", "x.sd", "x.sd~2"]);
    let names: Vec<&String> = fit.coefficients.0.iter().map(|(name, _)| name).collect();
    assert!(names.into_iter().eq(&fit.parameters), "{:?}", fit.coefficients);
}

#[test]
fn iterations_that_do_not_do_leave_the_best_point_and_say_so() {
    let json = coefficients(&["a", "b"]).replace("]}", r#"], "iterations_max": 1}"#);
    let fit = fitted(&json, |_, _| [0.0; 2], noisy).expect("a design");
    assert_eq!((fit.converged, fit.stop, fit.iterations), (false, Stop::IterationsSpent, 1));
    assert!(fit.log_likelihood.is_finite());
    // It comes to the mixed logit, but not to all of its draws.
    let json =
        r#"{"coefficients": [{"variable": "a", "distribution": "n"}], "draws": {"count": 600}, "iterations_max": 6}"#;
    let fit = fitted(json, |_, _| [0.0; 2], noisy).expect("a design");
    assert_eq!((fit.converged, fit.draws.map(|draws| draws.count)), (false, Some(80)));
}
