//! The order of rows says nothing: shuffled files give the same report, the same visits, and the same choices to fit to.

use proptest::prelude::*;
use serde_json::json;
use switchyard_core::choice::model::Variable;
use switchyard_core::choice::random::{Purpose, Stream};
use switchyard_core::energy::market::Market;
use switchyard_core::host::Host;
use switchyard_core::host::memory::Memory;
use switchyard_core::input;
use switchyard_core::pipeline::estimation::observed::choices;
use switchyard_core::pipeline::prediction::visits::{Column, Table};
use switchyard_core::replay::table::Order;
use switchyard_core::replay::visits::parse_observed;

use crate::examples;
use crate::pipeline::report;
use crate::visits::{finished, table};

/// The text with its rows shuffled; comments and header stay.
fn shuffled(text: &[u8], seed: u64) -> Vec<u8> {
    let lines: Vec<&[u8]> = text.split_inclusive(|byte| *byte == b'\n').collect();
    let (head, rows) = lines.split_at(1 + lines.iter().take_while(|line| line.starts_with(b"#")).count());
    let stream = Stream::new(seed, Purpose::Visit);
    let mut rows: Vec<(u64, &[u8])> = (0..).map(|row| stream.item(row).bits(0)).zip(rows.iter().copied()).collect();
    rows.sort_unstable();
    head.iter().copied().chain(rows.into_iter().map(|(_, row)| row)).collect::<Vec<_>>().concat()
}

/// The report of the small example, and its visits but for their lines in the file.
fn predicted(seed: Option<u64>) -> (Vec<u8>, Vec<Column>) {
    let host = Memory::default();
    let run = finished(&host, "run", |input| {
        let files = examples::small_question().files.into_iter().map(|(name, bytes)| {
            let bytes =
                if name.ends_with(".csv") { seed.map_or(bytes.clone(), |seed| shuffled(&bytes, seed)) } else { bytes };
            let key = format!("shuffled/{name}");
            pollster::block_on(host.write(&key, &bytes)).expect("stored");
            (name.clone(), json!({"path": name, "key": key}))
        });
        input["files"] = files.collect();
    });
    let mut visits = table(&host, &run, Table::Visits, 0..500).expect("visits");
    visits.extend(table(&host, &run, Table::Long, 0..100).expect("visits"));
    visits.retain(|column| column.name != "visits_line");
    (report(&host, "run").expect("a report"), visits)
}

/// The choices of the small example's visits, as a fit sees them.
fn observed(seed: Option<u64>) -> Vec<u8> {
    let files = examples::small_question().files;
    let file = |name: &str| seed.map_or_else(|| files[name].clone(), |seed| shuffled(&files[name], seed));
    let read = input::read(|found| {
        let market = Market::parse("tariffs.csv", &file("tariffs.csv"), "rates.csv", &file("rates.csv"), found)?;
        let visits = parse_observed("visits.csv", &file("visits.csv"), Some(&market), found)?;
        Some((market, visits))
    });
    let ((market, visits), _) = read.expect("valid");
    let priced = market.price("tariffs.csv").expect("valid");
    let variables = [Variable::NoSwitch, Variable::SavingGbp, Variable::LogPosition];
    let choices = choices("visits.csv", visits, &priced, Order::AnnualCost, &variables).expect("everybody sees deals");
    postcard::to_allocvec(&choices).expect("a value")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4))]

    #[test]
    fn shuffled_files_give_the_same_report_and_visits(seed in 0u64..1 << 32) {
        let (report, visits) = predicted(Some(seed));
        let (expected, expected_visits) = predicted(None);
        prop_assert!(report == expected, "another report");
        prop_assert!(visits == expected_visits, "other visits");
        prop_assert!(observed(Some(seed)) == observed(None), "other choices");
    }
}
