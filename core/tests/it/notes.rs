//! What is allowed but unlikely to be meant is told, once and at its place; what changes nothing is told or refused; the examples
//! are beyond reproach.

use std::collections::BTreeMap;

use serde_json::json;
use serde_json::value::to_raw_value;
use switchyard_core::host::Host;
use switchyard_core::host::memory::Memory;
use switchyard_core::input::Note;
use switchyard_core::pipeline::call;
use switchyard_core::pipeline::prediction::plan::look;
use switchyard_core::pipeline::run::envelope::Envelope;
use switchyard_core::pipeline::run::warm::Warm;

use crate::examples;

pub(crate) const FILES: [(&str, &str); 5] = [
    (
        "tariffs.csv",
        "\
tariff_id,supplier,name,fuel,kind,term_months,exit_fee_gbp,green,supplier_rating,dual_fuel_discount_gbp,meters,payments,regions,on_sale
svt,Acme,Flexible,dual,variable,,0,no,4,0,single,direct_debit,_A|_C|_D,yes
fix,Acme,Fix,dual,fixed,12,50,no,4,0,single,direct_debit,_A|_C|_D,yes
night,Bolt,Night,electricity,variable,,0,no,3,0,economy7,direct_debit,_A,yes
day,Bolt,Day,electricity,fixed,12,0,no,3,0,single|economy7,direct_debit,_A,no
",
    ),
    (
        "rates.csv",
        "\
tariff_id,region,meter,payment,vat,elec_standing_p_day,elec_unit_p_kwh,elec_night_p_kwh,gas_standing_p_day,gas_unit_p_kwh
svt,_A,single,direct_debit,included,50,26,,30,6.5
svt,_C,single,direct_debit,included,40,27,,30,6.6
svt,_D,single,direct_debit,included,65,28,,30,6.4
fix,_A,single,direct_debit,included,50,24,,30,6
fix,_C,single,direct_debit,included,40,25.7,,30,6.1
fix,_D,single,direct_debit,included,65,25,,30,6.2
night,_A,economy7,direct_debit,included,50,31,13,,
day,_A,single,direct_debit,included,50,22,,,
day,_A,economy7,direct_debit,included,50,29,14,,
",
    ),
    (
        "visits.csv",
        "\
visit_id,region,fuel,meter,payment,elec_kwh,gas_kwh,tariff_id,months_left
1,_A,dual,single,direct_debit,2700,11500,svt,
2,_C,dual,single,direct_debit,1800,7500,fix,12
3,_A,electricity,economy7,direct_debit,3900,,day,12
",
    ),
    (
        "model.json",
        r#"{"coefficients": {"no_switch": {"mean": 2}, "saving_gbp": {"mean": 0.01}},
        "covariance": {"parameters": ["no_switch"], "matrix": [[0.01]]}}"#,
    ),
    (
        "s.json",
        r#"{"name": "s", "tariffs": "tariffs.csv", "rates": "rates.csv", "visits": "visits.csv", "model": "model.json",
        "edits": [EDITS]}"#,
    ),
];

const ADD: &str = r#"{"add": {"tariff": {"id": "new", "supplier": "Acme", "name": "New", "fuel": "dual", "kind": "fixed",
    "term_months": 12, "supplier_rating": 4, "meters": ["single"], "payments": ["direct_debit"], "regions": ["_A"]},
    "rates": {"like": "fix"}}}"#;

/// The notes on a question whose texts are replaced so; or why it is refused.
fn notes_with(replace: &[(&str, &str)]) -> Result<Vec<String>, String> {
    notes_asked(replace, json!({}))
}

/// The same, where these are asked too.
pub(crate) fn notes_asked(replace: &[(&str, &str)], also: serde_json::Value) -> Result<Vec<String>, String> {
    let text = |text: &str| {
        let replaced = replace.iter().fold(text.replace("EDITS", ADD), |text, (old, new)| text.replace(old, new));
        replaced.into_bytes()
    };
    notes_on(FILES.map(|(name, file)| (name.to_owned(), text(file))).into(), "s.json", also)
}

fn notes_on(files: BTreeMap<String, Vec<u8>>, scenario: &str, also: serde_json::Value) -> Result<Vec<String>, String> {
    let host = Memory::default();
    for (name, bytes) in &files {
        pollster::block_on(host.write(name, bytes)).expect("stored");
    }
    let mut input = json!({"scenario": {"path": scenario, "key": scenario}});
    input.as_object_mut().expect("an object").extend(also.as_object().expect("an object").clone());
    let envelope = Envelope::first("run", "run", "test", "dev", None, to_raw_value(&input).expect("JSON"));
    let planned = pollster::block_on(call("plan", "dev", &host, &Warm::default(), &envelope.encode()));
    planned.map_err(|error| error.to_string())?;
    let stored = pollster::block_on(host.read("dev/runs/run/notes.json")).expect("memory reads").expect("stored");
    let notes: Vec<Note> = serde_json::from_slice(&stored).expect("JSON");
    Ok(notes.iter().map(Note::to_string).collect())
}

#[test]
fn the_examples_are_beyond_reproach() {
    assert_eq!(notes_with(&[]), Ok(Vec::new()));
    for name in ["undercut", "supplier-leaves", "green-premium"] {
        let question = examples::question(name);
        let mut files = question.files;
        files.insert("s.json".to_owned(), question.scenario);
        assert_eq!(notes_on(files, "s.json", json!({})), Ok(Vec::new()), "{name}");
    }
}

#[test]
fn what_is_unlikely_is_told_at_its_place() {
    for (old, new, told) in [
        ("31,13,", "13,31,", "rates.csv, line 8, elec_night_p_kwh: the night rate, 31 p, is above the day rate, 13 p"),
        (
            "40,25.7,",
            "40,0.257,",
            "rates.csv, line 6, elec_unit_p_kwh: 0.257 p per kWh is next to nothing: rates are in pence",
        ),
        (
            "65,25,",
            "65,52,",
            "rates.csv, line 7, elec_unit_p_kwh: 52 p is far from this tariff's other rates, in the middle 25.7 p",
        ),
        (
            "65,25,",
            "65,39,",
            "rates.csv, line 7, elec_unit_p_kwh: 39 p is far from this tariff's other rates, in the middle 25.7 p",
        ),
        (
            "50,22,",
            "50,55,",
            "rates.csv, line 9, elec_unit_p_kwh: 55 p is far from this column's other rates, in the middle 26 p",
        ),
        (
            "night,_A,economy7,direct_debit,included,50",
            "night,_A,economy7,direct_debit,included,0",
            "rates.csv, line 8, elec_standing_p_day: the standing charge is 0",
        ),
        (
            "day,Bolt",
            "day,BOLT",
            "tariffs.csv, line 5, supplier: `BOLT` is another supplier than `Bolt` on line 4: it is spelled otherwise",
        ),
        (
            "2700,11500",
            "11500,2700",
            "visits.csv, line 2, elec_kwh: 11500 kWh of electricity and 2700 kWh of gas seem to be in each other's place",
        ),
        (
            "3,_A,electricity,economy7,direct_debit,3900,,day,12\n",
            "",
            "tariffs.csv, line 4, tariff_id: `night` is on sale where no visit could see it",
        ),
        (
            "\"new\", \"supplier\": \"Acme\"",
            "\"new\", \"supplier\": \"Acmee\"",
            "s.json, edits[0].add.tariff.supplier: `Acmee` supplies none of the market's tariffs: it is new, and nobody's \
             present supplier; perhaps `Acme` is meant",
        ),
        (
            "\"like\": \"fix\"",
            "\"like\": \"fix\", \"unit_rate_percent\": -96.5",
            "s.json, edits[0].add.rates: leaves unit rates of `new` below 1 p per kWh",
        ),
        (
            "\"like\": \"fix\"",
            "\"like\": \"fix\", \"unit_rate_percent\": -0.02",
            "s.json, edits[0].add.rates.unit_rate_percent: is next to nothing: it is in percent, so that 2 is 2 %, and 0.02 is not",
        ),
        (
            r#""saving_gbp": {"mean": 0.01}"#,
            r#""saving_gbp": {"mean": -4.4, "sd": 1, "distribution": "normal"}"#,
            "model.json, coefficients.saving_gbp.mean: the coefficient is below 0: people prefer to save less",
        ),
        (
            r#""saving_gbp": {"mean": 0.01}"#,
            r#""log_position": {"mean": 1, "sd": 1, "distribution": "lognormal"}"#,
            "model.json, coefficients.log_position.distribution: the coefficient is above 0: people prefer what is lower in \
             the list",
        ),
        ("[\"_A\"]", "[\"_D\"]", "s.json, edits[0].add.tariff: `new` is on sale where no visit could see it"),
        (
            ADD,
            r#"{"reprice": {"tariff": "fix", "part": "unit_rate", "percent": 60}}"#,
            "s.json, edits[0].reprice.percent: makes rates 1.6 times what they were",
        ),
        (
            ADD,
            r#"{"reprice": {"tariff": "fix", "part": "unit_rate", "fuel": "electricity", "to_pence": 0.245}}"#,
            "s.json, edits[0].reprice: leaves unit rates of `fix` below 1 p per kWh",
        ),
        (
            ADD,
            r#"{"reprice": {"tariff": "fix", "part": "standing_charge", "fuel": "gas", "to_pence": 0.3}}"#,
            "s.json, edits[0].reprice: leaves standing charges of `fix` below 1 p per day",
        ),
        (
            ADD,
            r#"{"reprice": {"tariff": "fix", "part": "unit_rate", "fuel": "gas", "to_pence": 24.5}}"#,
            "s.json, edits[0].reprice.to_pence: makes rates 4.08 times what they were",
        ),
        (
            ADD,
            r#"{"reprice": {"tariff": "fix", "part": "unit_rate", "fuel": "electricity", "by_pence": 24.5}}"#,
            "s.json, edits[0].reprice.by_pence: makes rates 2.02 times what they were",
        ),
        (
            ADD,
            r#"{"reprice": {"tariff": "fix", "part": "unit_rate", "fuel": "electricity", "by_pence": -0.02}}"#,
            "s.json, edits[0].reprice.by_pence: is less than 0.1 p: it is in pence, so that 2 is 2 p, and 0.02 is not",
        ),
    ] {
        assert_eq!(notes_with(&[(old, new)]), Ok(vec![told.to_owned()]), "{new}");
    }
}

#[test]
fn what_is_unlikely_everywhere_is_told_once() {
    let mut files: BTreeMap<String, Vec<u8>> =
        FILES.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec())).into();
    let in_pounds = |line: &str| {
        let cells =
            line.split(',').map(|cell| cell.parse::<f64>().map_or(cell.to_owned(), |p| (p / 100.0).to_string()));
        cells.collect::<Vec<_>>().join(",") + "\n"
    };
    files.insert("rates.csv".to_owned(), FILES[1].1.lines().map(in_pounds).collect::<String>().into_bytes());
    files.insert("s.json".to_owned(), FILES[4].1.replace("EDITS", "").into_bytes());
    let told = "rates.csv: every unit rate is below 1 p per kWh: they are read as pence, and may be in pounds";
    assert_eq!(notes_on(files, "s.json", json!({})), Ok(vec![told.to_owned()]));
    let told = "rates.csv, line 2, elec_standing_p_day: the standing charge is 0 (and 5 more like it)";
    let free = [(",50,2", ",0,2"), (",40,2", ",0,2"), (",65,2", ",0,2")];
    assert_eq!(notes_with(&free), Ok(vec![told.replace("5 more", "7 more")]));
    let swapped = (4..16).map(|id| format!("{id},_A,dual,single,direct_debit,11500,2700,svt,\n")).collect::<String>();
    let told = [
        "visits.csv, elec_kwh: the middle of 14 visits uses 11500 kWh of electricity a year, where 1700 to 3800 are typical",
        "visits.csv, gas_kwh: the middle of 14 visits uses 2700 kWh of gas a year, where 6000 to 14000 are typical",
        "visits.csv, line 5, elec_kwh: 11500 kWh of electricity and 2700 kWh of gas seem to be in each other's place (as \
         in 12 of 15 visits)",
    ];
    let day = "3900,,day,12\n";
    let swapped = (day, &*format!("{day}{swapped}"));
    assert_eq!(notes_with(&[swapped]), Ok(told.map(str::to_owned).to_vec()));
    let typical = ("\"edits\"", "\"typical_consumption\": \"2021-05-01\", \"edits\"");
    let notes = notes_with(&[swapped, typical]).expect("a market");
    assert!(notes[0].ends_with("where 1800 to 4300 are typical"), "{notes:?}");
}

#[test]
fn what_changes_nothing_is_told_or_refused() {
    const SWEEP: &str = "\"sweep\": {\"tariff\": \"fix\", \"unit_rate_percent\": [-5, 5]}, \"edits\": [";
    const GAS: &str = r#"{"reprice": {"tariff": "night", "part": "unit_rate", "fuel": "gas", "percent": 5}}"#;
    const BACK: &str = r#"{"withdraw": {"tariff": "fix"}}"#;
    for (old, new, told) in [
        (ADD, r#"{"withdraw": {"tariff": "day"}}"#, "s.json, edits[0].withdraw: withdraws nothing that is on sale"),
        (
            ADD,
            r#"{"withdraw": {"tariff": "day", "meters": ["single"]}}"#,
            "s.json, edits[0].withdraw: withdraws nothing that is on sale",
        ),
        (
            ADD,
            r#"{"reprice": {"supplier": "Acme", "part": "unit_rate", "percent": 0}}"#,
            "s.json, edits[0].reprice: leaves all rates as they are",
        ),
        (
            ADD,
            r#"{"reprice": {"supplier": "Bolt", "part": "unit_rate", "percent": 5, "meters": ["single"]}}"#,
            "s.json, edits[0].reprice: reprices nothing that is on sale, and who is on a fix keeps its price",
        ),
        (
            "\"edits\": [",
            "\"sweep\": {\"tariff\": \"fix\", \"regions\": [\"_A\"], \"unit_rate_percent\": [-5, 5]}, \"edits\": [\
             {\"withdraw\": {\"tariff\": \"fix\", \"regions\": [\"_A\"]}}, ",
            "s.json, sweep: changes no price of anything on sale",
        ),
        (
            "\"edits\": [",
            &format!("\"focus\": \"fix\", \"edits\": [{BACK}, "),
            "s.json, focus: `fix` is not on sale in the hypothetical market: its share there is 0",
        ),
        (
            "\"term_months\": 12,",
            "\"term_months\": 12, \"on_sale\": false,",
            "s.json, edits[0].add.tariff: `new` is not on sale in the end",
        ),
        (
            "\"edits\": [",
            &SWEEP.replace("[-5, 5]", "[5, 0, 5]"),
            "s.json, sweep.unit_rate_percent[2]: 5 is there twice",
        ),
        (
            "\"edits\": [",
            "\"sweeps\": [{\"tariff\": \"fix\", \"fuel\": \"electricity\", \"unit_rate_by_pence\": [-0.01, 0.01]}], \"edits\": [",
            "s.json, sweeps[0].unit_rate_by_pence: is less than 0.1 p: it is in pence, so that 2 is 2 p, and 0.02 is not",
        ),
        (
            "\"edits\": [",
            "\"sweeps\": [{\"tariff\": \"fix\", \"fuel\": \"electricity\", \"unit_rate_to_pence\": [0.24, 0.25]}], \"edits\": [",
            "s.json, sweeps[0].unit_rate_to_pence: every price is below 1 p: they are in pence, and may be in pounds",
        ),
    ] {
        assert_eq!(notes_with(&[(old, new)]), Ok(vec![told.to_owned()]), "{new}");
    }
    for (old, new, told) in [
        (
            ADD,
            GAS.replace("\"gas\"", "\"dual\"").replace("night", "svt").as_str(),
            "s.json, line 2, edits[0].reprice.fuel: got `dual`, expected electricity or gas; without a fuel, a change in percent is of both",
        ),
        (
            ADD,
            &BACK.replace("\"tariff\": \"fix\"", "\"supplier\": \"bolt\""),
            "s.json, edits[0].withdraw.supplier: got `bolt`, expected a supplier of the market; did you mean `Bolt`?",
        ),
        (
            "\"like\": \"fix\"",
            "\"file\": \"rates.csv\"",
            "rates.csv, line 2, tariff_id: got `svt`, expected `new`: the file of an added tariff has its rates alone\n",
        ),
        (ADD, GAS, "s.json, edits[0].reprice.fuel: got `gas`, expected a fuel that `night` supplies"),
        (
            "\"edits\": [",
            &format!("{SWEEP}{BACK}, "),
            "s.json, sweep.tariff: got `fix`, expected a tariff on sale in the hypothetical market",
        ),
        (
            r#""no_switch": {"mean": 2}, "#,
            r#""no_switch": {"mean": 2}, "no_switch": {"mean": 3}, "#,
            "model.json, line 1, coefficients.no_switch: expected each field once",
        ),
    ] {
        let error = notes_with(&[(old, new)]).expect_err(new);
        // Of several, the first.
        assert!(error == told || (told.ends_with('\n') && error.starts_with(told)), "{error}");
    }
    let files: BTreeMap<String, Vec<u8>> =
        FILES.map(|(name, text)| (name.to_owned(), text.replace("EDITS", "").into_bytes())).into();
    let sent = json!({"files": {"modell.json": {"path": "modell.json", "key": "model.json"}}});
    let told = "the question, files: got `modell.json`, expected a file that s.json names; did you mean `model.json`?";
    assert_eq!(notes_on(files, "s.json", sent), Err(told.to_owned()));
    let draws = ("\"edits\": [", "\"parameter_draws\": 200, \"edits\": [");
    let known = (r#"{"parameters": ["no_switch"], "matrix": [[0.01]]}"#, "null");
    let told = "s.json, parameter_draws: none are made: model.json has no covariance";
    assert_eq!(notes_with(&[draws, known]), Ok(vec![told.to_owned()]));
    assert_eq!(notes_with(&[known]), Ok(Vec::new()), "nobody asked for any");
    let mut files: BTreeMap<String, Vec<u8>> =
        FILES.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec())).into();
    let scenario = FILES[4].1.replace("EDITS", "").replace(draws.0, draws.1).replace("\"edits\": [", SWEEP);
    files.insert("s.json".to_owned(), scenario.into_bytes());
    let told = [
        "s.json, parameter_draws: are left out: a command gives the probabilities",
        "s.json, sweep: is left out: a command gives the probabilities",
    ];
    assert_eq!(notes_on(files, "s.json", json!({"model_command": "R"})), Ok(told.map(str::to_owned).to_vec()));
}

#[test]
fn no_note_depends_on_what_was_not_read() {
    let host = Memory::default();
    let wrong = [("tariff_id,supplier", "tariff_id,provider"), ("\"no_switch\": {", "\"no_swich\": {")];
    for (name, text) in FILES {
        let text = wrong.iter().fold(text.replace("EDITS", ""), |text, (old, new)| text.replace(old, new));
        let text = text.replace("\"edits\"", "\"parameter_draws\": 9, \"edits\"");
        pollster::block_on(host.write(name, text.as_bytes())).expect("stored");
    }
    let plan = serde_json::from_value(json!({"scenario": {"path": "s.json", "key": "s.json"}})).expect("a plan");
    let found = pollster::block_on(look(&host, plan)).expect("memory reads");
    assert_eq!((found.errors.len(), found.notes.len()), (2, 0), "{found}");
}
