//! `resume`: opens a run again for what is missing of it. What is stored tells what is done, so it also heals a ledger that
//! has lost the run.

use serde::{Deserialize, Serialize};

use crate::host::Host;
use crate::host::ledger::{Act, State};
use crate::pipeline::envelope::Envelope;
use crate::pipeline::keys::Keys;
use crate::pipeline::open::Stored;
use crate::pipeline::warm::{Warm, read_record};
use crate::pipeline::{Error, Result, open, progress, steps};

/// Asks for a run to go on.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resume {
    /// Whether even if it failed or was cancelled: what a person asks for, not a component that misses the run.
    #[serde(default = "asked")]
    pub again: bool,
}

fn asked() -> bool {
    true
}

/// Runs the component.
pub async fn run(host: &impl Host, _warm: &Warm, envelope: &Envelope, input: Resume) -> Result<()> {
    let Envelope { env, run, .. } = envelope;
    if host.read(&Keys::of(envelope).plan()).await?.is_none() {
        return Err(Error::NoRun { run: run.clone(), env: env.clone() });
    }
    let record = read_record(host, envelope).await?;
    let stored = Stored::find(host, envelope).await?;
    let mut answer = open::open(host, envelope, "resume", &record, &stored, input.again).await?;
    if stored.reported {
        let end = Act::End { part: None, state: State::Completed, message: String::new() };
        answer = steps::take(host, envelope, "resume", end).await?;
    }
    progress::completed(host, "resume", envelope, "", &answer).await;
    Ok(())
}
