//! What an instance keeps between calls because it would only make it again: a run's record, population and laid-out markets.
//! Results never depend on it.

use std::cell::RefCell;
use std::rc::Rc;

use serde::{Deserialize, Serialize};

use crate::choice::model::Model;
use crate::energy::market::{Market, PricedMarket};
use crate::host::Host;
use crate::input::json;
use crate::pipeline::estimation::{self, Estimation};
use crate::pipeline::prediction::record::Record;
use crate::pipeline::run::blobs::{read, read_binary};
use crate::pipeline::run::envelope::Envelope;
use crate::pipeline::run::keys::Keys;
use crate::pipeline::run::{Error, Result};
use crate::replay::experiment::{Population, Stage};
use crate::replay::sample::Sampler;

/// The last run an instance worked on: memory is for one.
#[derive(Default)]
pub struct Warm(RefCell<Kept>);

#[derive(Clone, Default)]
enum Kept {
    #[default]
    Nothing,
    Prediction(Rc<Prepared>),
    /// With the key of its record.
    Estimation(String, Rc<Estimation>),
}

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
        // Whatever else is kept goes first.
        if let Kept::Prediction(kept) = self.0.take()
            && kept.plan_key == plan_key
        {
            self.0.replace(Kept::Prediction(kept.clone()));
            return Ok(kept);
        }
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
        self.0.replace(Kept::Prediction(prepared.clone()));
        prepared
    }

    /// The estimation this message belongs to, from memory or read anew.
    pub async fn estimation(&self, host: &impl Host, envelope: &Envelope) -> Result<Rc<Estimation>> {
        let keys = Keys::of(envelope);
        if let Kept::Estimation(key, kept) = self.0.take()
            && key == keys.fit()
        {
            self.0.replace(Kept::Estimation(key, kept.clone()));
            return Ok(kept);
        }
        let record = estimation::read_record(host, envelope).await?;
        let choices = read_binary(host, &keys.choices()).await?;
        Ok(self.keep_estimation(keys.fit(), Estimation { record, choices }))
    }

    /// Keeps an estimation under the key of its record.
    pub fn keep_estimation(&self, key: String, estimation: Estimation) -> Rc<Estimation> {
        let estimation = Rc::new(estimation);
        self.0.replace(Kept::Estimation(key, estimation.clone()));
        estimation
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
