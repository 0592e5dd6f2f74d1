//! Visits one by one are those that the report counts, wherever they are cut; and probabilities that come from elsewhere take
//! the model's place and nothing else.

use serde_json::{Value, json};
use switchyard_core::host::Host;
use switchyard_core::host::memory::Memory;
use switchyard_core::pipeline::prediction::visits::{Column, Table, Values, accept, columns};
use switchyard_core::pipeline::run::envelope::Envelope;
use switchyard_core::pipeline::run::keys::Keys;
use switchyard_core::pipeline::run::warm::Warm;
use switchyard_core::pipeline::{Error, Result};

use crate::examples;
use crate::pipeline::{command as told, deliver, planned, report};

const VISITS: u64 = 2_000;

pub(crate) fn table(host: &Memory, run: &Envelope, table: Table, visits: std::ops::Range<u64>) -> Result<Vec<Column>> {
    pollster::block_on(columns(host, &Warm::default(), Keys::of(run), table, visits))
}

/// A run of the small example, finished.
pub(crate) fn finished(host: &Memory, run: &str, change: impl FnOnce(&mut Value)) -> Envelope {
    let envelope = planned(host, run, change);
    deliver(host, &Warm::default(), |_, _| false);
    envelope
}

/// A run whose probabilities a command gives, up to where it waits for them.
fn asked(host: &Memory, run: &str, command: &str, chunk: u64) -> Envelope {
    let envelope = planned(host, run, |input| {
        (input["model_command"], input["chunk"]) = (json!(command), json!(chunk));
    });
    deliver(host, &Warm::default(), |_, _| false);
    assert_eq!(
        pollster::block_on(host.list(&format!("dev/runs/{run}/tallies/"))).expect("keys").len(),
        0,
        "nothing is replayed before it is supplied"
    );
    envelope
}

/// Stores the probabilities of a chunk and tells of it.
fn supply(host: &Memory, run: &Envelope, chunk: usize, probabilities: &[f64]) -> Result<()> {
    pollster::block_on(accept(host, &Warm::default(), Keys::of(run), chunk as u64, probabilities))?;
    told(host, "supply", run, &json!({"part": chunk.to_string()}))
}

fn parsed(host: &Memory, run: &str) -> Value {
    serde_json::from_slice(&report(host, run).expect("a report")).expect("JSON")
}

fn column<'a>(columns: &'a [Column], name: &str) -> &'a Values {
    &columns.iter().find(|column| column.name == name).unwrap_or_else(|| panic!("no column {name}")).values
}

pub(crate) fn words(columns: &[Column], name: &str) -> Vec<String> {
    let Values::Word { words, codes } = column(columns, name) else { panic!("{name} holds no words") };
    codes.iter().map(|code| words[usize::from(*code)].clone()).collect()
}

pub(crate) fn numbers(columns: &[Column], name: &str) -> Vec<f64> {
    match column(columns, name) {
        Values::Whole(values) => values.iter().map(|value| f64::from(*value)).collect(),
        Values::Number(values) => values.clone(),
        Values::Word { .. } => panic!("{name} holds words"),
    }
}

#[test]
fn what_is_chosen_is_what_the_report_counts() {
    let host = Memory::default();
    let run = finished(&host, "run", |_| {});
    let report = parsed(&host, "run");
    let visits = table(&host, &run, Table::Visits, 0..VISITS).expect("visits");
    let long = table(&host, &run, Table::Long, 0..VISITS).expect("rows");
    let (market, chosen) = (words(&visits, "market"), words(&visits, "chosen_tariff_id"));
    let (long_market, long_tariff) = (words(&long, "market"), words(&long, "tariff_id"));
    let (is_chosen, probability) = (numbers(&long, "chosen"), numbers(&long, "probability"));
    let tariffs = report["tariffs"].as_array().expect("tariffs").iter();
    let no_switch = (&json!("no_switch"), &report["no_switch"]);
    for (id, share) in tariffs.map(|tariff| (&tariff["id"], tariff)).chain([no_switch]) {
        for name in ["unchanged", "hypothetical"] {
            let Some(estimate) = share.get(name) else { continue };
            let sampled = (estimate["sampled"].as_f64().expect("a share") * VISITS as f64).round() as usize;
            let count = market.iter().zip(&chosen).filter(|(m, tariff)| *m == name && *tariff == id).count();
            assert_eq!(count, sampled, "{id} in {name}");
            let rows = (0..long_market.len()).filter(|row| long_market[*row] == name && long_tariff[*row] == *id);
            let (count, sum) = rows.fold((0, 0.0), |(n, p), row| (n + is_chosen[row] as usize, p + probability[row]));
            assert_eq!(count, sampled, "{id} in {name}");
            let expected = estimate["expected"].as_f64().expect("a share");
            assert!((sum / VISITS as f64 - expected).abs() < 1e-6, "{id} in {name}: {sum} {expected}");
        }
    }
    let saving: f64 = numbers(&long, "saving_gbp").iter().zip(&probability).map(|(saving, p)| saving * p).sum();
    let both: f64 = (0..2).map(|at| report["saving"]["per_visit_gbp"][at].as_f64().expect("GBP")).sum();
    assert!((saving / VISITS as f64 - both).abs() < 1e-3 * both.abs(), "{saving} {both}");
}

#[test]
fn a_reprice_moves_the_bills_of_those_whose_price_is_not_fixed() {
    let host = Memory::default();
    let run = finished(&host, "run", |_| {
        let mut scenario: Value = serde_json::from_slice(&examples::small_question().scenario).expect("JSON");
        let reprice = json!({"supplier": "Alderbrook Energy", "part": "unit_rate", "percent": 5});
        (scenario["edits"], scenario["focus"]) = (json!([{"reprice": reprice}]), json!("alderbrook-dual-fixed-12"));
        scenario.as_object_mut().expect("an object").remove("sweep");
        pollster::block_on(host.write("inputs/small.json", scenario.to_string().as_bytes())).expect("stored");
    });
    let visits = table(&host, &run, Table::Visits, 0..VISITS).expect("visits");
    let (market, present) = (words(&visits, "market"), words(&visits, "present_tariff_id"));
    let (months, cost) = (numbers(&visits, "months_left"), numbers(&visits, "present_cost_gbp"));
    let of = |name: &str| (0..market.len()).filter(|row| market[*row] == name).collect::<Vec<_>>();
    let mut moved = [0, 0];
    for (was, is) in of("unchanged").into_iter().zip(of("hypothetical")) {
        let is_fixed = present[is].contains("-fixed-") && months[is] >= 12.0;
        if present[is].starts_with("alderbrook-") && !is_fixed {
            assert!(cost[is] > cost[was], "{}: {} {}", present[is], cost[was], cost[is]);
            moved[1] += 1;
        } else {
            assert_eq!(cost[is].to_bits(), cost[was].to_bits(), "{}", present[is]);
            moved[0] += usize::from(present[is].starts_with("alderbrook-"));
        }
    }
    assert!(moved.iter().all(|visits| *visits > 10), "{moved:?}");
}

#[test]
fn rows_do_not_depend_on_how_they_are_asked_for() {
    let host = Memory::default();
    let run = finished(&host, "run", |_| {});
    for kind in [Table::Visits, Table::Long] {
        let whole = table(&host, &run, kind, 100..400).expect("rows");
        let mut joined = table(&host, &run, kind, 100..101).expect("rows");
        for part in [101..350, 350..400] {
            let part = table(&host, &run, kind, part).expect("rows");
            joined.iter_mut().zip(part).for_each(|(column, part)| match (&mut column.values, part.values) {
                (Values::Whole(a), Values::Whole(b)) => a.extend(b),
                (Values::Number(a), Values::Number(b)) => a.extend(b),
                (Values::Word { codes: a, .. }, Values::Word { codes: b, .. }) => a.extend(b),
                _ => panic!("a column of two types"),
            });
        }
        assert!(joined == whole, "{kind:?}");
        let beyond = table(&host, &run, kind, VISITS..VISITS + 5).expect("none");
        assert!(numbers(&beyond, "visit").is_empty());
    }
}

#[test]
fn the_models_own_probabilities_given_back_give_its_report() {
    let host = Memory::default();
    let run = asked(&host, "given", "echo", 700);
    let choices = |visits| table(&host, &run, Table::Choices, visits).expect("rows");
    let record = pollster::block_on(host.read("dev/runs/given/plan.json")).expect("readable").expect("a record");
    let record: Value = serde_json::from_slice(&record).expect("JSON");
    let starts = record["panel"]["starts"].as_array().expect("blocks").iter();
    let starts: Vec<u64> = starts.map(|start| VISITS + start.as_u64().expect("a number")).collect();
    let blocks = starts.windows(2).map(|block| block[0]..block[1]);
    for (chunk, visits) in [0..700, 700..1_400, 1_400..VISITS].into_iter().chain(blocks).enumerate() {
        let probability = numbers(&choices(visits), "probability");
        supply(&host, &run, chunk, &probability).expect("probabilities");
    }
    deliver(&host, &Warm::default(), |_, _| false);
    finished(&host, "own", |_| {});
    let (mut given, mut own) = (parsed(&host, "given"), parsed(&host, "own"));
    // A command is asked about fewer of the observed visits: how sure the shares are is told about the same.
    let [few, all] = [&given, &own]
        .map(|report| report["no_switch"]["hypothetical"]["visits"]["se"].as_f64().expect("a standard error"));
    assert!((few / all - 1.0).abs() < 0.2, "{few} {all}");
    assert_eq!(given["model_command"].take(), "echo");
    let shares = |report: &mut Value| {
        let tariffs: Vec<Value> =
            report["tariffs"].as_array_mut().expect("tariffs").iter_mut().map(Value::take).collect();
        let all = tariffs.into_iter().chain([report["no_switch"].take()]);
        let figures = all.map(|share| {
            ["unchanged", "hypothetical"]
                .map(|market| ["expected", "sampled"].map(|figure| share[market][figure].clone()))
        });
        (figures.collect::<Vec<_>>(), report["flows"].take(), report["saving"].take())
    };
    assert_eq!(shares(&mut given), shares(&mut own));
    assert_eq!((&given["sweeps"], &given["parameter_draws"]), (&json!([]), &json!(0)));

    // The rows of a run are of the probabilities that it was made with.
    let long = table(&host, &run, Table::Long, 650..1_450).expect("rows");
    assert_eq!(numbers(&long, "probability"), numbers(&choices(650..1_450), "probability"));
}

#[test]
fn answers_that_are_no_probabilities_are_refused_by_row() {
    let host = Memory::default();
    let run = asked(&host, "run", "my model", 50_000);
    let good = numbers(&table(&host, &run, Table::Choices, 0..VISITS).expect("rows"), "probability");
    let refused = |answer: &[f64]| -> String {
        let outcome = pollster::block_on(accept(&host, &Warm::default(), Keys::of(&run), 0, answer));
        let error = outcome.expect_err("must be refused");
        assert!(matches!(error, Error::Input(_)), "{error:?}");
        error.to_string()
    };
    let with = |row: usize, p: f64| [&good[..row], &[p], &good[row + 1..]].concat();
    let rows = good.len();
    assert_eq!(
        refused(&good[1..]),
        format!("my model: got `{} numbers`, expected {rows} numbers, one for each row of the table", rows - 1)
    );
    let error = refused(&with(2, 1.5));
    assert!(error.starts_with("my model, line 3, visit 0, unchanged, "), "{error}");
    assert!(error.ends_with(": got `1.5`, expected a probability from 0 to 1"), "{error}");
    let error = refused(&with(0, 0.0));
    assert!(error.starts_with("my model, line 1, visit 0, unchanged: got `0."), "{error}");
    assert!(error.ends_with("expected 1 as the sum of a visit's probabilities in a market"), "{error}");
    // Nothing was stored: nothing is let go, whoever asks for it.
    for part in ["0", "1", "", "x/y"] {
        let error = told(&host, "supply", &run, &json!({ "part": part })).expect_err("nothing is stored");
        let expected = "expected something that is stored and that parts of run `run` wait for";
        assert_eq!(error.to_string(), format!("malformed message: input.part: got `{part}`, {expected}"));
    }
    assert!(host.take_first().is_none());
}
