//! `report`: merges the tallies, predicts, writes the report and announces it. The report has no times or ids in it: the same
//! question over the same files gives the same bytes.

mod behind;
mod breakdowns;
mod compare;
mod comparison;
mod conclude;
mod estimate;
mod evidence;
mod flows;
mod format;
mod kept;
mod sweeps;
mod volume;

pub use compare::compare;
pub use comparison::Comparison;
pub use estimate::{Estimate, Interval};
pub use format::Report;

use crate::energy::market::PricedMarket;
use crate::host::Host;
use crate::pipeline::prediction::prepared::Prediction;
use crate::pipeline::prediction::record::{HYPOTHETICAL, Record, Study, UNCHANGED};
use crate::pipeline::prediction::report::conclude::conclude;
use crate::pipeline::prediction::report::evidence::Evidence;
use crate::pipeline::prediction::report::kept::Kept;
use crate::pipeline::run::blobs::{read_binary, write_binary};
use crate::pipeline::run::keys::Keys;
use crate::pipeline::run::part::{Closing, Part};
use crate::pipeline::run::warm::Warm;
use crate::pipeline::run::{Error, Result};
use crate::replay::tally::Tally;

/// Runs the component. A report that is written already stays as it is.
pub(crate) async fn run(host: &impl Host, warm: &Warm, keys: Keys<'_>, part: &Part) -> Result<Closing> {
    if host.read(&keys.report()).await?.is_none() {
        let run = warm.run::<Prediction>(host, keys).await?;
        // One that was interrupted between the two stays with what it found: what is stored is never another.
        let begun = host.read(&keys.paired()).await?.and_then(|bytes| Kept::read(&bytes));
        let lost = begun.map_or_else(|| lost_replays(part), |kept| kept.identity.lost);
        let evidence = gather(host, keys, &run, lost).await?;
        let report = conclude(&evidence);
        let mut bytes = serde_json::to_vec_pretty(&report).map_err(|error| Error::Message(error.to_string()))?;
        bytes.push(b'\n');
        let kept = Kept::of(&evidence, &run.parsed, report.saving.per_visit_gbp[HYPOTHETICAL])?;
        write_binary(host, &keys.paired(), &kept).await?;
        // The last: where it is, all is.
        host.write(&keys.report(), &bytes).await?;
    }
    Ok(Closing::Completed)
}

/// The names of the replays that are lost.
fn lost_replays(part: &Part) -> Vec<String> {
    part.lost.iter().filter_map(|part| part.strip_prefix("replay/")).map(str::to_owned).collect()
}

async fn gather<'a>(host: &impl Host, keys: Keys<'_>, run: &'a Prediction, lost: Vec<String>) -> Result<Evidence<'a>> {
    let record = &run.record;
    let markets: [PricedMarket; 2] =
        [read_binary(host, &keys.market(UNCHANGED)).await?, read_binary(host, &keys.market(HYPOTHETICAL)).await?];
    let unreadable = |study: Study| Error::Stored { key: keys.tally(&study.name()), what: "unreadable" };
    let mut evidence = Evidence::new(record, &run.parsed, markets);
    evidence.lost = lost;
    for study in record.studies() {
        match (study, merged(host, keys, record, study, &evidence.lost).await?) {
            (Study::Shares, Tally::Shares(shares)) => evidence.shares = shares,
            (Study::Panel, Tally::Panel(panel)) => evidence.panel = panel,
            (Study::Sweep(_), Tally::Totals(totals)) => evidence.enter_sweep(&totals),
            (Study::Parameters(_), Tally::Totals(totals)) => evidence.draws.extend(totals),
            (Study::SweepParameters(points, _), Tally::Totals(totals)) => evidence.enter_sweep_draws(points, &totals),
            _ => return Err(unreadable(study)),
        }
    }
    Ok(evidence)
}

/// What is there of a study, merged in chunk order (any order would give the same integers).
async fn merged(host: &impl Host, keys: Keys<'_>, record: &Record, study: Study, lost: &[String]) -> Result<Tally> {
    let mut whole: Option<Tally> = None;
    for task in record.tasks_in(study) {
        let name = task.name();
        if lost.contains(&name) {
            continue;
        }
        let part: Tally = read_binary(host, &keys.tally(&name)).await?;
        match &mut whole {
            None => whole = Some(part),
            Some(whole) => whole.merge(&part),
        }
    }
    whole.ok_or_else(|| Error::Lost { study: study.name() })
}
