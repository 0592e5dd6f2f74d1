//! The pipeline's own promises: bad messages and inputs are refused before anything is launched, bounds hold, losses are
//! stated, what is missing can be resumed, and an instance that worked on one run does not mix it into the next.

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::examples;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Value, json};
use switchyard_core::host::Host;
use switchyard_core::host::ledger::{Act, Answer, Open, State, Step};
use switchyard_core::host::memory::Memory;
use switchyard_core::pipeline::in_memory::{Delivery, Question, predict};
use switchyard_core::pipeline::run::envelope::Envelope;
use switchyard_core::pipeline::run::warm::Warm;
use switchyard_core::pipeline::{COMPONENTS, Error, Result, call, failed};

fn refused(component: &str, message: &Value) -> Error {
    let host = Memory::default();
    let outcome = pollster::block_on(call(component, "dev", &host, &Warm::default(), message.to_string().as_bytes()));
    assert_eq!(host.take_first(), None, "nothing may be launched");
    outcome.expect_err("must be refused")
}

fn raw(value: &Value) -> Box<RawValue> {
    to_raw_value(value).expect("JSON")
}

fn message() -> Value {
    let envelope = Envelope::first("run1", "request1", "test", "dev", None, raw(&json!({"part": "0"})));
    serde_json::to_value(envelope).expect("an envelope is JSON")
}

#[test]
fn malformed_messages_are_refused() {
    let with = |field: &str, value: Value| {
        let mut message = message();
        message[field] = value;
        message
    };
    for (message, named) in [
        (json!({}), "schema: expected a value, and the field is missing"),
        (with("schema", json!(2)), "of a newer version: schema 2, expected 1"),
        (json!({"schema": 2, "anything": "else"}), "of a newer version: schema 2, expected 1"),
        (with("schema", json!(0)), "of an older version: schema 0, expected 1"),
        (with("extra", json!(1)), "extra: expected another name"),
        (with("run", json!("../../etc")), "run is `../../etc`"),
        (with("env", json!("")), "env is ``"),
        (with("env", json!("prod")), "for environment `prod`, but came to `dev`"),
        (with("input", json!({"part": 0})), "input, line 1, part"),
        (with("input", json!({"part": "0", "more": 1})), "input, line 1, more"),
    ] {
        let error = refused("sample", &message);
        assert!(matches!(error, Error::Message(_)) && !error.retry(), "{error:?}");
        assert!(error.to_string().contains(named), "{error}");
    }
    assert!(matches!(refused("nobody", &message()), Error::Unknown { .. }));
}

#[test]
fn a_run_that_was_never_planned_is_no_run() {
    for component in COMPONENTS.iter().filter(|name| !matches!(**name, "plan" | "fit")) {
        let mut message = message();
        message["input"] = match *component {
            "resume" | "cancel" => json!({}),
            "failed" => json!({"component": "replay", "input": {"part": "shares-0"}, "reason": "it did"}),
            _ => json!({"part": "0"}),
        };
        let error = refused(component, &message);
        assert!(matches!(error, Error::NoRun { .. }) && !error.retry(), "{component}: {error:?}");
    }
}

#[test]
fn a_run_that_ended_before_it_was_planned_is_known_as_such() {
    let host = Memory::default();
    let open = Act::Open(Open { budget: 9, ..Open::default() });
    let (env, run, by) = ("dev".to_owned(), "run1".to_owned(), "plan".to_owned());
    pollster::block_on(host.step(&Step { env, run, by, act: open })).expect("memory answers");
    let ask = |component: &str| {
        let message = Envelope::first("run1", "request1", "ann", "dev", None, raw(&json!({}))).encode();
        pollster::block_on(call(component, "dev", &host, &Warm::default(), &message))
    };
    ask("cancel").expect("it runs");
    let error = ask("resume").expect_err("nothing is stored");
    let says = "run `run1` ended before it was planned (cancelled by ann): nothing of it is stored to go on with, begin it again";
    assert_eq!((error.kind(), error.retry(), error.to_string()), ("unplanned", false, says.to_owned()));
    assert_eq!(look(&host, "run1").state, State::Cancelled);
    let announced = host.published().into_iter().map(|(_, message)| serde_json::from_slice(&message).expect("JSON"));
    let cancelled: Vec<Value> = announced.filter(|announced: &Value| announced["event"] == "cancelled").collect();
    assert_eq!(cancelled.iter().map(|announced| &announced["by"]).collect::<Vec<_>>(), [&json!("ann")]);
}

/// A run that is planned, and the messages that follow from it.
pub(crate) fn planned(host: &Memory, run: &str, change: impl FnOnce(&mut Value)) -> Envelope {
    let question = Question { visits: Some(2_000), ..examples::small_question() };
    for (name, bytes) in question.files.iter().chain([(&"small.json".to_owned(), &question.scenario)]) {
        pollster::block_on(host.write(&format!("inputs/{name}"), bytes)).expect("stored");
    }
    let mut input = json!({"scenario": {"path": "small.json", "key": "inputs/small.json"}, "visits": 2_000});
    change(&mut input);
    let envelope = Envelope::first(run, run, "test", "dev", None, raw(&input));
    let outcome = pollster::block_on(call("plan", "dev", host, &Warm::default(), &envelope.encode()));
    outcome.expect("a good plan");
    envelope
}

fn look(host: &Memory, run: &str) -> Answer {
    let (env, run, by) = ("dev".to_owned(), run.to_owned(), "test".to_owned());
    pollster::block_on(host.step(&Step { env, run, by, act: Act::Look {} })).expect("memory answers")
}

/// Delivers everything that is launched, but what `fails` has its deliveries spent at once.
pub(crate) fn deliver(host: &Memory, warm: &Warm, fails: impl Fn(&str, &str) -> bool) {
    while let Some((component, message)) = host.take_first() {
        let envelope: Value = serde_json::from_slice(&message).expect("JSON");
        if fails(&component, envelope["input"]["part"].as_str().unwrap_or_default()) {
            let message = failed::message(&component, &message, "dev", "it trapped").expect("ours");
            pollster::block_on(call("failed", "dev", host, warm, &message)).expect("noted");
        } else {
            let outcome = pollster::block_on(call(&component, "dev", host, warm, &message));
            assert!(outcome.map_or_else(|error| error.ends_run(), |()| true), "{component}");
        }
    }
}

pub(crate) fn report(host: &Memory, run: &str) -> Option<Vec<u8>> {
    pollster::block_on(host.read(&format!("dev/runs/{run}/report.json"))).expect("memory reads")
}

pub(crate) fn command(host: &Memory, component: &str, of: &Envelope, input: &Value) -> Result<()> {
    let message = of.clone().with(input).expect("JSON").encode();
    pollster::block_on(call(component, "dev", host, &Warm::default(), &message))
}

#[test]
fn files_that_are_not_given_lie_beside_the_scenario_and_one_run_is_one_question() {
    let host = Memory::default();
    let envelope = planned(&host, "one", |_| {});
    let other = envelope.with(&json!({
        "scenario": {"path": "small.json", "key": "inputs/small.json"}, "visits": 2_001
    }));
    let message = other.expect("JSON").encode();
    let error = pollster::block_on(call("plan", "dev", &host, &Warm::default(), &message)).expect_err("another one");
    assert!(error.to_string().contains("was begun with another question already"), "{error}");
    deliver(&host, &Warm::default(), |_, _| false);
    assert!(report(&host, "one").is_some());
}

#[test]
fn a_file_that_is_not_stored_ends_the_run_with_its_name() {
    let host = Memory::default();
    let input = json!({"scenario": {"path": "s.json", "key": "nowhere/s.json"}});
    let envelope = Envelope::first("lost", "lost", "test", "dev", None, raw(&input));
    let error = pollster::block_on(call("plan", "dev", &host, &Warm::default(), &envelope.encode()));
    let text = error.expect_err("no such file").to_string();
    assert_eq!(text, "s.json: got `nowhere/s.json`, expected a file that is stored under this key");
    assert_eq!((look(&host, "lost").state, look(&host, "lost").message), (State::Failed, text));
    let again = pollster::block_on(call("plan", "dev", &host, &Warm::default(), &envelope.encode()));
    assert_eq!(again, Ok(()), "delivered again, it is over");
}

#[test]
fn losses_within_the_threshold_are_stated_and_others_fail_the_run() {
    let host = Memory::default();
    let lost = |component: &str, part: &str| (component, part) == ("replay", "shares-1");
    planned(&host, "strict", |input| input["chunk"] = json!(500));
    deliver(&host, &Warm::default(), lost);
    assert_eq!(report(&host, "strict"), None);
    let answer = look(&host, "strict");
    assert_eq!(answer.state, State::Failed);
    let expected = "1 parts lost, more than the 0 allowed; the last: replay failed: it trapped";
    assert_eq!(answer.message, expected);

    planned(&host, "lenient", |input| {
        input["chunk"] = json!(500);
        input["allow_lost"] = json!({"count": 1});
    });
    deliver(&host, &Warm::default(), lost);
    let report: Value = serde_json::from_slice(&report(&host, "lenient").expect("reported")).expect("JSON");
    assert_eq!(report["visits"], 1_500);
    assert_eq!(report["gap"]["lost"], json!(["shares-1"]));
    assert_eq!(report["gap"]["visits_lost"], 500);
}

#[test]
fn a_sample_takes_its_replays_with_it_and_a_whole_study_cannot_be_missed() {
    let host = Memory::default();
    planned(&host, "run", |input| input["allow_lost"] = json!({"count": 1_000}));
    deliver(&host, &Warm::default(), |component, _| component == "sample");
    let answer = look(&host, "run");
    assert_eq!((answer.state, report(&host, "run")), (State::Failed, None));
    assert_eq!(answer.message, "all replays of shares are lost: there is nothing to report");
}

#[test]
fn what_failed_or_was_cancelled_resumes_with_what_is_missing() {
    let host = Memory::default();
    planned(&host, "whole", |input| input["chunk"] = json!(500));
    deliver(&host, &Warm::default(), |_, _| false);

    let envelope = planned(&host, "run", |input| input["chunk"] = json!(500));
    deliver(&host, &Warm::default(), |component, part| component == "replay" && part.ends_with("-3"));
    assert_eq!(look(&host, "run").state, State::Failed);
    command(&host, "resume", &envelope, &json!({})).expect("resumed");
    command(&host, "cancel", &envelope, &json!({})).expect("cancelled");
    assert_eq!(look(&host, "run").state, State::Cancelled);
    deliver(&host, &Warm::default(), |_, _| false);
    assert_eq!(report(&host, "run"), None, "a cancelled run does not go on");
    command(&host, "resume", &envelope, &json!({})).expect("resumed");
    command(&host, "resume", &envelope, &json!({})).expect("resumed twice at once");
    let done = pollster::block_on(host.list("dev/runs/run/")).expect("memory lists");
    deliver(&host, &Warm::default(), |component, part| {
        assert!(!done.contains(&format!("dev/runs/run/tallies/{part}")), "{component} {part} was done before");
        false
    });
    assert_eq!(report(&host, "run"), report(&host, "whole"));
    command(&host, "resume", &envelope, &json!({})).expect("nothing to do");
    command(&host, "cancel", &envelope, &json!({})).expect("nothing to end");
    assert_eq!((host.take_first(), look(&host, "run").state), (None, State::Completed));
}

#[test]
fn a_run_that_the_ledger_lost_is_resumed_by_all_that_miss_it_without_a_flood() {
    let host = Memory::default();
    planned(&host, "whole", |input| input["chunk"] = json!(100));
    deliver(&host, &Warm::default(), |_, _| false);

    planned(&host, "run", |input| input["chunk"] = json!(100));
    host.pass(86_401);
    let deliveries = RefCell::new(BTreeMap::<String, u32>::new());
    deliver(&host, &Warm::default(), |component, part| {
        *deliveries.borrow_mut().entry(format!("{component}/{part}")).or_default() += 1;
        false
    });
    assert_eq!(look(&host, "run").state, State::Completed, "{:?}", host.logged());
    assert!(report(&host, "run") == report(&host, "whole"));
    let resumes = deliveries.borrow_mut().remove("resume/").expect("it was missed");
    assert!(resumes > 20, "by {resumes}");
    let most = deliveries.into_inner().into_iter().max_by_key(|(_, count)| *count).expect("parts");
    assert!(most.1 <= 2, "{} was launched {} times", most.0, most.1);
}

#[test]
fn a_run_that_the_ledger_loses_again_and_again_stands_still_until_it_is_resumed() {
    let host = Memory::default();
    planned(&host, "whole", |input| input["chunk"] = json!(100));
    deliver(&host, &Warm::default(), |_, _| false);

    let envelope = planned(&host, "run", |input| input["chunk"] = json!(100));
    let take = || std::iter::from_fn(|| host.take_first()).collect::<Vec<_>>();
    let mut in_flight = take();
    while !in_flight.is_empty() {
        host.pass(86_401);
        for (component, message) in in_flight {
            let outcome = pollster::block_on(call(&component, "dev", &host, &Warm::default(), &message));
            assert_eq!(outcome, Ok(()), "given up, it would end a run that somebody else has opened");
        }
        in_flight = take();
    }
    let says = "the ledger has lost run `run` too often for it to go on by itself: resume it";
    assert!(host.logged().iter().any(|(_, line)| line == says), "{:?}", host.logged());
    assert_eq!(look(&host, "run").state, State::Unknown);
    command(&host, "resume", &envelope, &json!({})).expect("resumed");
    deliver(&host, &Warm::default(), |_, _| false);
    assert!(report(&host, "run") == report(&host, "whole"));
}

fn ask(question: &Question) -> Result<Value> {
    let report = pollster::block_on(predict(question, Delivery::InOrder))?;
    Ok(serde_json::from_slice(&report).expect("reports are JSON"))
}

#[test]
fn shares_of_a_report_sum_to_one_and_losses_to_gains() {
    let report = ask(&examples::small_question()).expect("good");
    let of = |value: &Value, market: &str| value[market]["expected"].as_f64().unwrap_or(0.0);
    let tariffs = report["tariffs"].as_array().expect("tariffs");
    for market in ["unchanged", "hypothetical"] {
        let sum = tariffs.iter().map(|tariff| of(tariff, market)).sum::<f64>() + of(&report["no_switch"], market);
        assert!((sum - 1.0).abs() < 1e-9, "{market}: {sum}");
    }
    let supplied: f64 =
        report["suppliers"].as_array().expect("suppliers").iter().map(|of_one| of(of_one, "hypothetical")).sum();
    assert!((supplied + of(&report["no_switch"], "hypothetical") - 1.0).abs() < 1e-9, "{supplied}");
}

#[test]
fn source_of_volume_is_of_the_focus_alone_and_other_edits_are_told_apart() {
    let mut question = examples::small_question();
    let mut scenario: Value = serde_json::from_slice(&question.scenario).expect("JSON");
    let other = json!({"reprice": {"supplier": "Pellwick Home Energy", "part": "unit_rate", "percent": -4}});
    let edits = scenario["edits"].as_array_mut().expect("edits");
    let own = edits.clone();
    edits.push(other);
    question.scenario = scenario.to_string().into_bytes();
    let both = ask(&question).expect("good");
    scenario["edits"] = json!(own);
    question.scenario = scenario.to_string().into_bytes();
    let alone = ask(&question).expect("good");

    let expected = |value: &Value| value["expected"].as_f64().expect("a number");
    for report in [&both, &alone] {
        let volume = &report["focus"]["volume"];
        let sources = volume["sources"].as_array().expect("sources");
        let lost: f64 = sources.iter().map(|source| expected(&source["share"])).sum();
        assert!((lost - expected(&volume["own"])).abs() < 1e-12, "{lost}");
        let change = expected(&report["focus"]["share"]["change"]);
        let others = volume.get("others").map_or(0.0, expected);
        assert!((expected(&volume["own"]) + others - change).abs() < 1e-12, "{others}");
    }
    // Pellwick gains by its own price, and loses to the launch all the same.
    let pellwick = |list: &Value| {
        let known = list.as_array().expect("a list").iter();
        known
            .filter(|one| one["supplier"] == "Pellwick Home Energy")
            .map(|one| one["share"].clone())
            .collect::<Vec<_>>()
    };
    let losses = pellwick(&both["focus"]["volume"]["sources"]);
    assert!(!losses.is_empty() && losses.iter().all(|share| expected(share) > 0.0), "{losses:?}");
    let moved = both["other_edits"]["suppliers"].as_array().expect("suppliers").iter();
    let moved = moved.filter(|one| one["supplier"] == "Pellwick Home Energy").map(|one| expected(&one["change"]));
    assert!(moved.sum::<f64>() > 0.01);
    assert!(alone.get("other_edits").is_none() && alone["focus"]["volume"].get("others").is_none());
}

#[test]
fn a_market_nobody_edits_does_not_change() {
    let mut question = examples::small_question();
    let mut scenario: Value = serde_json::from_slice(&question.scenario).expect("JSON");
    scenario["edits"] = json!([]);
    scenario["focus"] = json!("gorsley-dual-fixed-12");
    scenario["sweep"] = json!({"tariff": "gorsley-dual-fixed-12", "unit_rate_percent": [-5, 0, 5]});
    question.scenario = scenario.to_string().into_bytes();
    let report = ask(&question).expect("good");
    for tariff in report["tariffs"].as_array().expect("tariffs").iter().chain([&report["no_switch"]]) {
        for number in ["/change/expected", "/change/monte_carlo/se", "/change/parameters/se"] {
            assert_eq!(tariff.pointer(number).and_then(Value::as_f64), Some(0.0), "{number} of {}", tariff["id"]);
        }
    }
    let points = report["sweeps"][0]["points"].as_array().expect("points").iter();
    let shares: Vec<f64> =
        points.map(|point| point["tariff"]["share"]["expected"].as_f64().expect("a share")).collect();
    assert!(shares[0] > shares[1] && shares[1] > shares[2], "{shares:?}");
}

#[test]
fn a_warm_instance_does_not_mix_runs() {
    let (host, warm) = (Memory::default(), Warm::default());
    let report = |run: &str, seed: u64, warm: &Warm| {
        planned(&host, run, |input| input["seed"] = json!(seed));
        deliver(&host, warm, |_, _| false);
        report(&host, run).expect("there")
    };
    let (first, second) = (report("one", 1, &warm), report("two", 2, &warm));
    assert!(first != second, "another seed, another report");
    assert!(second == report("three", 2, &Warm::default()), "as a fresh instance gives it");
}
