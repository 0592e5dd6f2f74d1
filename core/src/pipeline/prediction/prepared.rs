//! A prediction that is ready to be worked on.

use std::cell::{OnceCell, RefCell};
use std::ops::Range;
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
use crate::replay::panel::Visit;
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
    /// The observed visits that the panel replays, person by person.
    panel: Vec<Visit>,
    /// What is paid on fixes in force.
    unchanged: OnceCell<PricedMarket>,
    stages: RefCell<Vec<Option<Rc<Stage>>>>,
}

impl Prediction {
    pub(crate) fn new(record: Record, parsed: Parsed) -> Prediction {
        let sampler = Sampler::new(parsed.population.profiles(), record.scenario.usage_jitter_percent);
        let panel = record.panel.order(parsed.population.profiles());
        let stages = RefCell::new(vec![None; record.markets()]);
        Prediction { record, parsed, sampler, panel, unchanged: OnceCell::new(), stages }
    }

    /// The place of a replay's visit in the panel.
    fn panel_visit(&self, replay: u64) -> usize {
        (replay / u64::from(self.record.panel.replays)) as usize
    }

    /// The observed visit of a replay of the panel.
    pub(crate) fn replayed(&self, replay: u64) -> u32 {
        self.panel[self.panel_visit(replay)].number
    }

    /// The observed visits of these replays of the panel.
    pub(crate) fn panel_visits(&self, replays: Range<u64>) -> &[Visit] {
        &self.panel[self.panel_visit(replays.start)..self.panel_visit(replays.end)]
    }

    /// The markets that a study shows its visits, laid out for its population.
    pub(crate) async fn stages(&self, host: &impl Host, keys: Keys<'_>, study: Study) -> Result<Vec<Rc<Stage>>> {
        let mut stages = Vec::new();
        for market in self.record.study_markets(study) {
            stages.push(self.stage(host, keys, market).await?);
        }
        Ok(stages)
    }

    async fn stage(&self, host: &impl Host, keys: Keys<'_>, market: usize) -> Result<Rc<Stage>> {
        if let Some(stage) = &self.stages.borrow()[market] {
            return Ok(stage.clone());
        }
        let priced: PricedMarket = read_binary(host, &keys.market(market)).await?;
        let Record { scenario, .. } = &self.record;
        if self.unchanged.get().is_none() {
            // Once, as pricing takes a while and a run has many markets.
            let _ = self.unchanged.set(self.parsed.base.price(&scenario.tariffs)?);
        }
        let unchanged = self.unchanged.get().unwrap_or(&priced);
        let stage = Rc::new(self.parsed.population.stage(&priced, unchanged, scenario.order));
        self.stages.borrow_mut()[market] = Some(stage.clone());
        Ok(stage)
    }
}
