//! `price`: builds one market of the run and prices its every offer. Replays wait until all markets are priced.

use crate::host::Host;
use crate::input;
use crate::pipeline::prediction::markets::Markets;
use crate::pipeline::prediction::prepared::Prediction;
use crate::pipeline::run::Result;
use crate::pipeline::run::blobs::{read_input, write_binary};
use crate::pipeline::run::keys::Keys;
use crate::pipeline::run::part::{Closing, Part};
use crate::pipeline::run::warm::Warm;

/// Runs the component: the part is the market's number in the run.
pub(crate) async fn run(host: &impl Host, warm: &Warm, keys: Keys<'_>, part: &Part) -> Result<Closing> {
    let run = warm.run::<Prediction>(host, keys).await?;
    let record = &run.record;
    let market = record.named_market(&part.name)?;
    let mut files = Vec::new();
    for name in record.scenario.launch_files() {
        files.push((name, read_input(host, &record.files[name]).await?));
    }
    let read_file = |name: &str| files.iter().find(|(known, _)| *known == name).map(|(_, bytes)| bytes.clone());
    let markets = Markets { base: &run.parsed.base, record, read_file: &read_file };
    let (built, _) = input::read(|found| markets.build(market, found))?;
    write_binary(host, &keys.market(market), &built.price(&record.file)?).await?;
    Ok(Closing::Finished { work: 0, next: Vec::new() })
}
