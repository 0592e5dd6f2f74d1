//! Steps of the ledger on behalf of a message, and the launches they grant.

use serde::{Deserialize, Serialize};

use crate::host::ledger::{Act, Answer, Launch, State, Step};
use crate::host::{Host, Level};
use crate::pipeline::run::envelope::{Envelope, PartInput};
use crate::pipeline::run::keys::Keys;
use crate::pipeline::run::{Error, Result};

/// Takes a step and launches what it grants.
pub(crate) async fn take(host: &impl Host, envelope: &Envelope, by: &str, act: Act) -> Result<Answer> {
    let Envelope { env, run, .. } = envelope;
    let step = Step { env: env.clone(), run: run.clone(), by: by.to_owned(), act };
    let answer = host.step(&step).await?;
    for launch in &answer.launches {
        self::launch(host, envelope, launch).await?;
    }
    Ok(answer)
}

/// Launches a part of this run, or of another that waited for its turn.
async fn launch(host: &impl Host, envelope: &Envelope, launch: &Launch) -> Result<()> {
    let Some((component, part)) = launch.part.split_once('/') else {
        return Err(Error::Message(format!("the ledger launches `{}`, expected the name of a part", launch.part)));
    };
    let template = Envelope::decode(launch.envelope.as_bytes(), &envelope.env)?;
    let message = Envelope { ticket: launch.ticket, ..template }.with(&PartInput { part: part.to_owned() })?;
    Ok(host.invoke(component, &message.encode()).await?)
}

/// Asks for a run to go on: the input of `resume`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Resume {
    /// The part at whose work the ledger did not know the run. None if a person asks: then even a run that failed or was
    /// cancelled goes on.
    #[serde(default)]
    pub(crate) missed_by: Option<String>,
}

/// What to do where the ledger does not know the run of a part: what was stored tells how far it is, if one of these records is.
pub(crate) async fn heal(host: &impl Host, envelope: &Envelope, records: &[&str], part: String) -> Result<()> {
    let Envelope { env, run, .. } = envelope;
    for record in records {
        if host.read(&Keys::of(envelope).blob(record)).await?.is_some() {
            let next = envelope.next()?;
            // What could not launch the run's parts would only end a run that somebody else opened meanwhile.
            next.next()?;
            host.log(Level::Warn, &format!("the ledger has lost run {run}: opening it again"));
            let message = next.with(&Resume { missed_by: Some(part) })?;
            return Ok(host.invoke("resume", &message.encode()).await?);
        }
    }
    Err(Error::NoRun { run: run.clone(), env: env.clone() })
}

/// Whether a run is over, so that nothing more is to be done for it.
pub(crate) fn is_over(answer: &Answer) -> bool {
    matches!(answer.state, State::Completed | State::Failed | State::Cancelled)
}
