//! `price`: builds one market of the run and prices its every offer. The last market done starts the replays that waited.

use serde::{Deserialize, Serialize};

use crate::host::Host;
use crate::pipeline::envelope::Envelope;
use crate::pipeline::keys::Keys;
use crate::pipeline::markets::Markets;
use crate::pipeline::record::Task;
use crate::pipeline::warm::{Warm, read, write_binary};
use crate::pipeline::{Result, progress};

/// Which market to price.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// Its number in the run.
    pub market: usize,
}

/// Runs the component.
pub async fn run(host: &impl Host, warm: &Warm, envelope: &Envelope, input: Price) -> Result<()> {
    let (keys, part) = (Keys::of(envelope), input.market.to_string());
    progress::started(host, "price", envelope, &part).await?;
    let run = warm.run(host, envelope).await?;
    let record = &run.record;
    let mut files = Vec::new();
    for name in record.scenario.launch_files() {
        files.push((name, read(host, &record.files[name].key).await?));
    }
    let read_file = |name: &str| files.iter().find(|(known, _)| *known == name).map(|(_, bytes)| bytes.clone());
    let market = Markets { base: &run.parsed.base, record, read_file: &read_file }.build(input.market)?;
    write_binary(host, &keys.market(input.market), &market.price(&record.file)?).await?;
    progress::completed(host, "price", envelope, &part, 0, None).await?;
    if host.enter(&keys.priced(), &part).await? < record.markets() as u64 {
        return Ok(());
    }
    // Whoever samples from now on sees that all markets are priced; what was sampled before is for us to launch.
    let sampled = host.members(&keys.sampled()).await?;
    let chunks = sampled.iter().filter_map(|chunk| chunk.parse().ok());
    let waiting: Vec<Task> = chunks.flat_map(|chunk| record.tasks_of(chunk)).collect();
    envelope.launch(host, "replay", &waiting).await
}
