//! Correlated tastes, end to end: the model that a fit writes means the same to a prediction, in its probabilities and in its
//! draws of the parameters.

use serde_json::{Value, json};
use switchyard_core::choice::model::Model;
use switchyard_core::fit::result::Fit;
use switchyard_core::host::Host;
use switchyard_core::host::memory::Memory;
use switchyard_core::pipeline::prediction::visits::{Column, Table};
use switchyard_core::pipeline::run::warm::Warm;

use super::pipeline::{PEOPLE, begun, blob, delivered, once};
use crate::valid;
use crate::visits::{finished, numbers, table};

/// In another order than that of predictions.
const SPEC: &str = r#"{"coefficients": [
    {"variable": "supplier_rating", "distribution": "n"}, {"variable": "log_position", "distribution": "nln"},
    {"variable": "no_switch"}, {"variable": "green", "mean": -0.5, "held": true}],
    "correlated": true, "draws": {"count": 100}}"#;

/// A fit to choices whose variables predictions know, and its model.
fn fitted(host: &Memory) -> (Fit, Vec<u8>) {
    let named = PEOPLE.csv().replace(",price,rating,", ",log_position,supplier_rating,");
    let change = |input: &mut Value| {
        for (key, text) in [("inputs/long.csv", named.as_str()), ("inputs/spec.json", SPEC)] {
            pollster::block_on(host.write(key, text.as_bytes())).expect("stored");
        }
        input["data"]["long"]["columns"]["outside"] = json!("no_switch");
        input["also"] = json!({"model": true});
    };
    begun(host, "fit", change).expect("good");
    delivered(host, Memory::take_first, once(host, &Warm::default()));
    let fit: Fit = serde_json::from_slice(&blob(host, "fit", "report.json").expect("a report")).expect("JSON");
    assert!(fit.converged, "{}", fit.reason);
    (fit, blob(host, "fit", "model.json").expect("a model"))
}

#[test]
fn the_model_of_a_correlated_fit_predicts_what_the_fit_says() {
    let host = Memory::default();
    let (fit, model) = fitted(&host);
    let run = finished(&host, "run", |_| pollster::block_on(host.write("inputs/model.json", &model)).expect("stored"));
    let long = table(&host, &run, Table::Long, 0..200).expect("rows");
    let utilities = utilities(&fit, &long);
    let (no_switch, probability) = (numbers(&long, "no_switch"), numbers(&long, "probability"));
    let starts: Vec<usize> = (0..no_switch.len()).filter(|row| no_switch[*row] > 0.0).collect();
    for (at, &start) in starts.iter().enumerate() {
        let rows = start..starts.get(at + 1).copied().unwrap_or(no_switch.len());
        let sum: f64 = utilities[rows.clone()].iter().map(|utility| libm::exp(*utility)).sum();
        for row in rows {
            let expected = libm::exp(utilities[row]) / sum;
            assert!((probability[row] - expected).abs() < 1e-5, "row {row}: {} {expected}", probability[row]);
        }
    }
}

/// By the definition of the fit's parameters, of the visits' own normals.
fn utilities(fit: &Fit, long: &[Column]) -> Vec<f64> {
    let estimate = |name: &str| fit.coefficients.of(name).expect(name).estimate;
    let loading = estimate("chol.supplier_rating.log_position");
    assert!(loading.abs() > 0.05, "{loading}");
    let column = |name: &str| numbers(long, name);
    let [z_rating, z_position] = ["z_supplier_rating", "z_log_position"].map(column);
    let [rating, position, green, no_switch] = ["supplier_rating", "log_position", "green", "no_switch"].map(column);
    let utility = |row: usize| {
        let of_rating = estimate("supplier_rating") + estimate("chol.supplier_rating.supplier_rating") * z_rating[row];
        let own = estimate("chol.log_position.log_position") * z_position[row];
        let of_position = -libm::exp(estimate("log_position") + loading * z_rating[row] + own);
        of_rating * rating[row] + of_position * position[row] - 0.5 * green[row]
            + estimate("no_switch") * no_switch[row]
    };
    (0..no_switch.len()).map(utility).collect()
}

#[test]
fn the_covariance_of_a_correlated_fit_is_of_the_models_parameters() {
    let (fit, model) = fitted(&Memory::default());
    let model = valid(|found| Model::parse("model.json", &model, found));
    let covariance = fit.covariance.expect("regular");
    assert_eq!(covariance.parameters.len(), 6, "all but the held one: {:?}", covariance.parameters);
    let factor = model.covariance_factor.as_ref().expect("a covariance");
    let (names, parameters) = (model.parameter_names(), &covariance.parameters);
    for (row, by_row) in parameters.iter().enumerate() {
        for (column, by_column) in parameters.iter().enumerate() {
            let place = |name: &String| names.iter().position(|known| known == name).expect(name);
            let product: f64 = factor[place(by_row)].iter().zip(&factor[place(by_column)]).map(|(a, b)| a * b).sum();
            let expected = covariance.matrix[row][column];
            assert!((product - expected).abs() < 1e-12 * (1.0 + expected.abs()), "{by_row}, {by_column}");
        }
    }
}
