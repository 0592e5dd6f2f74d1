//! `resume`: opens a run again for what is missing of it. What is stored tells what is done, so it also heals a ledger that
//! has lost the run.

use crate::host::Host;
use crate::host::ledger::{Act, State};
use crate::pipeline::open::Stored;
use crate::pipeline::run::envelope::Envelope;
use crate::pipeline::run::keys::Keys;
use crate::pipeline::run::steps::{self, Resume};
use crate::pipeline::run::{Error, Result, progress};
use crate::pipeline::warm::{Warm, read_record};
use crate::pipeline::{estimation, open};

/// Runs the component.
pub async fn run(host: &impl Host, _warm: &Warm, envelope: &Envelope, input: Resume) -> Result<()> {
    let Envelope { env, run, .. } = envelope;
    if !steps::is_stored(host, envelope).await? {
        return Err(Error::NoRun { run: run.clone(), env: env.clone() });
    }
    // Whoever resumes is granted parts in a name of its own: all that miss a run at once would be granted the same again.
    let by = format!("resume/{}", input.missed_by.as_ref().unwrap_or(&envelope.request_id));
    let again = input.missed_by.is_none();
    let keys = Keys::of(envelope);
    let mut answer = if host.read(&keys.fit()).await?.is_some() {
        estimation::open(host, envelope, &by, &estimation::read_record(host, envelope).await?, again).await?
    } else {
        let record = read_record(host, envelope).await?;
        open::open(host, envelope, &by, &record, &Stored::find(host, envelope).await?, again).await?
    };
    if host.read(&keys.report()).await?.is_some() {
        let end = Act::End { part: None, state: State::Completed, message: String::new() };
        answer = steps::take(host, envelope, &by, end).await?;
    }
    progress::completed(host, "resume", envelope, "", &answer).await;
    Ok(())
}
