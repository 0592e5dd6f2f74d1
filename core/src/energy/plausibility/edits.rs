//! Notes on edits: suppliers that are new, and edits that change nothing, or leave next to nothing.

use crate::energy::edit::{Edit, LaunchRates, Source};
use crate::energy::market::Market;
use crate::energy::plausibility::rates::{CHARGES, Charge};
use crate::energy::rates::PENNY;
use crate::energy::tariff::Tariff;
use crate::input::{Findings, Note, nearest, number_text};

/// Notes on suppliers that only an edit names. `scenario` is the file of the edits.
pub(crate) fn newcomers(scenario: &str, edits: &[Edit], tariffs: &[Tariff]) -> Vec<Note> {
    let mut notes: Vec<Note> = Vec::new();
    let mut known: Vec<&str> = tariffs.iter().map(|tariff| tariff.supplier.as_str()).collect();
    for (at, edit) in edits.iter().enumerate() {
        let Edit::Add(launch) = edit else { continue };
        let name = launch.tariff.supplier.as_str();
        if known.contains(&name) {
            continue;
        }
        let mut text =
            format!("`{name}` supplies none of the market's tariffs: it is new, and nobody's present supplier");
        if let Some(near) = nearest(name, known.iter().copied()) {
            text += &format!("; perhaps `{near}` is meant");
        }
        notes.push(Note { field: Some(format!("edits[{at}].add.tariff.supplier")), ..Note::new(scenario, text) });
        known.push(name);
    }
    notes
}

/// The changes that an edit makes in percent, if they are larger than suppliers make at once, by their fields.
fn far(edit: &Edit) -> Vec<(&'static str, f64)> {
    let all = match edit {
        Edit::Reprice(reprice) => vec![("reprice.percent", reprice.percent.unwrap_or_default())],
        Edit::Add(launch) => match launch.rates {
            LaunchRates::Like { unit_rate_percent: unit, standing_charge_percent: standing, .. } => {
                vec![("add.rates.unit_rate_percent", unit), ("add.rates.standing_charge_percent", standing)]
            }
            LaunchRates::File { .. } => Vec::new(),
        },
        Edit::Withdraw(_) => Vec::new(),
    };
    all.into_iter().filter(|(_, percent)| percent.abs() > FAR_PERCENT).collect()
}

const FAR_PERCENT: f64 = 50.0;

/// Notes on edits that leave the market as it was, and on rates that they leave below a penny or move far.
pub(crate) fn idle(base: &Market, edits: &[Edit], source: &Source<'_>) -> Vec<Note> {
    let mut notes = Vec::new();
    let mut before = base.clone();
    for (at, edit) in edits.iter().enumerate() {
        // What is wrong with edits is told elsewhere.
        let Some(after) = before.edited(std::slice::from_ref(edit), source, &mut Findings::default()) else { break };
        let mut note = |field: &str, text: String| {
            let field = Some(format!("edits[{at}].{field}"));
            notes.push(Note { field, ..Note::new(source.scenario, text) });
        };
        if let Edit::Add(launch) = edit
            && let LaunchRates::Like { unit_rate_percent, standing_charge_percent, .. } = &launch.rates
        {
            for (field, percent) in
                [("unit_rate_percent", unit_rate_percent), ("standing_charge_percent", standing_charge_percent)]
            {
                if is_fraction(*percent) {
                    note(&format!("add.rates.{field}"), FRACTION.to_owned());
                }
            }
        }
        match edit {
            Edit::Withdraw(_) if after == before => note("withdraw", "withdraws nothing that is on sale".to_owned()),
            Edit::Reprice(reprice) if reprice.percent.is_some_and(is_fraction) => {
                note("reprice.percent", FRACTION.to_owned());
            }
            Edit::Reprice(_) if after == before => note("reprice", "leaves all rates as they are".to_owned()),
            // Of a file, that is told of its rows.
            Edit::Add(launch) if matches!(launch.rates, LaunchRates::File { .. }) => {}
            _ => {
                let field = if matches!(edit, Edit::Add(_)) { "add.rates" } else { "reprice" };
                // Where there were any before, that is told already.
                if let (None, Some(low)) = (below_a_penny(&before), below_a_penny(&after)) {
                    note(field, format!("leaves unit rates of `{}` below 1 p per kWh", low.id));
                } else {
                    far(edit).iter().for_each(|(field, percent)| {
                        let times = number_text(libm::round(100.0 + percent) / 100.0);
                        note(field, format!("makes rates {times} times what they were"));
                    });
                }
            }
        }
        before = after;
    }
    notes
}

/// Whether a change is next to nothing, as is a fraction that is written for a percentage.
pub(crate) fn is_fraction(percent: f64) -> bool {
    percent.abs() > 0.0 && percent.abs() < 0.1
}

/// What is said of it.
pub(crate) const FRACTION: &str = "is next to nothing: it is in percent, so that 2 is 2 %, and 0.02 is not";

/// The first tariff with a unit rate below a penny.
fn below_a_penny(market: &Market) -> Option<&Tariff> {
    let units = || CHARGES.iter().filter(|charge| charge.is_unit);
    let mut tariffs = market.tariffs.iter().zip(&market.rates);
    let found = tariffs.find(|(tariff, rates)| {
        let is_low = |charge: &Charge, meter, rates| (charge.is_sold)(tariff.fuel, meter) && (charge.of)(rates) < PENNY;
        rates.iter().any(|((_, meter, _), rates)| units().any(|charge| is_low(charge, *meter, rates)))
    });
    found.map(|(tariff, _)| tariff)
}
