//! The golden reports again, from wasm: under Node, and in a browser when the runner is told so. See `core/tests/golden.rs`.

use switchyard_core::pipeline::in_memory::{Delivery, Question, predict};
use wasm_bindgen_test::wasm_bindgen_test;

#[path = "../../core/tests/it/examples.rs"]
mod examples;
#[path = "../../core/tests/it/fit/simulated.rs"]
mod simulated;

#[wasm_bindgen_test]
async fn the_examples_give_their_golden_reports() {
    let golden = examples::golden();
    for (name, sha256) in &golden.sha256 {
        let question = Question { visits: Some(golden.visits), ..examples::question(name) };
        let bytes = predict(&question, Delivery::InOrder).await.expect("the examples are good");
        assert_eq!(examples::sha256(&bytes), *sha256, "{name}");
    }
}

#[wasm_bindgen_test]
async fn chunks_and_order_change_nothing() {
    let question = examples::small_question();
    let expected = predict(&question, Delivery::InOrder).await.expect("good");
    let cut = Question { chunk: Some(10_000), ..question };
    assert!(predict(&cut, Delivery::LastFirst).await.expect("good") == expected);
}

#[wasm_bindgen_test]
fn estimations_are_the_same_to_the_last_bit() {
    for (spec, golden) in [simulated::spec(simulated::TRUE_SPEC), simulated::correlated()].iter().zip(simulated::GOLDEN)
    {
        let fit = simulated::golden_fit(spec, 3);
        assert_eq!(examples::sha256(&serde_json::to_vec(&fit).expect("a value")), golden);
    }
}
