//! The components (one per lambda), and the door they are called through.
//!
//! [`run`] is what all runs have in common; the [`kinds`] differ by what they ask, what there is to do, and how parts do it.
//! Parts do a run's work: the ledger tells when each is launched. The rest is what clients and hosts send.

pub mod cancel;
pub mod estimation;
pub mod failed;
pub mod in_memory;
mod kinds;
pub mod prediction;
pub mod resume;
pub mod run;
pub mod supply;

pub use kinds::COMPONENTS;
pub use run::{Error, Result};

use crate::host::Host;
use crate::host::ledger::{Act, Answer, State};
use crate::pipeline::kinds::dispatch;
use crate::pipeline::run::envelope::Envelope;
use crate::pipeline::run::warm::Warm;
use crate::pipeline::run::{progress, steps};

/// Calls a component of an environment with a message, and announces how it went. An error that no retry heals ends the run.
///
/// # Errors
/// See [`Error`]; [`Error::retry`] tells whether delivering the message again may help.
pub async fn call(component: &str, env: &str, host: &impl Host, warm: &Warm, message: &[u8]) -> Result<()> {
    let envelope = Envelope::decode(message, env)?;
    let Err(error) = dispatch(component, host, warm, &envelope).await else { return Ok(()) };
    let mut answer = None;
    if error.ends_run() {
        let end = Act::End { part: envelope.part_name(component), state: State::Failed, message: error.to_string() };
        answer = match steps::take(host, &envelope, component, end).await {
            // A ledger that takes nothing cannot tell that the run has ended: whoever watches hears it.
            Err(Error::Host(refused)) if !refused.retry => Some(Answer { state: State::Failed, ..Answer::default() }),
            taken => Some(taken?),
        };
    }
    progress::failed(host, component, &envelope, &error, answer.as_ref()).await;
    Err(error)
}
