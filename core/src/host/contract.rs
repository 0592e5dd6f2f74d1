//! What every [`Host`] must do, as one suite that each of them passes: in memory, on one machine, in a browser, on AWS.

use crate::host::ledger::{Act, Answer, Go, Launch, Next, Open, State, Step};
use crate::host::{Host, Level, Result};

/// Tries a host in an environment `env` that must be unused: blobs under `ENV/`, runs in its ledger. Gives the promises it
/// broke; none is good. The host must allow four parts in flight and to begin with.
///
/// Launched messages go to the component `contract` and published ones to the topic `ENV:topic`; whether they arrive is
/// for the caller to see.
///
/// # Errors
/// Whatever the host refuses.
pub async fn broken_promises(host: &impl Host, env: &str) -> Result<Vec<String>> {
    let mut promises = Promises::default();
    blobs(host, env, &mut promises).await?;
    ledger(host, env, &mut promises).await?;
    ended_runs(host, env, &mut promises).await?;
    let mut reused = b"launched".to_vec();
    host.invoke("contract", &reused).await?;
    reused.fill(0);
    host.publish(&format!("{env}:topic"), b"announced").await?;
    host.log(Level::Info, "the host contract was tried");
    Ok(promises.broken)
}

#[derive(Default)]
struct Promises {
    broken: Vec<String>,
}

impl Promises {
    fn expect(&mut self, held: bool, promise: &str) {
        if !held {
            self.broken.push(promise.to_owned());
        }
    }
}

async fn blobs(host: &impl Host, env: &str, promises: &mut Promises) -> Result<()> {
    let key = format!("{env}/blob/a b.bin");
    promises.expect(host.read(&key).await?.is_none(), "a key that was never written reads as none");
    let bytes: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    host.write(&key, &bytes).await?;
    promises.expect(host.read(&key).await?.as_ref() == Some(&bytes), "what was written is read, every byte");
    host.write(&key, b"short").await?;
    promises.expect(host.read(&key).await?.as_deref() == Some(b"short"), "a second write replaces all of the first");
    host.write(&key, b"").await?;
    promises.expect(host.read(&key).await?.as_deref() == Some(b""), "an empty blob is not an absent one");
    promises.expect(host.read(&format!("{key}x")).await?.is_none(), "a key is not found by its prefix");
    let other = format!("{env}/blob/2");
    host.write(&other, b"2").await?;
    let mut listed = host.list(&format!("{env}/blob/")).await?;
    listed.sort();
    promises.expect(listed == [other, key], "keys are listed by their prefix");
    promises.expect(host.list(&format!("{env}/none/")).await?.is_empty(), "no keys are listed where there are none");
    Ok(())
}

/// A run that is worked on, with short names for its steps.
struct Run<'a, H> {
    host: &'a H,
    env: &'a str,
    run: &'a str,
}

impl<H: Host> Run<'_, H> {
    async fn step(&self, by: &str, act: Act) -> Result<Answer> {
        let (env, run, by) = (self.env.to_owned(), self.run.to_owned(), by.to_owned());
        self.host.step(&Step { env, run, by, act }).await
    }

    async fn open(&self, open: Open) -> Result<Answer> {
        self.step("opener", Act::Open(open)).await
    }

    async fn begin(&self, part: &str, ticket: u64) -> Result<Answer> {
        self.step(part, Act::Begin { part: part.to_owned(), ticket }).await
    }

    async fn finish(&self, part: &str, work: u64, next: Vec<Next>) -> Result<Answer> {
        self.step(part, Act::Finish { part: part.to_owned(), work, next }).await
    }

    async fn lose(&self, part: &str, ticket: u64) -> Result<Answer> {
        let (own, reason) = (part.to_owned(), "spent".to_owned());
        let act = Act::Lose { part: own.clone(), ticket, lost: vec![own], fatal: false, reason };
        self.step(&format!("failed/{part}"), act).await
    }

    async fn end(&self, state: State) -> Result<Answer> {
        self.step("ender", Act::End { part: None, state, message: "it \"ended\"".to_owned() }).await
    }

    async fn look(&self) -> Result<Answer> {
        self.step("looker", Act::Look {}).await
    }
}

fn next(part: &str) -> Next {
    Next { part: part.to_owned(), after: None }
}

fn held(part: &str, after: &str) -> Next {
    Next { after: Some(after.to_owned()), ..next(part) }
}

fn two_maps_and_a_reduce() -> Open {
    Open {
        envelope: r#"{"of":"this run"}"#.to_owned(),
        budget: 100,
        of: 30,
        gates: vec![("map".to_owned(), 2)],
        last: "reduce/".to_owned(),
        next: vec![next("map/1"), next("map/2"), held("reduce/", "map")],
        ..Open::default()
    }
}

fn parts(answer: &Answer) -> Vec<&str> {
    answer.launches.iter().map(|launch| launch.part.as_str()).collect()
}

async fn ledger(host: &impl Host, env: &str, promises: &mut Promises) -> Result<()> {
    let run = Run { host, env, run: "contract-1" };
    promises.expect(run.look().await? == Answer::default(), "a run that was never opened is unknown");
    promises.expect(run.begin("map/1", 1).await? == Answer::default(), "nothing begins in it");
    promises.expect(run.finish("map/1", 1, Vec::new()).await? == Answer::default(), "nothing finishes in it");

    let opened = run.open(two_maps_and_a_reduce()).await?;
    promises.expect(parts(&opened) == ["map/1", "map/2"], "what waits for nothing is granted, in order");
    promises.expect((opened.state, opened.done, opened.of) == (State::Running, 0, 30), "an open run is running");
    let whole =
        |launch: &Launch| launch.run == run.run && launch.envelope == r#"{"of":"this run"}"# && launch.ticket > 0;
    promises.expect(opened.launches.iter().all(whole), "a launch tells run, envelope and ticket");
    let again = run.open(two_maps_and_a_reduce()).await?;
    promises.expect(parts(&again) == ["map/1", "map/2"], "who opens again is granted again what has not begun");
    let (Some(old), Some(new)) = (opened.launches.first(), again.launches.first()) else { return Ok(()) };
    promises.expect(old.ticket != new.ticket, "under another ticket");

    promises.expect(run.begin("map/1", old.ticket).await?.go == Go::Work, "whoever begins first does the work");
    promises.expect(run.begin("map/1", old.ticket).await?.go == Go::Work, "and if delivered again, again");
    promises.expect(run.begin("map/1", new.ticket).await?.go == Go::Drop, "but not another launch");
    promises.expect(run.begin("map/3", 99).await?.go == Go::Drop, "nor a part that nobody launched");
    let none = run.open(two_maps_and_a_reduce()).await?;
    promises.expect(parts(&none) == ["map/2"], "what has begun is not granted again");

    let first = run.finish("map/1", 10, Vec::new()).await?;
    promises.expect((first.done, parts(&first).len()) == (10, 0), "one of two finished opens no gate");
    let twice = run.finish("map/1", 10, Vec::new()).await?;
    promises.expect((twice.done, parts(&twice).len()) == (10, 0), "finished twice counts once");
    promises.expect(run.begin("map/1", old.ticket).await?.go == Go::Done, "what is finished is not done again");
    let second = run.finish("map/2", 20, vec![next("map/2"), held("extra/", "map")]).await?;
    promises.expect(second.done == 30, "work adds up");
    promises.expect(parts(&second) == ["reduce/", "extra/"], "the last of a component opens its gate");
    let healed = run.finish("map/2", 20, Vec::new()).await?;
    promises.expect(parts(&healed) == ["reduce/", "extra/"], "who finishes again is granted again what has not begun");
    let ended = run.end(State::Completed).await?;
    promises.expect((ended.state, ended.message.as_str()) == (State::Completed, "it \"ended\""), "an end is kept");
    promises.expect(run.end(State::Failed).await?.state == State::Completed, "the first end counts");
    promises.expect(run.look().await?.done == 30, "an ended run can be looked at");
    promises
        .expect(run.open(two_maps_and_a_reduce()).await?.launches.is_empty(), "a completed run is not opened again");
    Ok(())
}

async fn ended_runs(host: &impl Host, env: &str, promises: &mut Promises) -> Result<()> {
    let run = Run { host, env, run: "contract-2" };
    let opened = run.open(Open { losses_allowed: 1, ..two_maps_and_a_reduce() }).await?;
    let [one, two] = opened.launches.as_slice() else { return Ok(()) };
    promises.expect(run.lose("map/1", one.ticket + 1000).await?.lost.is_empty(), "another launch's loss is none");
    let lost = run.lose("map/1", one.ticket).await?;
    promises.expect((lost.state, lost.lost) == (State::Running, vec!["map/1".to_owned()]), "a loss allowed is noted");
    let found = run.finish("map/1", 10, Vec::new()).await?;
    promises.expect((found.done, found.lost.len()) == (10, 0), "and forgotten if it turns up in time");
    let gate = run.lose("map/2", two.ticket).await?;
    promises.expect(parts(&gate) == ["reduce/"], "what is lost opens gates too");
    let late = run.finish("map/2", 20, Vec::new()).await?;
    promises.expect((late.done, late.lost.len()) == (10, 1), "what turns up later stays lost");
    run.end(State::Cancelled).await?;
    let dropped = run.begin("reduce/", 1).await?;
    promises.expect((dropped.state, dropped.go) == (State::Cancelled, Go::Drop), "in a cancelled run nothing begins");
    promises.expect(run.open(two_maps_and_a_reduce()).await?.launches.is_empty(), "nor is it opened by chance");
    let done = vec![("map/1".to_owned(), 10)];
    let again = run.open(Open { again: true, done, ..two_maps_and_a_reduce() }).await?;
    promises.expect((again.state, again.done) == (State::Running, 10), "but it goes on when it is asked to");
    promises.expect(parts(&again) == ["map/2"], "with what is missing");

    let run = Run { run: "contract-3", ..run };
    let opened = run.open(two_maps_and_a_reduce()).await?;
    let ticket = opened.launches.first().map_or(0, |launch| launch.ticket);
    let failed = run.lose("map/1", ticket).await?;
    promises.expect(failed.state == State::Failed, "a loss not allowed fails the run");
    promises.expect(failed.message == "1 parts lost, more than the 0 allowed; the last: spent", "and says why");

    let run = Run { run: "contract-4", ..run };
    let poor = run.open(Open { budget: 1, ..two_maps_and_a_reduce() }).await?;
    promises.expect(parts(&poor) == ["map/1"] && poor.state == State::Failed, "a run ends with its budget");
    promises.expect(poor.message == "its budget of 1 launches is used up", "and says so");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::memory::Memory;

    #[test]
    fn the_memory_host_keeps_it() {
        let host = Memory::default();
        assert_eq!(pollster::block_on(broken_promises(&host, "test")), Ok(Vec::new()));
        assert_eq!(host.take_first(), Some(("contract".to_owned(), b"launched".to_vec())));
        assert_eq!(host.published(), [("test:topic".to_owned(), b"announced".to_vec())]);
        assert_eq!(host.logged().len(), 1);
    }
}
