//! An estimation as a run: `fit` checks and begins it, `evaluate` takes a chunk of people through the likelihood, `step` tells the
//! search what a round has added up to. The next round follows, or the report.

mod besides;
pub(crate) mod evaluate;
pub mod fit;
mod keys;
pub mod observed;
pub mod record;
mod rounds;
pub(crate) mod step;

pub(crate) use record::Estimation;

use crate::host::Host;
use crate::host::ledger::Open;
use crate::pipeline::estimation::fit::Fit;
use crate::pipeline::estimation::record::Record;
use crate::pipeline::run::Result;
use crate::pipeline::run::blobs::read_binary;
use crate::pipeline::run::keys::Keys;
use crate::pipeline::run::kind::{Checked, Kind, Stored};

/// A part that is lost ends the run: a sum over all people lacks none.
impl Kind for Estimation {
    const BEGINS: &'static str = "fit";
    const RECORD: &'static str = "fit";
    type Question = Fit;
    type Record = Record;

    async fn check(host: &impl Host, keys: Keys<'_>, fit: Fit) -> Result<Checked<Estimation>> {
        fit::check(host, keys, fit).await
    }

    async fn load(host: &impl Host, keys: Keys<'_>, record: Record) -> Result<Estimation> {
        Ok(Estimation::new(record, read_binary(host, &keys.choices()).await?))
    }

    fn record(&self) -> &Record {
        &self.record
    }

    async fn agenda(host: &impl Host, keys: Keys<'_>, record: &Record, stored: &Stored) -> Result<Open> {
        rounds::agenda(host, keys, record, stored).await
    }
}
