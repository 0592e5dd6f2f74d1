//! The ledger in memory: the reference for every other, and what one machine uses.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use crate::host::ledger::{Act, Answer, Go, Launch, Next, Open, State, Step, group_of, worker};

/// What an environment may use.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Parts that are launched and not yet finished, of all runs together.
    pub in_flight: u64,
    /// Parts that a run begins with. Every part that finishes may launch two, so the rest follows within a few rounds.
    pub start: u64,
    /// How long a part may take before it is launched again.
    pub lease_s: u64,
    /// How long a run is remembered after its last step.
    pub keep_s: u64,
}

/// Parts launched by a part that finishes: its own place, and one more while there are free ones.
const GRANTS: u64 = 2;
/// Leases taken back in one step: a bound on how long it takes.
const RECLAIMED_MAX: usize = 100;

/// What a ledger keeps under a key of its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Piece {
    /// An environment's record: what is in flight, which runs wait, and the tickets. Without it no run of it is known.
    Record,
    /// A run, by its id.
    Run(String),
}

/// All environments' runs.
#[derive(Debug)]
pub struct Ledger {
    limits: Limits,
    environments: Vec<(String, Environment)>,
}

#[derive(Debug, Default)]
struct Environment {
    runs: BTreeMap<String, Run>,
    /// Runs that have queued parts: each is served in turn.
    waiting: VecDeque<String>,
    /// What is in flight: launched, and neither finished nor given up.
    leases: Vec<Lease>,
    tickets: u64,
}

#[derive(Clone, Debug)]
struct Lease {
    run: String,
    part: String,
    ticket: u64,
    /// In whose step it was granted: a run, and who took the step.
    by: String,
    begun: bool,
    until_ms: u64,
}

#[derive(Debug, Default)]
struct Run {
    state: State,
    message: String,
    open: Open,
    done: u64,
    launched: u64,
    opened_ms: u64,
    updated_ms: u64,
    /// Every part that is known.
    parts: BTreeMap<String, Place>,
    /// How many parts of a group are among the finished.
    finished: Vec<(String, u64)>,
    lost: Vec<String>,
    /// What waits for all parts of a group: that group, and the part.
    held: Vec<(String, String)>,
    queued: VecDeque<String>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    Held,
    Queued,
    InFlight,
    Finished,
    Lost,
}

/// A run, for lists.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RunLine {
    /// Its id.
    pub run: String,
    /// How it stands.
    pub state: State,
    /// Work done.
    pub done: u64,
    /// All its work.
    pub of: u64,
    /// How it ended.
    pub message: String,
    /// When it was opened, in milliseconds since 1970.
    pub opened_ms: u64,
    /// When its last step was.
    pub updated_ms: u64,
}

impl Ledger {
    /// An empty one.
    pub fn new(limits: Limits) -> Ledger {
        Ledger { limits, environments: Vec::new() }
    }

    /// Takes a step at a time given in milliseconds.
    pub fn step(&mut self, now_ms: u64, step: &Step) -> Answer {
        let at = self.environments.iter().position(|(env, _)| *env == step.env).unwrap_or_else(|| {
            self.environments.push((step.env.clone(), Environment::default()));
            self.environments.len() - 1
        });
        let environment = &mut self.environments[at].1;
        if let Act::Look {} = step.act {
            return environment.answer(&step.run);
        }
        environment.forget(now_ms, self.limits);
        environment.reclaim(now_ms);
        let mut turn = Turn { now_ms, limits: self.limits, by: &step.by, environment, launches: Vec::new() };
        let go = turn.take(&step.run, &step.act);
        let launches = turn.launches;
        Answer { go, launches, ..environment.answer(&step.run) }
    }

    /// The runs of an environment, the latest opened first.
    pub fn runs(&self, env: &str) -> Vec<RunLine> {
        let environment = self.environments.iter().find(|(known, _)| known == env);
        let mut lines: Vec<RunLine> = Vec::new();
        for (name, run) in environment.iter().flat_map(|(_, environment)| &environment.runs) {
            let Run { state, done, opened_ms, updated_ms, .. } = *run;
            let (of, message) = (run.open.of, run.message.clone());
            let place = lines.partition_point(|line| line.opened_ms >= opened_ms);
            lines.insert(place, RunLine { run: name.clone(), state, done, of, message, opened_ms, updated_ms });
        }
        lines
    }

    /// Loses what is kept under one key, as stores do that evict, expire or are tidied: all that depends on it is lost with it.
    pub fn lose(&mut self, env: &str, piece: &Piece) {
        let Some((_, environment)) = self.environments.iter_mut().find(|(known, _)| known == env) else { return };
        match piece {
            Piece::Record => *environment = Environment { tickets: environment.tickets, ..Environment::default() },
            Piece::Run(run) => drop(environment.runs.remove(run)),
        }
    }

    /// How many parts of an environment are in flight.
    pub fn in_flight(&self, env: &str) -> usize {
        let environment = self.environments.iter().find(|(known, _)| known == env);
        environment.map_or(0, |(_, environment)| environment.leases.len())
    }
}

impl Environment {
    fn answer(&self, run: &str) -> Answer {
        let Some(run) = self.runs.get(run) else { return Answer::default() };
        Answer {
            state: run.state,
            done: run.done,
            of: run.open.of,
            message: run.message.clone(),
            lost: run.lost.clone(),
            ..Answer::default()
        }
    }

    fn forget(&mut self, now_ms: u64, limits: Limits) {
        self.runs.retain(|_, run| now_ms < run.updated_ms + limits.keep_s * 1000);
    }

    /// Takes back what took too long: its message may be lost.
    fn reclaim(&mut self, now_ms: u64) {
        for _ in 0..RECLAIMED_MAX {
            if !self.take_back_first(|lease| lease.until_ms <= now_ms) {
                return;
            }
        }
    }

    /// Takes back the first of such leases, if there is one: what it is of is queued again.
    fn take_back_first(&mut self, such: impl Fn(&Lease) -> bool) -> bool {
        let found = (0..self.leases.len()).filter(|at| such(&self.leases[*at]));
        let key = |at: &usize| (self.leases[*at].until_ms, &self.leases[*at].run, &self.leases[*at].part);
        let Some(first) = found.min_by_key(key) else { return false };
        let Lease { run: name, part, .. } = self.leases.swap_remove(first);
        if let Some(run) = self.runs.get_mut(&name).filter(|run| run.state == State::Running) {
            run.place(&part, Place::Queued);
            run.queued.push_front(part);
            self.wait(&name);
        }
        true
    }

    /// Forgets what a run that was lost had in flight. What was granted in its name to others may never have been launched: who
    /// was to do it finds no run that remembers.
    fn forget_leases(&mut self, run: &str) {
        let granter = format!("{run} ");
        while self.take_back_first(|lease| lease.run == run || !lease.begun && lease.by.starts_with(&granter)) {}
    }

    /// A run that has queued parts takes its place among those that wait.
    fn wait(&mut self, run: &str) {
        let queued = self.runs.get(run).is_some_and(|run| !run.queued.is_empty());
        if queued && !self.waiting.iter().any(|waiting| waiting == run) {
            self.waiting.push_back(run.to_owned());
        }
    }

    fn lease(&mut self, run: &str, part: &str) -> Option<&mut Lease> {
        self.leases.iter_mut().find(|lease| lease.part == part && lease.run == run)
    }

    fn release(&mut self, run: &str, part: &str) {
        self.leases.retain(|lease| lease.part != part || lease.run != run);
    }
}

impl Run {
    fn place(&mut self, part: &str, place: Place) {
        self.parts.insert(part.to_owned(), place);
    }

    fn is_finished(&self, part: &str) -> bool {
        matches!(self.parts.get(part), Some(Place::Finished | Place::Lost))
    }

    fn is_complete(&self, group: &str) -> bool {
        let count = |counts: &[(String, u64)]| {
            counts.iter().find(|(counted, _)| counted == group).map_or(0, |(_, count)| *count)
        };
        count(&self.finished) >= count(&self.open.gates)
    }

    /// Enters a part among the finished, which are a set; whether it was not there.
    fn enter(&mut self, part: &str, place: Place) -> bool {
        match self.parts.get(part) {
            Some(Place::Queued) => self.queued.retain(|queued| queued != part),
            Some(Place::Held) => self.held.retain(|(_, held)| held != part),
            Some(Place::InFlight) | None => {}
            Some(Place::Finished | Place::Lost) => return false,
        }
        self.place(part, place);
        match self.finished.iter_mut().find(|(group, _)| group == group_of(part)) {
            Some((_, count)) => *count += 1,
            None => self.finished.push((group_of(part).to_owned(), 1)),
        }
        true
    }

    fn enter_lost(&mut self, part: &str) {
        if self.enter(part, Place::Lost) {
            self.lost.push(part.to_owned());
        }
    }

    /// What was lost is found again, unless the last part may have been told of it already.
    fn recover(&mut self, part: &str) -> bool {
        let told = matches!(self.parts.get(&self.open.last), Some(Place::InFlight | Place::Finished));
        let found = !told && self.parts.get(part) == Some(&Place::Lost);
        if found {
            self.place(part, Place::Finished);
            self.lost.retain(|lost| lost != part);
        }
        found
    }

    fn add(&mut self, next: &[Next], to_front: bool) {
        let mut queued = Vec::new();
        for Next { part, after } in next {
            if self.parts.contains_key(part) {
                continue;
            }
            match after.as_deref().filter(|after| !self.is_complete(after)) {
                Some(after) => {
                    self.place(part, Place::Held);
                    self.held.push((after.to_owned(), part.clone()));
                }
                None => {
                    self.place(part, Place::Queued);
                    queued.push(part.clone());
                }
            }
        }
        self.queue(queued, to_front);
    }

    /// What follows from earlier work goes before new work, so that little lies about half-done.
    fn queue(&mut self, parts: Vec<String>, to_front: bool) {
        if to_front {
            parts.into_iter().rev().for_each(|part| self.queued.push_front(part));
        } else {
            self.queued.extend(parts);
        }
    }

    fn check_gate(&mut self, group: &str) {
        if !self.held.iter().any(|(after, _)| after == group) || !self.is_complete(group) {
            return;
        }
        let mut freed = Vec::new();
        self.held.retain(|(after, part)| {
            let waits = after != group;
            if !waits {
                freed.push(part.clone());
            }
            waits
        });
        freed.iter().for_each(|part| self.place(part, Place::Queued));
        self.queue(freed, true);
    }

    /// What is in flight goes on, nothing else does.
    fn end(&mut self, state: State, message: &str) {
        self.state = state;
        self.message = message.to_owned();
        self.parts.retain(|_, place| !matches!(place, Place::Held | Place::Queued));
        self.held.clear();
        self.queued.clear();
    }
}

/// One step being taken.
struct Turn<'a> {
    now_ms: u64,
    limits: Limits,
    by: &'a str,
    environment: &'a mut Environment,
    launches: Vec<Launch>,
}

impl Turn<'_> {
    fn take(&mut self, run: &str, act: &Act) -> Go {
        let opens = if let Act::Open(open) = act { Some(open) } else { None };
        match self.environment.runs.get_mut(run) {
            Some(known) => known.updated_ms = self.now_ms,
            None if opens.is_none() => return Go::Drop,
            None => {
                self.environment.forget_leases(run);
                let (state, opened_ms, updated_ms) = (State::Running, self.now_ms, self.now_ms);
                let new = Run { state, opened_ms, updated_ms, ..Run::default() };
                self.environment.runs.insert(run.to_owned(), new);
            }
        }
        let mut go = Go::Drop;
        let mut grants = GRANTS;
        match act {
            Act::Open(open) => {
                grants = self.limits.start;
                self.open(run, open);
            }
            Act::Begin { part, ticket } => {
                go = self.begin(run, part, *ticket);
                // Who is to work or to finish launches nothing yet; who drops it may have had the last free place.
                if go != Go::Drop {
                    return go;
                }
            }
            Act::Finish { part, work, next } => self.finish(run, part, *work, next),
            Act::Lose { part, ticket, lost, fatal, reason } => self.lose(run, part, *ticket, lost, *fatal, reason),
            Act::End { part, state, message } => self.end(run, part.as_deref(), *state, message),
            Act::Look {} => {}
        }
        self.regrant(run, self.by);
        self.grant(run, grants);
        go
    }

    fn run(&mut self, run: &str) -> &mut Run {
        self.environment.runs.entry(run.to_owned()).or_default()
    }

    fn open(&mut self, name: &str, open: &Open) {
        let run = self.run(name);
        if run.state != State::Running {
            if !open.again || run.state == State::Completed {
                return;
            }
            // Whoever opens it again says what is finished; what was in flight when it ended may have been dropped since.
            let Run { opened_ms, updated_ms, launched, .. } = *run;
            *run = Run { state: State::Running, opened_ms, updated_ms, launched, ..Run::default() };
            self.environment.leases.retain(|lease| lease.run != name);
        }
        let run = self.run(name);
        if run.open.of == 0 && run.open.gates.is_empty() {
            run.open = Open { done: Vec::new(), next: Vec::new(), ..open.clone() };
        }
        for (part, work) in &open.done {
            // What is in flight finishes by itself: its place is not free before.
            if run.parts.get(part) != Some(&Place::InFlight) && run.enter(part, Place::Finished) {
                run.done += work;
            }
        }
        run.add(&open.next, false);
        for (group, _) in &open.gates {
            run.check_gate(group);
        }
    }

    fn begin(&mut self, name: &str, part: &str, ticket: u64) -> Go {
        let run = self.run(name);
        if run.state != State::Running {
            if run.parts.get(part) == Some(&Place::InFlight) {
                run.parts.remove(part);
            }
            self.environment.release(name, part);
            return Go::Drop;
        }
        if run.is_finished(part) {
            return Go::Done;
        }
        match self.environment.lease(name, part) {
            Some(lease) if !lease.begun || lease.ticket == ticket => {
                (lease.begun, lease.ticket) = (true, ticket);
                Go::Work
            }
            _ => Go::Drop,
        }
    }

    fn finish(&mut self, name: &str, part: &str, work: u64, next: &[Next]) {
        let run = self.run(name);
        if run.enter(part, Place::Finished) || run.recover(part) {
            run.done += work;
        }
        if run.state == State::Running {
            run.add(next, true);
            run.check_gate(group_of(part));
        }
        self.environment.release(name, part);
    }

    fn lose(&mut self, name: &str, part: &str, ticket: u64, lost: &[String], fatal: bool, reason: &str) {
        let ours = self.environment.lease(name, part).is_some_and(|lease| lease.ticket == ticket);
        if !ours || self.run(name).state != State::Running {
            if ours {
                self.run(name).parts.remove(part);
                self.environment.release(name, part);
            }
            // It may have finished and crashed before it launched what it was granted.
            return self.regrant(name, &worker(part, ticket));
        }
        let run = self.run(name);
        lost.iter().for_each(|lost| run.enter_lost(lost));
        run.enter(part, Place::Finished);
        let (count, allowed) = (run.lost.len() as u64, run.open.losses_allowed);
        if fatal {
            run.end(State::Failed, reason);
        } else if count > allowed {
            let message = format!("{count} parts lost, more than the {allowed} allowed; the last: {reason}");
            run.end(State::Failed, &message);
        } else {
            for part in lost.iter().map(String::as_str).chain([part]) {
                run.check_gate(group_of(part));
            }
        }
        for part in lost.iter().map(String::as_str).chain([part]) {
            self.environment.release(name, part);
        }
    }

    fn end(&mut self, name: &str, part: Option<&str>, state: State, message: &str) {
        let run = self.run(name);
        if run.state == State::Running {
            run.end(state, message);
        }
        let Some(part) = part else { return };
        if run.state == State::Completed {
            run.enter(part, Place::Finished);
        } else if !run.is_finished(part) {
            run.parts.remove(part);
        }
        self.environment.release(name, part);
    }

    /// What was granted before and has not begun: whoever took that step may have crashed before launching it.
    fn regrant(&mut self, name: &str, by: &str) {
        let by = format!("{name} {by}");
        let granted = self.environment.leases.iter().filter(|lease| lease.by == by && !lease.begun);
        let granted: Vec<(String, String)> = granted.map(|lease| (lease.run.clone(), lease.part.clone())).collect();
        for (name, part) in granted {
            if self.environment.runs.get(&name).is_some_and(|run| run.state == State::Running) {
                self.launch(&name, &part, by.clone());
            }
        }
    }

    /// Grants up to `most` more, as the limit allows: of the runs that wait, each in turn.
    fn grant(&mut self, to: &str, most: u64) {
        self.environment.wait(to);
        let mut left = most;
        while left > 0 && (self.environment.leases.len() as u64) < self.limits.in_flight {
            let Some(name) = self.environment.waiting.pop_front() else { return };
            let Some(part) = self.environment.runs.get_mut(&name).and_then(|run| run.queued.pop_front()) else {
                continue;
            };
            self.environment.wait(&name);
            left -= u64::from(self.launch(&name, &part, format!("{to} {}", self.by)));
        }
    }

    /// Whether the run's budget allows it; if not, the run fails.
    fn launch(&mut self, name: &str, part: &str, by: String) -> bool {
        let until_ms = self.now_ms + self.limits.lease_s * 1000;
        let run = self.run(name);
        if run.launched >= run.open.budget {
            let message = format!("its budget of {} launches is used up", run.open.budget);
            run.end(State::Failed, &message);
            return false;
        }
        run.launched += 1;
        run.place(part, Place::InFlight);
        let envelope = run.open.envelope.clone();
        self.environment.release(name, part);
        self.environment.tickets += 1;
        let ticket = self.environment.tickets;
        let (run, part) = (name.to_owned(), part.to_owned());
        self.environment.leases.push(Lease {
            run: run.clone(),
            part: part.clone(),
            ticket,
            by,
            begun: false,
            until_ms,
        });
        self.launches.push(Launch { run, envelope, part, ticket });
        true
    }
}
