//! Whether intervals hold the truth as often as they say. A population is known; files of visits are drawn from it as a site might
//! have observed them (people with several visits, some observed more often than others and weighted for it), with a model whose
//! parameters are off by what its covariance says; each is predicted from, and `in_all` is held against the population's share.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::thread;

use serde_json::{Value, json};
use switchyard_core::choice::normal::inverse_cdf;
use switchyard_core::choice::random::{Draws, Purpose, Stream};
use switchyard_core::pipeline::in_memory::{Delivery, Question, predict};

const PEOPLE: u64 = 20_000;
const FILES: u64 = 400;
/// About how many people a file has.
const OBSERVED: f64 = 400.0;

const TARIFFS: &str = "\
tariff_id,supplier,name,fuel,kind,term_months,exit_fee_gbp,green,supplier_rating,dual_fuel_discount_gbp,meters,payments,regions,on_sale
a-var,A,Variable,dual,variable,,0,no,3.5,0,single,direct_debit|prepayment,_A,yes
a-fix,A,Fixed,dual,fixed,12,50,no,3.5,0,single,direct_debit,_A,yes
b-var,B,Variable,dual,variable,,0,no,4.5,0,single,direct_debit|prepayment,_A,yes
b-fix,B,Fixed,dual,fixed,12,25,yes,4.5,0,single,direct_debit|prepayment,_A,yes
c-fix,C,Fixed,dual,fixed,24,0,no,2.5,0,single,direct_debit|prepayment,_A,yes
";
const RATES: &str = "\
tariff_id,region,meter,payment,vat,elec_standing_p_day,elec_unit_p_kwh,elec_night_p_kwh,gas_standing_p_day,gas_unit_p_kwh
a-var,_A,single,direct_debit,included,50,26,,30,6.6
a-var,_A,single,prepayment,included,50,25.6,,30,6.5
a-fix,_A,single,direct_debit,included,48,24.8,,30,6.3
b-var,_A,single,direct_debit,included,52,26.2,,31,6.7
b-var,_A,single,prepayment,included,52,25.9,,31,6.5
b-fix,_A,single,direct_debit,included,46,24.9,,29,6.3
b-fix,_A,single,prepayment,included,46,25.2,,29,6.4
c-fix,_A,single,direct_debit,included,40,25,,28,6.2
c-fix,_A,single,prepayment,included,40,25.1,,28,6.3
";
const VISITS: &str = "visit_id,visitor_id,region,fuel,meter,payment,elec_kwh,gas_kwh,tariff_id,months_left,weight\n";

/// By parameter, what is true, and the standard error of what files are given.
const TRUTH: [(&str, f64, f64); 4] = [
    ("no_switch", 3.2, 0.06),
    ("saving_gbp", -4.3, 0.05),
    ("saving_gbp.sd", 0.5, 0.04),
    ("supplier_rating", 0.4, 0.02),
];

/// What is looked at: where it stands in a report.
const TARGETS: [&str; 8] = [
    "/focus/share/hypothetical",
    "/focus/share/change",
    "/no_switch/hypothetical",
    "/no_switch/change",
    "/suppliers/1/change",
    "/other_edits/suppliers/2/change",
    "/sweeps/0/points/0/tariff/share",
    "/sweeps/0/points/1/no_switch/change",
];

#[test]
fn intervals_in_all_hold_the_populations_shares_as_often_as_they_say() {
    let everybody: String = (0..PEOPLE).map(|person| visits_of(person, 1.0)).collect();
    let truth = report(&everybody, model(None), 300_000, FILES);
    let truth = shares(&truth).map(|share| share["expected"].as_f64().expect("a share"));
    let held = thread::scope(|scope| {
        let try_some = |first: u64| {
            scope.spawn(move || (first..FILES).step_by(2).map(|file| held(file, &truth)).collect::<Vec<_>>())
        };
        [0, 1].map(try_some).into_iter().flat_map(|thread| thread.join().expect("no panic")).collect::<Vec<_>>()
    });
    let mut all: BTreeMap<String, f64> = BTreeMap::new();
    for (at, target) in TARGETS.into_iter().map(str::to_owned).chain(SEGMENT.map(str::to_owned)).enumerate() {
        let told: Vec<bool> = held.iter().filter_map(|held| held[at]).collect();
        let percent = 100.0 * told.iter().filter(|held| **held).count() as f64 / told.len() as f64;
        all.insert(target, percent);
    }
    println!("{all:#?}");
    assert!(all.values().all(|percent| (93.0..=97.0).contains(percent)), "{all:#?}");
}

/// In the segment of prepayment.
const SEGMENT: [&str; 2] = ["prepayment: focus", "prepayment: no switch, change"];

fn shares(report: &Value) -> [Value; 10] {
    let found = TARGETS.map(|target| report.pointer(target).unwrap_or_else(|| panic!("no {target}: {report}")).clone());
    let segments = report["breakdowns"].as_array().expect("breakdowns").iter().flat_map(|by| by["segments"].as_array());
    let segment = segments.flatten().find(|segment| segment["values"] == json!(["prepayment"])).expect("they visit");
    let of_segment = [&segment["focus"]["hypothetical"], &segment["no_switch"]["change"]].map(Clone::clone);
    let mut all = found.into_iter().chain(of_segment);
    std::array::from_fn(|_| all.next().expect("ten"))
}

/// Which of the shares a file's intervals hold; nothing where its visits are too few to tell.
fn held(file: u64, truth: &[f64; 10]) -> [Option<bool>; 10] {
    let stream = Stream::new(file, Purpose::Tastes);
    let mut visits = String::new();
    for person in 0..PEOPLE {
        // Who prepays is observed half as often.
        let probability = OBSERVED / PEOPLE as f64 * if prepays(person) { 0.6 } else { 1.2 };
        if stream.item(person).uniform(0) < probability {
            visits += &visits_of(person, 1.0 / probability);
        }
    }
    let shares = shares(&report(&visits, model(Some(file)), 1_500, file));
    std::array::from_fn(|at| {
        let end = |end: &str| shares[at]["in_all"][end].as_f64();
        Some((end("low")?..=end("high")?).contains(&truth[at]))
    })
}

fn draws(person: u64) -> Draws {
    Stream::new(1, Purpose::Visit).item(person)
}

fn prepays(person: u64) -> bool {
    draws(person).uniform(0) < 0.35
}

/// One to three visits of one person, alike but for their gas.
fn visits_of(person: u64, weight: f64) -> String {
    let draws = draws(person);
    let payment = if prepays(person) { "prepayment" } else { "direct_debit" };
    let electricity = 2_600.0 * libm::exp(0.45 * draws.normal(1));
    let (tariff, months) = match draws.uniform(2) {
        at if at < 0.4 => ("a-var", String::new()),
        at if at < 0.7 => ("b-var", String::new()),
        _ => ("c-fix", "12".to_owned()),
    };
    let mut visits = String::new();
    for visit in 0..1 + (draws.uniform(3) * draws.uniform(4) * 3.0) as u32 {
        let gas = 9_000.0 * libm::exp(0.4 * draws.normal(5) + 0.1 * draws.normal(6 + visit));
        // Writing to a string cannot fail.
        let _ = writeln!(
            visits,
            "v{person}-{visit},p{person},_A,dual,single,{payment},{electricity:.0},{gas:.0},{tariff},{months},{weight:.4}"
        );
    }
    visits
}

/// The true model, or as a sample of choices might have it.
/// The errors of the files' models are spread evenly: 400 that are drawn by chance would not be of their covariance.
fn model(file: Option<u64>) -> Value {
    let error = |file: u64, at: usize| {
        // A Kronecker sequence in four dimensions: 1.1673… is the root of x⁵ = x + 1 (Roberts 2018).
        let place = 0.5 + (file + 1) as f64 / libm::pow(1.167_303_978_261_418_7, at as f64 + 1.0);
        inverse_cdf(place - libm::floor(place))
    };
    let value = |at: usize| {
        let (_, truth, se) = TRUTH[at];
        truth + file.map_or(0.0, |file| se * error(file, at))
    };
    let covariance: Vec<Vec<f64>> = (0..TRUTH.len())
        .map(|row| {
            (0..TRUTH.len()).map(|column| if row == column { TRUTH[row].2 * TRUTH[row].2 } else { 0.0 }).collect()
        })
        .collect();
    json!({
        "coefficients": {
            "no_switch": {"mean": value(0)},
            "saving_gbp": {"mean": value(1), "sd": value(2).abs(), "distribution": "lognormal"},
            "supplier_rating": {"mean": value(3)},
        },
        "covariance": {"parameters": TRUTH.map(|(name, _, _)| name), "matrix": covariance},
    })
}

fn report(visits: &str, model: Value, simulated: u64, seed: u64) -> Value {
    let scenario = json!({
        "name": "coverage", "tariffs": "t", "rates": "r", "visits": "v", "model": "m", "simulated_visits": simulated, "seed": seed,
        "edits": [
            {"add": {"tariff": {"id": "new", "supplier": "D", "name": "Launch", "fuel": "dual", "kind": "fixed", "term_months": 12,
                "exit_fee_gbp": 30, "supplier_rating": 3, "meters": ["single"], "payments": ["direct_debit", "prepayment"],
                "regions": ["_A"]}, "rates": {"like": "b-fix", "unit_rate_percent": -5}}},
            {"reprice": {"supplier": "C", "part": "unit_rate", "percent": -3}}
        ],
        "sweep": {"tariff": "new", "unit_rate_percent": [-4, 4]}, "parameter_draws": 100
    });
    let file = |text: &str| text.as_bytes().to_vec();
    let question = Question {
        path: "scenario.json".to_owned(),
        scenario: scenario.to_string().into_bytes(),
        files: BTreeMap::from([
            ("t".to_owned(), file(TARIFFS)),
            ("r".to_owned(), file(RATES)),
            ("v".to_owned(), file(&format!("{VISITS}{visits}"))),
            ("m".to_owned(), model.to_string().into_bytes()),
        ]),
        ..Question::default()
    };
    let report = pollster::block_on(predict(&question, Delivery::InOrder)).expect("good");
    serde_json::from_slice(&report).expect("JSON")
}
