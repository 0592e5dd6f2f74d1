//! What is reported by segment and by present tariff is the table of visits, grouped: rows sum to the visits, segments to the whole.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use switchyard_core::choice::logit::CERTAIN;
use switchyard_core::host::Host;
use switchyard_core::host::memory::Memory;
use switchyard_core::pipeline::prediction::visits::{Column, Table};
use switchyard_core::pipeline::run::envelope::Envelope;

use crate::examples;
use crate::notes::{FILES, notes_asked};
use crate::pipeline::report;
use crate::visits::{finished, numbers, table, words};

const VISITS: u64 = 2_000;

/// The visits of the small example, with two columns of somebody's own.
fn visits_with_columns() -> String {
    let bytes = examples::small_question().files.remove("visits.csv").expect("visits");
    let text = String::from_utf8(bytes).expect("UTF-8");
    let mut rows = text.lines().filter(|line| !line.starts_with('#'));
    let header = rows.next().expect("a header");
    let mut file = format!("{header},channel,shop\n");
    for (at, row) in rows.enumerate() {
        // More visits by web than its sums hold at once.
        let channel = ["web", "web", "web", "phone"][at % 4];
        let shop = ["shop 10", "", "shop 9", "shop 9", "(none)"][at % 5];
        file += &format!("{row},{channel},{shop}\n");
    }
    file
}

fn by() -> Value {
    json!([
        ["region", "payment"],
        ["channel"],
        ["usage", "shop"],
        ["present_supplier", "usage"],
        ["present_tariff", "fuel"]
    ])
}

/// A finished run with those columns.
fn run(host: &Memory, name: &str, chunk: u64) -> (Envelope, Value) {
    let run = finished(host, name, |input| {
        let file = visits_with_columns();
        pollster::block_on(host.write("inputs/visits.csv", file.as_bytes())).expect("stored");
        (input["by"], input["chunk"]) = (by(), json!(chunk));
    });
    (run, serde_json::from_slice(&report(host, name).expect("a report")).expect("JSON"))
}

/// The long table's column of a dimension.
fn grouped_by(long: &[Column], dimension: &str) -> Vec<String> {
    let column = match dimension {
        "usage" => "usage_band",
        "present_tariff" => "present_tariff_id",
        same => same,
    };
    words(long, column)
}

/// Numbers of visits by destination: no switch, the focus, and the suppliers.
type Sums = Vec<f64>;

/// By market and values of some dimensions, the long table's probabilities summed by destination.
fn group(report: &Value, long: &[Column], by: &[&str]) -> BTreeMap<(String, Vec<String>), Sums> {
    let suppliers: Vec<&Value> =
        report["suppliers"].as_array().expect("suppliers").iter().map(|supplier| &supplier["supplier"]).collect();
    let mut place = BTreeMap::from([("no_switch", 0)]);
    for tariff in report["tariffs"].as_array().expect("tariffs") {
        let supplier = suppliers.iter().position(|known| **known == tariff["supplier"]).expect("a supplier");
        place.insert(tariff["id"].as_str().expect("an id"), supplier + 2);
    }
    place.insert(report["focus"]["id"].as_str().expect("a focus"), 1);
    let keys: Vec<Vec<String>> = by.iter().map(|dimension| grouped_by(long, dimension)).collect();
    let (markets, tariffs) = (words(long, "market"), words(long, "tariff_id"));
    let mut groups: BTreeMap<(String, Vec<String>), Sums> = BTreeMap::new();
    for (row, probability) in numbers(long, "probability").into_iter().enumerate() {
        let key = (markets[row].clone(), keys.iter().map(|key| key[row].clone()).collect());
        let sums = groups.entry(key).or_insert_with(|| vec![0.0; suppliers.len() + 2]);
        // What has no share in any market is not told of.
        sums[place.get(tariffs[row].as_str()).copied().unwrap_or(0)] += probability;
    }
    groups
}

/// What the report says of the destinations of something. Our JSON reader may miss the last bit of a number: they are whole units.
fn reported(of: &Value) -> Sums {
    let certain = f64::from(CERTAIN);
    let number = |value: &Value| (value.as_f64().expect("a number") * certain).round() / certain;
    let suppliers = of["suppliers"].as_array().expect("suppliers").iter().map(number);
    [number(&of["no_switch"]), number(&of["focus"])].into_iter().chain(suppliers).collect()
}

fn sum(of: impl IntoIterator<Item = Sums>) -> Sums {
    of.into_iter().reduce(|sum, one| sum.iter().zip(one).map(|(a, b)| a + b).collect()).expect("some")
}

#[test]
fn segments_and_flows_are_the_long_table_grouped_to_the_last_digit() {
    let host = Memory::default();
    let (run, said) = run(&host, "run", 2_000);
    let long = table(&host, &run, Table::Long, 0..VISITS).expect("rows");
    let breakdowns = said["breakdowns"].as_array().expect("breakdowns");
    let asked: Vec<&Value> = breakdowns.iter().map(|breakdown| &breakdown["by"]).collect();
    let standard = json!([["region"], ["payment"], ["usage"]]);
    let expected = standard.as_array().into_iter().chain(by().as_array()).flatten().cloned().collect::<Vec<_>>();
    assert_eq!(asked, expected.iter().collect::<Vec<_>>());
    for breakdown in breakdowns {
        let by: Vec<&str> = breakdown["by"].as_array().expect("words").iter().filter_map(Value::as_str).collect();
        let groups = group(&said, &long, &by);
        let segments = breakdown["segments"].as_array().expect("segments");
        assert_eq!(2 * segments.len(), groups.len(), "{by:?}");
        for (segment, market) in segments.iter().flat_map(|segment| [(segment, "unchanged"), (segment, "hypothetical")])
        {
            let values: Vec<String> = serde_json::from_value(segment["values"].clone()).expect("words");
            let found = reported(&segment[market]);
            assert_eq!(found, groups[&(market.to_owned(), values.clone())], "{by:?} {values:?} {market}");
            let visits = segment["visits"].as_f64().expect("visits");
            assert_eq!(found.iter().sum::<f64>().to_bits(), visits.to_bits(), "{by:?} {values:?}");
        }
    }
    let flows = said["flows"].as_array().expect("flows");
    let (by_supplier, by_tariff) =
        (group(&said, &long, &["present_supplier"]), group(&said, &long, &["present_tariff"]));
    for market in ["unchanged", "hypothetical"] {
        let key = |name: &Value| (market.to_owned(), vec![name.as_str().expect("a name").to_owned()]);
        for flow in flows {
            assert_eq!(reported(&flow[market]), by_supplier[&key(&flow["supplier"])], "{}", flow["supplier"]);
            assert_eq!(flow["own"], flow["supplier"] == said["focus"]["supplier"]);
            for tariff in flow["tariffs"].as_array().expect("tariffs") {
                assert_eq!(reported(&tariff[market]), by_tariff[&key(&tariff["id"])], "{}", tariff["id"]);
            }
        }
        let whole = sum(flows.iter().map(|flow| reported(&flow[market])));
        assert_eq!(whole.iter().sum::<f64>().to_bits(), (VISITS as f64).to_bits());
        let share = said["focus"]["share"][market]["expected"].as_f64().unwrap_or(0.0);
        assert!((whole[1] / VISITS as f64 - share).abs() < 1e-15, "{whole:?} {share}");
        for breakdown in breakdowns {
            let segments = breakdown["segments"].as_array().expect("segments").iter();
            assert_eq!(sum(segments.map(|segment| reported(&segment[market]))), whole, "{}", breakdown["by"]);
        }
    }
}

#[test]
fn own_columns_are_categories_in_natural_order_and_nothing_is_one_of_them() {
    let host = Memory::default();
    let (_, said) = run(&host, "run", 2_000);
    let values: Vec<&Value> = said["breakdowns"][5]["segments"]
        .as_array()
        .expect("segments")
        .iter()
        .map(|segment| &segment["values"])
        .collect();
    let bands = ["low", "medium", "high"];
    let expected: Vec<Value> =
        bands.iter().flat_map(|band| ["(none)", "shop 9", "shop 10"].map(|shop| json!([band, shop]))).collect();
    assert_eq!(values, expected.iter().collect::<Vec<_>>());
    let (_, again) = run(&host, "again", 333);
    assert!(said == again, "chunks change nothing");
}

/// What is said of breakdowns of visits that have columns `channel`, `position` and nothing else of somebody's own.
fn told(by: &Value) -> Result<Vec<String>, String> {
    let columns = [("months_left\n", "months_left,channel,position\n"), ("svt,\n", "svt,,web,1\n")];
    let rows = [("fix,12\n", "fix,12,web,2\n"), ("day,12\n", "day,12,,3\n")];
    notes_asked(&[columns, rows].concat(), json!({ "by": by }))
}

#[test]
fn what_nothing_can_be_broken_down_by_is_refused_by_name() {
    let dimensions = "region, payment, meter, fuel, usage, present_supplier, present_tariff";
    for (by, said) in [
        (json!([[]]), "the question, by[0]: empty, expected one or two dimensions".to_owned()),
        (json!([["region", "fuel", "meter"]]), "by[0]: got `region,fuel,meter`, expected one or two dimensions".to_owned()),
        (json!([["channel"], ["fuel", "fuel"]]), "by[1]: got `fuel,fuel`, expected two different dimensions".to_owned()),
        (
            json!([["region", "chanel"]]),
            format!(
                "by[0][1]: got `chanel`, expected one of {dimensions}, or of your columns in visits.csv: channel, position; \
                 did you mean `channel`?"
            ),
        ),
        (json!([["weight"]]), "by[0][0]: got `weight`, expected one of region".to_owned()),
        (
            json!([["position"]]),
            "by[0][0]: got `position`, expected another name of that column of visits.csv: tables of visits have a `position` of ours"
                .to_owned(),
        ),
        (json!(vec![["region"]; 21]), "by: got `21 of them`, expected at most 20 breakdowns".to_owned()),
    ] {
        let error = told(&by).expect_err(&said);
        assert!(error.lines().count() == 1 && error.contains(&said), "{error}");
    }
    let columns = [("months_left\n", "months_left,usage\n"), ("svt,\n", "svt,,1\n")];
    let rows = [("fix,12\n", "fix,12,2\n"), ("day,12\n", "day,12,3\n")];
    let error =
        notes_asked(&[columns, rows].concat(), json!({"by": [["region", "usage"]]})).expect_err("two of a name");
    assert!(error.contains("by[0][1]: got `usage`, expected another name of that column of visits.csv"), "{error}");
    let unread = |columns: &str| format!("visits.csv, line 1: columns of your own, not read: {columns}; optional are");
    let notes = told(&json!([["channel"]])).expect("it has that");
    assert!(notes.len() == 1 && notes[0].starts_with(&unread("`position`")), "{notes:?}");
    let notes = told(&json!([["usage", "region"], ["region"], ["region"]])).expect("all dimensions");
    assert!(notes.len() == 1 && notes[0].starts_with(&unread("`channel`, `position`")), "{notes:?}");
}

#[test]
fn a_column_that_is_no_category_is_refused_once() {
    let header = "visit_id,region,fuel,meter,payment,elec_kwh,gas_kwh,tariff_id,months_left";
    let asked = |count: u32, values: u32, by: Value| {
        let (_, old) = FILES.iter().find(|(name, _)| *name == "visits.csv").expect("visits");
        let mut new = format!("{header},who,shop\n");
        for at in 0..count {
            new += &format!("{at},_A,dual,single,direct_debit,2700,11500,svt,,{},{}\n", at % values, at / values);
        }
        notes_asked(&[(old, &new)], json!({ "by": by }))
    };
    assert!(asked(1_000, 1_000, json!([["who"]])).is_ok());
    let expected = "visits.csv, line 1002, who: got `1000`, expected at most 1000 different values in a column that results are \
                    broken down by";
    assert_eq!(asked(1_005, 1_001, json!([["who"]])), Err(expected.to_owned()));
    let expected = "the question, by: got `21007`, expected at most 20000 segments in all breakdowns together";
    assert_eq!(asked(21_000, 1_000, json!([["who", "shop"]])), Err(expected.to_owned()));
}
