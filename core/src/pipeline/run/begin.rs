//! How a run begins, and how it is opened again from what is stored of it.

use crate::host::Host;
use crate::host::ledger::Answer;
use crate::pipeline::run::blobs::json;
use crate::pipeline::run::envelope::Envelope;
use crate::pipeline::run::keys::Keys;
use crate::pipeline::run::kind::{Checked, Kind, Stored};
use crate::pipeline::run::warm::{Warm, decoded, record};
use crate::pipeline::run::{Error, Result, open, progress, steps};

/// Begins a run of a kind. One that is begun again is worked on as it was begun first.
pub(crate) async fn begin<K: Kind>(host: &impl Host, warm: &Warm, envelope: &Envelope) -> Result<()> {
    let question = envelope.input()?;
    // Opened before anything is known of it, so that whoever watches sees how it ends if the files are wrong.
    let opened = steps::take(host, envelope, K::BEGINS, open::unknown(envelope)?).await?;
    if steps::is_over(&opened) {
        return launch_what_was_granted::<K>(host, envelope).await;
    }
    progress::started(host, K::BEGINS, envelope, "", &opened).await;
    let keys = Keys::of(envelope);
    let checked = K::check(host, keys, question).await?;
    store(host, envelope, &checked).await?;
    // What was read here will be needed here again.
    let run = warm.keep(keys, checked.run);
    let answer = open_whole::<K>(host, envelope, run.record()).await?;
    progress::completed(host, K::BEGINS, envelope, "", &answer).await;
    Ok(())
}

/// A delivery before this one may have crashed with parts of other runs in its hands.
async fn launch_what_was_granted<K: Kind>(host: &impl Host, envelope: &Envelope) -> Result<()> {
    if host.read(&Keys::of(envelope).blob(K::RECORD)).await?.is_some() {
        let record = record::<K>(host, Keys::of(envelope)).await?;
        open_whole::<K>(host, envelope, &record).await?;
    }
    Ok(())
}

/// The record last: whoever finds it finds the rest.
async fn store<K: Kind>(host: &impl Host, envelope: &Envelope, checked: &Checked<K>) -> Result<()> {
    let key = Keys::of(envelope).blob(K::RECORD);
    let record = K::encode(checked.run.record())?;
    match host.read(&key).await? {
        Some(begun) if begun == record => return Ok(()),
        Some(_) => {
            let error = format!("run `{}` was begun with another question already, expected a new run", envelope.run);
            return Err(Error::Message(error));
        }
        None => {}
    }
    for (key, bytes) in &checked.blobs {
        host.write(key, bytes).await?;
    }
    host.write(&Keys::of(envelope).notes(), &json(&checked.notes)?).await?;
    Ok(host.write(&key, &record).await?)
}

/// Nothing is told as done: what is stored may still be in flight, and the ledger, if it knows the run, knows better.
async fn open_whole<K: Kind>(host: &impl Host, envelope: &Envelope, record: &K::Record) -> Result<Answer> {
    let agenda = K::agenda(host, Keys::of(envelope), record, &Stored::new()).await?;
    open::open(host, envelope, K::BEGINS, agenda, false).await
}

/// Opens a run for all that is not stored, if it is of this kind. Telling twice changes nothing.
pub(crate) async fn reopen<K: Kind>(
    host: &impl Host,
    envelope: &Envelope,
    by: &str,
    again: bool,
) -> Result<Option<Answer>> {
    let keys = Keys::of(envelope);
    let key = keys.blob(K::RECORD);
    let Some(bytes) = host.read(&key).await? else { return Ok(None) };
    let record = decoded::<K>(key, &bytes)?;
    let agenda = K::agenda(host, keys, &record, &stored(host, keys).await?).await?;
    open::open(host, envelope, by, agenda, again).await.map(Some)
}

async fn stored(host: &impl Host, keys: Keys<'_>) -> Result<Stored> {
    let all = keys.blob("");
    Ok(host.list(&all).await?.into_iter().map(|key| key[all.len()..].to_owned()).collect())
}
