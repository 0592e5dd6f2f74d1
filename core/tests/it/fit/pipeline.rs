//! An estimation as a run: whatever the chunks, the order of arrival, duplicates, a lost ledger or a failure that is resumed,
//! the same bytes as in one thread.

use serde_json::value::to_raw_value;
use serde_json::{Value, json};
use switchyard_core::fit::estimate::estimate;
use switchyard_core::fit::model_file::ModelFile;
use switchyard_core::host::Host;
use switchyard_core::host::ledger::{Act, Open, State, Step};
use switchyard_core::host::memory::{Memory, Message};
use switchyard_core::pipeline::run::envelope::Envelope;
use switchyard_core::pipeline::run::warm::Warm;
use switchyard_core::pipeline::{Result, call, failed};

use crate::fit::simulated::{Simulated, columns, spec};

const SPEC: &str = r#"{"coefficients": [
    {"variable": "price", "distribution": "nln"}, {"variable": "rating", "distribution": "n"},
    {"variable": "green"}, {"variable": "none"}], "draws": {"count": 100}}"#;
pub(super) const PEOPLE: Simulated = Simulated { people: 61, choices_each: 4, seed: 8 };

/// Opens a run of the simulated choices.
pub(super) fn begun(host: &Memory, run: &str, change: impl FnOnce(&mut Value)) -> Result<()> {
    for (key, text) in [("inputs/long.csv", PEOPLE.csv()), ("inputs/spec.json", SPEC.to_owned())] {
        pollster::block_on(host.write(key, text.as_bytes())).expect("stored");
    }
    let file = json!({"path": "long.csv", "key": "inputs/long.csv"});
    let mut input = json!({
        "data": {"long": {"file": file, "columns": columns()}},
        "spec": {"path": "spec.json", "key": "inputs/spec.json"}, "chunks": 3,
    });
    change(&mut input);
    send(host, "fit", run, &input)
}

pub(super) fn send(host: &Memory, component: &str, run: &str, input: &Value) -> Result<()> {
    let envelope = Envelope::first(run, run, "test", "dev", None, to_raw_value(input).expect("JSON"));
    pollster::block_on(call(component, "dev", host, &Warm::default(), &envelope.encode()))
}

/// Delivers all that is launched; `deliver` may do so in its own way.
pub(super) fn delivered(host: &Memory, next: fn(&Memory) -> Option<Message>, mut deliver: impl FnMut(&str, &[u8])) {
    while let Some((component, message)) = next(host) {
        deliver(&component, &message);
    }
}

pub(super) fn once(host: &Memory, warm: &Warm) -> impl FnMut(&str, &[u8]) {
    move |component, message| pollster::block_on(call(component, "dev", host, warm, message)).expect(component)
}

pub(super) fn blob(host: &Memory, run: &str, name: &str) -> Option<Vec<u8>> {
    pollster::block_on(host.read(&format!("dev/runs/{run}/{name}"))).expect("memory reads")
}

fn state(host: &Memory, run: &str) -> (State, String) {
    let step = Step { env: "dev".into(), run: run.into(), by: "test".into(), act: Act::Look {} };
    let answer = pollster::block_on(host.step(&step)).expect("memory answers");
    (answer.state, answer.message)
}

fn expected() -> (Vec<u8>, Vec<u8>) {
    let spec = spec(SPEC);
    let fit = estimate(("spec.json", ""), &spec, &PEOPLE.choices(), 1, &mut |_| ()).expect("a good design");
    assert!(fit.converged, "{}", fit.reason);
    let model = ModelFile::new(&spec, &fit).expect("predictions take it");
    (serde_json::to_vec_pretty(&fit).expect("JSON"), serde_json::to_vec_pretty(&model).expect("JSON"))
}

#[test]
fn chunks_order_and_duplicates_change_nothing() {
    let (report, model) = expected();
    for (chunks, next) in [(1, Memory::take_first as fn(&Memory) -> _), (2, Memory::take_last), (7, Memory::take_first)]
    {
        let host = Memory::default();
        begun(&host, "run", |input| input["chunks"] = json!(chunks)).expect("good");
        delivered(&host, next, once(&host, &Warm::default()));
        assert_eq!(state(&host, "run").0, State::Completed);
        assert!(blob(&host, "run", "report.json").as_ref() == Some(&report), "{chunks} chunks");
        assert!(blob(&host, "run", "model.json").as_ref() == Some(&model));
    }
    let host = Memory::default();
    begun(&host, "run", |_| ()).expect("good");
    delivered(&host, Memory::take_first, |component, message| {
        for _ in 0..2 {
            once(&host, &Warm::default())(component, message);
        }
    });
    assert_eq!(state(&host, "run"), (State::Completed, String::new()));
    assert!(blob(&host, "run", "report.json") == Some(report), "twice, by cold instances");
}

#[test]
fn an_outside_option_has_a_constant_whether_or_not_it_is_asked_for() {
    let (report, _) = expected();
    let host = Memory::default();
    let without = |input: &mut Value| {
        let spec = SPEC.replace(r#", {"variable": "none"}"#, "").replace(",\n    {\"variable\": \"none\"}", "");
        assert!(!spec.contains("none"), "{spec}");
        pollster::block_on(host.write("inputs/without.json", spec.as_bytes())).expect("stored");
        input["spec"]["key"] = json!("inputs/without.json");
    };
    begun(&host, "run", without).expect("good");
    delivered(&host, Memory::take_first, once(&host, &Warm::default()));
    assert!(blob(&host, "run", "report.json") == Some(report), "it is the last in the specification too");
}

#[test]
fn a_model_that_predictions_would_not_take_is_refused_or_not_written() {
    let host = Memory::default();
    let with_spec = |input: &mut Value, spec: &str| {
        pollster::block_on(host.write("inputs/other.json", spec.as_bytes())).expect("stored");
        input["spec"]["key"] = json!("inputs/other.json");
    };
    let few = SPEC.replace(r#""draws""#, r#""iterations_max": 3, "draws""#);
    begun(&host, "run", |input| with_spec(input, &few)).expect("good");
    delivered(&host, Memory::take_first, once(&host, &Warm::default()));
    assert!(blob(&host, "run", "report.json").is_some() && blob(&host, "run", "model.json").is_none(), "unconverged");
    let positive = SPEC.replace(r#""none""#, r#""no_switch", "distribution": "ln""#);
    let asked = |model: bool| {
        let (with_spec, positive) = (&with_spec, &positive);
        move |input: &mut Value| {
            with_spec(input, positive);
            input["data"]["long"]["columns"]["outside"] = json!("no_switch");
            input["also"] = json!({"model": model});
        }
    };
    let message = begun(&host, "refused", asked(true)).expect_err("positive").to_string();
    assert!(message.contains("expected none, as predictions take a fixed or normal `no_switch`"), "{message}");
    begun(&host, "fine", asked(false)).expect("nobody asked for the model");
}

#[test]
fn what_the_ledger_lost_or_a_failure_ended_goes_on_from_its_last_round() {
    let (report, _) = expected();
    let host = Memory::default();
    begun(&host, "run", |_| ()).expect("good");
    let mut rounds = 0;
    delivered(&host, Memory::take_first, |component, message| {
        rounds += u32::from(component == "step");
        if rounds == 3 && component == "step" {
            host.pass(86_401);
        }
        once(&host, &Warm::default())(component, message);
    });
    assert!(blob(&host, "run", "report.json").as_ref() == Some(&report), "{:?}", host.logged());

    begun(&host, "failing", |_| ()).expect("good");
    let mut evaluations = 0;
    delivered(&host, Memory::take_first, |component, message| {
        evaluations += u32::from(component == "evaluate");
        if evaluations == 8 {
            let message = failed::message(component, message, "dev", "it trapped").expect("ours");
            return once(&host, &Warm::default())("failed", &message);
        }
        once(&host, &Warm::default())(component, message);
    });
    assert_eq!(state(&host, "failing"), (State::Failed, "evaluate failed: it trapped".to_owned()));
    send(&host, "resume", "failing", &json!({})).expect("resumed");
    let round_of =
        |message: &[u8]| serde_json::from_slice::<Value>(message).expect("JSON")["input"]["part"].to_string();
    delivered(&host, Memory::take_first, |component, message| {
        assert!(!round_of(message).starts_with("\"0"), "round 0 was over");
        once(&host, &Warm::default())(component, message);
    });
    assert!(blob(&host, "failing", "report.json") == Some(report));
}

#[test]
fn a_search_that_has_ended_is_concluded_by_resuming() {
    let (report, model) = expected();
    let host = Memory::default();
    begun(&host, "run", |_| ()).expect("good");
    delivered(&host, Memory::take_first, once(&host, &Warm::default()));
    // All that is stored but the results, and no ledger: as if its last step had crashed before it wrote them.
    let crashed = Memory::default();
    for key in pollster::block_on(host.list("dev/runs/run/")).expect("memory lists") {
        if !key.ends_with("/report.json") && !key.ends_with("/model.json") {
            let bytes = pollster::block_on(host.read(&key)).expect("memory reads").expect("listed");
            pollster::block_on(crashed.write(&key, &bytes)).expect("stored");
        }
    }
    send(&crashed, "resume", "run", &json!({})).expect("resumed");
    delivered(&crashed, Memory::take_first, |component, message| {
        assert_eq!(component, "step", "nothing is left to evaluate");
        once(&crashed, &Warm::default())(component, message);
    });
    assert_eq!(state(&crashed, "run").0, State::Completed);
    assert!(blob(&crashed, "run", "report.json") == Some(report) && blob(&crashed, "run", "model.json") == Some(model));
}

#[test]
fn a_fit_that_could_not_be_delivered_ends_its_run() {
    let host = Memory::default();
    let envelope = Envelope::first("run", "run", "test", "dev", None, to_raw_value(&json!({})).expect("JSON"));
    let nothing = Act::Open(Open { envelope: "{}".into(), budget: 9, ..Open::default() });
    let step = Step { env: "dev".into(), run: "run".into(), by: "fit".into(), act: nothing };
    pollster::block_on(host.step(&step)).expect("memory answers");
    let message = failed::message("fit", &envelope.encode(), "dev", "out of memory").expect("ours");
    once(&host, &Warm::default())("failed", &message);
    assert_eq!(state(&host, "run"), (State::Failed, "fit failed: out of memory".to_owned()));
}

#[test]
fn bad_data_and_specifications_end_the_run_by_name() {
    let host = Memory::default();
    let bad = |run: &str, change: &dyn Fn(&mut Value)| begun(&host, run, change).expect_err(run).to_string();
    let column = |input: &mut Value| input["data"]["long"]["columns"]["choice"] = json!("choice");
    let message = bad("column", &column);
    assert!(message.starts_with("long.csv, line 1: expected a column `choice`; it has person, set"), "{message}");
    let chunks = |input: &mut Value| input["chunks"] = json!(0);
    assert_eq!(bad("chunks", &chunks), "the question, chunks: got `0`, expected 1 to 1000 chunks");
    let absent = |input: &mut Value| input["spec"]["key"] = json!("nowhere");
    let message = "spec.json: got `nowhere`, expected a file that is stored under this key";
    assert_eq!(bad("absent", &absent), message);
    assert_eq!(state(&host, "absent"), (State::Failed, message.to_owned()));
    begun(&host, "run", |_| ()).expect("good");
    let again = begun(&host, "run", |input| input["chunks"] = json!(4)).expect_err("another question").to_string();
    assert!(again.contains("was begun with another question already"), "{again}");
}
