//! What there is to do of a prediction, in which order, and what of it is stored already.

use crate::host::ledger::Open;
use crate::pipeline::prediction::record::Record;
use crate::pipeline::run::kind::Stored;
use crate::pipeline::run::part::{next, supplied};

/// All parts of a run.
pub(super) fn agenda(record: &Record, stored: &Stored) -> Open {
    let mut agenda = Open {
        of: record.total_work(),
        losses_allowed: record.losses_allowed,
        gates: vec![("price".to_owned(), record.markets() as u64), ("replay".to_owned(), record.task_count())],
        last: "report/".to_owned(),
        ..Open::default()
    };
    if record.model_command.is_some() {
        agenda.gates.extend((0..record.chunks_in_all()).map(|chunk| (record.replays_wait_for(chunk), 1)));
    }
    let is_stored = |folder: &str, name: &str| stored.contains(&format!("{folder}/{name}"));
    let mut place = |component: &str, name: &str, done: bool, work: u64, after: Option<&str>| {
        let part = next(component, name, after);
        if done { agenda.done.push((part.part, work)) } else { agenda.next.push(part) }
    };
    for market in 0..record.markets() {
        let name = market.to_string();
        place("price", &name, is_stored("markets", &name), 0, None);
    }
    for chunk in 0..record.chunks_in_all() {
        let name = chunk.to_string();
        let tasks: Vec<_> = record.tasks_of(chunk).map(|task| (task.name(), record.work(task))).collect();
        let sampled = is_stored("drawn", &name) || tasks.iter().all(|(task, _)| is_stored("tallies", task));
        place("sample", &name, sampled, 0, None);
        let after = record.replays_wait_for(chunk);
        for (task, work) in tasks {
            let replayed = is_stored("tallies", &task);
            // What is not sampled yet is for `sample` to follow with.
            if sampled || replayed {
                place("replay", &task, replayed, work, Some(&after));
            }
        }
    }
    place("report", "", stored.contains("report.json"), 0, Some("replay"));
    if record.model_command.is_some() {
        let names =
            (0..record.chunks_in_all()).map(|chunk| chunk.to_string()).filter(|name| is_stored("probabilities", name));
        agenda.done.extend(names.map(|name| (supplied(&name), 0)));
    }
    agenda
}
