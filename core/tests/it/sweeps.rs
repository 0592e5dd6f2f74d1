//! Price sweeps: several in one scenario, what the swept tariff asks at each step, and what is refused by name.

use serde_json::{Value, json};
use switchyard_core::pipeline::in_memory::{Delivery, Question, predict};

const TARIFFS: &str = "\
tariff_id,supplier,name,fuel,kind,term_months,exit_fee_gbp,green,supplier_rating,dual_fuel_discount_gbp,meters,payments,regions,on_sale
svt,Acme,Flexible,dual,variable,,0,no,4,20,single,direct_debit,_A|_C,yes
fix,Acme,Fix,dual,fixed,12,50,no,4,20,single,direct_debit,_A|_C,yes
short,Acme,Short,dual,fixed,6,0,no,4,0,single,direct_debit,_A,yes
flat,Bolt,Flat,electricity,variable,,0,no,3,0,single|economy7,direct_debit,_A,yes
night,Bolt,Night,electricity,fixed,12,0,no,3,0,single|economy7,direct_debit,_A,yes
";

const RATES: &str = "\
tariff_id,region,meter,payment,vat,elec_standing_p_day,elec_unit_p_kwh,elec_night_p_kwh,gas_standing_p_day,gas_unit_p_kwh
svt,_A,single,direct_debit,included,50,26,,30,6.5
svt,_C,single,direct_debit,included,40,27,,30,6.5
fix,_A,single,direct_debit,included,50,24,,30,6
fix,_C,single,direct_debit,included,40,25,,30,6
short,_A,single,direct_debit,included,50,20,,30,5
flat,_A,single,direct_debit,included,50,26,,,
flat,_A,economy7,direct_debit,included,50,31,15,,
night,_A,single,direct_debit,included,50,25,,,
night,_A,economy7,direct_debit,included,50,30,14,,
";

const VISITS: &str = "\
visit_id,region,fuel,meter,payment,elec_kwh,gas_kwh,tariff_id,months_left,weight
1,_A,dual,single,direct_debit,2700,11500,svt,,3
2,_C,dual,single,direct_debit,1800,7500,svt,,1
3,_A,electricity,single,direct_debit,2000,,flat,,1
4,_A,electricity,economy7,direct_debit,3900,,flat,,1
";

const MODEL: &str = r#"{"coefficients": {"no_switch": {"mean": 2}, "saving_gbp": {"mean": 0.01}}}"#;

/// The report on this market where a scenario has these fields besides.
fn ask(fields: &Value, delivery: Delivery) -> Result<String, String> {
    let mut scenario = json!({
        "name": "s", "tariffs": "tariffs.csv", "rates": "rates.csv", "visits": "visits.csv", "model": "model.json",
        "simulated_visits": 300, "edits": [], "typical_consumption": "2026-07-01"
    });
    scenario.as_object_mut().expect("an object").extend(fields.as_object().expect("an object").clone());
    let files = [("tariffs.csv", TARIFFS), ("rates.csv", RATES), ("visits.csv", VISITS), ("model.json", MODEL)];
    let question = Question {
        path: "s.json".to_owned(),
        scenario: scenario.to_string().into_bytes(),
        files: files.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec())).into(),
        ..Question::default()
    };
    let report = pollster::block_on(predict(&question, delivery)).map_err(|error| error.to_string())?;
    Ok(String::from_utf8(report).expect("UTF-8"))
}

#[test]
fn each_step_has_its_prices_and_a_year_of_a_typical_home() {
    let fields = json!({"sweeps": [
        {"tariff": "fix", "unit_rate_percent": [-10, 0, 2.55]},
        {"tariff": "short", "fuel": "gas", "standing_charge_by_pence": [-5, 0]},
        {"tariff": "night", "rate": "night", "unit_rate_to_pence": [12.5]},
        {"tariff": "fix", "unit_rate_by_pence": [0.30000000000000004], "fuel": "electricity", "regions": ["_C"]},
    ]});
    let text = ask(&fields, Delivery::InOrder).expect("good");
    assert!(text == ask(&fields, Delivery::TwiceAndCold).expect("good"), "no instance remembers");
    assert!(text.contains("2.55,") && text.contains("0.30000000000000004,"), "steps are told as they were written");
    let report: Value = serde_json::from_str(&text).expect("JSON");
    let sweeps = report["sweeps"].as_array().expect("sweeps");
    let told: Vec<_> = sweeps.iter().map(|sweep| (sweep["id"].as_str(), sweep["moves"].as_str())).collect();
    assert_eq!(
        told,
        [
            (Some("fix"), Some("unit_rate_percent")),
            (Some("short"), Some("standing_charge_by_pence")),
            (Some("night"), Some("unit_rate_to_pence")),
            (Some("fix"), Some("unit_rate_by_pence")),
        ]
    );
    // Three quarters of those who compare both fuels are in _A. 2,500 kWh of electricity, 3,400 on Economy 7, 9,500 of gas.
    let fix = |elec: f64, gas: f64, year: f64| json!({"electricity_p_kwh": elec, "electricity_p_day": 47.5, "gas_p_kwh": gas, "gas_p_day": 30.0, "typical_year_gbp": year});
    assert_eq!(sweeps[0]["points"][1]["prices"], fix(24.25, 6.0, 1_442.0 * 0.75 + 1_430.5 * 0.25));
    assert_eq!(sweeps[0]["points"][0]["prices"], fix(21.825, 5.4, 1_325.0 * 0.75 + 1_311.0 * 0.25));
    // Half a year of the deal, half of the variable tariff that follows.
    let short = |gas_day: f64, year: f64| json!({"electricity_p_kwh": 20.0, "electricity_p_day": 50.0, "gas_p_kwh": 5.0, "gas_p_day": gas_day, "typical_year_gbp": year});
    assert_eq!(sweeps[1]["points"][0]["prices"], short(25.0, 1_394.13));
    assert_eq!(sweeps[1]["points"][1]["prices"], short(30.0, 1_403.25));
    let night = json!({"electricity_p_kwh": 25.0, "day_p_kwh": 30.0, "night_p_kwh": 12.5, "electricity_p_day": 50.0,
        "typical_year_gbp": (807.5 + 952.6) / 2.0});
    assert_eq!(sweeps[2]["points"][0]["prices"], night);
    assert_eq!(sweeps[3]["points"][0]["prices"]["electricity_p_kwh"], json!(24.325));
    let change = |sweep: usize, point: usize| {
        let change = &sweeps[sweep]["points"][point]["tariff"]["change"]["expected"];
        change.as_f64().expect("a number")
    };
    assert!(change(0, 0) > 0.0 && change(0, 2) < 0.0 && change(1, 0) > 0.0 && change(2, 0) > 0.0 && change(3, 0) < 0.0);
    assert!(change(0, 1).abs() + change(1, 1).abs() <= 0.0, "no step, no change");
    let typical = &report["typical_consumption"];
    assert_eq!((&typical["from"], &typical["gas_kwh"]["medium"]), (&json!("2026-07-01"), &json!(9_500)));
}

#[test]
fn one_sweep_is_a_list_of_one() {
    let sweep = json!({"tariff": "fix", "unit_rate_percent": [-5, 5]});
    let one = ask(&json!({"sweep": &sweep}), Delivery::InOrder).expect("good");
    assert!(one == ask(&json!({"sweeps": [&sweep]}), Delivery::InOrder).expect("good"));
}

#[test]
fn sweeps_of_nonsense_are_refused_by_name() {
    let many = |count: u32| (0..count).map(|step| f64::from(step) / 10.0).collect::<Vec<_>>();
    let fix = json!({"tariff": "fix", "unit_rate_percent": [1]});
    for (fields, told) in [
        (
            json!({"sweep": &fix, "sweeps": [&fix]}),
            "s.json, sweeps: got `both`, expected either sweep, which is one, or sweeps",
        ),
        (
            json!({"sweeps": [&fix, {"tariff": "fxi", "unit_rate_percent": [1]}]}),
            "s.json, sweeps[1].tariff: got `fxi`, expected a tariff of the hypothetical market",
        ),
        (
            json!({"sweeps": [{"tariff": "fix", "unit_rate_percent": [1], "standing_charge_percent": [1]}]}),
            "sweeps[0]: expected exactly one of unit_rate_percent, unit_rate_by_pence, unit_rate_to_pence,",
        ),
        (
            json!({"sweep": [&fix]}),
            "sweep: got `[ … ]`, expected one sweep, an object: { … }; several are a list in `sweeps`",
        ),
        (
            json!({"sweep": {"tariff": "fix", "fuel": "gas", "unit_rate_pence": [5, 6]}}),
            r#"sweep.unit_rate_pence: expected "unit_rate_to_pence": [5, 6] to set prices, or "unit_rate_by_pence""#,
        ),
        (
            json!({"sweep": {"tariff": "fix", "fuel": "gas", "standing_charge_pence": [30]}}),
            r#"sweep.standing_charge_pence: expected "standing_charge_to_pence": [30] to set prices, or "standing_"#,
        ),
        (json!({"sweep": {"tariff": "fix"}}), "sweep: expected exactly one of unit_rate_percent, unit_rate_by_pence"),
        (
            json!({"sweep": {"tariff": "fix", "unit_rate_by_pence": [1]}}),
            "sweep: expected a `fuel`, electricity or gas",
        ),
        (
            json!({"sweep": {"tariff": "fix", "unit_rate_percent": []}}),
            "sweep.unit_rate_percent: empty, expected 1 to 101",
        ),
        (
            json!({"sweeps": [{"tariff": "fix", "unit_rate_percent": many(51)}, {"tariff": "svt", "unit_rate_percent": many(51)}]}),
            "sweeps[1].unit_rate_percent: got `102 of them`, expected 1 to 101 changes, of all sweeps together",
        ),
        (
            json!({"sweep": {"tariff": "fix", "fuel": "gas", "unit_rate_by_pence": [1, -7]}}),
            "s.json, sweep.unit_rate_by_pence[1]: got `-7`, expected a change that leaves `fix` from 0 to 60 p in _A",
        ),
        // Less than the discount of a year.
        (
            json!({"sweep": {"tariff": "fix", "standing_charge_percent": [0, -100]}}),
            "s.json, sweep.standing_charge_percent[1]: got `-100`, expected a dual-fuel discount below a year's standing charges",
        ),
        (
            json!({"sweep": {"tariff": "night", "fuel": "electricity", "unit_rate_to_pence": [25]}}),
            "s.json, sweep.unit_rate_to_pence[0]: got `25`, expected `rate` beside it, day or night, or `meters`",
        ),
        (
            json!({"sweep": {"tariff": "night", "fuel": "gas", "unit_rate_percent": [1]}}),
            "s.json, sweep.fuel: got `gas`, expected a fuel that `night` supplies",
        ),
        (
            json!({"sweep": {"tariff": "night", "unit_rate_percent": [1], "payments": ["prepayment"]}}),
            "s.json, sweep.payments[0]: got `prepayment`, expected direct_debit: `night` is sold for no other payment",
        ),
        (
            json!({"edits": [{"withdraw": {"tariff": "fix"}}], "sweeps": [&fix]}),
            "s.json, sweeps[0].tariff: got `fix`, expected a tariff on sale in the hypothetical market",
        ),
    ] {
        let error = ask(&fields, Delivery::InOrder).expect_err(told);
        assert!(error.contains(told), "{error}");
    }
}
