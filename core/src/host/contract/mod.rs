//! What every [`Host`] must do, as one suite that each of them passes: in memory, on one machine, in a browser, on AWS.

use serde::Deserialize;

use crate::host::ledger::{Act, Answer, Go, Piece, State, Step};
use crate::host::{Host, Level, Result};

/// Tries a host in an environment `env` that must be unused: blobs under `ENV/`, runs in its ledger, taken through the steps
/// of `ledger.jsonl`. Gives the promises it broke; none is good. The host must allow four parts in flight, and to begin with.
///
/// `lose` makes the host's ledger lose a piece of that environment: an evicted key, a deleted row.
///
/// Launched messages go to the component `contract` and published ones to the topic `ENV:topic`; whether they arrive is
/// for the caller to see.
///
/// # Errors
/// Whatever the host refuses.
pub async fn broken_promises(
    host: &impl Host,
    env: &str,
    steps: &str,
    lose: impl AsyncFn(Piece) -> Result<()>,
) -> Result<Vec<String>> {
    let mut broken = blobs(host, env).await?;
    broken.extend(ledger(host, env, steps, lose).await?);
    let mut reused = b"launched".to_vec();
    host.invoke("contract", &reused).await?;
    reused.fill(0);
    host.publish(&format!("{env}:topic"), b"announced").await?;
    host.log(Level::Info, "the host contract was tried");
    Ok(broken)
}

async fn blobs(host: &impl Host, env: &str) -> Result<Vec<String>> {
    let mut broken = Vec::new();
    let mut expect = |held: bool, promise: &str| {
        if !held {
            broken.push(promise.to_owned());
        }
    };
    let key = format!("{env}/blob/a b.bin");
    expect(host.read(&key).await?.is_none(), "a key that was never written reads as none");
    let long: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    let written = [
        (long.as_slice(), "what was written is read, every byte"),
        (b"short", "a second write replaces all of the first"),
        (b"", "an empty blob is not an absent one"),
    ];
    for (bytes, promise) in written {
        host.write(&key, bytes).await?;
        expect(host.read(&key).await?.as_deref() == Some(bytes), promise);
    }
    expect(host.read(&format!("{key}x")).await?.is_none(), "a key is not found by its prefix");
    let other = format!("{env}/blob/2");
    host.write(&other, b"2").await?;
    let mut listed = host.list(&format!("{env}/blob/")).await?;
    listed.sort();
    expect(listed == [other, key], "keys are listed by their prefix");
    expect(host.list(&format!("{env}/none/")).await?.is_empty(), "no keys are listed where there are none");
    Ok(broken)
}

/// What is lost before a step, the step to try, and what its answer must be.
#[derive(Deserialize)]
struct Case {
    promise: String,
    run: u64,
    lose: Option<Lost>,
    by: String,
    /// A ticket in it is the number of the launch among the run's, from 1.
    act: Act,
    answer: Expected,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Lost {
    Record,
    Run,
}

/// Fields of an [`Answer`], those that matter.
#[derive(Deserialize)]
struct Expected {
    state: Option<State>,
    go: Option<Go>,
    done: Option<u64>,
    of: Option<u64>,
    message: Option<String>,
    lost: Option<Vec<String>>,
    /// The parts to be launched.
    launches: Option<Vec<String>>,
}

impl Expected {
    fn is_met(&self, answer: &Answer) -> bool {
        fn same<T: PartialEq>(expected: Option<&T>, found: &T) -> bool {
            expected.is_none_or(|expected| expected == found)
        }
        let parts = answer.launches.iter().map(|launch| launch.part.clone()).collect();
        same(self.state.as_ref(), &answer.state)
            && same(self.go.as_ref(), &answer.go)
            && same(self.done.as_ref(), &answer.done)
            && same(self.of.as_ref(), &answer.of)
            && same(self.message.as_ref(), &answer.message)
            && same(self.lost.as_ref(), &answer.lost)
            && same(self.launches.as_ref(), &parts)
    }
}

async fn ledger(
    host: &impl Host,
    env: &str,
    steps: &str,
    lose: impl AsyncFn(Piece) -> Result<()>,
) -> Result<Vec<String>> {
    let mut broken = Vec::new();
    let mut tickets: Vec<(u64, u64)> = Vec::new();
    for line in steps.lines() {
        let case: Case = match serde_json::from_str(line) {
            Ok(case) => case,
            Err(error) => {
                broken.push(format!("a case is malformed, {error}: {line}"));
                continue;
            }
        };
        let ticket = |number: u64| {
            let own = tickets.iter().filter(|(run, _)| *run == case.run);
            own.map(|(_, ticket)| *ticket).nth((number as usize).wrapping_sub(1)).unwrap_or(0)
        };
        let mut act = case.act;
        if let Act::Begin { ticket: number, .. } | Act::Lose { ticket: number, .. } = &mut act {
            *number = ticket(*number);
        }
        let run = format!("contract-{}", case.run);
        match case.lose {
            Some(Lost::Record) => lose(Piece::Record).await?,
            Some(Lost::Run) => lose(Piece::Run(run.clone())).await?,
            None => {}
        }
        let answer = host.step(&Step { env: env.to_owned(), run: run.clone(), by: case.by, act }).await?;
        let mut fresh = true;
        for launch in &answer.launches {
            fresh &= launch.run == run && launch.envelope.starts_with('{');
            fresh &= launch.ticket > 0 && !tickets.iter().any(|(_, ticket)| *ticket == launch.ticket);
            tickets.push((case.run, launch.ticket));
        }
        if !fresh {
            broken.push(format!("{}: every launch has a ticket of its own, its run and its envelope", case.promise));
        }
        if !case.answer.is_met(&answer) {
            broken.push(format!("{}, but the answer was {answer:?}", case.promise));
        }
    }
    Ok(broken)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::memory::Memory;

    #[test]
    fn the_memory_host_keeps_it() {
        let host = Memory::default();
        let lose = async |piece| {
            host.lose("test", &piece);
            Ok(())
        };
        let broken = broken_promises(&host, "test", include_str!("ledger.jsonl"), lose);
        assert_eq!(pollster::block_on(broken), Ok(Vec::new()));
        assert_eq!(host.take_first(), Some(("contract".to_owned(), b"launched".to_vec())));
        assert_eq!(host.published(), [("test:topic".to_owned(), b"announced".to_vec())]);
        assert_eq!(host.logged().len(), 1);
    }
}
