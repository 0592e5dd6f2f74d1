//! `resume`: opens a run again for what is missing of it. What is stored tells what is done, so it also heals a ledger that
//! has lost the run.

use crate::host::Host;
use crate::host::ledger::{Act, State};
use crate::pipeline::run::envelope::Envelope;
use crate::pipeline::run::keys::Keys;
use crate::pipeline::run::kind::Kinds;
use crate::pipeline::run::steps::{self, Resume};
use crate::pipeline::run::{Error, Result, progress};

/// Runs the component.
pub(crate) async fn run(kinds: &impl Kinds, host: &impl Host, envelope: &Envelope) -> Result<()> {
    let Resume { missed_by } = envelope.input()?;
    let Envelope { env, run, .. } = envelope;
    // Whoever resumes is granted parts in a name of its own: all that miss a run at once would be granted the same again.
    let by = format!("resume/{}", missed_by.as_ref().unwrap_or(&envelope.request_id));
    let reopened = kinds.reopen(host, envelope, &by, missed_by.is_none()).await?;
    let mut answer = reopened.ok_or_else(|| Error::NoRun { run: run.clone(), env: env.clone() })?;
    if host.read(&Keys::of(envelope).report()).await?.is_some() {
        let end = Act::End { part: None, state: State::Completed, message: String::new() };
        answer = steps::take(host, envelope, &by, end).await?;
    }
    progress::completed(host, "resume", envelope, "", &answer).await;
    Ok(())
}
