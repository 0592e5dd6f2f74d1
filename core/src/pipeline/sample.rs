//! `sample`: draws the profiles of one chunk from the observed visits and hands them to the replays of the chunk.

use serde::{Deserialize, Serialize};

use crate::choice::random::{Purpose, Stream};
use crate::host::Host;
use crate::pipeline::envelope::Envelope;
use crate::pipeline::keys::Keys;
use crate::pipeline::record::Task;
use crate::pipeline::warm::{Prepared, Warm, write_binary};
use crate::pipeline::{Result, progress};
use crate::replay::sample::Drawn;

/// Which chunk to sample.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sample {
    /// Its number in the run.
    pub chunk: u64,
}

/// Runs the component.
pub async fn run(host: &impl Host, warm: &Warm, envelope: &Envelope, input: Sample) -> Result<()> {
    let (keys, part) = (Keys::of(envelope), input.chunk.to_string());
    progress::started(host, "sample", envelope, &part).await?;
    let run = warm.run(host, envelope).await?;
    let drawn = draw(&run, input.chunk);
    write_binary(host, &keys.drawn(input.chunk), &drawn).await?;
    progress::completed(host, "sample", envelope, &part, 0, None).await?;
    // Enter first, look second: if the markets are complete only later, `price` will find this chunk.
    host.enter(&keys.sampled(), &part).await?;
    if host.members(&keys.priced()).await?.len() < run.record.markets() {
        return Ok(());
    }
    let tasks: Vec<Task> = run.record.tasks_of(input.chunk).collect();
    envelope.launch(host, "replay", &tasks).await
}

/// Apart from how its inputs are come by, like the replay: this is the part to be quick.
fn draw(run: &Prepared, chunk: u64) -> Vec<Drawn> {
    let (record, profiles) = (&run.record, run.parsed.population.profiles());
    let stream = Stream::new(record.scenario.seed, Purpose::Visit);
    record.chunk(chunk).map(|visit| run.sampler.draw(stream, visit, profiles)).collect()
}
