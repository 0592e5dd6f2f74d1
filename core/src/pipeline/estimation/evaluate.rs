//! `evaluate`: a chunk of people's part of the likelihood, its gradient and Hessian, at the point that a round asks for.

use crate::fit::likelihood::Evaluator;
use crate::host::Host;
use crate::pipeline::estimation::record::Estimation;
use crate::pipeline::estimation::rounds::{parse, request};
use crate::pipeline::run::blobs::write_binary;
use crate::pipeline::run::keys::Keys;
use crate::pipeline::run::part::{Closing, Part};
use crate::pipeline::run::warm::Warm;
use crate::pipeline::run::{Error, Result};

/// Runs the component: the part is the round and the chunk. Sums that are stored already are kept.
pub(crate) async fn run(host: &impl Host, warm: &Warm, keys: Keys<'_>, part: &Part) -> Result<Closing> {
    let run = warm.run::<Estimation>(host, keys).await?;
    let no_part = || Error::Message(format!("part is `{}`, expected `ROUND/CHUNK` of this run", part.name));
    let (round, chunk) = part.name.split_once('/').ok_or_else(no_part)?;
    let people = run.record.ranges().nth(parse(chunk)?).ok_or_else(no_part)?;
    let request = request(host, keys, parse(round)?).await?.ok_or_else(no_part)?;
    let key = keys.sums(&part.name);
    if host.read(&key).await?.is_none() {
        let evaluation = Evaluator::new(&run.choices, &run.record.spec, people.clone()).evaluate(&request);
        write_binary(host, &key, &evaluation).await?;
    }
    Ok(Closing::Finished { work: people.len() as u64 * u64::from(request.draws.max(1)), next: Vec::new() })
}
