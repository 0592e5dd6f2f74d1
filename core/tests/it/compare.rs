//! Two predictions held against each other: paired where they share visits, luck and parameters, and told where they do not.

use serde_json::{Value, json};
use switchyard_core::host::Host;
use switchyard_core::host::memory::Memory;
use switchyard_core::pipeline::prediction::report;

use crate::examples;
use crate::pipeline::report as report_of;
use crate::visits::finished;

/// A reprice of the supplier that sells most.
fn reprice() -> Value {
    json!([{"reprice": {"supplier": "Oakstrand", "part": "unit_rate", "percent": -2}}])
}

/// What a run of the small example keeps, with these edits in the place of its own; `change` has the question and the file's text.
fn run(
    host: &Memory,
    name: &str,
    edits: Value,
    change: impl FnOnce(&mut Value, &mut dyn FnMut(&str, Vec<u8>)),
) -> Vec<u8> {
    finished(host, name, |input| {
        let mut store = |file: &str, bytes: Vec<u8>| {
            pollster::block_on(host.write(&format!("inputs/{file}"), &bytes)).expect("stored");
        };
        let mut scenario: Value = serde_json::from_slice(&examples::small_question().scenario).expect("JSON");
        (scenario["edits"], scenario["focus"]) = (edits, json!("oakstrand-dual-tracker-12"));
        scenario.as_object_mut().expect("an object").remove("sweep");
        store("small.json", scenario.to_string().into_bytes());
        change(input, &mut store);
    });
    pollster::block_on(host.read(&format!("dev/runs/{name}/paired"))).expect("memory reads").expect("kept")
}

fn plain(host: &Memory, name: &str, edits: Value) -> Vec<u8> {
    run(host, name, edits, |_, _| {})
}

fn compare(first: &[u8], second: &[u8]) -> Value {
    let comparison = report::compare([("first", first), ("second", second)]).expect("both are kept");
    serde_json::to_value(&comparison).expect("JSON")
}

fn said(host: &Memory, name: &str) -> Value {
    serde_json::from_slice(&report_of(host, name).expect("a report")).expect("JSON")
}

fn se(estimate: &Value, interval: &str) -> f64 {
    estimate[interval]["se"].as_f64().unwrap_or_else(|| panic!("no {interval}: {estimate}"))
}

/// All shares that are compared, by what they are of.
fn shares(compared: &Value) -> Vec<(String, &Value)> {
    let suppliers = compared["suppliers"].as_array().expect("suppliers").iter();
    let own = ["focus", "no_switch"].map(|name| (name.to_owned(), &compared[name]));
    own.into_iter().chain(suppliers.map(|one| (one["supplier"].as_str().expect("a name").to_owned(), one))).collect()
}

/// A prediction without edits is the unchanged market of one with them: their difference is the change that the latter reports.
#[test]
fn the_difference_of_two_runs_is_that_of_two_markets_of_one() {
    let host = Memory::default();
    let before = plain(&host, "before", json!([]));
    let launch = json!([{"add": {"tariff": {"id": "new", "supplier": "Newco", "name": "Launch", "fuel": "dual", "kind": "fixed",
        "term_months": 12, "exit_fee_gbp": 30, "supplier_rating": 3, "meters": ["single"], "payments": ["direct_debit"],
        "regions": "all"}, "rates": {"like": "gorsley-dual-fixed-12", "unit_rate_percent": -4}}}]);
    for (name, edits) in [("repriced", reprice()), ("launched", launch)] {
        let after = plain(&host, name, edits);
        let compared = compare(&before, &after);
        assert_eq!(compared["paired"], json!({"visits": true, "monte_carlo": true, "parameters": true}));
        assert_eq!(compared["differs"], json!([]));
        let report = said(&host, name);
        for (about, share) in shares(&compared) {
            is_change(&about, share, &reported(&report, &about));
        }
        let verdicts = [&compared, &compare(&after, &before)].map(|compared| compared["focus"]["verdict"].clone());
        let expected = if name == "repriced" { ["more", "less"] } else { ["less", "more"] };
        assert_eq!(verdicts, expected.map(Value::from), "{name}");
    }
}

/// What a report says of something in both markets.
fn reported(report: &Value, about: &str) -> Value {
    let mut suppliers = report["suppliers"].as_array().expect("suppliers").iter();
    match about {
        "focus" => report["focus"]["share"].clone(),
        "no_switch" => report["no_switch"].clone(),
        _ => suppliers.find(|one| one["supplier"] == about).expect("a supplier").clone(),
    }
}

/// What is compared is what is reported as a change.
fn is_change(about: &str, share: &Value, reported: &Value) {
    let (difference, change) = (&share["difference"], &reported["change"]);
    let figures = [
        "/expected",
        "/in_all/low",
        "/visits/se",
        "/visits/high",
        "/monte_carlo/se",
        "/parameters/se",
        "/parameters/low",
    ];
    for at in figures {
        let [ours, theirs] = [difference, change].map(|one| one.pointer(at).and_then(Value::as_f64));
        let (Some(ours), Some(theirs)) = (ours, theirs) else {
            assert!(ours == theirs, "{about} {at}: {difference} {change}");
            continue;
        };
        // What is kept of single visits is in single precision.
        assert!((ours - theirs).abs() <= 1e-6 * theirs.abs().max(1e-3), "{about} {at}: {ours} {theirs}");
    }
    assert_eq!(difference["observed"], change["observed"], "{about}");
    let levels = ["unchanged", "hypothetical"].map(|market| &reported[market]);
    assert_eq!([&share["first"], &share["second"]], levels.map(|level| &level["expected"]), "{about}");
    if levels[0].is_object() {
        let apart = libm::hypot(se(levels[0], "visits"), se(levels[1], "visits"));
        assert!(se(difference, "visits") < 0.7 * apart, "{about}: {difference} {apart}");
    }
}

#[test]
fn a_run_against_itself_is_nothing_and_that_is_sure() {
    let host = Memory::default();
    let (one, again) = (plain(&host, "one", reprice()), plain(&host, "again", reprice()));
    let compared = compare(&one, &again);
    for (name, share) in shares(&compared) {
        assert_eq!(share["verdict"], "same", "{name}");
        for interval in ["in_all", "visits", "monte_carlo", "parameters"] {
            let told = &share["difference"][interval];
            assert!(
                told.is_null() || *told == json!({"se": 0.0, "low": 0.0, "high": 0.0}),
                "{name} {interval}: {told}"
            );
        }
    }
    assert_eq!(compared["saving_per_visit_gbp"]["difference"], 0.0);
}

#[test]
fn what_is_not_the_same_is_told_and_is_as_unsure_as_both_together() {
    let host = Memory::default();
    let before = plain(&host, "before", json!([]));
    let small = |name: &str| String::from_utf8(examples::small_question().files[name].clone()).expect("UTF-8");
    let seed = run(&host, "seed", reprice(), |input, _| input["seed"] = json!(7));
    let visits = run(&host, "visits", reprice(), |_, store| {
        let text = small("visits.csv");
        store("visits.csv", text.as_bytes()[..=text.trim_end().rfind('\n').expect("lines")].to_vec());
    });
    let model = run(&host, "model", reprice(), |_, store| {
        let mut model: Value = serde_json::from_str(&small("model.json")).expect("JSON");
        model["coefficients"]["no_switch"]["mean"] = json!(4.5);
        store("model.json", model.to_string().into_bytes());
    });
    let rows = run(&host, "rows", reprice(), |_, store| {
        let text = small("tariffs.csv");
        let (rows, last) = text.trim_end().rsplit_once('\n').expect("lines");
        let (header, first) = rows.split_once("\nalderbrook").expect("a first row");
        store("tariffs.csv", format!("{header}\n{last}\nalderbrook{first}\n").into_bytes());
    });
    let market = run(&host, "market", reprice(), |_, store| {
        store("tariffs.csv", small("tariffs.csv").replacen(",fixed,12,50,", ",fixed,12,55,", 1).into_bytes());
    });
    let added = |paired: [bool; 3]| json!({"visits": paired[0], "monte_carlo": paired[1], "parameters": paired[2]});
    let same = compare(&before, &plain(&host, "after", reprice()));
    let level = |name: &str, interval| se(&said(&host, name)["no_switch"]["hypothetical"], interval);
    for (name, kept, differs, paired) in [
        ("seed", &seed, json!(["seed"]), [true, false, false]),
        ("visits", &visits, json!(["visits"]), [false, false, true]),
        ("model", &model, json!(["model"]), [true, true, false]),
        ("rows", &rows, json!([]), [true; 3]),
        ("market", &market, json!(["market"]), [true; 3]),
    ] {
        let compared = compare(&before, kept);
        assert_eq!((&compared["differs"], &compared["paired"]), (&differs, &added(paired)), "{name}");
        for (interval, paired) in ["visits", "monte_carlo"].into_iter().zip(paired) {
            let (told, alone) = (se(&compared["no_switch"]["difference"], interval), level("before", interval));
            let together = libm::hypot(alone, level(name, interval));
            assert!(
                if paired { told < alone } else { (told / together - 1.0).abs() < 1e-9 },
                "{name} {interval}: {told}"
            );
        }
        let [told, narrow] = [&compared, &same].map(|compared| se(&compared["no_switch"]["difference"], "parameters"));
        assert!(paired[2] || told > 3.0 * narrow, "{name}: {told} {narrow}");
    }
}

#[test]
fn many_visits_are_thinned_and_still_tell_how_sure_a_difference_is() {
    let predict = |name: &str, edits: Value, visits: u64| {
        let host = Memory::default();
        let whole = examples::question("undercut").files;
        let kept = run(&host, name, edits, |input, store| {
            store("visits.csv", whole["visits.csv"].clone());
            input["visits"] = json!(visits);
        });
        (kept, said(&host, name))
    };
    let ((before, _), (after, report)) = (predict("before", json!([]), 60_000), predict("after", reprice(), 60_000));
    assert!(after.len() < 1_500_000, "{} bytes", after.len());
    let compared = compare(&before, &after);
    // A third of the visits.
    let (told, change) = (&compared["focus"]["difference"], &report["focus"]["share"]["change"]);
    for interval in ["visits", "monte_carlo"] {
        assert!((se(told, interval) / se(change, interval) - 1.0).abs() < 0.1, "{told} {change}");
    }
    // However few visits are simulated, the observed ones are all replayed, and the same people kept.
    let (fewer, _) = predict("fewer", reprice(), 40);
    let compared = compare(&before, &fewer);
    assert!((se(&compared["focus"]["difference"], "visits") / se(change, "visits") - 1.0).abs() < 0.1);
    assert_eq!(compared["differs"], json!(["simulated_visits"]));
    assert_eq!(compared["paired"], json!({"visits": true, "monte_carlo": false, "parameters": true}));
}

#[test]
fn what_is_not_kept_by_this_version_is_named() {
    let host = Memory::default();
    let kept = plain(&host, "run", json!([]));
    let error = report::compare([("mine", &kept), ("runs/old", b"{}")]).expect_err("no such thing");
    assert_eq!(error.to_string(), "runs/old: expected what this version keeps of a prediction: make it again");
}
