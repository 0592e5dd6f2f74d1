//! A market small enough to predict thousands of times: four deals, six visits, a sweep of two points.

use serde_json::{Value, json};

pub(super) const SCENARIO: &str = "tiny.json";

/// The files, by name.
pub(super) fn files() -> Vec<(&'static str, Vec<u8>)> {
    let tariffs = "\
tariff_id,supplier,name,fuel,kind,term_months,exit_fee_gbp,green,supplier_rating,dual_fuel_discount_gbp,meters,payments,regions,on_sale
a-var,Ash,Variable,electricity,variable,,0,no,3.1,0,single,direct_debit,_A,yes
a-fix,Ash,Fixed,electricity,fixed,12,30,no,3.1,0,single,direct_debit,_A,yes
b-var,Birch,Variable,electricity,variable,,0,yes,4.2,0,single,direct_debit,_A,yes
b-fix,Birch,Fixed,electricity,fixed,24,50,yes,4.2,0,single,direct_debit,_A,yes
";
    let rates = "\
tariff_id,region,meter,payment,vat,elec_standing_p_day,elec_unit_p_kwh,elec_night_p_kwh,gas_standing_p_day,gas_unit_p_kwh
a-var,_A,single,direct_debit,included,50,27,,,
a-fix,_A,single,direct_debit,included,48,25,,,
b-var,_A,single,direct_debit,included,52,28,,,
b-fix,_A,single,direct_debit,included,45,26,,,
";
    let visits = "\
visit_id,region,fuel,meter,payment,elec_kwh,gas_kwh,tariff_id,months_left
1,_A,electricity,single,direct_debit,1800,,a-var,
2,_A,electricity,single,direct_debit,2700,,b-var,
3,_A,electricity,single,direct_debit,4100,,a-fix,3
4,_A,electricity,single,direct_debit,2900,,b-fix,14
5,_A,electricity,single,direct_debit,2200,,a-var,
6,_A,electricity,single,direct_debit,3300,,b-var,
";
    let model = json!({"coefficients": {"no_switch": {"mean": 1.0}, "saving_gbp": {"mean": 0.01, "sd": 0.002, "distribution": "normal"}}});
    let scenario = json!({
        "name": "tiny", "tariffs": "tariffs.csv", "rates": "rates.csv", "visits": "visits.csv", "model": "model.json",
        "edits": [{"reprice": {"tariff": "a-fix", "part": "unit_rate", "percent": -4}}],
        "focus": "a-fix", "sweep": {"tariff": "a-fix", "unit_rate_percent": [-2, 2]}, "parameter_draws": 0
    });
    vec![
        ("tariffs.csv", tariffs.into()),
        ("rates.csv", rates.into()),
        ("visits.csv", visits.into()),
        ("model.json", model.to_string().into_bytes()),
        (SCENARIO, scenario.to_string().into_bytes()),
    ]
}

/// What to ask `plan`: four chunks, so four samples, sixteen replays and four markets.
pub(super) fn plan(seed: u64, losses: u64) -> Value {
    let scenario = json!({"path": SCENARIO, "key": format!("inputs/{SCENARIO}")});
    json!({"scenario": scenario, "visits": 40, "chunk": 10, "seed": seed, "allow_lost": {"count": losses}})
}
