//! The system under a simulated world in which everything goes wrong that can: duplicate and reordered deliveries, a crash or
//! an error before and after each effect, lost announcements, throttling, timeouts whose zombies finish later, a ledger that
//! restarts empty or loses a key. What must hold nonetheless is checked for each of ten thousand seeds.
//!
//! To replay one seed with everything that happens in it: `SEED=123 cargo test -p switchyard-core simulation -- --nocapture`

mod counting_down;
mod dice;
mod question;
mod run;
mod world;

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};
use switchyard_core::host::ledger::{Ledger, Piece, State};

use self::counting_down::CountingDown;
use self::dice::Dice;
use self::question::Question;
use self::run::{Simulation, Weather};
use self::world::{LIMITS, Steps};

const SEEDS: u64 = 10_000;
const THREADS: u64 = 2;
/// The two runs of every simulation.
const RUNS: [&str; 2] = ["first", "second"];

fn ledger() -> Box<dyn Steps> {
    Box::new(Ledger::new(LIMITS))
}

/// The report of a question where nothing goes wrong.
fn undisturbed(question: Question) -> &'static [u8] {
    static REPORTS: OnceLock<[Vec<u8>; 3]> = OnceLock::new();
    let reports = REPORTS.get_or_init(|| {
        Question::ALL.map(|question| {
            let mut simulation = Simulation::new(0, Weather::Fair, ledger(), false);
            simulation.begin(0, RUNS[0], question, 0);
            simulation.settle();
            assert_eq!(simulation.world.borrow().broken, [""; 0]);
            simulation.report(RUNS[0]).expect("a report")
        })
    });
    let at = Question::ALL.iter().position(|asked| *asked == question);
    &reports[at.expect("one of them")]
}

/// What a seed came to.
#[derive(Default)]
struct Found {
    broken: Vec<String>,
    resumes: u32,
    gaps: u32,
    trace: Vec<String>,
}

/// Simulates one seed.
fn simulate(seed: u64, ledger: Box<dyn Steps>, traced: bool) -> Found {
    let mut dice = Dice::new(seed);
    let weather = if dice.chance(500) { Weather::Gentle } else { Weather::Rough };
    let losses = if weather == Weather::Rough && dice.chance(300) { 1 + dice.below(3) } else { 0 };
    let mut simulation = Simulation::new(seed, weather, ledger, traced);
    let questions = [Question::Prediction(1), Question::Prediction(2)]
        .map(|prediction| if dice.chance(400) { Question::Fit } else { prediction });
    for (run, question) in RUNS.into_iter().zip(questions) {
        simulation.begin(dice.below(200), run, question, losses);
    }
    let restarted = dice.chance(200);
    if restarted {
        simulation.restart_ledger(dice.below(2_000));
    }
    let evicted = dice.chance(200);
    if evicted {
        let run = || Piece::Run(RUNS[0].to_owned());
        simulation.lose(dice.below(2_000), if dice.chance(700) { run() } else { Piece::Record });
    }
    let cancelled = dice.chance(100);
    if cancelled {
        simulation.client(dice.below(1_000), RUNS[0], "cancel", &json!({}));
    }
    // A person who resumes a run that is under way does no harm.
    if dice.chance(300) {
        simulation.client(dice.below(2_000), RUNS[1], "resume", &json!({}));
    }
    simulation.settle();
    let mut found = Found::default();
    for (at, (run, question)) in RUNS.into_iter().zip(questions).enumerate() {
        let ended = simulation.look(run);
        let mut expect = |held: bool, promise: &str| {
            if !held {
                found.broken.push(format!("{run}: {promise}, but it is {:?}: {}", ended.state, ended.message));
            }
        };
        let may_be_cancelled = cancelled && at == 0;
        // A run of which nothing was in flight when the ledger lost it has no part that would miss it.
        let forgotten = (restarted || evicted) && ended.state == State::Unknown;
        if weather == Weather::Gentle && !may_be_cancelled && !forgotten {
            expect(ended.state == State::Completed, "a run ends by itself where no message is given up");
        }
        if ended.state == State::Failed {
            expect(!ended.message.is_empty(), "a run that fails says why");
        }
        if ended.state == State::Completed {
            expect(simulation.report(run).is_some(), "a completed run has a report");
        }
        found.resumes += simulation.resume_until_over(run, question);
        // Only where every delivery of its beginning was lost, or it was cancelled before, there is nothing to resume.
        if simulation.is_begun(run, question) || (weather == Weather::Gentle && !may_be_cancelled) {
            found.check_report(
                &simulation,
                run,
                undisturbed(question),
                if question == Question::Fit { 0 } else { losses },
            );
        }
    }
    let mut world = simulation.world.borrow_mut();
    found.broken.append(&mut world.broken);
    found.trace = world.trace.take().unwrap_or_default();
    found
}

impl Found {
    fn check_report(&mut self, simulation: &Simulation, run: &str, undisturbed: &[u8], losses: u64) {
        let Some(report) = simulation.report(run) else {
            let state = simulation.look(run).state;
            return self.broken.push(format!("{run}: no report, though it was resumed until {state:?}"));
        };
        if report == undisturbed {
            return;
        }
        let parsed: Value = serde_json::from_slice(&report).expect("reports are JSON");
        let lost = parsed["gap"]["replays_lost"].as_u64().unwrap_or(0);
        if lost == 0 || lost > losses {
            self.broken.push(format!("{run}: another report than undisturbed, {lost} of {losses} replays lost"));
        }
        self.gaps += 1;
    }
}

#[test]
fn nothing_is_lost_whatever_goes_wrong() {
    if let Some(seed) = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()) {
        let found = simulate(seed, ledger(), true);
        println!("{}", found.trace.join("\n"));
        assert_eq!(found.broken, [""; 0], "seed {seed}");
        return;
    }
    let [resumed, gaps] = [AtomicU64::new(0), AtomicU64::new(0)];
    std::thread::scope(|scope| {
        let works = (0..THREADS).map(|thread| {
            let (resumed, gaps) = (&resumed, &gaps);
            scope.spawn(move || {
                for seed in (1..=SEEDS).filter(|seed| seed % THREADS == thread) {
                    let found = simulate(seed, ledger(), false);
                    assert_eq!(
                        found.broken, [""; 0],
                        "\nto replay it: SEED={seed} cargo test -p switchyard-core simulation -- --nocapture\n"
                    );
                    resumed.fetch_add(u64::from(found.resumes > 0), Ordering::Relaxed);
                    gaps.fetch_add(u64::from(found.gaps), Ordering::Relaxed);
                }
            })
        });
        for work in works.collect::<Vec<_>>() {
            work.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        }
    });
    let (resumed, gaps) = (resumed.into_inner(), gaps.into_inner());
    println!("{SEEDS} seeds: {resumed} were resumed by hand, {gaps} reports stated a gap");
    assert!(gaps > 0, "losses within the threshold must occur");
    assert!(resumed > 0, "so must runs that need help");
}

#[test]
fn a_ledger_that_counts_down_is_caught() {
    let caught = (1..=200).find(|seed| !simulate(*seed, Box::new(CountingDown::new()), false).broken.is_empty());
    assert!(caught.is_some(), "a join that counts deliveries instead of entering parts must break a promise");
}
