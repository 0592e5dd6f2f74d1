//! Observed visits as data: what is wrong with them is named, their rows are those of the long table, and the model that their
//! choices were drawn from is found again.

use serde_json::{Value, json};
use switchyard_core::choice::model::{Model, Variable};
use switchyard_core::energy::market::{Market, PricedMarket};
use switchyard_core::fit::choices::Choices;
use switchyard_core::fit::estimate::estimate;
use switchyard_core::fit::result::{Fit, Named};
use switchyard_core::host::Host;
use switchyard_core::host::memory::Memory;
use switchyard_core::input::Word;
use switchyard_core::pipeline::Result;
use switchyard_core::pipeline::estimation::observed;
use switchyard_core::pipeline::prediction::visits::Table;
use switchyard_core::pipeline::run::warm::Warm;
use switchyard_core::replay::experiment::Population;
use switchyard_core::replay::listing::{Listing, Listings};
use switchyard_core::replay::table::Order;
use switchyard_core::replay::visits::{Observed, parse_observed};

use crate::examples;
use crate::fit::pipeline::{blob, delivered, once, send};
use crate::fit::simulated::spec;
use crate::valid;
use crate::visits::{finished, numbers, table, words};

const SPEC: &str = include_str!("../../../../examples/spec.json");

/// The first of the examples' visits, with the cells of some columns replaced.
fn visits(count: usize, replace: &[(&str, usize, &str)]) -> String {
    let text = String::from_utf8(examples::question("undercut").files["visits.csv"].clone()).expect("UTF-8");
    let lines = text.lines().filter(|line| !line.starts_with('#')).take(1 + count);
    let mut cells: Vec<Vec<&str>> = lines.map(|line| line.split(',').collect()).collect();
    for &(column, line, value) in replace {
        let at = cells[0].iter().position(|name| *name == column).expect(column);
        cells[line - 1][at] = value;
    }
    cells.iter().map(|cells| cells.join(",") + "\n").collect()
}

fn market() -> (Market, PricedMarket) {
    let files = examples::question("undercut").files;
    let market =
        valid(|found| Market::parse("tariffs.csv", &files["tariffs.csv"], "rates.csv", &files["rates.csv"], found));
    let priced = market.price("tariffs.csv").expect("valid");
    (market, priced)
}

/// The examples' visits as choices.
fn choices(visits: &str, variables: &[Variable]) -> Choices {
    let (market, priced) = market();
    let observed = valid(|found| parse_observed("visits.csv", visits.as_bytes(), Some(&market), found));
    observed::choices("visits.csv", observed, &priced, Order::AnnualCost, variables).expect("everybody sees deals")
}

/// Opens a run that fits a specification to visits in the market that a file names.
fn begun(host: &Memory, visits: &str, market: &str, spec: &str) -> Result<()> {
    let mut files = examples::question("undercut").files;
    for (name, text) in [("visits.csv", visits), ("market.json", market), ("spec.json", spec)] {
        files.insert(name.to_owned(), text.as_bytes().to_vec());
    }
    for (name, bytes) in &files {
        pollster::block_on(host.write(&format!("inputs/{name}"), bytes)).expect("stored");
    }
    let file = |name: &str| json!({"path": name, "key": format!("inputs/{name}")});
    let data = json!({"visits": {"visits": file("visits.csv"), "market": file("market.json")}});
    send(host, "fit", "run", &json!({"data": data, "spec": file("spec.json"), "chunks": 3}))
}

#[test]
fn what_is_wrong_with_visits_or_their_market_is_named() {
    const MARKET: &str = r#"{"tariffs": "tariffs.csv", "rates": "rates.csv"}"#;
    let refused = |visits: String, market: &str, spec: &str| {
        begun(&Memory::default(), &visits, market, spec).expect_err(market).to_string()
    };
    // Electricity alone is compared on line 2, both fuels on line 3.
    for (line, chosen, expected) in [
        (2, "nope", "a tariff of the tariffs file"),
        (
            2,
            "alderbrook-dual-fixed-12",
            "a tariff on sale for _E, electricity, single, direct_debit, or nothing for no",
        ),
        (3, "alderbrook-dual-fixed-24-2024", "a tariff on sale for _C, dual, single, direct_debit, or nothing for no"),
    ] {
        let message = refused(visits(9, &[("chosen", line, chosen)]), MARKET, SPEC);
        let start = format!("visits.csv, line {line}, chosen: got `{chosen}`, expected {expected}");
        assert!(message.starts_with(&start), "{message}");
    }
    let message = refused(visits(9, &[("chosen", 1, "visitor_id")]), MARKET, SPEC);
    assert!(
        message.starts_with("visits.csv, line 1: expected a column `chosen`; it has visit_id, weight"),
        "{message}"
    );
    let of_one = visits(2, &[]).replace(",chosen\n", ",chosen,visitor_id\n").replace(",\n", ",,anna\n");
    let message = "visits.csv, line 3, weight: got `0.66`, expected 0.84, as in visitor `anna`'s visit on line 2: a person has one weight";
    assert_eq!(refused(of_one, MARKET, SPEC), message);
    let message = "market.json, rates: expected the name of a CSV file, relative to this file";
    assert_eq!(refused(visits(9, &[]), r#"{"tariffs": "tariffs.csv"}"#, SPEC), message);
    let message = refused(visits(9, &[]), MARKET, &SPEC.replace("tracker", "price"));
    let start = "spec.json, coefficients[4].variable: got `price`, expected one of no_switch, saving_gbp, ";
    assert!(message.starts_with(start), "{message}");
}

/// What the examples' model says of a parameter.
fn truth(model: &Model, parameter: &str) -> f64 {
    let (name, is_sd) = parameter.strip_suffix(".sd").map_or((parameter, false), |name| (name, true));
    let coefficient = model.coefficients.iter().find(|c| c.variable.word() == name).expect(name);
    if is_sd { coefficient.sd } else { coefficient.mean }
}

#[test]
fn the_model_that_the_examples_were_drawn_from_is_found_again() {
    let host = Memory::default();
    let scenario = String::from_utf8(examples::question("undercut").scenario).expect("UTF-8");
    begun(&host, &visits(6_000, &[]), &scenario, &SPEC.replace("200", "100")).expect("good");
    delivered(&host, Memory::take_first, once(&host, &Warm::default()));
    let fit: Fit = serde_json::from_slice(&blob(&host, "run", "report.json").expect("a report")).expect("JSON");
    assert!(fit.converged, "{}", fit.reason);
    let model = valid(|found| Model::parse("model.json", &examples::question("undercut").files["model.json"], found));
    for (name, estimate) in &fit.coefficients.0 {
        // Tastes for green are fixed here: that of the mean person, as far as odds go, is e to this.
        let sd = if name == "green" { truth(&model, "green.sd") } else { 0.0 };
        let truth = truth(&model, name) + sd * sd / 2.0;
        let error = estimate.se_robust.expect("regular");
        assert!((estimate.estimate - truth).abs() < 3.0 * error, "{name}: {truth} {estimate:?}");
    }
    let fitted = valid(|found| Model::parse("model.json", &blob(&host, "run", "model.json").expect("a model"), found));
    assert_eq!(fitted.coefficients.len(), model.coefficients.len());
}

#[test]
fn rows_are_those_of_the_long_table() {
    let host = Memory::default();
    let question = examples::small_question();
    let exact = String::from_utf8(question.scenario).expect("UTF-8");
    let exact = exact.replace(r#""usage_jitter_percent": 8"#, r#""usage_jitter_percent": 0"#);
    pollster::block_on(host.write("inputs/exact.json", exact.as_bytes())).expect("stored");
    let run =
        finished(&host, "run", |input| input["scenario"] = json!({"path": "exact.json", "key": "inputs/exact.json"}));
    let long = table(&host, &run, Table::Long, 0..1_000).expect("rows");
    let (market, tariff, line) = (words(&long, "market"), words(&long, "tariff_id"), numbers(&long, "visits_line"));
    let names: Vec<&str> = Variable::WORDS.iter().map(|(_, name)| *name).collect();
    let values: Vec<Vec<f64>> = names.iter().map(|name| numbers(&long, name)).collect();

    let text = String::from_utf8(question.files["visits.csv"].clone()).expect("UTF-8");
    let variables: Vec<Variable> = Variable::WORDS.iter().map(|(variable, _)| *variable).collect();
    let choices = choices(&text, &variables);
    let chosen: Vec<&str> = text.lines().map(|line| line.rsplit(',').next().expect("a cell")).collect();
    let unchanged: Vec<usize> = (0..tariff.len()).filter(|row| market[*row] == "unchanged").collect();
    let visit = numbers(&long, "visit");
    for of_visit in unchanged.chunk_by(|a, b| visit[*a].total_cmp(&visit[*b]).is_eq()) {
        let line = line[of_visit[0]] as usize;
        let chosen = if chosen[line - 1].is_empty() { "no_switch" } else { chosen[line - 1] };
        let mut expected = of_visit.to_vec();
        expected.sort_by_key(|row| tariff[*row] != chosen);
        // The header is on the third line, and each visit is another person's.
        let rows = choices.rows(line - 4);
        assert_eq!(rows.len(), expected.len(), "line {line}");
        for (row, expected) in rows.zip(expected) {
            let expected: Vec<f64> = values.iter().map(|column| column[expected]).collect();
            assert_eq!(choices.row(row), expected, "line {line}, {names:?}");
        }
    }
}

#[test]
fn a_persons_visits_are_one_panel_and_those_of_no_weight_are_left_out() {
    let who = ["anna", "", "ben", "anna"];
    let lines = visits(4, &[("weight", 3, "0"), ("weight", 5, "0.84")]);
    let mut lines = lines.lines();
    let header = format!("{},visitor_id\n", lines.next().expect("a header"));
    let csv = header + &lines.zip(who).map(|(line, who)| format!("{line},{who}\n")).collect::<String>();
    let choices = choices(&csv, &[Variable::NoSwitch]);
    assert_eq!(choices.people, ["anna", "ben"]);
    assert_eq!((choices.of_person(0), choices.of_person(1)), (0..2, 2..3));
    assert_eq!(choices.alternatives.last().map(String::as_str), Some("no_switch"));
    assert_eq!(choices.notes, ["1 visit of weight 0 is left out"]);
}

#[test]
fn the_order_of_visits_says_nothing() {
    let of_weight_1: Vec<(&str, usize, &str)> = (2..302).map(|line| ("weight", line, "1")).collect();
    let lines = visits(300, &of_weight_1);
    let mut rows = lines.lines();
    let header = format!("{},visitor_id", rows.next().expect("a header"));
    let rows: Vec<String> = rows.enumerate().map(|(at, row)| format!("{row},p{}", at * at % 70)).collect();
    let read = |rows: &mut dyn Iterator<Item = &String>| {
        let csv = rows.fold(header.clone(), |csv, row| csv + "\n" + row);
        choices(&csv, &[Variable::NoSwitch, Variable::SavingGbp, Variable::LogPosition])
    };
    let expected = read(&mut rows.iter());
    assert!(expected.people.len() < 40, "many visits each");
    assert!(read(&mut rows.iter().rev()) == expected);
    assert!(read(&mut rows[100..].iter().chain(rows[..100].iter().rev())) == expected);
}

/// The likelihood of a conditional logit is the same, and so is the way to its maximum.
#[test]
fn who_made_the_choices_is_nothing_to_a_conditional_logit() {
    let variables = ["no_switch", "saving_gbp", "log_position", "exit_fee_gbp", "green", "own_supplier"];
    let sought = variables.map(|variable| json!({"variable": variable}));
    let spec = spec(&json!({"coefficients": sought}).to_string());
    let lines = visits(3_000, &[]);
    let fit = |people: usize| {
        let csv = lines.lines().enumerate().map(|(at, line)| {
            let cells: Vec<&str> = line.split(',').collect();
            let (id, rest) = (cells[0], cells[2..].join(","));
            if at == 0 { format!("{id},{rest},visitor_id\n") } else { format!("{id},{rest},p{}\n", at % people) }
        });
        let variables: Vec<Variable> = variables.iter().filter_map(|name| Variable::from_word(name)).collect();
        let choices = choices(&csv.collect::<String>(), &variables);
        assert_eq!(choices.people.len(), people);
        estimate(("spec.json", ""), &spec, &choices, 1, &mut |_| ()).expect("a good design")
    };
    let alone = fit(3_000);
    assert!(alone.converged && alone.iterations < 12, "{} {}", alone.iterations, alone.reason);
    for people in [60, 10, 1] {
        let fit = fit(people);
        assert_eq!((fit.converged, fit.iterations), (true, alone.iterations), "{people} people: {}", fit.reason);
        for ((name, a), (_, b)) in alone.coefficients.0.iter().zip(&fit.coefficients.0) {
            let error = a.se_hessian.expect("regular");
            assert!((a.estimate - b.estimate).abs() < 1e-6 * error, "{name}: {a:?} {b:?}");
        }
    }
}

#[test]
fn what_the_replay_samples_gives_its_model_again() {
    let model = r#"{"coefficients": {"no_switch": {"mean": 4}, "saving_gbp": {"mean": 0.01}, "position": {"mean": -0.05},
        "term_months": {"mean": -0.02}, "green": {"mean": 0.6}, "own_supplier": {"mean": 0.9}}}"#;
    let model = valid(|found| Model::parse("model.json", model.as_bytes(), found));
    let (market, priced) = market();
    let observed = valid(|found| parse_observed("visits.csv", visits(5_000, &[]).as_bytes(), Some(&market), found));
    let population = Population::new(observed.profiles.clone(), Vec::new());
    let stage = population.stage(&priced, &priced, Order::AnnualCost);
    let mut chosen = vec![None; observed.profiles.len()];
    let mut see = Listings(|listing: &Listing<'_>| {
        chosen[listing.visit as usize] = listing.choice().map(|place| listing.tariff(place) as u16);
    });
    population.walk(7, 0, &population.observed(), &[&stage], std::slice::from_ref(&model), &mut see);
    let sampled = Observed { chosen, ..observed };

    let variables: Vec<Variable> = model.coefficients.iter().map(|c| c.variable).collect();
    let sought = variables.iter().map(|variable| json!({"variable": variable.word()})).collect::<Value>();
    let spec = spec(&json!({"coefficients": sought}).to_string());
    let choices = observed::choices("visits.csv", sampled, &priced, Order::AnnualCost, &variables).expect("deals");
    let Fit { coefficients: Named(coefficients), converged, .. } =
        estimate(("spec.json", ""), &spec, &choices, 1, &mut |_| ()).expect("a good design");
    assert!(converged && coefficients.len() == 6);
    for ((name, estimate), coefficient) in coefficients.iter().zip(&model.coefficients) {
        let off = (estimate.estimate - coefficient.mean) / estimate.se_robust.expect("regular");
        assert!(off.abs() < 3.0, "{name}: {estimate:?}");
    }
}
