//! The envelope every message between components travels in: whose run it is, and how much it may still set in motion.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};

use crate::input::{json, quoted};
use crate::pipeline::run::{Error, Result};

/// The version of the message format. A message of another version is refused.
pub const SCHEMA: u32 = 1;

/// A message to a component.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Envelope {
    /// [`SCHEMA`].
    pub schema: u32,
    /// The run it belongs to.
    pub run: String,
    /// The client's request, for topics and logs.
    pub request_id: String,
    /// Who asked.
    pub client: String,
    /// The environment: from the invoked alias, never from the client.
    pub env: String,
    /// How many messages deep it may still lead, not counting what the ledger grants.
    pub hops: u32,
    /// How many launches the run may cost in all: the ledger counts them.
    pub budget: u64,
    /// Which of the ledger's launches this is; 0 if none.
    pub ticket: u64,
    /// The trace header of the invocation that began the run: its parts carry it on, so that each is one call away from it
    /// however many came before.
    pub trace: Option<String>,
    /// What is asked of the component: its own JSON.
    pub input: Box<RawValue>,
}

/// What is asked of a component that works on parts.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartInput {
    /// The part's name within the component: `3` of `sample`, `shares-3` of `replay`.
    pub part: String,
}

/// Longest names: they become parts of keys and topics.
const NAME_LENGTH_MAX: usize = 64;

/// A run is two messages deep, and two more for each time that a lost ledger is made again. No more than three times: all that is
/// in flight misses it, so that each time may lead to many messages. Whoever resumes it has them all again.
const HOPS: u32 = 8;
/// More than the largest plan launches.
const BUDGET: u64 = 4_000_000;

impl Envelope {
    /// A client's message, which begins a run or is about one.
    pub fn first(
        run: &str,
        request_id: &str,
        client: &str,
        env: &str,
        trace: Option<String>,
        input: Box<RawValue>,
    ) -> Envelope {
        let own = str::to_owned;
        let (run, request_id, client, env) = (own(run), own(request_id), own(client), own(env));
        let (schema, hops, budget, ticket) = (SCHEMA, HOPS, BUDGET, 0);
        Envelope { schema, run, request_id, client, env, hops, budget, ticket, trace, input }
    }

    /// Reads a message that came to an environment.
    ///
    /// # Errors
    /// If it is malformed, of another version, or for another environment.
    pub fn decode(message: &[u8], env: &str) -> Result<Envelope> {
        let malformed = |error: String| Error::Message(error);
        let version: Version = json("message", message).map_err(|error| malformed(error.to_string()))?;
        if version.schema != SCHEMA {
            let which = if version.schema > SCHEMA { "a newer" } else { "an older" };
            let version = version.schema;
            return Err(malformed(format!("it is of {which} version: schema {version}, expected {SCHEMA}")));
        }
        let envelope: Envelope = json("message", message).map_err(|error| malformed(error.to_string()))?;
        let names = [("run", &envelope.run), ("request_id", &envelope.request_id), ("env", &envelope.env)];
        for (field, name) in names {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
            if name.is_empty() || name.len() > NAME_LENGTH_MAX || !name.bytes().all(plain) {
                let expected = format!("1 to {NAME_LENGTH_MAX} letters, digits, - or _");
                return Err(malformed(format!("{field} is `{}`, expected {expected}", quoted(name))));
            }
        }
        if envelope.env != env {
            let its = &envelope.env;
            return Err(malformed(format!("it is for environment `{its}`, but came to `{env}`")));
        }
        Ok(envelope)
    }

    /// What is asked, in the component's own type.
    pub fn input<T: DeserializeOwned>(&self) -> Result<T> {
        json("input", self.input.get().as_bytes()).map_err(|error| Error::Message(error.to_string()))
    }

    /// The ledger's name of the part that this message to a component is about, if it is about one.
    pub fn part_name(&self, component: &str) -> Option<String> {
        let PartInput { part } = self.input().ok()?;
        Some(format!("{component}/{part}"))
    }

    /// A message that this one leads to.
    ///
    /// # Errors
    /// If it may lead no deeper.
    pub fn next(&self) -> Result<Envelope> {
        let hops = self.hops.checked_sub(1).ok_or(Error::Hops { run: self.run.clone() })?;
        Ok(Envelope { hops, ticket: 0, ..self.clone() })
    }

    /// The same message with another input.
    pub fn with<T: Serialize>(self, input: &T) -> Result<Envelope> {
        let input = to_raw_value(input).map_err(|error| Error::Message(error.to_string()))?;
        Ok(Envelope { input, ..self })
    }

    /// The message's bytes.
    pub fn encode(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }
}

/// All that can be said of a message of whatever version.
#[derive(Deserialize)]
struct Version {
    schema: u32,
}
