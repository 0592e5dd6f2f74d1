//! The examples as questions, and the hashes of the reports they must give on every platform.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};
use switchyard_core::pipeline::in_memory::Question;

/// Scenario, and the SHA-256 of its report over [`VISITS`] visits.
pub(crate) const GOLDEN: &[(&str, &str)] = &[("undercut", ""), ("supplier-leaves", ""), ("green-premium", "")];

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

/// In hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
