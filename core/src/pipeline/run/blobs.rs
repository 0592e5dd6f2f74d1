//! What is stored, read and written: the user's files, and what components leave one another.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::host::Host;
use crate::input::{self, InputError, InputErrors, Names, QUESTION, unpacked};
use crate::pipeline::run::{Error, Result};

/// A file of the user's, stored for the run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Its path as the user would name it, for messages.
    pub path: String,
    /// The key its bytes are stored under.
    pub key: String,
}

impl Input {
    /// The file beside this one that it names.
    pub fn beside(&self, name: &str) -> Input {
        let beside = |file: &str| {
            let folder = file.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
            format!("{folder}{name}")
        };
        Input { path: beside(&self.path), key: beside(&self.key) }
    }
}

/// That all files which are sent along with one are those that it names.
pub(crate) fn check_named<'a>(
    by: &str,
    named: &[String],
    sent: impl Iterator<Item = &'a String>,
) -> std::result::Result<(), InputErrors> {
    let names = Names::new(named.iter().map(String::as_str));
    let unknown = sent.filter(|name| !named.contains(name)).map(|name| {
        let expected = names.expected(&format!("a file that {by} names"), name);
        InputError::new(QUESTION, expected).field("files").value(name)
    });
    let read = input::read(|found| {
        unknown.for_each(|error| found.error(error));
        Some(())
    });
    read.map(drop)
}

/// Reads a file of the user's, unpacked if it is compressed. What the client said is there may not be.
pub(crate) async fn read_input(host: &impl Host, input: &Input) -> Result<Vec<u8>> {
    let missing = || InputError::new(&input.path, "a file that is stored under this key").value(&input.key);
    Ok(unpacked(&input.path, host.read(&input.key).await?.ok_or_else(missing)?)?)
}

/// Reads a blob that must be there.
pub(crate) async fn read(host: &impl Host, key: &str) -> Result<Vec<u8>> {
    let bytes = host.read(key).await?;
    bytes.ok_or_else(|| Error::Stored { key: key.to_owned(), what: "missing" })
}

/// Reads what [`write_binary`] wrote.
pub(crate) async fn read_binary<T: DeserializeOwned>(host: &impl Host, key: &str) -> Result<T> {
    decoded(&read(host, key).await?).ok_or_else(|| Error::Stored { key: key.to_owned(), what: "unreadable" })
}

// Neither this nor its inverse is inlined: an engine that finds their loops hot would optimise the whole of a component.
#[inline(never)]
pub(crate) fn decoded<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    postcard::from_bytes(bytes).ok()
}

/// Stores a value in postcard's binary form.
pub(crate) async fn write_binary<T: Serialize>(host: &impl Host, key: &str, value: &T) -> Result<()> {
    Ok(host.write(key, &binary(value)?).await?)
}

/// Reads what [`json`] made.
pub(crate) async fn read_json<T: DeserializeOwned>(host: &impl Host, key: &str) -> Result<T> {
    let read = serde_json::from_slice(&read(host, key).await?).ok();
    read.ok_or_else(|| Error::Stored { key: key.to_owned(), what: "unreadable" })
}

/// A value as JSON, for people and clients.
pub(crate) fn json<T: Serialize>(value: &T) -> Result<Vec<u8>> {
    serde_json::to_vec_pretty(value).map_err(|error| Error::Message(error.to_string()))
}

/// A value in postcard's binary form.
#[inline(never)]
pub(crate) fn binary<T: Serialize>(value: &T) -> Result<Vec<u8>> {
    postcard::to_allocvec(value).map_err(|error| Error::Message(error.to_string()))
}
