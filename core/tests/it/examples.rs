//! The examples as questions, and the hashes of the reports they must give on every platform.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};
use switchyard_core::pipeline::in_memory::Question;

/// Scenario, and the SHA-256 of its report over [`VISITS`] visits.
pub(crate) const GOLDEN: &[(&str, &str)] = &[
    ("undercut", "e52bdf6a1495e0fde3328bd42f62e64bd1e6368c28c980a8fd8d02dc12134d81"),
    ("supplier-leaves", "658efbb13a8a1786744c9b684d8795b442103e9975d3e218e4fb4c7170fa06cd"),
    ("green-premium", "9b24c494ff2be95785e57def27bdd286530550791932f4cfd9f4507e9d548219"),
];

/// Few enough for a test, more than one default chunk of sweeps and draws.
pub(crate) const VISITS: u64 = 60_000;

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
        visits: Some(VISITS),
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
