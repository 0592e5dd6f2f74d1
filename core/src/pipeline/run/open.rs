//! Opening a run in the ledger, some parts at a time.

use crate::host::Host;
use crate::host::ledger::{Act, Answer, Open};
use crate::pipeline::run::envelope::Envelope;
use crate::pipeline::run::{Error, Result, steps};

/// Parts told to the ledger in one step: it does nothing else meanwhile.
const PARTS_PER_STEP: usize = 2000;

/// A run of which nothing is known yet.
pub(crate) fn unknown(envelope: &Envelope) -> Result<Act> {
    Ok(Act::Open(Open { budget: envelope.budget, envelope: template(envelope)?, ..Open::default() }))
}

/// Opens a run for what there is to do. Telling twice changes nothing.
pub(crate) async fn open(host: &impl Host, envelope: &Envelope, by: &str, agenda: Open, again: bool) -> Result<Answer> {
    let Open { done, next, .. } = agenda;
    let run =
        Open { envelope: template(envelope)?, budget: envelope.budget, done: Vec::new(), next: Vec::new(), ..agenda };
    let steps = done.len().max(next.len()).div_ceil(PARTS_PER_STEP).max(1);
    let mut answer = Answer::default();
    for step in 0..steps {
        let slice = |len: usize| (step * PARTS_PER_STEP).min(len)..((step + 1) * PARTS_PER_STEP).min(len);
        let open = Open {
            done: done[slice(done.len())].to_vec(),
            next: next[slice(next.len())].to_vec(),
            again: again && step == 0,
            ..run.clone()
        };
        // Each step under its own name: who is granted something again must not be granted an earlier step's.
        answer = steps::take(host, envelope, &format!("{by}/{step}"), Act::Open(open)).await?;
    }
    Ok(answer)
}

/// What the messages of all parts have in common.
fn template(envelope: &Envelope) -> Result<String> {
    let template = envelope.next()?.with(&())?;
    String::from_utf8(template.encode()).map_err(|error| Error::Message(error.to_string()))
}
