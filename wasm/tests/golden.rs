//! The golden reports again, from wasm: under Node, and in a browser when the runner is told so. See `core/tests/golden.rs`.

use switchyard_core::pipeline::in_memory::{Delivery, Question, predict};
use wasm_bindgen_test::wasm_bindgen_test;

#[path = "../../core/tests/it/examples.rs"]
mod examples;

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
