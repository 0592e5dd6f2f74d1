//! The envelope every message between components travels in: whose run it is, and how much it may still set in motion.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};

use crate::host::Host;
use crate::input::json;
use crate::pipeline::{Error, Result};

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
    /// How many launches deep it may still lead.
    pub hops: u32,
    /// How many launches this message and those it leads to may still make, each by its own count.
    pub budget: u64,
    /// What is asked of the component: its own JSON.
    pub input: Box<RawValue>,
}

/// Longest names: they become parts of keys and topics.
const NAME_LENGTH_MAX: usize = 64;

/// A prediction is four launches deep: plan, price or sample, replay, report.
const HOPS: u32 = 8;
/// More than the largest plan launches.
const BUDGET: u64 = 4_000_000;

impl Envelope {
    /// A client's message, which begins a run.
    pub fn first(run: &str, request_id: &str, client: &str, env: &str, input: Box<RawValue>) -> Envelope {
        let own = str::to_owned;
        let (run, request_id, client, env) = (own(run), own(request_id), own(client), own(env));
        Envelope { schema: SCHEMA, run, request_id, client, env, hops: HOPS, budget: BUDGET, input }
    }

    /// Reads a message.
    pub fn decode(message: &[u8]) -> Result<Envelope> {
        let envelope: Envelope = json("message", message).map_err(|error| Error::Message(error.to_string()))?;
        if envelope.schema != SCHEMA {
            return Err(Error::Message(format!("schema {}, expected {SCHEMA}", envelope.schema)));
        }
        let names = [("run", &envelope.run), ("request_id", &envelope.request_id), ("env", &envelope.env)];
        for (field, name) in names {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
            if name.is_empty() || name.len() > NAME_LENGTH_MAX || !name.bytes().all(plain) {
                let expected = format!("1 to {NAME_LENGTH_MAX} letters, digits, - or _");
                return Err(Error::Message(format!("{field} is `{name}`, expected {expected}")));
            }
        }
        Ok(envelope)
    }

    /// What is asked, in the component's own type.
    pub fn input<T: DeserializeOwned>(&self) -> Result<T> {
        json("input", self.input.get().as_bytes()).map_err(|error| Error::Message(error.to_string()))
    }

    /// Launches `component` with each of `inputs`, on behalf of the same request.
    pub async fn launch<T: Serialize>(&self, host: &impl Host, component: &str, inputs: &[T]) -> Result<()> {
        let bound = |what| Error::Bound { what, run: self.run.clone(), component: component.to_owned() };
        let hops = self.hops.checked_sub(1).ok_or_else(|| bound("hops"))?;
        let budget = self.budget.checked_sub(inputs.len() as u64).ok_or_else(|| bound("launches"))?;
        for input in inputs {
            let input = to_raw_value(input).map_err(|error| Error::Message(error.to_string()))?;
            let message = Envelope { hops, budget, input, ..self.clone() };
            host.invoke(component, &message.encode()).await?;
        }
        Ok(())
    }

    /// The message's bytes.
    pub fn encode(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }
}
