//! `failed`: the on-failure destination. A message whose deliveries are spent ends up here: what it was about is lost, and the
//! run's threshold decides whether it goes on without.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::host::ledger::{Act, State, worker};
use crate::host::{Host, Level};
use crate::pipeline::run::envelope::Envelope;
use crate::pipeline::run::kind::{Kinds, Lost};
use crate::pipeline::run::progress::Event;
use crate::pipeline::run::{Result, progress, steps};

/// What failed.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Failed {
    /// The component.
    pub component: String,
    /// What was asked of it.
    pub input: Box<RawValue>,
    /// Why the last delivery failed.
    pub reason: String,
}

/// The message to this component, about another that could not be delivered.
///
/// # Errors
/// If that is no message of ours.
pub fn message(component: &str, message: &[u8], env: &str, reason: &str) -> Result<Vec<u8>> {
    let envelope = Envelope::decode(message, env)?;
    let failed = Failed { component: component.to_owned(), input: envelope.input.clone(), reason: reason.to_owned() };
    Ok(envelope.with(&failed)?.encode())
}

/// Runs the component.
pub(crate) async fn run<K: Kinds>(kinds: &K, host: &impl Host, envelope: &Envelope) -> Result<()> {
    let Failed { component, input, reason } = envelope.input()?;
    let original = Envelope { input, ..envelope.clone() };
    let message = format!("{component} failed: {reason}");
    host.log(Level::Error, &message);
    let part = original.part_name(&component);
    let answer = match part.clone() {
        Some(part) => {
            let name = part.split_once('/').map_or("", |(_, name)| name);
            let (fatal, lost) = match kinds.lost_with(host, envelope, &component, name).await? {
                Lost::Parts(parts) => (false, parts),
                Lost::Run => (true, Vec::new()),
            };
            let by = worker(&format!("failed/{part}"), envelope.ticket);
            let act = Act::Lose { part, ticket: envelope.ticket, lost, fatal, reason: message.clone() };
            steps::take(host, envelope, &by, act).await?
        }
        // Who cancels or reports a failure can do so again; what opens a run and could not ends it.
        None if kinds.begins(&component) || component == "resume" => {
            let end = Act::End { part: None, state: State::Failed, message: message.clone() };
            steps::take(host, envelope, "failed", end).await?
        }
        None => return Ok(()),
    };
    if answer.state == State::Unknown {
        return steps::heal(host, envelope, K::RECORDS, format!("failed/{}", part.unwrap_or(component))).await;
    }
    let kind = "deliveries_spent".to_owned();
    let message = if answer.state == State::Failed { answer.message.clone() } else { message };
    let event = Event::Failed { kind, message, retry: false, input: None };
    progress::announce(host, "failed", envelope, "", &answer, event).await;
    Ok(())
}
