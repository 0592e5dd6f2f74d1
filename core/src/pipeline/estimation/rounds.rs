//! The rounds of a search. What is stored of the last one tells where a run stands, so that it can be resumed.

use crate::fit::search::{Ask, Search};
use crate::host::Host;
use crate::host::ledger::{Next, Open};
use crate::pipeline::estimation::besides;
use crate::pipeline::estimation::record::Record;
use crate::pipeline::run::blobs::read_binary;
use crate::pipeline::run::keys::Keys;
use crate::pipeline::run::kind::Stored;
use crate::pipeline::run::part::next;
use crate::pipeline::run::{Error, Result};

/// All there is to do: from the last round that was begun.
pub(super) async fn agenda(host: &impl Host, keys: Keys<'_>, record: &Record, stored: &Stored) -> Result<Open> {
    let rounds = stored.iter().filter_map(|name| name.strip_prefix("search/")?.parse().ok());
    let last = rounds.max().unwrap_or(0);
    let is_done = |next: &Next| stored.contains(&next.part.replacen("evaluate/", "sums/", 1));
    let (done, mut next): (Vec<Next>, Vec<Next>) = parts(record, last).into_iter().partition(is_done);
    if let Ask::Done(outcome) = ask(host, keys, last).await?
        && !besides::is_asked(record, &outcome)
    {
        // Its search has ended: nothing is to be evaluated, and the step waits for nobody.
        next = vec![self::next("step", last, None)];
    }
    let chunks = record.ranges().count() as u64;
    // One round more, for what is told besides.
    Ok(Open {
        gates: (0..=record.rounds_max()).map(|round| (format!("evaluate/{round}"), chunks)).collect(),
        done: done.into_iter().map(|next| (next.part, 0)).collect(),
        next,
        ..Open::default()
    })
}

/// The parts of a round.
pub(super) fn parts(record: &Record, round: u32) -> Vec<Next> {
    let evaluate = |chunk| next("evaluate", format!("{round}/{chunk}"), None);
    let step = next("step", round, Some(&format!("evaluate/{round}")));
    (0..record.ranges().count()).map(evaluate).chain([step]).collect()
}

/// What a round's search asks for.
pub(super) async fn ask(host: &impl Host, keys: Keys<'_>, round: u32) -> Result<Ask> {
    let search: Search = read_binary(host, &keys.search(round)).await?;
    Ok(search.ask())
}

/// The round, and the chunk, that a part's name says.
pub(super) fn parse<T: std::str::FromStr>(text: &str) -> Result<T> {
    text.parse().map_err(|_| Error::Message(format!("part is `{text}`, expected the number of a round or chunk")))
}
