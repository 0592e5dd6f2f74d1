//! What components announce: started, progress, completed, failed. Losing an announcement loses nothing but the view, so one
//! that cannot be made is only logged.

use serde::{Deserialize, Serialize};

use crate::host::ledger::{Answer, State};
use crate::host::{Host, Level};
use crate::input::InputErrors;
use crate::pipeline::run::Error;
use crate::pipeline::run::envelope::Envelope;

/// An announcement, as published on `switchyard:{env}:{component}:{request_id}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Announcement {
    /// The run.
    pub run: String,
    /// Who announces.
    pub component: String,
    /// What of: a market, a chunk, a task; empty for the whole run.
    pub part: String,
    /// How the run stands, as far as the component knows.
    pub state: State,
    /// The run's work done so far, in visits replayed through one market under one parameter set.
    pub done: u64,
    /// All its work; 0 where it is not known yet.
    pub of: u64,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// Work began.
    Started,
    /// Work goes on.
    Progress,
    /// Work ended well.
    Completed,
    /// Work failed.
    Failed {
        /// The kind of failure: see [`Error::kind`].
        kind: String,
        /// For people.
        message: String,
        /// Whether delivering the message again may help.
        retry: bool,
        /// The pieces of what is wrong with the input.
        #[serde(skip_serializing_if = "Option::is_none")]
        input: Option<InputErrors>,
    },
    /// Somebody ended the run.
    Cancelled {
        /// Who: the client, as it calls itself.
        by: String,
    },
}

/// Announces that work on a part began.
pub(crate) async fn started(host: &impl Host, component: &str, envelope: &Envelope, part: &str, answer: &Answer) {
    announce(host, component, envelope, part, answer, Event::Started).await;
}

/// Announces that work on a part ended well.
pub(crate) async fn completed(host: &impl Host, component: &str, envelope: &Envelope, part: &str, answer: &Answer) {
    announce(host, component, envelope, part, answer, Event::Completed).await;
}

/// Announces a failure, and logs it. Without an answer of the ledger's, the run goes on.
pub(crate) async fn failed(
    host: &impl Host,
    component: &str,
    envelope: &Envelope,
    error: &Error,
    answer: Option<&Answer>,
) {
    let level = if error.retry() { Level::Warn } else { Level::Error };
    host.log(level, &format!("{component}: {error}"));
    let input = if let Error::Input(input) = error { Some(input.clone()) } else { None };
    let (kind, message, retry) = (error.kind().to_owned(), error.to_string(), error.retry());
    let part = envelope.part_name("").unwrap_or_default();
    let going_on = Answer { state: State::Running, ..Answer::default() };
    let answer = answer.unwrap_or(&going_on);
    let event = Event::Failed { kind, message, retry, input };
    announce(host, component, envelope, part.trim_start_matches('/'), answer, event).await;
}

/// Announces an event.
pub(crate) async fn announce(
    host: &impl Host,
    component: &str,
    envelope: &Envelope,
    part: &str,
    answer: &Answer,
    event: Event,
) {
    let Answer { state, done, of, .. } = *answer;
    let (run, component_name, part) = (envelope.run.clone(), component.to_owned(), part.to_owned());
    let announcement = Announcement { run, component: component_name, part, state, done, of, event };
    let message = serde_json::to_vec(&announcement).unwrap_or_default();
    let Envelope { env, request_id, .. } = envelope;
    let topic = format!("switchyard:{env}:{component}:{request_id}");
    if let Err(error) = host.publish(&topic, &message).await {
        host.log(Level::Warn, &format!("{component}: {error}"));
    }
}
