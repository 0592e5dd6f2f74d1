//! Opening a run in the ledger: what there is to do, what of it is stored already, and in which order.

use std::collections::BTreeSet;

use crate::host::Host;
use crate::host::ledger::{Act, Answer, Next, Open};
use crate::pipeline::prediction::record::Record;
use crate::pipeline::run::envelope::Envelope;
use crate::pipeline::run::keys::Keys;
use crate::pipeline::run::part::next;
use crate::pipeline::run::{Error, Result, steps};

/// Parts told to the ledger in one step: it does nothing else meanwhile.
const PARTS_PER_STEP: usize = 2000;

/// What earlier work on a run left, by the names of the parts.
#[derive(Default)]
pub(super) struct Stored {
    priced: BTreeSet<String>,
    sampled: BTreeSet<String>,
    replayed: BTreeSet<String>,
    pub(super) reported: bool,
}

impl Stored {
    /// What is there.
    pub(super) async fn find(host: &impl Host, envelope: &Envelope) -> Result<Stored> {
        let all = Keys::of(envelope).all();
        let mut stored = Stored::default();
        for key in host.list(&all).await? {
            match key[all.len()..].split_once('/') {
                Some(("markets", name)) => drop(stored.priced.insert(name.to_owned())),
                Some(("drawn", name)) => drop(stored.sampled.insert(name.to_owned())),
                Some(("tallies", name)) => drop(stored.replayed.insert(name.to_owned())),
                _ => stored.reported |= key[all.len()..] == *"report.json",
            }
        }
        Ok(stored)
    }
}

/// A run of which nothing is known yet.
pub(super) fn nothing(envelope: &Envelope) -> Result<Act> {
    Ok(Act::Open(Open { budget: envelope.budget, envelope: template(envelope)?, ..Open::default() }))
}

/// Opens a run for all that is not stored. Telling twice changes nothing.
pub(super) async fn open(
    host: &impl Host,
    envelope: &Envelope,
    by: &str,
    record: &Record,
    stored: &Stored,
    again: bool,
) -> Result<Answer> {
    let Work { done, next } = work(record, stored);
    let (template, mut answer) = (template(envelope)?, Answer::default());
    let steps = done.len().max(next.len()).div_ceil(PARTS_PER_STEP).max(1);
    for step in 0..steps {
        let slice = |len: usize| (step * PARTS_PER_STEP).min(len)..((step + 1) * PARTS_PER_STEP).min(len);
        let open = Open {
            envelope: template.clone(),
            budget: envelope.budget,
            of: record.total_work(),
            losses_allowed: record.losses_allowed,
            gates: vec![("price".to_owned(), record.markets() as u64), ("replay".to_owned(), record.task_count())],
            last: "report/".to_owned(),
            done: done[slice(done.len())].to_vec(),
            next: next[slice(next.len())].to_vec(),
            again: again && step == 0,
        };
        // Each step under its own name: who is granted something again must not be granted an earlier step's.
        answer = steps::take(host, envelope, &format!("{by}/{step}"), Act::Open(open)).await?;
    }
    Ok(answer)
}

/// What the messages of all parts have in common.
pub(super) fn template(envelope: &Envelope) -> Result<String> {
    let template = envelope.next("its parts")?.with(&())?;
    String::from_utf8(template.encode()).map_err(|error| Error::Message(error.to_string()))
}

struct Work {
    done: Vec<(String, u64)>,
    next: Vec<Next>,
}

fn work(record: &Record, stored: &Stored) -> Work {
    let mut work = Work { done: Vec::new(), next: Vec::new() };
    let mut place = |component: &str, name: &str, done: bool, amount: u64, after: Option<&str>| {
        let part = next(component, name, after);
        if done { work.done.push((part.part, amount)) } else { work.next.push(part) }
    };
    for market in 0..record.markets() {
        let name = market.to_string();
        place("price", &name, stored.priced.contains(&name), 0, None);
    }
    for chunk in 0..record.chunks() {
        let name = chunk.to_string();
        let tasks: Vec<_> = record.tasks_of(chunk).map(|task| (task.name(), record.work(task))).collect();
        let replayed = tasks.iter().all(|(task, _)| stored.replayed.contains(task));
        let sampled = replayed || stored.sampled.contains(&name);
        place("sample", &name, sampled, 0, None);
        for (task, amount) in tasks {
            let replayed = stored.replayed.contains(&task);
            // What is not sampled yet is for `sample` to follow with.
            if sampled || replayed {
                place("replay", &task, replayed, amount, Some("price"));
            }
        }
    }
    place("report", "", stored.reported, 0, Some("replay"));
    work
}
