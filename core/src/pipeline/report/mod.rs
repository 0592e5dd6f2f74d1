//! `report`: merges the tallies, predicts, writes the report and announces it. The report has no times or ids in it: the same
//! question over the same files gives the same bytes.

mod conclude;
mod estimate;
mod format;

pub use estimate::{Estimate, Interval};
pub use format::Prediction;

use serde::{Deserialize, Serialize};

use crate::energy::market::PricedMarket;
use crate::host::Host;
use crate::pipeline::envelope::Envelope;
use crate::pipeline::keys::Keys;
use crate::pipeline::record::{HYPOTHETICAL, Record, Study, UNCHANGED};
use crate::pipeline::report::conclude::{Evidence, conclude};
use crate::pipeline::warm::{Warm, read_binary, read_record};
use crate::pipeline::{Error, Result, progress};
use crate::replay::tally::Tally;

/// Asks for the run's report.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {}

/// Runs the component. A report that is written already is only announced again.
pub async fn run(host: &impl Host, _warm: &Warm, envelope: &Envelope, _input: Report) -> Result<()> {
    let keys = Keys::of(envelope);
    progress::started(host, "report", envelope, "").await?;
    if host.read(&keys.report()).await?.is_none() {
        write(host, keys, envelope).await?;
    }
    progress::completed(host, "report", envelope, "", 0, None).await
}

async fn write(host: &impl Host, keys: Keys<'_>, envelope: &Envelope) -> Result<()> {
    let record = read_record(host, envelope).await?;
    let evidence = gather(host, keys, &record).await?;
    let prediction = conclude(&record, &evidence);
    let mut bytes = serde_json::to_vec_pretty(&prediction).map_err(|error| Error::Message(error.to_string()))?;
    bytes.push(b'\n');
    Ok(host.write(&keys.report(), &bytes).await?)
}

async fn gather(host: &impl Host, keys: Keys<'_>, record: &Record) -> Result<Evidence> {
    let markets: [PricedMarket; 2] =
        [read_binary(host, &keys.market(UNCHANGED)).await?, read_binary(host, &keys.market(HYPOTHETICAL)).await?];
    let unreadable = |study: Study| Error::Stored { key: format!("{study:?}"), what: "unreadable" };
    let mut evidence = Evidence::new(markets.map(|market| market.tariffs));
    for study in record.studies() {
        match (study, merged(host, keys, record, study).await?) {
            (Study::Shares, Tally::Shares(shares)) => evidence.shares = shares,
            (Study::Spread, Tally::Spread(spread)) => evidence.spread = Some(spread),
            (Study::Sweep(_), Tally::Spread(spread)) => evidence.sweep.push(spread),
            (Study::Parameters(_), Tally::Totals(totals)) => evidence.draws.extend(totals),
            _ => return Err(unreadable(study)),
        }
    }
    Ok(evidence)
}

/// The whole of a study, merged in chunk order (any order would give the same integers).
async fn merged(host: &impl Host, keys: Keys<'_>, record: &Record, study: Study) -> Result<Tally> {
    let mut whole: Option<Tally> = None;
    for task in record.tasks_in(study) {
        let part: Tally = read_binary(host, &keys.tally(&task.name())).await?;
        match &mut whole {
            None => whole = Some(part),
            Some(whole) => whole.merge(&part),
        }
    }
    whole.ok_or_else(|| Error::Stored { key: format!("{study:?}"), what: "missing" })
}
