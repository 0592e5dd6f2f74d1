//! An estimation to the last bit, however the people are cut. The wasm tests compare with the same hashes.

use super::simulated::{GOLDEN, TRUE_SPEC, correlated, golden_fit, spec};
use crate::examples::sha256;
use switchyard_core::fit::design::Design;
use switchyard_core::fit::search::Search;

#[test]
fn any_chunks_give_the_same_bits() {
    for (spec, golden) in [spec(TRUE_SPEC), correlated()].iter().zip(GOLDEN) {
        for chunks in [1, 2, 3, 7] {
            let fit = golden_fit(spec, chunks);
            assert!(fit.converged, "{}", fit.reason);
            assert_eq!(sha256(&serde_json::to_vec(&fit).expect("a value")), golden, "{chunks} chunks");
        }
    }
}

#[test]
fn numbers_survive_json_and_searches_survive_storage_to_the_last_bit() {
    let fit = golden_fit(&spec(TRUE_SPEC), 1);
    let written = serde_json::to_string(&fit.log_likelihood).expect("a number");
    assert_eq!(written.parse().map(f64::to_bits), Ok(fit.log_likelihood.to_bits()));
    let design = Design { spreads: vec![0.1, 0.3, 1.0 / 3.0, 1.0], weight: 1.5 };
    let search = Search::new(&spec(TRUE_SPEC), design);
    let stored = postcard::to_allocvec(&search).expect("a value");
    let again: Search = postcard::from_bytes(&stored).expect("the same");
    assert_eq!(again.ask(), search.ask());
    assert_eq!(postcard::to_allocvec(&again).expect("a value"), stored);
}
