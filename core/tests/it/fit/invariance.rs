//! What says nothing changes nothing: the unit of weights and of a variable, the order of rows, what is certain or of no weight.

use super::simulated::{Simulated, TRUE_SPEC, VARIABLES, columns, spec};
use switchyard_core::fit::choices::Choices;
use switchyard_core::fit::estimate::estimate;
use switchyard_core::fit::long;
use switchyard_core::fit::result::{Estimate, Fit};

use crate::valid;

const CONDITIONAL: &str =
    r#"{"coefficients": [{"variable": "price"}, {"variable": "rating"}, {"variable": "green"}, {"variable": "none"}]}"#;
/// Columns of the simulated choices.
const WEIGHT: usize = 4;
const PRICE: usize = 5;
const RATING: usize = 6;

fn csv() -> String {
    Simulated { people: 61, choices_each: 4, seed: 8 }.csv()
}

/// The simulated choices with the numbers of a column multiplied.
fn scaled(csv: &str, column: usize, by: f64) -> String {
    let line = |line: &str| {
        let mut cells: Vec<String> = line.split(',').map(str::to_owned).collect();
        if let Ok(number) = cells[column].parse::<f64>() {
            cells[column] = (number * by).to_string();
        }
        cells.join(",") + "\n"
    };
    csv.lines().map(line).collect()
}

fn choices(csv: &str) -> Choices {
    valid(|found| long::parse("d.csv", csv.as_bytes(), &columns(), &VARIABLES, found))
}

fn fitted(csv: &str, json: &str) -> Fit {
    estimate(("spec.json", ""), &spec(json), &choices(csv), 1, &mut |_| ()).expect("a good design")
}

/// Two fits are one if every estimate of the second is `unit` times that of the first, and then `shift` more.
fn assert_same(a: &Fit, b: &Fit, change: impl Fn(&str) -> (f64, f64)) {
    assert!(a.converged && b.converged, "{} {}", a.reason, b.reason);
    assert_eq!(a.iterations, b.iterations);
    let near = |a: f64, b: f64, error: f64| (a - b).abs() < 1e-6 * error;
    for (name, Estimate { estimate, se_robust, .. }) in &a.coefficients.0 {
        let (unit, shift) = change(name);
        let (error, other) = (unit * se_robust.expect("regular"), b.coefficients.of(name).expect(name));
        assert!(near(unit * estimate + shift, other.estimate, error), "{name}: {estimate} {other:?}");
        assert!(near(error, other.se_robust.expect("regular"), error), "{name}: {error} {other:?}");
    }
}

#[test]
fn weights_have_no_unit() {
    for json in [CONDITIONAL, TRUE_SPEC] {
        let fit = fitted(&csv(), json);
        for factor in [1e-9, 1e-6, 1e6] {
            assert_same(&fit, &fitted(&scaled(&csv(), WEIGHT, factor), json), |_| (1.0, 0.0));
        }
    }
}

#[test]
fn variables_may_be_in_any_unit() {
    for json in [CONDITIONAL, TRUE_SPEC] {
        let fit = fitted(&csv(), json);
        for unit in [1e-6, 1e6] {
            let other = fitted(&scaled(&scaled(&csv(), PRICE, unit), RATING, 1.0 / unit), json);
            assert_same(&fit, &other, |name| match name {
                "rating" | "rating.sd" => (unit, 0.0),
                // Of a lognormal coefficient, the logarithm.
                "price" if json == TRUE_SPEC => (1.0, -libm::log(unit)),
                "price" => (1.0 / unit, 0.0),
                _ => (1.0, 0.0),
            });
        }
    }
}

#[test]
fn the_order_of_rows_says_nothing() {
    let csv = csv();
    let expected = choices(&csv);
    let (header, rows) = csv.split_once('\n').expect("a header");
    for seed in 0..5_u64 {
        let mut rows: Vec<&str> = rows.lines().collect();
        let mut state = seed;
        for at in (1..rows.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            rows.swap(at, (state >> 33) as usize % (at + 1));
        }
        assert!(choices(&format!("{header}\n{}\n", rows.join("\n"))) == expected, "seed {seed}");
    }
    assert_eq!(expected.people[..3], ["p0", "p1", "p2"]);
    assert_eq!(expected.people[10], "p10", "in natural order");
    assert_eq!(expected.alternatives, ["1", "2", "3", "4", "5", "none"], "the outside option is the last");
}

#[test]
fn what_is_certain_or_of_no_weight_is_left_out_and_counted() {
    let within = |more: &str| {
        let columns = long::Columns { outside: None, ..columns() };
        let rows: String =
            csv().lines().filter(|line| !line.contains(",s7,")).map(|line| line.to_owned() + "\n").collect();
        let chosen: Vec<&str> = rows.lines().filter(|line| line.split(',').nth(3) == Some("1")).collect();
        let has_chosen = |line: &str| {
            let set = line.split(',').nth(1);
            chosen.iter().any(|line| line.split(',').nth(1) == set)
        };
        let rows = rows.lines().enumerate().filter(|(at, line)| *at == 0 || has_chosen(line));
        let text = rows.map(|(_, line)| line.to_owned() + "\n").collect::<String>() + more;
        valid(|found| long::parse("d.csv", text.as_bytes(), &columns, &VARIABLES[..3], found))
    };
    let (plain, mut more) =
        (within(""), within("p9,t1,1,1,2,3,3,1\nz,t2,1,1,1,3,3,1\ny,t3,1,0,0,9,1,1\ny,t3,other,1,0,3,3,0\n"));
    assert_eq!(
        more.notes,
        ["2 choices with one alternative, which tells nothing, are left out", "1 person of weight 0 is left out"]
    );
    more.notes.clear();
    assert!(more == plain);
}

#[test]
fn of_k_that_tie_each_is_foretold_to_1_in_k() {
    let mut csv = String::from("set,deal,chosen,x\n");
    for set in 0..30 {
        (0..3).for_each(|deal| csv.push_str(&format!("t{set},{deal},{},1.7\n", u8::from(deal == set % 3))));
        (0..2)
            .for_each(|deal| csv.push_str(&format!("u{set},{deal},{},{deal}\n", u8::from((deal == 1) == (set < 20)))));
    }
    let columns = long::Columns { person: None, weight: None, outside: None, ..columns() };
    let choices = valid(|found| long::parse("d.csv", csv.as_bytes(), &columns, &["x"], found));
    for distribution in ["fixed", "n"] {
        let json = format!(
            r#"{{"coefficients": [{{"variable": "x", "distribution": "{distribution}"}}], "draws": {{"count": 50}}}}"#
        );
        let fit = estimate(("spec.json", ""), &spec(&json), &choices, 1, &mut |_| ()).expect("a good design");
        assert!((fit.hit_rate - (30.0 / 3.0 + 20.0) / 60.0).abs() < 1e-12, "{}", fit.hit_rate);
    }
}
