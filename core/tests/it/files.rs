//! What people's files have: written by whatever tool, read as what is meant; told where there is a doubt; and criticised once.

use std::io::Write;

use switchyard_core::energy::cost::Metered;
use switchyard_core::energy::edit::{Edit, Source};
use switchyard_core::energy::market::Market;
use switchyard_core::energy::usage::Usage;
use switchyard_core::input::{self, Findings, json};
use switchyard_core::pipeline::in_memory::{Delivery, Question, predict};
use switchyard_core::replay::own::By;
use switchyard_core::replay::visits::parse_visits;

use crate::{examples, valid};

/// Rewrites the cells of a CSV file, by column, and then its text.
fn rewritten(csv: &[u8], cell: impl Fn(&str, &str) -> String, text: impl Fn(String) -> String) -> Vec<u8> {
    let csv = std::str::from_utf8(csv).expect("UTF-8");
    let mut columns: Vec<&str> = Vec::new();
    let line = |line| -> String {
        let line: &str = line;
        if line.starts_with('#') || columns.is_empty() {
            columns = if line.starts_with('#') { Vec::new() } else { line.split(',').collect() };
            return line.to_owned();
        }
        let cells: Vec<String> = columns.iter().zip(line.split(',')).map(|(column, text)| cell(column, text)).collect();
        cells.join(",")
    };
    let lines: Vec<String> = csv.lines().map(line).collect();
    text(lines.join("\n") + "\n").into_bytes()
}

fn same(_: &str, cell: &str) -> String {
    cell.to_owned()
}

/// What pandas makes of a column with blanks.
fn pandas(column: &str, cell: &str) -> String {
    match cell {
        "" | "all" => cell.to_owned(),
        "yes" => if column == "green" { "True" } else { "1.0" }.to_owned(),
        "no" => if column == "green" { "False" } else { "0.0" }.to_owned(),
        _ if column.ends_with("_p_kwh") && cell.contains('.') => format!("{cell}000000000000003"),
        _ if cell.parse::<u32>().is_ok() => format!("{cell}.0"),
        _ => cell.to_owned(),
    }
}

fn spreadsheet(text: String) -> String {
    let text = text.replace('\n', ",,\r\n").replacen("\r\n", "\r\n,,,\r\n", 9);
    format!("\u{feff}{}", text.replace(",direct_debit,", ",\"direct_debit\",").replace("yes", "Yes"))
}

fn packed(csv: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(csv).expect("to memory");
    encoder.finish().expect("to memory")
}

/// Writes a file as another tool does.
type Rewrite<'a> = &'a dyn Fn(&[u8]) -> Vec<u8>;

#[test]
fn the_same_files_by_other_tools_give_the_same_report() {
    let question = Question { visits: Some(2_000), ..examples::small_question() };
    let report = |rewrite: Rewrite<'_>| {
        let mut question = question.clone();
        for (_, bytes) in question.files.iter_mut().filter(|(name, _)| name.ends_with(".csv")) {
            *bytes = rewrite(bytes);
        }
        pollster::block_on(predict(&question, Delivery::InOrder)).expect("the same question")
    };
    let expected = report(&|csv| csv.to_vec());
    let tools: [(&str, Rewrite<'_>); 4] = [
        ("gzip", &packed),
        ("pandas", &|csv| rewritten(csv, pandas, |text| text)),
        ("a spreadsheet", &|csv| rewritten(csv, same, spreadsheet)),
        ("an old Mac", &|csv| rewritten(csv, same, |text| text.replace('\n', "\r"))),
    ];
    for (tool, rewrite) in tools {
        assert!(report(rewrite) == expected, "{tool}");
    }
}

const TARIFFS: &str = "\
tariff_id,supplier,name,fuel,kind,term_months,exit_fee_gbp,green,supplier_rating,dual_fuel_discount_gbp,meters,payments,regions,on_sale
svt,Acme,Flexible,electricity,variable,,0,no,4,0,single,direct_debit,all,yes
fix,Acme,Fix,electricity,fixed,12,50,no,4,0,single,direct_debit,_A,yes
";
const RATES: &str = "\
tariff_id,region,meter,payment,vat,elec_standing_p_day,elec_unit_p_kwh,elec_night_p_kwh,gas_standing_p_day,gas_unit_p_kwh
svt,_A,single,direct_debit,included,50,26,,,
svt,_C,single,direct_debit,included,40,27,,,
fix,_A,single,direct_debit,included,50,24,,,
";
const VISITS: &str = "\
visit_id,region,fuel,meter,payment,elec_kwh,gas_kwh,tariff_id,months_left
v1,_A,electricity,single,direct_debit,2700,,fix,7
v2,_C,electricity,single,direct_debit,1800,0.0,svt,0
";

/// Reads a market and visits to it.
fn read(tariffs: &str, rates: &str, visits: &str, found: &mut Findings) -> Option<(Market, Vec<Option<u32>>)> {
    let market = Market::parse("tariffs.csv", tariffs.as_bytes(), "rates.csv", rates.as_bytes(), found);
    let population = parse_visits("visits.csv", visits.as_bytes(), market.as_ref(), &By::NOTHING, found)?;
    Some((market?, population.profiles().iter().map(|profile| profile.months_left).collect()))
}

#[test]
fn what_is_set_aside_or_taken_for_something_is_told() {
    let visits = VISITS.replace("months_left\n", "months_left,note\n").replace("2700,,fix,7", "2817.45,,fix,30,ours");
    let visits = visits.replace("0.0,svt,0", ",svt,,").replace("v2,", "#v3\nv2,");
    let ((_, months_left), notes) =
        input::read(|found| read(TARIFFS, RATES, &visits, found)).expect("it has one meaning");
    assert_eq!(months_left, [Some(30), None], "it lasts, and it never ends");
    let told: Vec<String> = notes.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "tariffs.csv, line 2, regions: `all` is _A, _C: rates.csv has rates for no other region",
            "visits.csv, line 1: columns of your own, not read: `note`; optional are weight, night_percent, visitor_id, chosen",
            "visits.csv, line 2, elec_kwh: 2817.45 is rounded to whole kWh",
            "visits.csv, line 2, months_left: 30 months are left of `fix`, a deal of 12 months",
            "visits.csv, line 3: this line begins with # and is taken for a comment",
        ]
    );
}

#[test]
fn a_contract_that_ends_now_is_a_year_of_what_follows() {
    let (market, population) = valid(|found| {
        let market = Market::parse("t.csv", TARIFFS.as_bytes(), "r.csv", RATES.as_bytes(), found)?;
        let population = parse_visits("v.csv", VISITS.as_bytes(), Some(&market), &By::NOTHING, found)?;
        Some((market, population))
    });
    let priced = market.price("t.csv").expect("prices");
    let used = Metered::from(Usage { electricity_kwh: 1_000, night_percent: 42, gas_kwh: 0 });
    let year = |id, months| {
        let offer = priced.offer(market.find(id).expect(id), population.profiles()[0].segment).expect("sold");
        offer.year(months).expect("it rolls on").pence(used)
    };
    assert_eq!(year("fix", Some(0)), year("svt", None));
    assert_ne!(year("fix", Some(1)), year("svt", None));
}

#[test]
fn one_fault_is_one_error() {
    let told = |tariffs: &str, rates: &str, visits: &str| -> Vec<String> {
        let errors = input::read(|found| read(tariffs, rates, visits, found)).expect_err("faults");
        errors.to_string().lines().map(str::to_owned).collect()
    };
    for (tariffs, rates, visits, expected) in [
        // Of a tariff that is not understood, rates and visits are passed over; the rest is still read.
        (
            TARIFFS.replace("fixed,12", "fixed,"),
            RATES.replace(",27,", ",x,"),
            VISITS.replace("1800", "lots"),
            &[
                "rates.csv, line 3, elec_unit_p_kwh: got `x`, expected pence",
                "tariffs.csv, line 3, term_months: empty, expected a term",
                "visits.csv, line 3, elec_kwh: got `lots`, expected a number",
            ][..],
        ),
        (
            TARIFFS.replace("green,", "verdant,"),
            RATES.to_owned(),
            VISITS.to_owned(),
            &["tariffs.csv, line 1: expected a column `green`"],
        ),
        (
            TARIFFS.to_owned(),
            RATES.replace("fix,_A", "fix,_B"),
            VISITS.to_owned(),
            &["rates.csv, line 4, region: got `_B`"],
        ),
        (
            TARIFFS.to_owned(),
            RATES.replace("tariff_id", "tarif"),
            VISITS.replace("v1,", ","),
            &[
                "rates.csv, line 1: expected a column `tariff_id`",
                "visits.csv, line 2, visit_id: empty, expected some text",
            ],
        ),
        (
            TARIFFS.to_owned(),
            RATES.to_owned(),
            VISITS.replace("fix,7", "fix,61").replace("svt,0", "svt,3"),
            &[
                "visits.csv, line 2, months_left: got `61`, expected a number from 0 to 60",
                "visits.csv, line 3, months_left: got `3`, expected nothing: a variable tariff has no end",
            ],
        ),
    ] {
        let told = told(&tariffs, &rates, &visits);
        assert_eq!(told.len(), expected.len(), "{told:?}");
        for (told, expected) in told.iter().zip(expected) {
            assert!(told.starts_with(expected), "{told}");
        }
    }
}

#[test]
fn edits_are_read_past_a_launch_that_is_wrong() {
    let market = valid(|found| Market::parse("t.csv", TARIFFS.as_bytes(), "r.csv", RATES.as_bytes(), found));
    let launch = |id: &str, supplier: &str, like: &str| {
        format!(
            r#"{{"add": {{"tariff": {{"id": "{id}", "supplier": "{supplier}", "name": "N", "fuel": "electricity",
            "kind": "fixed", "term_months": 12, "supplier_rating": 3, "meters": ["single"], "payments": ["direct_debit"],
            "regions": "all"}}, "rates": {{"like": "{like}"}}}}}}"#
        )
    };
    let edited = |edits: &str| {
        let edits: Vec<Edit> = json("s.json", edits.as_bytes()).expect("edits");
        let source = Source { scenario: "s.json", file: &|_| None };
        input::read(|found| market.edited(&edits, &source, found))
    };
    let edits = format!(
        r#"[{}, {{"reprice": {{"supplier": "Bolt", "part": "unit_rate", "percent": 1}}}}, {},
            {{"withdraw": {{"tariff": "bad"}}}}, {{"withdraw": {{"tariff": "gone"}}}}]"#,
        launch("bad", "Bolt", "nobody"),
        launch("next", "Bolt", "bad"),
    );
    let errors = edited(&edits).expect_err("two faults").to_string();
    let fields: Vec<&str> = errors.lines().filter_map(|line| line.split(": got").next()).collect();
    assert_eq!(fields, ["s.json, edits[0].add.rates.like", "s.json, edits[4].withdraw.tariff"]);
    // `all` in a market of two regions.
    let (_, notes) = edited(&format!("[{}]", launch("new", "Bolt", "svt"))).expect("it is sold in both");
    let told: Vec<String> = notes.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        ["s.json, edits[0].add.tariff.regions: `all` is _A, _C: the market has rates for no other region"]
    );
}
