//! What an instance keeps between calls because it would only make it again: the run it last worked on. Results never depend
//! on it.

use std::any::Any;
use std::cell::RefCell;
use std::rc::Rc;

use crate::host::Host;
use crate::pipeline::run::keys::Keys;
use crate::pipeline::run::kind::Kind;
use crate::pipeline::run::{Error, Result, blobs};

/// The last run an instance worked on, by the key of its record, which is never replaced by another: memory is for one.
#[derive(Default)]
pub struct Warm(RefCell<Option<(String, Rc<dyn Any>)>>);

impl Warm {
    /// A run, from memory or read anew.
    pub(crate) async fn run<K: Kind>(&self, host: &impl Host, keys: Keys<'_>) -> Result<Rc<K>> {
        // Whatever else is kept goes first.
        if let Some((key, run)) = self.0.take()
            && key == keys.blob(K::RECORD)
            && let Ok(run) = run.downcast::<K>()
        {
            self.0.replace(Some((key, run.clone())));
            return Ok(run);
        }
        let record = record::<K>(host, keys).await?;
        Ok(self.keep(keys, K::load(host, keys, record).await?))
    }

    /// Keeps a run.
    pub(crate) fn keep<K: Kind>(&self, keys: Keys<'_>, run: K) -> Rc<K> {
        let run = Rc::new(run);
        self.0.replace(Some((keys.blob(K::RECORD), run.clone())));
        run
    }
}

/// Reads a run's record.
pub(crate) async fn record<K: Kind>(host: &impl Host, keys: Keys<'_>) -> Result<K::Record> {
    let key = keys.blob(K::RECORD);
    let bytes = blobs::read(host, &key).await?;
    decoded::<K>(key, &bytes)
}

/// The record that was read under a key.
pub(crate) fn decoded<K: Kind>(key: String, bytes: &[u8]) -> Result<K::Record> {
    K::decode(bytes).ok_or(Error::Stored { key, what: "unreadable" })
}
