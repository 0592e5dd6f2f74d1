//! The components (one per lambda) that together make a prediction, and the door they are called through.
//!
//! Two kinds. Parts do a run's work: the ledger tells when each is launched, and [`part`] takes it through. Commands are
//! what clients and hosts send. To add a component, write its file and add its name to [`components`]: routing, deployment
//! and logs follow from there.

pub mod cancel;
pub mod estimation;
pub mod failed;
pub mod in_memory;
mod open;
pub mod prediction;
pub mod resume;
pub mod run;
pub mod warm;

pub use run::{Error, Result};

use std::pin::Pin;

use crate::host::Host;
use crate::host::ledger::{Act, State};
use crate::pipeline::estimation::{evaluate, fit, step};
use crate::pipeline::prediction::{plan, price, replay, report, sample};
use crate::pipeline::run::envelope::Envelope;
use crate::pipeline::run::{part, progress, steps};
use crate::pipeline::warm::Warm;

/// Lists the components: their names, and how each is called.
macro_rules! components {
    (commands: [$($command:ident),+], parts: [$($part:ident),+]) => {
        /// The names of all components.
        pub const COMPONENTS: &[&str] = &[$(stringify!($command)),+, $(stringify!($part)),+];

        async fn dispatch(component: &str, host: &impl Host, warm: &Warm, envelope: &Envelope) -> Result<()> {
            // Each component behind a pointer of its own: as one state machine they were a sixth of the module in one function,
            // which an engine has to compile before it can run any of them.
            let work: Pin<Box<dyn Future<Output = Result<()>> + '_>> = match component {
                $(stringify!($command) => {
                    Box::pin(async { $command::run(host, warm, envelope, envelope.input()?).await })
                })+
                $(stringify!($part) => Box::pin(part::run(component, host, envelope, async |part| {
                    $part::run(host, warm, envelope, part).await
                })),)+
                _ => return Err(Error::Unknown { component: component.to_owned(), known: COMPONENTS }),
            };
            work.await
        }
    };
}

components![commands: [plan, fit, resume, cancel, failed], parts: [price, sample, replay, report, evaluate, step]];

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
        answer = Some(steps::take(host, &envelope, component, end).await?);
    }
    progress::failed(host, component, &envelope, &error, answer.as_ref()).await;
    Err(error)
}
