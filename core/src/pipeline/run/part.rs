//! A part's way through the ledger: begin, do the work unless it is done, finish, launch what follows.

use crate::host::Host;
use crate::host::ledger::{Act, Go, Next, State, worker};
use crate::pipeline::run::envelope::{Envelope, PartInput};
use crate::pipeline::run::kind::Kind;
use crate::pipeline::run::{Result, progress, steps};

/// A part to work on.
pub(crate) struct Part {
    /// Its name within the component: `3`, `shares-3`.
    pub(crate) name: String,
    /// The parts of the run that are lost.
    pub(crate) lost: Vec<String>,
}

/// What a part that is done tells the ledger.
pub(crate) enum Closing {
    /// It was so much work, and these may follow.
    Finished { work: u64, next: Vec<Next> },
    /// It was the last: the run has its report.
    Completed,
}

/// Takes a part through. A delivery that nobody needs does nothing; one that comes after the work was done only finishes,
/// since the delivery that did it may have crashed before launching what follows.
pub(crate) async fn run<K: Kind, W>(component: &str, host: &impl Host, envelope: &Envelope, work: W) -> Result<()>
where
    W: AsyncFnOnce(&Part) -> Result<Closing>,
{
    let PartInput { part: name } = envelope.input()?;
    let whole_name = format!("{component}/{name}");
    let by = worker(&whole_name, envelope.ticket);
    let begin = Act::Begin { part: whole_name.clone(), ticket: envelope.ticket };
    let begun = steps::take(host, envelope, &by, begin).await?;
    if begun.state == State::Unknown {
        return steps::heal(host, envelope, &[K::RECORD], by).await;
    }
    let closing = match begun.go {
        Go::Drop => return Ok(()),
        Go::Done => Closing::Finished { work: 0, next: Vec::new() },
        Go::Work => {
            progress::started(host, component, envelope, &name, &begun).await;
            work(&Part { name: name.clone(), lost: begun.lost }).await?
        }
    };
    let act = match closing {
        Closing::Finished { work, next } => Act::Finish { part: whole_name.clone(), work, next },
        Closing::Completed => {
            Act::End { part: Some(whole_name.clone()), state: State::Completed, message: String::new() }
        }
    };
    let finished = steps::take(host, envelope, &by, act).await?;
    if finished.state == State::Unknown {
        return steps::heal(host, envelope, &[K::RECORD], by).await;
    }
    progress::completed(host, component, envelope, &name, &finished).await;
    Ok(())
}

/// A part that may be launched, after all parts of a group if one is named.
pub(crate) fn next(component: &str, name: impl std::fmt::Display, after: Option<&str>) -> Next {
    Next { part: format!("{component}/{name}"), after: after.map(str::to_owned) }
}

/// The group that parts wait for whose client is to supply something of this name: see [`supply`](crate::pipeline::supply).
pub(crate) fn supply(name: &str) -> String {
    format!("supply/{name}")
}

/// The one part of that group.
pub(crate) fn supplied(name: &str) -> String {
    format!("{}/", supply(name))
}
