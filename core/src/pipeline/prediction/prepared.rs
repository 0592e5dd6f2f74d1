//! A prediction that is ready to be worked on.

use std::cell::RefCell;
use std::rc::Rc;

use serde::{Deserialize, Serialize};

use crate::choice::model::Model;
use crate::energy::market::{Market, PricedMarket};
use crate::host::Host;
use crate::pipeline::prediction::record::{Record, Study};
use crate::pipeline::run::Result;
use crate::pipeline::run::blobs::read_binary;
use crate::pipeline::run::keys::Keys;
use crate::replay::breakdown::Breakdowns;
use crate::replay::experiment::{Population, Stage};
use crate::replay::sample::Sampler;

/// What the files of a run say, parsed: by `plan`, once, and stored in binary form for everyone after.
#[derive(Serialize, Deserialize)]
pub(crate) struct Parsed {
    /// Its base market.
    pub(crate) base: Market,
    /// Its observed visits.
    pub(crate) population: Population,
    /// What these are counted by.
    pub(crate) breakdowns: Breakdowns,
    /// Its choice model.
    pub(crate) model: Model,
}

/// A prediction.
pub(crate) struct Prediction {
    /// Its record.
    pub(crate) record: Record,
    /// What its files say.
    pub(crate) parsed: Parsed,
    /// Draws its visits.
    pub(crate) sampler: Sampler,
    stages: RefCell<Vec<Option<Rc<Stage>>>>,
}

impl Prediction {
    pub(crate) fn new(record: Record, parsed: Parsed) -> Prediction {
        let sampler = Sampler::new(parsed.population.profiles(), record.scenario.usage_jitter_percent);
        let stages = RefCell::new(vec![None; record.markets()]);
        Prediction { record, parsed, sampler, stages }
    }

    /// The two markets that a study compares, laid out for its population.
    pub(crate) async fn stages(&self, host: &impl Host, keys: Keys<'_>, study: Study) -> Result<[Rc<Stage>; 2]> {
        let [first, second] = self.record.study_markets(study);
        Ok([self.stage(host, keys, first).await?, self.stage(host, keys, second).await?])
    }

    async fn stage(&self, host: &impl Host, keys: Keys<'_>, market: usize) -> Result<Rc<Stage>> {
        if let Some(stage) = &self.stages.borrow()[market] {
            return Ok(stage.clone());
        }
        let priced: PricedMarket = read_binary(host, &keys.market(market)).await?;
        let stage = Rc::new(self.parsed.population.stage(&priced, self.record.scenario.order));
        self.stages.borrow_mut()[market] = Some(stage.clone());
        Ok(stage)
    }
}
