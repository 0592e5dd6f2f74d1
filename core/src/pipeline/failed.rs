//! `failed`: the on-failure destination. A message whose deliveries are spent ends up here: what it was about is lost, and the
//! run's threshold decides whether it goes on without.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::host::Host;
use crate::host::ledger::{Act, Answer, State, worker};
use crate::pipeline::run::envelope::Envelope;
use crate::pipeline::run::progress::Event;
use crate::pipeline::run::{Result, progress, steps};
use crate::pipeline::warm::{Warm, read_record};

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
pub async fn run(host: &impl Host, _warm: &Warm, envelope: &Envelope, failed: Failed) -> Result<()> {
    let Failed { component, input, reason } = failed;
    let original = Envelope { input, ..envelope.clone() };
    let message = format!("{component} failed: {reason}");
    host.log(crate::host::Level::Error, &message);
    let part = original.part_name(&component);
    let answer = match part.clone() {
        Some(part) => lose(host, envelope, &component, part, &message).await?,
        // Who cancels or reports a failure can do so again; what opens a run and could not ends it.
        None if matches!(component.as_str(), "plan" | "fit" | "resume") => {
            let end = Act::End { part: None, state: State::Failed, message: message.clone() };
            steps::take(host, envelope, "failed", end).await?
        }
        None => return Ok(()),
    };
    if answer.state == State::Unknown {
        return steps::heal(host, envelope, format!("failed/{}", part.unwrap_or(component))).await;
    }
    let kind = "deliveries_spent".to_owned();
    let message = if answer.state == State::Failed { answer.message.clone() } else { message };
    let event = Event::Failed { kind, message, retry: false, input: None };
    progress::announce(host, "failed", envelope, "", &answer, event).await;
    Ok(())
}

async fn lose(host: &impl Host, envelope: &Envelope, component: &str, part: String, reason: &str) -> Result<Answer> {
    let name = part.split_once('/').map_or("", |(_, name)| name);
    let (fatal, lost) = match component {
        "sample" => {
            let record = read_record(host, envelope).await?;
            let chunk = record.named_chunk(name)?;
            (false, record.tasks_of(chunk).map(|task| format!("replay/{}", task.name())).collect())
        }
        "replay" => (false, vec![part.clone()]),
        // Nothing can be predicted without a market, and nothing is without a report.
        _ => (true, Vec::new()),
    };
    let by = worker(&format!("failed/{part}"), envelope.ticket);
    let act = Act::Lose { part, ticket: envelope.ticket, lost, fatal, reason: reason.to_owned() };
    steps::take(host, envelope, &by, act).await
}
