//! What is reported by segment and by present tariff is the table of visits, grouped: rows sum to the visits, segments to the whole.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use switchyard_core::choice::logit::CERTAIN;
use switchyard_core::host::Host;
use switchyard_core::host::memory::Memory;
use switchyard_core::pipeline::prediction::visits::{Column, Table};
use switchyard_core::pipeline::run::envelope::Envelope;

use crate::examples;
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
            assert_eq!(found.iter().sum::<f64>(), segment["visits"].as_f64().expect("visits"), "{by:?} {values:?}");
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
        assert_eq!(whole.iter().sum::<f64>(), VISITS as f64);
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
