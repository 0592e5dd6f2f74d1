//! One simulated run of the system: messages are delivered as AWS Lambda would, until nothing more happens.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use serde_json::{Value, json};
use switchyard_core::host::ledger::{Act, Answer, Piece, State, Step};
use switchyard_core::pipeline::run::envelope::Envelope;
use switchyard_core::pipeline::run::warm::Warm;
use switchyard_core::pipeline::{Result, call, failed};

use super::dice::Dice;
use super::question::{self, Question};
use super::world::{ENV, Event, Hand, LIMITS, Rates, Shared, Steps, World};

/// Asynchronous deliveries of one message, before it goes to the on-failure destination.
const ATTEMPTS: u32 = 3;
const TIMEOUT_MS: u64 = 30_000;
/// Far more than any run takes: beyond it, the system goes round in circles.
const EVENTS_MAX: u64 = 200_000;

/// What goes wrong with a seed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Weather {
    /// Nothing.
    Fair,
    /// Much, but never with the last delivery of a message: no run needs help.
    Gentle,
    /// Anything.
    Rough,
}

type Work = Pin<Box<dyn Future<Output = Result<()>>>>;

struct Delivery {
    component: String,
    message: Vec<u8>,
    attempt: u32,
    warm: Rc<Warm>,
    /// Given up by the queue, but still going on.
    zombie: bool,
    work: Work,
}

pub(super) struct Simulation {
    pub(super) world: Shared,
    weather: Weather,
    deliveries: BTreeMap<u64, Delivery>,
    idle: Vec<Rc<Warm>>,
    started: u64,
}

impl Simulation {
    pub(super) fn new(seed: u64, weather: Weather, ledger: Box<dyn Steps>, traced: bool) -> Simulation {
        let mut dice = Dice::new(seed ^ 0xfa17);
        let mut up_to = |most: u64| if weather == Weather::Fair { 0 } else { dice.below(most + 1) };
        let rates = Rates {
            crash: up_to(25),
            error: up_to(25),
            lost_publish: up_to(1000),
            slow: up_to(8),
            duplicate: up_to(150),
            throttle: up_to(150),
        };
        let mut world = World::new(seed, rates, ledger, traced);
        for (name, bytes) in question::files() {
            world.blobs.insert(format!("inputs/{name}"), bytes);
        }
        let world = Rc::new(RefCell::new(world));
        Simulation { world, weather, deliveries: BTreeMap::new(), idle: Vec::new(), started: 0 }
    }

    /// Has a client send a message, some time from now.
    pub(super) fn client(&self, in_ms: u64, run: &str, component: &'static str, input: &Value) {
        let input = serde_json::value::to_raw_value(input).expect("JSON");
        let message = Envelope::first(run, run, "simulation", ENV, None, input).encode();
        self.world.borrow_mut().plan(in_ms, Event::Client { component, run: run.to_owned(), message });
    }

    /// Has a client begin a run, some time from now.
    pub(super) fn begin(&self, in_ms: u64, run: &str, question: Question, losses: u64) {
        self.client(in_ms, run, question.begins(), &question.input(losses));
    }

    pub(super) fn restart_ledger(&self, in_ms: u64) {
        self.world.borrow_mut().plan(in_ms, Event::Restart);
    }

    pub(super) fn lose(&self, in_ms: u64, piece: Piece) {
        self.world.borrow_mut().plan(in_ms, Event::Lose(piece));
    }

    /// Lets everything happen that is going to.
    pub(super) fn settle(&mut self) {
        for _ in 0..EVENTS_MAX {
            let next = self.world.borrow_mut().events.pop_first();
            let Some(((at_ms, _), event)) = next else { return };
            self.world.borrow_mut().now_ms = at_ms;
            match event {
                // Nobody resumes what was never there.
                Event::Client { component: "resume", run, .. } if !self.is_known(&run) => {}
                Event::Client { component, message, .. } => self.world.borrow_mut().send(component, &message, 0, 1),
                Event::Deliver { component, message, attempt } => self.start(component, message, attempt),
                Event::Effect { delivery } => self.poll(delivery),
                Event::Timeout { delivery } => self.time_out(delivery),
                Event::Restart => self.world.borrow_mut().forget_ledger(),
                Event::Lose(piece) => self.world.borrow_mut().lose(&piece),
            }
        }
        self.world.borrow_mut().broken.push("it goes on for ever".to_owned());
    }

    /// What a client finds that looks at the ledger.
    pub(super) fn look(&self, run: &str) -> Answer {
        let (env, run, by) = (ENV.to_owned(), run.to_owned(), "client".to_owned());
        let mut world = self.world.borrow_mut();
        let now_ms = world.now_ms;
        world.ledger.step(now_ms, &Step { env, run, by, act: Act::Look {} })
    }

    pub(super) fn report(&self, run: &str) -> Option<Vec<u8>> {
        self.world.borrow().blobs.get(&format!("{ENV}/runs/{run}/report.json")).cloned()
    }

    fn is_known(&self, run: &str) -> bool {
        let blobs = format!("{ENV}/runs/{run}/");
        self.look(run).state != State::Unknown || self.world.borrow().blobs.keys().any(|key| key.starts_with(&blobs))
    }

    /// Whether there is anything to resume.
    pub(super) fn is_begun(&self, run: &str, question: Question) -> bool {
        self.world.borrow().blobs.contains_key(&format!("{ENV}/runs/{run}/{}", question.record()))
    }

    /// Brings every run to its end as a person would: by resuming it. Gives how often.
    pub(super) fn resume_until_over(&mut self, run: &str, question: Question) -> u32 {
        for times in 0..4 {
            let state = self.look(run).state;
            if state == State::Completed {
                return times;
            }
            // Nobody resumes in a storm for ever.
            if times == 2 {
                self.world.borrow_mut().rates = Rates::default();
                self.weather = Weather::Fair;
            }
            if !self.is_begun(run, question) {
                return times;
            }
            // What is in flight is launched again only when its lease has run out.
            self.client(LIMITS.lease_s * 1000, run, "resume", &json!({}));
            self.settle();
        }
        4
    }

    fn start(&mut self, component: String, message: Vec<u8>, attempt: u32) {
        self.started += 1;
        let id = self.started;
        let warm = self.idle.pop().unwrap_or_default();
        let lucky = match self.weather {
            Weather::Fair => true,
            Weather::Gentle => attempt == ATTEMPTS || component == "failed",
            Weather::Rough => false,
        };
        let hand = Hand { world: self.world.clone(), delivery: id, lucky };
        self.world.borrow_mut().note(|| format!("{id}: {component} {} ({attempt})", String::from_utf8_lossy(&message)));
        let work: Work = {
            let (component, message, warm) = (component.clone(), message.clone(), warm.clone());
            Box::pin(async move { call(&component, ENV, &hand, &warm, &message).await })
        };
        self.deliveries.insert(id, Delivery { component, message, attempt, warm, zombie: false, work });
        self.world.borrow_mut().plan(TIMEOUT_MS, Event::Timeout { delivery: id });
        self.poll(id);
    }

    fn poll(&mut self, id: u64) {
        let Some(delivery) = self.deliveries.get_mut(&id) else { return };
        let polled = delivery.work.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        let crashed = self.world.borrow_mut().crashed.remove(&id);
        if let (Poll::Pending, false) = (&polled, crashed) {
            return;
        }
        let Some(delivery) = self.deliveries.remove(&id) else { return };
        self.world.borrow_mut().at_work.remove(&id);
        match polled {
            Poll::Pending => self.failed(&delivery, "it crashed"),
            Poll::Ready(outcome) => {
                self.idle.push(delivery.warm.clone());
                if let Err(error) = outcome {
                    self.failed(&delivery, &error.to_string());
                }
            }
        }
    }

    fn time_out(&mut self, id: u64) {
        let Some(mut delivery) = self.deliveries.remove(&id) else { return };
        self.world.borrow_mut().at_work.remove(&id);
        self.failed(&delivery, "it timed out");
        delivery.zombie = true;
        self.deliveries.insert(id, delivery);
    }

    /// Queues the next attempt, or gives up.
    fn failed(&self, delivery: &Delivery, reason: &str) {
        let Delivery { component, message, attempt, zombie, .. } = delivery;
        if *zombie {
            return;
        }
        let mut world = self.world.borrow_mut();
        world.note(|| format!("{component} failed ({attempt}): {reason}"));
        if *attempt < ATTEMPTS {
            world.send(component, message, 60_000 * u64::from(*attempt), attempt + 1);
        } else if component != "failed" {
            let message = failed::message(component, message, ENV, reason).expect("ours");
            world.send("failed", &message, 0, 1);
        }
    }
}
