//! What components announce: started, completed, failed. Losing an announcement loses nothing but the view.

use serde::{Deserialize, Serialize};

use crate::host::{Host, Level};
use crate::input::InputError;
use crate::pipeline::envelope::Envelope;
use crate::pipeline::keys::Keys;
use crate::pipeline::{Error, Result};

/// An announcement, as published on `switchyard:{env}:{component}:{request_id}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Announcement {
    /// The run.
    pub run: String,
    /// Who announces.
    pub component: String,
    /// What of: a market, a chunk, a task; empty for the whole run.
    pub part: String,
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
    /// Work ended well.
    Completed {
        /// How much of the run's work this was, in visits replayed through one market under one parameter set.
        work: u64,
        /// The whole run's work, where it is known.
        #[serde(skip_serializing_if = "Option::is_none")]
        of: Option<u64>,
    },
    /// Work failed.
    Failed {
        /// The kind of failure: see [`Error::kind`].
        kind: String,
        /// For people.
        message: String,
        /// Whether delivering the message again may help.
        retry: bool,
        /// The pieces of an input error.
        #[serde(skip_serializing_if = "Option::is_none")]
        input: Option<InputError>,
    },
}

/// Announces that work on a part began.
pub async fn started(host: &impl Host, component: &str, envelope: &Envelope, part: &str) -> Result<()> {
    announce(host, component, envelope, part, Event::Started).await
}

/// Announces that work on a part ended well.
pub async fn completed(
    host: &impl Host,
    component: &str,
    envelope: &Envelope,
    part: &str,
    work: u64,
    of: Option<u64>,
) -> Result<()> {
    announce(host, component, envelope, part, Event::Completed { work, of }).await
}

/// Announces a failure, and logs it.
pub async fn failed(host: &impl Host, component: &str, envelope: &Envelope, error: &Error) -> Result<()> {
    host.log(Level::Error, &format!("{component}: {error}"));
    let input = if let Error::Input(input) = error { Some(input.clone()) } else { None };
    let (kind, message, retry) = (error.kind().to_owned(), error.to_string(), error.retry());
    announce(host, component, envelope, "", Event::Failed { kind, message, retry, input }).await
}

async fn announce(host: &impl Host, component: &str, envelope: &Envelope, part: &str, event: Event) -> Result<()> {
    let (run, component_name, part) = (envelope.run.clone(), component.to_owned(), part.to_owned());
    let announcement = Announcement { run, component: component_name, part, event };
    let message = serde_json::to_vec(&announcement).unwrap_or_default();
    Ok(host.publish(&Keys::of(envelope).topic(component), &message).await?)
}
