//! What one kind of run has of its own. All else is the same for all of them.

use std::collections::BTreeSet;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::host::Host;
use crate::host::ledger::{Answer, Open};
use crate::input::Note;
use crate::pipeline::run::envelope::Envelope;
use crate::pipeline::run::keys::Keys;
use crate::pipeline::run::{Result, blobs};

/// A kind of run: a value of it is a run that is ready to be worked on, and what an instance keeps warm.
pub(crate) trait Kind: Sized + 'static {
    /// The component that begins it.
    const BEGINS: &'static str;
    /// The blob of its record, written last of what a beginning stores: whoever finds it finds the rest, and knows the kind.
    const RECORD: &'static str;
    /// What is asked: the input of the component that begins it.
    type Question: DeserializeOwned;
    /// What there is to do, fixed when it is begun and read by everyone after.
    type Record: Serialize + DeserializeOwned;

    /// Reads the files and checks all that a user can get wrong: no later step can fail on them.
    async fn check(host: &impl Host, keys: Keys<'_>, question: Self::Question) -> Result<Checked<Self>>;

    /// A run that was begun, read back.
    async fn load(host: &impl Host, keys: Keys<'_>, record: Self::Record) -> Result<Self>;

    /// Its record.
    fn record(&self) -> &Self::Record;

    /// All there is to do, and what of it is stored already: all that an [`Open`] says but the envelope, the budget and whether
    /// it is to go on again.
    async fn agenda(host: &impl Host, keys: Keys<'_>, record: &Self::Record, stored: &Stored) -> Result<Open>;

    /// Whether something of this name is stored for which parts wait until a client supplies it.
    async fn is_supplied(_host: &impl Host, _keys: Keys<'_>, _name: &str) -> Result<bool> {
        Ok(false)
    }

    /// What is lost with a part whose deliveries are spent.
    async fn lost_with(_host: &impl Host, _keys: Keys<'_>, _component: &str, _name: &str) -> Result<Lost> {
        Ok(Lost::Run)
    }

    /// A record's bytes.
    fn encode(record: &Self::Record) -> Result<Vec<u8>> {
        blobs::binary(record)
    }

    /// The record of such bytes.
    fn decode(bytes: &[u8]) -> Option<Self::Record> {
        postcard::from_bytes(bytes).ok()
    }
}

/// A run that may begin, and what is to be stored of it beside its record.
pub(crate) struct Checked<K> {
    /// The run.
    pub(crate) run: K,
    /// By key.
    pub(crate) blobs: Vec<(String, Vec<u8>)>,
    /// What is unlikely in the files it was made from, or was set aside.
    pub(crate) notes: Vec<Note>,
}

/// What earlier work on a run left: the names of its blobs.
pub(crate) type Stored = BTreeSet<String>;

/// What is lost with a part.
pub(crate) enum Lost {
    /// These parts: a run may allow for some.
    Parts(Vec<String>),
    /// The run: nothing comes of it without this part.
    Run,
}

/// The kinds there are, for components that are about a run of any.
pub(crate) trait Kinds {
    /// The blobs that records are stored as.
    const RECORDS: &'static [&'static str];

    /// Whether a component begins runs.
    fn begins(&self, component: &str) -> bool;

    /// Opens a run for all that is not stored; nothing if no record of it is.
    async fn reopen(&self, host: &impl Host, envelope: &Envelope, by: &str, again: bool) -> Result<Option<Answer>>;

    /// Whether something of this name is stored for which parts of the run wait.
    async fn is_supplied(&self, host: &impl Host, envelope: &Envelope, name: &str) -> Result<bool>;

    /// What is lost with a part of a component's whose deliveries are spent.
    async fn lost_with(&self, host: &impl Host, envelope: &Envelope, component: &str, name: &str) -> Result<Lost>;
}
