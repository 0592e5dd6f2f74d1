//! Notes on edits: suppliers that are new, and edits that change nothing, or leave next to nothing.

use std::ops::RangeInclusive;

use crate::energy::edit::{Edit, Launch, LaunchRates, Reprice, Source};
use crate::energy::market::Market;
use crate::energy::plausibility::rates::{CHARGES, Charge};
use crate::energy::price_change::Change;
use crate::energy::rates::PENNY;
use crate::energy::tariff::Tariff;
use crate::energy::terms::Kind;
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

/// Notes on edits that leave the market as it was, and on rates that they leave below a penny or move far.
pub(crate) fn idle(base: &Market, edits: &[Edit], source: &Source<'_>) -> Vec<Note> {
    let mut notes = Vec::new();
    let mut before = base.clone();
    for (at, edit) in edits.iter().enumerate() {
        // What is wrong with edits is told elsewhere.
        let Some(after) = before.edited(std::slice::from_ref(edit), source, &mut Findings::default()) else { break };
        let said = match edit {
            Edit::Withdraw(_) if after == before => {
                vec![("withdraw".to_owned(), "withdraws nothing that is on sale".to_owned())]
            }
            Edit::Withdraw(_) => Vec::new(),
            Edit::Reprice(reprice) => repriced(reprice, &before, &after),
            Edit::Add(launch) => launched(launch, &before, &after),
        };
        notes.extend(said.into_iter().map(|(field, text)| {
            let field = Some(format!("edits[{at}].{field}"));
            Note { field, ..Note::new(source.scenario, text) }
        }));
        before = after;
    }
    notes
}

/// Texts of notes with the fields that they are on.
type Said = Vec<(String, String)>;

/// What is said of a change of prices of which nothing is on sale.
pub(crate) const OFF_SALE: &str = "changes no price of anything on sale";

fn repriced(reprice @ Reprice { change, .. }: &Reprice, before: &Market, after: &Market) -> Said {
    let field = || format!("reprice.{}", change.field());
    if let Some(text) = next_to_nothing(*change) {
        return vec![(field(), text)];
    }
    if after == before {
        return vec![("reprice".to_owned(), "leaves all rates as they are".to_owned())];
    }
    if !is_paid_by_anybody(before, after) {
        let text = "reprices nothing that is on sale, and who is on a fix keeps its price";
        return vec![("reprice".to_owned(), text.to_owned())];
    }
    if !before.is_on_offer(reprice) {
        return vec![("reprice".to_owned(), OFF_SALE.to_owned())];
    }
    let low = left_below_a_penny("reprice", before, after);
    low.or_else(|| far(field(), farthest(before, after))).into_iter().collect()
}

/// Whether anybody pays a price that differs: new customers, or who is on a tariff that is not fixed.
fn is_paid_by_anybody(before: &Market, after: &Market) -> bool {
    let is_paid = |at: usize| {
        let mut moved = after.rates[at].iter().filter(|(place, rates)| before.rates[at].get(place) != Some(*rates));
        moved.any(|(place, _)| after.tariffs[at].kind != Kind::Fixed || after.offers(at, *place))
    };
    (0..after.tariffs.len()).any(is_paid)
}

fn launched(launch: &Launch, before: &Market, after: &Market) -> Said {
    // Of a file, its rows are noted.
    let LaunchRates::Like { unit_rate_percent, standing_charge_percent, .. } = &launch.rates else { return Vec::new() };
    let changes = [("unit_rate_percent", unit_rate_percent), ("standing_charge_percent", standing_charge_percent)]
        .map(|(field, percent)| (format!("add.rates.{field}"), *percent));
    let mut said: Said = Vec::new();
    for (field, percent) in &changes {
        said.extend(next_to_nothing(Change::Percent(*percent)).map(|text| (field.clone(), text)));
    }
    match left_below_a_penny("add.rates", before, after) {
        Some(low) => said.push(low),
        None => said.extend(changes.into_iter().filter_map(|(field, percent)| far(field, 1.0 + percent / 100.0))),
    }
    said
}

/// A note on rates that become so many times what they were, if that is more than suppliers change them at once.
fn far(field: String, times: f64) -> Option<(String, String)> {
    let times = libm::round(100.0 * times) / 100.0;
    (!NEAR.contains(&times)).then(|| (field, format!("makes rates {} times what they were", number_text(times))))
}

const NEAR: RangeInclusive<f64> = 0.5..=1.5;

/// How many times what it was the charge is that moved farthest.
fn farthest(before: &Market, after: &Market) -> f64 {
    let pairs = before.rates.iter().flatten().zip(after.rates.iter().flatten());
    let charges =
        pairs.flat_map(|((_, was), (_, is))| CHARGES.iter().map(|charge| [(charge.of)(was), (charge.of)(is)]));
    let times = charges.filter(|[was, _]| *was > 0).map(|[was, is]| is as f64 / was as f64);
    times.max_by(|a, b| (a - 1.0).abs().total_cmp(&(b - 1.0).abs())).unwrap_or(1.0)
}

/// What is said of a move of next to nothing, as is one in pounds, or a fraction that is written for a percentage.
pub(crate) fn next_to_nothing(change: Change) -> Option<String> {
    let is_small = (0.0..0.1).contains(&change.number().abs()) && change.number().abs() > 0.0;
    let text = match change {
        Change::Percent(_) => "is next to nothing: it is in percent, so that 2 is 2 %, and 0.02 is not",
        Change::ByPence(_) => "is less than 0.1 p: it is in pence, so that 2 is 2 p, and 0.02 is not",
        Change::ToPence(_) => return None,
    };
    is_small.then(|| text.to_owned())
}

/// A note on the first charge below a penny. Where there were any before, that is told already.
fn left_below_a_penny(field: &str, before: &Market, after: &Market) -> Option<(String, String)> {
    let (tariff, is_unit) = below_a_penny(before).is_none().then(|| below_a_penny(after))??;
    let what = if is_unit { "unit rates of" } else { "standing charges of" };
    let unit = if is_unit { "kWh" } else { "day" };
    Some((field.to_owned(), format!("leaves {what} `{}` below 1 p per {unit}", tariff.id)))
}

/// The first tariff with a charge below a penny, and whether it is per kWh; standing charges may be 0.
fn below_a_penny(market: &Market) -> Option<(&Tariff, bool)> {
    market.tariffs.iter().zip(&market.rates).find_map(|(tariff, rates)| {
        let is_low = |charge: &Charge, meter, rates| {
            let rate = (charge.of)(rates);
            (charge.is_sold)(tariff.fuel, meter) && rate < PENNY && (charge.is_unit || rate > 0)
        };
        let mut charges =
            rates.iter().flat_map(|((_, meter, _), rates)| CHARGES.iter().map(move |one| (one, *meter, rates)));
        charges
            .find(|(charge, meter, rates)| is_low(charge, *meter, rates))
            .map(|(charge, ..)| (tariff, charge.is_unit))
    })
}
