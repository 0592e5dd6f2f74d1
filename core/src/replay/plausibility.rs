//! What is allowed in a visits file, but unlikely to be meant; and tariffs that no visit can be shown.

use std::collections::BTreeSet;

use crate::energy::market::{Market, Segment};
use crate::energy::plausibility::middle;
use crate::energy::terms::{Fuel, Meter};
use crate::energy::typical::{Levels, TypicalConsumption};
use crate::input::{Note, folded};
use crate::replay::profile::Profile;

/// So few visits may well be those of unusual homes.
const MANY: usize = 10;

/// Notes on the consumption in a visits file, by what is typical.
pub(crate) fn consumption(file: &str, profiles: &[Profile], typical: &TypicalConsumption) -> Vec<Note> {
    let TypicalConsumption { electricity_kwh, economy7_kwh, gas_kwh, .. } = *typical;
    let mut notes = other_fuels(file, profiles, typical);
    for (what, column, Levels { low, high, .. }, used) in [
        ("electricity", "elec_kwh", electricity_kwh, used(profiles, electricity_by(Meter::Single))),
        ("Economy 7 electricity", "elec_kwh", economy7_kwh, used(profiles, electricity_by(Meter::Economy7))),
        ("gas", "gas_kwh", gas_kwh, used(profiles, gas)),
    ] {
        let (count, middle) = (used.len(), middle(used));
        // A half of what little is used typically, to twice of what is much.
        if count >= MANY && !(low / 2..=2 * high).contains(&middle) {
            let text = format!(
                "the middle of {count} visits uses {middle} kWh of {what} a year, where {low} to {high} are typical"
            );
            notes.push(Note { field: Some(column.to_owned()), ..Note::new(file, text) });
        }
    }
    notes
}

fn used(profiles: &[Profile], by: impl Fn(&Profile) -> Option<u32>) -> Vec<u32> {
    profiles.iter().filter_map(by).collect()
}

fn electricity_by(meter: Meter) -> impl Fn(&Profile) -> Option<u32> {
    move |Profile { segment, usage, .. }| {
        (segment.fuel.has_electricity() && segment.meter == meter).then_some(usage.electricity_kwh)
    }
}

fn gas(Profile { segment, usage, .. }: &Profile) -> Option<u32> {
    segment.fuel.has_gas().then_some(usage.gas_kwh)
}

/// Visits that seem to have each fuel's consumption in the other's place.
fn other_fuels(file: &str, profiles: &[Profile], typical: &TypicalConsumption) -> Vec<Note> {
    let is_swapped = |profile: &&Profile| {
        let [electricity, gas] = [profile.usage.electricity_kwh, profile.usage.gas_kwh];
        profile.segment.fuel == Fuel::Dual
            && electricity >= typical.gas_kwh.low.max(3 * gas)
            && gas <= typical.electricity_kwh.high
    };
    let swapped: Vec<&Profile> = profiles.iter().filter(is_swapped).collect();
    let Some(first) = swapped.iter().min_by_key(|profile| profile.line) else { return Vec::new() };
    let [electricity, gas] = [first.usage.electricity_kwh, first.usage.gas_kwh];
    let mut text = format!("{electricity} kWh of electricity and {gas} kWh of gas seem to be in each other's place");
    if swapped.len() > 1 {
        text += &format!(" (as in {} of {} visits)", swapped.len(), profiles.len());
    }
    vec![Note { line: Some(first.line.into()), field: Some("elec_kwh".to_owned()), ..Note::new(file, text) }]
}

/// Notes on tariffs of a file that are on sale, but where none of these visits could see them.
pub(crate) fn unseen(file: &str, market: &Market, profiles: &[Profile]) -> Vec<Note> {
    unseen_among(market, profiles, |at, text| Some(market.note(file, at, text)))
}

/// The same, as notes that are made of a tariff's position and a text. Those that none are made of are told elsewhere.
pub(crate) fn unseen_among(
    market: &Market,
    profiles: &[Profile],
    note: impl Fn(usize, String) -> Option<Note>,
) -> Vec<Note> {
    let segments: BTreeSet<Segment> = profiles.iter().map(|profile| profile.segment).collect();
    let is_seen = |at: usize| segments.iter().any(|segment| market.on_sale(at, *segment));
    let unseen = market.tariffs().iter().enumerate().filter(|(at, tariff)| tariff.on_sale && !is_seen(*at));
    folded(
        unseen.filter_map(|(at, tariff)| note(at, format!("`{}` is on sale where no visit could see it", tariff.id))),
    )
}
