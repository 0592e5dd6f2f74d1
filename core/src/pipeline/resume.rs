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
    let Some(mut answer) = kinds.reopen(host, envelope, &by, missed_by.is_none()).await? else {
        // Without a record there is nothing to open; but whoever is just beginning the run will.
        let begun = steps::take(host, envelope, &by, Act::Look {}).await?;
        let (run, env) = (run.clone(), env.clone());
        return match begun.state {
            State::Running => Ok(()),
            State::Unknown => Err(Error::NoRun { run, env }),
            _ => Err(Error::Unplanned { run, ended: begun.message }),
        };
    };
    if host.read(&Keys::of(envelope).report()).await?.is_some() {
        let end = Act::End { part: None, state: State::Completed, message: String::new() };
        answer = steps::take(host, envelope, &by, end).await?;
    }
    progress::completed(host, "resume", envelope, "", &answer).await;
    Ok(())
}
