//! The pipeline's own promises: bad messages and inputs are refused before anything is launched, bounds hold, nothing done
//! twice counts twice, and an instance that worked on one run does not mix it into the next.

use crate::examples;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Value, json};
use switchyard_core::host::Host;
use switchyard_core::host::memory::Memory;
use switchyard_core::pipeline::envelope::Envelope;
use switchyard_core::pipeline::in_memory::{Delivery, Question, predict};
use switchyard_core::pipeline::warm::Warm;
use switchyard_core::pipeline::{COMPONENTS, Error, Result, call};

fn refused(component: &str, message: &Value) -> Error {
    let host = Memory::default();
    let outcome = pollster::block_on(call(component, &host, &Warm::default(), message.to_string().as_bytes()));
    assert_eq!(host.take_first(), None, "nothing may be launched");
    outcome.expect_err("must be refused")
}

fn raw(value: &Value) -> Box<RawValue> {
    to_raw_value(value).expect("JSON")
}

fn message() -> Value {
    let envelope = Envelope::first("run1", "request1", "test", "dev", raw(&json!({"chunk": 0})));
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
        (json!({}), "missing field"),
        (with("schema", json!(2)), "schema 2, expected 1"),
        (with("extra", json!(1)), "unknown field `extra`"),
        (with("run", json!("../../etc")), "run is `../../etc`"),
        (with("env", json!("")), "env is ``"),
        (with("input", json!({"chunk": "x"})), "input, line 1, chunk"),
        (with("input", json!({"chunk": 0, "more": 1})), "input, line 1, more"),
    ] {
        let error = refused("sample", &message);
        assert!(matches!(error, Error::Message(_)) && !error.retry(), "{error:?}");
        assert!(error.to_string().contains(named), "{error}");
    }
    assert!(matches!(refused("nobody", &message()), Error::Unknown { .. }));
}

#[test]
fn a_run_that_was_never_planned_is_a_stored_error_worth_a_retry() {
    for component in COMPONENTS.iter().filter(|name| **name != "plan") {
        let input = match *component {
            "price" => json!({"market": 0}),
            "replay" => json!({"chunk": 0, "study": "shares"}),
            "report" => json!({}),
            _ => json!({"chunk": 0}),
        };
        let mut message = message();
        message["input"] = input;
        let error = refused(component, &message);
        assert!(matches!(error, Error::Stored { what: "missing", .. }) && error.retry(), "{component}: {error:?}");
    }
}

#[test]
fn hops_and_launches_are_bounded() {
    let host = Memory::default();
    for (hops, budget, launches, what) in [(0, 10, 1, "hops"), (3, 2, 3, "launches")] {
        let envelope = Envelope { hops, budget, ..Envelope::first("run1", "r", "test", "dev", raw(&Value::Null)) };
        let inputs = vec![json!({}); launches];
        let outcome = pollster::block_on(envelope.launch(&host, "replay", &inputs));
        assert!(matches!(outcome, Err(Error::Bound { what: which, .. }) if which == what), "{outcome:?}");
    }
    assert_eq!(host.take_first(), None);
    let envelope = Envelope { hops: 3, budget: 2, ..Envelope::first("run1", "r", "test", "dev", raw(&Value::Null)) };
    pollster::block_on(envelope.launch(&host, "replay", &[json!({}), json!({})])).expect("within bounds");
    let (_, launched) = host.take_first().expect("launched");
    let launched = Envelope::decode(&launched).expect("an envelope");
    assert_eq!((launched.hops, launched.budget), (2, 0));
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
    let focus = of(&report["focus"]["share"], "hypothetical");
    let taken = report["focus"]["taken_from"].as_array().expect("losers");
    let lost: f64 = taken.iter().map(|taken| taken["share"].as_f64().expect("a share")).sum();
    assert!((lost - focus).abs() < 1e-3 * focus, "{lost} {focus}");
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
    let shares: Vec<f64> = report["sweep"]
        .as_array()
        .expect("points")
        .iter()
        .map(|point| point["share"].as_f64().expect("a share"))
        .collect();
    assert!(shares[0] > shares[1] && shares[1] > shares[2], "{shares:?}");
}

#[test]
fn a_warm_instance_does_not_mix_runs() {
    let (host, warm) = (Memory::default(), Warm::default());
    let report = |run: &str, seed: u64, warm: &Warm| {
        let question = Question { visits: Some(2_000), ..examples::small_question() };
        let mut files = serde_json::Map::new();
        for (name, bytes) in question.files.iter().chain([(&"scenario".to_owned(), &question.scenario)]) {
            pollster::block_on(host.write(name, bytes)).expect("stored");
            files.insert(name.clone(), json!({"path": name, "key": name}));
        }
        let scenario = files.remove("scenario");
        let input = json!({"scenario": scenario, "files": files, "visits": 2_000, "seed": seed});
        let message = Envelope::first(run, run, "test", "dev", raw(&input)).encode();
        pollster::block_on(host.invoke("plan", &message)).expect("launched");
        while let Some((component, message)) = host.take_first() {
            pollster::block_on(call(&component, &host, warm, &message)).expect(&component);
        }
        pollster::block_on(host.read(&format!("dev/runs/{run}/report.json"))).expect("read").expect("there")
    };
    let (first, second) = (report("one", 1, &warm), report("two", 2, &warm));
    assert!(first != second, "another seed, another report");
    assert!(second == report("three", 2, &Warm::default()), "as a fresh instance gives it");
}
