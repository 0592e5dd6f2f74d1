//! A prediction as a run: `plan` checks and begins it, `price` and `sample` make what `replay` needs, and `report` adds up.

mod agenda;
mod keys;
mod markets;
mod notes;
pub mod plan;
mod prepared;
pub(crate) mod price;
pub mod record;
pub mod rehearsal;
pub(crate) mod replay;
pub mod report;
pub(crate) mod sample;
pub mod scenario;
pub mod sweep;
pub mod visits;

pub(crate) use prepared::Prediction;

use crate::host::Host;
use crate::host::ledger::Open;
use crate::input::json;
use crate::pipeline::prediction::plan::Plan;
use crate::pipeline::prediction::record::Record;
use crate::pipeline::run::blobs::read_binary;
use crate::pipeline::run::keys::Keys;
use crate::pipeline::run::kind::{Checked, Kind, Lost, Stored};
use crate::pipeline::run::warm::record;
use crate::pipeline::run::{Error, Result};

impl Kind for Prediction {
    const BEGINS: &'static str = "plan";
    const RECORD: &'static str = "plan.json";
    type Question = Plan;
    type Record = Record;

    async fn check(host: &impl Host, keys: Keys<'_>, plan: Plan) -> Result<Checked<Prediction>> {
        plan::check(host, keys, plan).await
    }

    async fn load(host: &impl Host, keys: Keys<'_>, record: Record) -> Result<Prediction> {
        Ok(Prediction::new(record, read_binary(host, &keys.parsed()).await?))
    }

    fn record(&self) -> &Record {
        &self.record
    }

    async fn agenda(_host: &impl Host, _keys: Keys<'_>, record: &Record, stored: &Stored) -> Result<Open> {
        Ok(agenda::agenda(record, stored))
    }

    async fn is_supplied(host: &impl Host, keys: Keys<'_>, name: &str) -> Result<bool> {
        let record = record::<Prediction>(host, keys).await?;
        let Ok(chunk) = record.named_chunk(name) else { return Ok(false) };
        Ok(record.model_command.is_some() && host.read(&keys.probabilities(chunk)).await?.is_some())
    }

    async fn lost_with(host: &impl Host, keys: Keys<'_>, component: &str, name: &str) -> Result<Lost> {
        Ok(match component {
            "sample" => {
                let record = record::<Prediction>(host, keys).await?;
                let tasks = record.tasks_of(record.named_chunk(name)?);
                Lost::Parts(tasks.map(|task| format!("replay/{}", task.name())).collect())
            }
            "replay" => Lost::Parts(vec![format!("replay/{name}")]),
            // Nothing can be predicted without a market, and nothing is without a report.
            _ => Lost::Run,
        })
    }

    /// As JSON: people look into it.
    fn encode(record: &Record) -> Result<Vec<u8>> {
        serde_json::to_vec(record).map_err(|error| Error::Message(error.to_string()))
    }

    fn decode(bytes: &[u8]) -> Option<Record> {
        json("", bytes).ok()
    }
}
