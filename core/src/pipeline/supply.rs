//! `supply`: a client tells that what it was to supply is stored, so that the parts that waited for it may go on. What that is, and
//! which parts wait, is the kind of run's own affair: the probabilities of a chunk, where a model command gives them.

use crate::host::Host;
use crate::host::ledger::{Act, State};
use crate::pipeline::run::envelope::{Envelope, PartInput};
use crate::pipeline::run::kind::Kinds;
use crate::pipeline::run::{Error, Result, part, progress, steps};

/// Runs the component. Supplied twice it is supplied once.
pub(crate) async fn run<K: Kinds>(kinds: &K, host: &impl Host, envelope: &Envelope) -> Result<()> {
    let PartInput { part: name } = envelope.input()?;
    if !kinds.is_supplied(host, envelope, &name).await? {
        let expected = format!("something that is stored and that parts of run `{}` wait for", envelope.run);
        return Err(Error::Message(format!("input.part: got `{name}`, expected {expected}")));
    }
    let part = part::supplied(&name);
    let finish = Act::Finish { part: part.clone(), work: 0, next: Vec::new() };
    let answer = steps::take(host, envelope, &part, finish).await?;
    if answer.state == State::Unknown {
        return steps::heal(host, envelope, K::RECORDS, part).await;
    }
    progress::completed(host, "supply", envelope, &name, &answer).await;
    Ok(())
}
