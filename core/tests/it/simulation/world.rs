//! The simulated world: clock, queue, ledger, bus and blobs, and the hand through which a delivery reaches them. Every effect
//! takes time, may fail before or after it happened, and may be the last thing its delivery does.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::future::{pending, poll_fn};
use std::rc::Rc;
use std::task::Poll;

use switchyard_core::host::ledger::{Act, Answer, Go, Ledger, Limits, Piece, State, Step};
use switchyard_core::host::{Host, HostError, Level, Result};

use super::dice::Dice;

pub(super) const ENV: &str = "dev";

pub(super) const LIMITS: Limits = Limits { in_flight: 5, start: 3, lease_s: 900, keep_s: 86_400 };

/// A ledger to be tried.
pub(super) trait Steps {
    fn step(&mut self, now_ms: u64, step: &Step) -> Answer;
    /// As after a restart without its data.
    fn forget(&mut self);
    /// As where a key is evicted or expires.
    fn lose(&mut self, piece: &Piece);
}

impl Steps for Ledger {
    fn step(&mut self, now_ms: u64, step: &Step) -> Answer {
        Ledger::step(self, now_ms, step)
    }

    fn forget(&mut self) {
        *self = Ledger::new(LIMITS);
    }

    fn lose(&mut self, piece: &Piece) {
        Ledger::lose(self, ENV, piece);
    }
}

/// How much goes wrong, in a thousand.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Rates {
    pub(super) crash: u64,
    pub(super) error: u64,
    pub(super) lost_publish: u64,
    pub(super) slow: u64,
    pub(super) duplicate: u64,
    pub(super) throttle: u64,
}

/// What is to happen at a time.
pub(super) enum Event {
    /// A message comes to a component: the how-manieth attempt.
    Deliver { component: String, message: Vec<u8>, attempt: u32 },
    /// An effect of a delivery is due.
    Effect { delivery: u64 },
    /// A delivery has taken too long: it is given up, but goes on.
    Timeout { delivery: u64 },
    /// The ledger loses everything.
    Restart,
    /// The ledger loses what is under one key.
    Lose(Piece),
    /// A client sends a message to a component, about a run.
    Client { component: &'static str, run: String, message: Vec<u8> },
}

pub(super) type Shared = Rc<RefCell<World>>;

pub(super) struct World {
    pub(super) now_ms: u64,
    pub(super) dice: Dice,
    pub(super) rates: Rates,
    /// By time, then in the order of planning.
    pub(super) events: BTreeMap<(u64, u64), Event>,
    planned: u64,
    pub(super) blobs: BTreeMap<String, Vec<u8>>,
    pub(super) ledger: Box<dyn Steps>,
    /// Deliveries that crash in the effect they are at.
    pub(super) crashed: BTreeSet<u64>,
    /// What each delivery works on that the ledger let begin.
    pub(super) at_work: BTreeMap<u64, String>,
    /// The furthest that each run was seen, since the ledger last forgot.
    seen: BTreeMap<String, u64>,
    completions: BTreeMap<String, u64>,
    /// Whether the number in flight can be told: not where leases ran out.
    pub(super) counted: bool,
    /// Every promise that was broken.
    pub(super) broken: Vec<String>,
    pub(super) trace: Option<Vec<String>>,
}

impl World {
    pub(super) fn new(seed: u64, rates: Rates, ledger: Box<dyn Steps>, traced: bool) -> World {
        World {
            now_ms: 0,
            dice: Dice::new(seed),
            rates,
            events: BTreeMap::new(),
            planned: 0,
            blobs: BTreeMap::new(),
            ledger,
            crashed: BTreeSet::new(),
            at_work: BTreeMap::new(),
            seen: BTreeMap::new(),
            completions: BTreeMap::new(),
            counted: true,
            broken: Vec::new(),
            trace: traced.then(Vec::new),
        }
    }

    pub(super) fn plan(&mut self, in_ms: u64, event: Event) {
        self.planned += 1;
        self.events.insert((self.now_ms + in_ms, self.planned), event);
    }

    /// Hands a message to the queue: it comes once or twice, soon or late.
    pub(super) fn send(&mut self, component: &str, message: &[u8], in_ms: u64, attempt: u32) {
        let (mut copies, component) = (1, component.to_owned());
        if self.dice.chance(self.rates.duplicate) {
            copies = 2;
        }
        for _ in 0..copies {
            let burst = if self.dice.chance(self.rates.throttle) { self.dice.below(60_000) } else { 0 };
            let late = in_ms + burst + self.dice.below(50);
            let (component, message) = (component.clone(), message.to_vec());
            self.plan(late, Event::Deliver { component, message, attempt });
        }
    }

    pub(super) fn note(&mut self, what: impl FnOnce() -> String) {
        let now_ms = self.now_ms;
        if let Some(trace) = &mut self.trace {
            trace.push(format!("{now_ms:>9} {}", what()));
        }
    }

    pub(super) fn forget_ledger(&mut self) {
        self.note(|| "the ledger restarts empty".to_owned());
        self.ledger.forget();
        self.seen.clear();
        // What is at work it did not let begin.
        self.at_work.clear();
    }

    pub(super) fn lose(&mut self, piece: &Piece) {
        self.note(|| format!("the ledger loses {piece:?}"));
        self.ledger.lose(piece);
        // What is at work of a lost run it did not let begin.
        let is_lost = |name: &str| match piece {
            Piece::Record => true,
            Piece::Run(run) => name.split(' ').next() == Some(run),
        };
        self.seen.retain(|run, _| !is_lost(run));
        self.at_work.retain(|_, at| !is_lost(at));
    }

    fn step(&mut self, delivery: u64, step: &Step) -> Answer {
        let before = self.ledger.step(self.now_ms, &Step { act: Act::Look {}, ..step.clone() }).state;
        let answer = self.ledger.step(self.now_ms, step);
        self.note(|| format!("  {delivery}: {} {:?} -> {:?} {:?}", step.by, step.act, answer.state, answer.go));
        self.counted &= self.now_ms < LIMITS.lease_s * 1000;
        if let Act::Finish { part, .. } | Act::End { part: Some(part), .. } = &step.act {
            // What is left to do is to launch and to announce. Other deliveries of the part work in vain, but not for us.
            let name = format!("{} {part}", step.run);
            self.at_work.retain(|_, at| *at != name);
        }
        match &step.act {
            Act::Begin { part, .. } if answer.go == Go::Work => {
                self.at_work.insert(delivery, format!("{} {part}", step.run));
                let distinct: BTreeSet<&String> = self.at_work.values().collect();
                if self.counted && distinct.len() as u64 > LIMITS.in_flight {
                    self.broken.push(format!("more in flight than the limit: {distinct:?}"));
                }
            }
            // A run that had ended: what is still at work of it counts no more.
            Act::Open(open) if open.again && before != State::Running => {
                self.at_work.retain(|_, at| !at.starts_with(&format!("{} ", step.run)));
                self.seen.remove(&step.run);
            }
            Act::End { state: State::Completed, .. } if answer.state == State::Completed => {
                *self.completions.entry(step.run.clone()).or_default() += 1;
            }
            _ => {}
        }
        if answer.state != State::Unknown {
            let seen = self.seen.entry(step.run.clone()).or_default();
            if answer.done < *seen {
                self.broken.push(format!("progress of {} went back from {seen} to {}", step.run, answer.done));
            }
            *seen = answer.done;
        }
        answer
    }
}

/// A delivery's hand in the world.
pub(super) struct Hand {
    pub(super) world: Shared,
    pub(super) delivery: u64,
    /// Whether nothing goes wrong with this delivery.
    pub(super) lucky: bool,
}

impl Hand {
    /// Takes time, then lets `effect` happen, unless something goes wrong before; or lets something go wrong after.
    async fn effect<T>(
        &self,
        operation: &'static str,
        subject: &str,
        effect: impl FnOnce(&mut World) -> T,
    ) -> Result<T> {
        let mut planned = false;
        poll_fn(|_| {
            if planned {
                return Poll::Ready(());
            }
            planned = true;
            let mut world = self.world.borrow_mut();
            let slow = world.rates.slow;
            let takes_ms = if !self.lucky && world.dice.chance(slow) { 40_000 } else { 0 } + world.dice.below(20);
            world.plan(takes_ms, Event::Effect { delivery: self.delivery });
            Poll::Pending
        })
        .await;
        self.may_go_wrong(operation, subject, "before").await?;
        let value = effect(&mut self.world.borrow_mut());
        self.may_go_wrong(operation, subject, "after").await?;
        Ok(value)
    }

    async fn may_go_wrong(&self, operation: &'static str, subject: &str, when: &str) -> Result<()> {
        let (crashes, fails) = self.luck(operation, subject, when);
        if crashes {
            return pending().await;
        }
        if fails {
            let (subject, message) = (subject.to_owned(), format!("simulated, {when} it happened"));
            return Err(HostError { operation, subject, message, retry: true });
        }
        Ok(())
    }

    /// Whether the delivery crashes, and whether the effect fails.
    fn luck(&self, operation: &str, subject: &str, when: &str) -> (bool, bool) {
        let mut world = self.world.borrow_mut();
        let Rates { crash, error, .. } = world.rates;
        let crashes = !self.lucky && world.dice.chance(crash);
        let fails = !self.lucky && world.dice.chance(error);
        if crashes {
            world.crashed.insert(self.delivery);
        }
        if crashes || fails {
            let what = if crashes { "crashes" } else { "an error" };
            world.note(|| format!("  {}: {what} {when} {operation} of {subject}", self.delivery));
        }
        (crashes, fails)
    }
}

impl Host for Hand {
    async fn invoke(&self, component: &str, message: &[u8]) -> Result<()> {
        self.effect("invoke", component, |world| world.send(component, message, 0, 1)).await
    }

    async fn publish(&self, topic: &str, _message: &[u8]) -> Result<()> {
        let lost = {
            let World { dice, rates, .. } = &mut *self.world.borrow_mut();
            dice.chance(rates.lost_publish)
        };
        if lost { Ok(()) } else { self.effect("publish", topic, |_| ()).await }
    }

    async fn read(&self, key: &str) -> Result<Option<Vec<u8>>> {
        self.effect("read", key, |world| world.blobs.get(key).cloned()).await
    }

    async fn write(&self, key: &str, bytes: &[u8]) -> Result<()> {
        self.effect("write", key, |world| {
            let before = world.blobs.insert(key.to_owned(), bytes.to_vec());
            if before.is_some_and(|before| before != bytes) {
                world.broken.push(format!("{key} was written again with other bytes"));
            }
        })
        .await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>> {
        let begins = |key: &&String| key.starts_with(prefix);
        self.effect("list", prefix, |world| world.blobs.keys().filter(begins).cloned().collect()).await
    }

    async fn step(&self, step: &Step) -> Result<Answer> {
        self.effect("step", &step.by, |world| world.step(self.delivery, step)).await
    }

    fn log(&self, level: Level, message: &str) {
        self.world.borrow_mut().note(|| format!("  {}: {level:?} {message}", self.delivery));
    }
}
