//! `cancel`: ends a run. What is in flight finishes, nothing more is launched, and the run can be resumed.

use serde::{Deserialize, Serialize};

use crate::host::Host;
use crate::host::ledger::{Act, State};
use crate::pipeline::run::envelope::Envelope;
use crate::pipeline::run::kind::Kinds;
use crate::pipeline::run::progress::Event;
use crate::pipeline::run::{Error, Result, progress, steps};

/// Asks for a run to end.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cancel {}

/// Runs the component. A run that is over stays as it is.
pub(crate) async fn run(_kinds: &impl Kinds, host: &impl Host, envelope: &Envelope) -> Result<()> {
    let Cancel {} = envelope.input()?;
    let message = format!("cancelled by {}", envelope.client);
    let answer =
        steps::take(host, envelope, "cancel", Act::End { part: None, state: State::Cancelled, message }).await?;
    if answer.state == State::Unknown {
        return Err(Error::NoRun { run: envelope.run.clone(), env: envelope.env.clone() });
    }
    let by = envelope.client.clone();
    let event = if answer.state == State::Cancelled { Event::Cancelled { by } } else { Event::Completed };
    progress::announce(host, "cancel", envelope, "", &answer, event).await;
    Ok(())
}
