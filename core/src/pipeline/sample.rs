//! `sample`: draws the profiles of one chunk from the observed visits. The replays of the chunk follow.

use std::ops::Range;

use crate::choice::random::{Purpose, Stream};
use crate::host::Host;
use crate::pipeline::Result;
use crate::pipeline::envelope::Envelope;
use crate::pipeline::keys::Keys;
use crate::pipeline::part::{Closing, Part, next};
use crate::pipeline::warm::{Prepared, Warm, write_binary};
use crate::replay::sample::Drawn;

/// Runs the component: the part is the chunk's number in the run.
pub(super) async fn run(host: &impl Host, warm: &Warm, envelope: &Envelope, part: &Part) -> Result<Closing> {
    let run = warm.run(host, envelope).await?;
    let chunk = run.record.named_chunk(&part.name)?;
    let drawn = draw(&run, run.record.chunk(chunk));
    write_binary(host, &Keys::of(envelope).drawn(chunk), &drawn).await?;
    let replays = run.record.tasks_of(chunk).map(|task| next("replay", task.name(), Some("price")));
    Ok(Closing::Finished { work: 0, next: replays.collect() })
}

/// Apart from how its inputs are come by, like the replay: this is the part to be quick.
pub(super) fn draw(run: &Prepared, visits: Range<u64>) -> Vec<Drawn> {
    let stream = Stream::new(run.record.scenario.seed, Purpose::Visit);
    visits.map(|visit| run.sampler.draw(stream, visit)).collect()
}
