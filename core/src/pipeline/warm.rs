//! What an instance keeps between calls because it would only make it again: a run's record, population and laid-out markets.
//! Results never depend on it.

use std::cell::RefCell;
use std::rc::Rc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::choice::model::Model;
use crate::energy::market::{Market, PricedMarket};
use crate::host::Host;
use crate::input::json;
use crate::pipeline::envelope::Envelope;
use crate::pipeline::keys::Keys;
use crate::pipeline::record::Record;
use crate::pipeline::{Error, Result};
use crate::replay::experiment::{Population, Stage};
use crate::replay::sample::Sampler;

/// The last run an instance worked on.
#[derive(Default)]
pub struct Warm(RefCell<Option<Rc<Prepared>>>);

/// What the files of a run say, parsed: by `plan`, once, and stored in binary form for everyone after.
#[derive(Serialize, Deserialize)]
pub struct Parsed {
    /// Its base market.
    pub base: Market,
    /// Its observed visits.
    pub population: Population,
    /// Its choice model.
    pub model: Model,
}

/// A run, ready to be worked on.
pub struct Prepared {
    plan_key: String,
    /// Its record.
    pub record: Record,
    /// What its files say.
    pub parsed: Parsed,
    /// Draws its visits.
    pub sampler: Sampler,
    stages: RefCell<Vec<Option<Rc<Stage>>>>,
}

impl Warm {
    /// The run this message belongs to, from memory or read anew.
    pub async fn run(&self, host: &impl Host, envelope: &Envelope) -> Result<Rc<Prepared>> {
        let plan_key = Keys::of(envelope).plan();
        let kept = self.0.borrow().clone();
        if let Some(kept) = kept.filter(|kept| kept.plan_key == plan_key) {
            return Ok(kept);
        }
        // Let go of the other run first: memory is for one.
        self.0.replace(None);
        let record = read_record(host, envelope).await?;
        let parsed = read_binary(host, &Keys::of(envelope).parsed()).await?;
        Ok(self.keep(plan_key, record, parsed))
    }

    /// Keeps a run that was parsed already, under the key of its record: `plan` never replaces one by another.
    pub fn keep(&self, plan_key: String, record: Record, parsed: Parsed) -> Rc<Prepared> {
        let jitter_percent = record.scenario.usage_jitter_percent;
        let sampler = Sampler::new(parsed.population.profiles(), jitter_percent);
        let stages = RefCell::new(vec![None; record.markets()]);
        let prepared = Rc::new(Prepared { plan_key, record, parsed, sampler, stages });
        self.0.replace(Some(prepared.clone()));
        prepared
    }
}

impl Prepared {
    /// A market of the run, laid out for its population.
    pub async fn stage(&self, host: &impl Host, envelope: &Envelope, market: usize) -> Result<Rc<Stage>> {
        if let Some(stage) = &self.stages.borrow()[market] {
            return Ok(stage.clone());
        }
        let priced: PricedMarket = read_binary(host, &Keys::of(envelope).market(market)).await?;
        let stage = Rc::new(self.parsed.population.stage(&priced, self.record.scenario.order));
        self.stages.borrow_mut()[market] = Some(stage.clone());
        Ok(stage)
    }
}

/// Reads a run's record.
pub async fn read_record(host: &impl Host, envelope: &Envelope) -> Result<Record> {
    let key = Keys::of(envelope).plan();
    let bytes = read(host, &key).await?;
    json(&key, &bytes).map_err(|_| Error::Stored { key, what: "unreadable" })
}

/// Reads a blob that must be there.
pub async fn read(host: &impl Host, key: &str) -> Result<Vec<u8>> {
    let bytes = host.read(key).await?;
    bytes.ok_or_else(|| Error::Stored { key: key.to_owned(), what: "missing" })
}

/// Reads what [`write_binary`] wrote.
pub async fn read_binary<T: DeserializeOwned>(host: &impl Host, key: &str) -> Result<T> {
    let bytes = read(host, key).await?;
    postcard::from_bytes(&bytes).map_err(|_| Error::Stored { key: key.to_owned(), what: "unreadable" })
}

/// Stores a value in postcard's binary form.
pub async fn write_binary<T: Serialize>(host: &impl Host, key: &str, value: &T) -> Result<()> {
    let bytes = postcard::to_allocvec(value).map_err(|error| Error::Message(error.to_string()))?;
    Ok(host.write(key, &bytes).await?)
}
