//! The same question gives the same report bytes, however the work is cut and delivered. The wasm tests and the command-line
//! tests compare with the same golden hashes.

use crate::examples;
use serde_json::{Value, json};
use switchyard_core::pipeline::in_memory::{Delivery, Question, predict};

fn report(question: &Question, delivery: Delivery) -> Vec<u8> {
    pollster::block_on(predict(question, delivery)).expect("the examples are good")
}

#[test]
fn the_examples_give_their_golden_reports() {
    let golden = examples::golden();
    for (name, sha256) in &golden.sha256 {
        let question = Question { visits: Some(golden.visits), ..examples::question(name) };
        let bytes = report(&question, Delivery::InOrder);
        assert_eq!(examples::sha256(&bytes), *sha256, "{name}");
    }
}

#[test]
fn chunks_order_duplicates_and_cold_instances_change_nothing() {
    let question = Question { visits: Some(9_000), ..examples::small_question() };
    let expected = report(&question, Delivery::InOrder);
    for (chunk, delivery) in [
        (1_000, Delivery::InOrder),
        (1_000, Delivery::LastFirst),
        (777, Delivery::LastFirst),
        (4_096, Delivery::TwiceAndCold),
        (9_000, Delivery::InOrder),
    ] {
        let question = Question { chunk: Some(chunk), ..question.clone() };
        assert!(report(&question, delivery) == expected, "chunk {chunk}, {delivery:?}");
    }
}

#[test]
fn a_diagonal_cholesky_factor_gives_the_report_of_standard_deviations() {
    let question = Question { visits: Some(9_000), ..examples::small_question() };
    let mut diagonal = question.clone();
    let file = diagonal.files.get_mut("model.json").expect("the example has a model");
    // The covariance is of the parameters' new names.
    let mut text = String::from_utf8(file.clone()).expect("UTF-8");
    for name in ["saving_gbp", "green"] {
        text = text.replace(&format!("{name}.sd"), &format!("chol.{name}.{name}"));
    }
    let mut model: Value = serde_json::from_str(&text).expect("JSON");
    let mut sd =
        |name: &str| model["coefficients"][name].as_object_mut().and_then(|of| of.remove("sd")).expect("random");
    let [green, saving] = ["green", "saving_gbp"].map(&mut sd);
    model["cholesky"] = json!({"variables": ["green", "saving_gbp"], "matrix": [[green, 0], [0, saving]]});
    *file = model.to_string().into_bytes();
    assert!(report(&diagonal, Delivery::InOrder) == report(&question, Delivery::InOrder));
}
