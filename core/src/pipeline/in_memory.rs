//! The whole pipeline in one call and in memory: for previews, and for tests of what must not depend on the world.

use std::collections::BTreeMap;

use serde_json::json;
use serde_json::value::to_raw_value;

use crate::host::Host;
use crate::host::memory::{Memory, Message};
use crate::pipeline::call;
use crate::pipeline::run::blobs::read;
use crate::pipeline::run::envelope::Envelope;
use crate::pipeline::run::keys::Keys;
use crate::pipeline::run::warm::Warm;
use crate::pipeline::run::{Error, Result};

const ENV: &str = "dev";

/// A scenario with its files.
#[derive(Clone, Debug, Default)]
pub struct Question {
    /// The scenario's path, for messages.
    pub path: String,
    /// Its bytes.
    pub scenario: Vec<u8>,
    /// The files it names, by the names it uses.
    pub files: BTreeMap<String, Vec<u8>>,
    /// Replaces its number of visits.
    pub visits: Option<u64>,
    /// Replaces its seed.
    pub seed: Option<u64>,
    /// Visits in a chunk.
    pub chunk: Option<u64>,
}

/// How messages are delivered. The report does not depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// Each once, in the order of launching.
    InOrder,
    /// Each once, the last launched first.
    LastFirst,
    /// Each twice in a row, by an instance that was never called before.
    TwiceAndCold,
}

/// Predicts, and gives the report's bytes.
///
/// # Errors
/// The first failure of any component.
pub async fn predict(question: &Question, delivery: Delivery) -> Result<Vec<u8>> {
    let host = Memory::default();
    let envelope = launch(&host, question).await?;
    let warm = Warm::default();
    while let Some((component, message)) = next(&host, delivery) {
        if delivery == Delivery::TwiceAndCold {
            call(&component, ENV, &host, &Warm::default(), &message).await?;
            call(&component, ENV, &host, &Warm::default(), &message).await?;
        } else {
            call(&component, ENV, &host, &warm, &message).await?;
        }
    }
    read(&host, &Keys::of(&envelope).report()).await
}

fn next(host: &Memory, delivery: Delivery) -> Option<Message> {
    if delivery == Delivery::LastFirst { host.take_last() } else { host.take_first() }
}

/// Stores the files and launches `plan`.
async fn launch(host: &Memory, question: &Question) -> Result<Envelope> {
    host.write("inputs/scenario", &question.scenario).await?;
    let folder = question.path.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
    let mut files = BTreeMap::new();
    for (name, bytes) in &question.files {
        let key = format!("inputs/{name}");
        host.write(&key, bytes).await?;
        files.insert(name, json!({ "path": format!("{folder}{name}"), "key": key }));
    }
    let mut input = json!({ "scenario": { "path": question.path, "key": "inputs/scenario" }, "files": files });
    for (field, value) in [("visits", question.visits), ("seed", question.seed), ("chunk", question.chunk)] {
        if let Some(value) = value {
            input[field] = value.into();
        }
    }
    let input = to_raw_value(&input).map_err(|error| Error::Message(error.to_string()))?;
    let envelope = Envelope::first("run", "request", "in-memory", ENV, None, input);
    host.invoke("plan", &envelope.encode()).await?;
    Ok(envelope)
}
