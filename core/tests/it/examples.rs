//! The examples as questions, and the hashes of the reports they must give on every platform.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};
use switchyard_core::pipeline::in_memory::Question;

/// What the examples' reports must hash to on every platform.
#[derive(serde::Deserialize)]
pub(crate) struct Golden {
    /// Simulated visits: few enough for a test, more than one default chunk.
    pub(crate) visits: u64,
    /// By scenario.
    pub(crate) sha256: BTreeMap<String, String>,
}

/// The golden hashes; the command line's tests compare with the same file.
pub(crate) fn golden() -> Golden {
    serde_json::from_str(include_str!("../../../tests/golden.json")).expect("golden hashes")
}

/// An example scenario with its files.
pub(crate) fn question(name: &str) -> Question {
    let scenario: &[u8] = match name {
        "undercut" => include_bytes!("../../../examples/undercut.json"),
        "supplier-leaves" => include_bytes!("../../../examples/supplier-leaves.json"),
        "green-premium" => include_bytes!("../../../examples/green-premium.json"),
        _ => panic!("no example {name}"),
    };
    let files: [(&str, &[u8]); 4] = [
        ("tariffs.csv", include_bytes!("../../../examples/tariffs.csv")),
        ("rates.csv", include_bytes!("../../../examples/rates.csv")),
        ("visits.csv", include_bytes!("../../../examples/visits.csv")),
        ("model.json", include_bytes!("../../../examples/model.json")),
    ];
    Question {
        path: format!("examples/{name}.json"),
        scenario: scenario.to_vec(),
        files: BTreeMap::from(files.map(|(name, bytes)| (name.to_owned(), bytes.to_vec()))),
        visits: None,
        seed: None,
        chunk: None,
    }
}

/// An example with few observed visits and parameter draws: quick to read again and again.
pub(crate) fn small_question() -> Question {
    let mut question = question("undercut");
    let visits = question.files.get_mut("visits.csv").expect("the example has visits");
    let lines: Vec<&[u8]> = visits.split_inclusive(|byte| *byte == b'\n').take(1_000).collect();
    *visits = lines.concat();
    let scenario = String::from_utf8(question.scenario).expect("UTF-8");
    question.scenario = scenario.replace("\"parameter_draws\": 200", "\"parameter_draws\": 30").into_bytes();
    question
}

/// In hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
