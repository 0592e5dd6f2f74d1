//! `evaluate`: a chunk of people's part of the likelihood, its gradient and Hessian, at the point that a round asks for; of what is
//! told besides, where the search has ended.

use crate::fit::search::Ask;
use crate::host::Host;
use crate::pipeline::estimation::besides::Besides;
use crate::pipeline::estimation::record::Estimation;
use crate::pipeline::estimation::rounds::{ask, parse};
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
    let ask = ask(host, keys, parse(round)?).await?;
    let draws = match &ask {
        Ask::Evaluate(request) => request.draws,
        Ask::Done(outcome) => outcome.best.draws,
    };
    let work = people.len() as u64 * u64::from(draws.max(1));
    let key = keys.sums(&part.name);
    if host.read(&key).await?.is_none() {
        match ask {
            Ask::Evaluate(request) => {
                let evaluation = run.evaluate(people, |evaluator| evaluator.evaluate(&request));
                write_binary(host, &key, &evaluation).await?;
            }
            Ask::Done(outcome) => write_binary(host, &key, &Besides::new(&run, people, &outcome)).await?,
        }
    }
    Ok(Closing::Finished { work, next: Vec::new() })
}
