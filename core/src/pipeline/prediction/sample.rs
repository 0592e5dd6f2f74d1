//! `sample`: draws the profiles of one chunk from the observed visits. The replays of the chunk follow.

use std::ops::Range;

use crate::choice::random::{Purpose, Stream};
use crate::host::Host;
use crate::pipeline::prediction::prepared::Prediction;
use crate::pipeline::run::Result;
use crate::pipeline::run::blobs::write_binary;
use crate::pipeline::run::keys::Keys;
use crate::pipeline::run::part::{Closing, Part, next};
use crate::pipeline::run::warm::Warm;
use crate::replay::sample::Drawn;

/// Runs the component: the part is the chunk's number in the run.
pub(crate) async fn run(host: &impl Host, warm: &Warm, keys: Keys<'_>, part: &Part) -> Result<Closing> {
    let run = warm.run::<Prediction>(host, keys).await?;
    let chunk = run.record.named_chunk(&part.name)?;
    let drawn = draw(&run, run.record.chunk(chunk));
    write_binary(host, &keys.drawn(chunk), &drawn).await?;
    let after = run.record.replays_wait_for(chunk);
    let replays = run.record.tasks_of(chunk).map(|task| next("replay", task.name(), Some(&after)));
    Ok(Closing::Finished { work: 0, next: replays.collect() })
}

/// Simulated visits, or replays of the panel. Apart from how its inputs are come by, like the replay: this is the part to be quick.
pub(crate) fn draw(run: &Prediction, visits: Range<u64>) -> Vec<Drawn> {
    let stream = Stream::new(run.record.scenario.seed, Purpose::Visit);
    match visits.start.checked_sub(run.record.scenario.simulated_visits) {
        None => visits.map(|visit| run.sampler.draw(stream, visit)).collect(),
        Some(first) => {
            visits.zip(first..).map(|(visit, replay)| run.sampler.again(run.replayed(replay), stream, visit)).collect()
        }
    }
}
