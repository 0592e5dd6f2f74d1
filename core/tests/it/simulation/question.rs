//! Questions small enough to ask thousands of times: a market of four deals, six visits and a sweep of two points, and a fit of
//! two coefficients to the choices of forty people.

use serde_json::{Value, json};

use crate::fit::simulated::{Simulated, columns};

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
    let spec = json!({"coefficients": [{"variable": "price"}, {"variable": "none"}], "iterations_max": 8});
    let choices = Simulated { people: 40, choices_each: 2, seed: 5 };
    vec![
        ("choices.csv", choices.csv().into_bytes()),
        ("spec.json", spec.to_string().into_bytes()),
        ("tariffs.csv", tariffs.into()),
        ("rates.csv", rates.into()),
        ("visits.csv", visits.into()),
        ("model.json", model.to_string().into_bytes()),
        (SCENARIO, scenario.to_string().into_bytes()),
    ]
}

/// What is asked of a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Question {
    /// A prediction with this seed: four chunks, so four samples, sixteen replays and four markets.
    Prediction(u64),
    /// A fit: five chunks in each of a few rounds.
    Fit,
}

impl Question {
    /// All that a simulation may ask.
    pub(super) const ALL: [Question; 3] = [Question::Prediction(1), Question::Prediction(2), Question::Fit];

    /// The component that begins it.
    pub(super) fn begins(self) -> &'static str {
        if self == Question::Fit { "fit" } else { "plan" }
    }

    /// The blob of its record: with it, there is something to resume.
    pub(super) fn record(self) -> &'static str {
        if self == Question::Fit { "fit" } else { "plan.json" }
    }

    /// What to ask. A fit can do without none of its parts.
    pub(super) fn input(self, losses: u64) -> Value {
        let file = |name: &str| json!({"path": name, "key": format!("inputs/{name}")});
        match self {
            Question::Prediction(seed) => json!({
                "scenario": file(SCENARIO), "visits": 40, "chunk": 10, "seed": seed, "allow_lost": {"count": losses},
            }),
            Question::Fit => json!({
                "data": {"long": {"file": file("choices.csv"), "columns": columns()}}, "spec": file("spec.json"), "chunks": 5,
            }),
        }
    }
}
