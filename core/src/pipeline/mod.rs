//! The components (one per lambda) that together make a prediction, and the door they are called through.
//!
//! To add a component: write its file, add its line to [`components`]. Routing, deployment and logs follow from there.

pub mod envelope;
pub mod in_memory;
pub mod keys;
mod markets;
pub mod plan;
pub mod price;
pub mod progress;
pub mod record;
pub mod replay;
pub mod report;
pub mod sample;
pub mod scenario;
pub mod warm;

mod error;

pub use error::{Error, Result};

use crate::host::Host;
use crate::pipeline::envelope::Envelope;
use crate::pipeline::warm::Warm;

/// Lists the components: their names, and how each is called.
macro_rules! components {
    ($($name:ident),+ $(,)?) => {
        /// The names of all components.
        pub const COMPONENTS: &[&str] = &[$(stringify!($name)),+];

        async fn dispatch(component: &str, host: &impl Host, warm: &Warm, envelope: &Envelope) -> Result<()> {
            match component {
                $(stringify!($name) => $name::run(host, warm, envelope, envelope.input()?).await,)+
                _ => Err(Error::Unknown { component: component.to_owned() }),
            }
        }
    };
}

components![plan, price, sample, replay, report];

/// Calls a component with a message, and announces how it went.
///
/// # Errors
/// See [`Error`]; [`Error::retry`] tells whether delivering the message again may help.
pub async fn call(component: &str, host: &impl Host, warm: &Warm, message: &[u8]) -> Result<()> {
    let envelope = Envelope::decode(message)?;
    let outcome = dispatch(component, host, warm, &envelope).await;
    if let Err(error) = &outcome {
        progress::failed(host, component, &envelope, error).await?;
    }
    outcome
}
