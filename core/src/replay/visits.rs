//! Observed visits: who compared, what they used, what they were on. They are the population that profiles are drawn from.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::energy::market::{Market, Segment};
use crate::energy::terms::{Fuel, Kind, Meter};
use crate::energy::usage::{ELECTRICITY_KWH_MAX, GAS_KWH_MAX, NIGHT_PERCENT, Usage};
use crate::input::{Csv, Distinct, Index, InputError, Result, Row, number_text};

/// One observed visit, as far as it matters to a replay.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Profile {
    /// Line in the visits file, from 1.
    pub line: u32,
    /// Sampling weight.
    pub weight: f64,
    /// Which deals the visitor compares.
    pub segment: Segment,
    /// Yearly consumption.
    pub usage: Usage,
    /// The present deal, by position in the market.
    pub tariff: u16,
    /// Months until the present deal ends; `None` on a variable tariff.
    pub months_left: Option<u32>,
}

/// Observed visits with what they chose: what a choice model is fitted to.
pub struct Observed {
    /// The visits, in file order.
    pub profiles: Vec<Profile>,
    /// By visit, the tariff switched to, by position in the market: one on sale to it. `None` for no switch.
    pub chosen: Vec<Option<u16>>,
    /// By visit, the number of the person who made it.
    pub person: Vec<u32>,
    /// The people's ids, in the order of their first visit: the visitor's, or the visit's where there is none.
    pub people: Vec<String>,
}

const REQUIRED: [&str; 9] =
    ["visit_id", "region", "fuel", "meter", "payment", "elec_kwh", "gas_kwh", "tariff_id", "months_left"];
const OPTIONAL: [&str; 3] = ["weight", "night_percent", "visitor_id"];

/// Reads a visits file against the base market, in which each visitor's present deal must be found.
pub fn parse_visits(file: &str, bytes: &[u8], market: &Market) -> Result<Vec<Profile>> {
    let csv = Csv::open(file, bytes, &REQUIRED, &[&OPTIONAL[..], &["chosen"]].concat())?;
    parse_rows(file, csv, market, &mut |_, _, _| Ok(()))
}

/// Reads a visits file that also says what was chosen, in the market that the visits were shown.
pub fn parse_observed(file: &str, bytes: &[u8], market: &Market) -> Result<Observed> {
    let csv = Csv::open(file, bytes, &[&REQUIRED[..], &["chosen"]].concat(), &OPTIONAL)?;
    let (mut chosen, mut person, mut people) = (Vec::new(), Vec::new(), People::default());
    let profiles = parse_rows(file, csv, market, &mut |row, profile, choice| {
        let on_sale = |tariff: u16| market.on_sale(usize::from(tariff), profile.segment);
        if choice.is_some_and(|tariff| !on_sale(tariff)) {
            let expected = format!("a tariff on sale for {}, or nothing for no switch", profile.segment.describe());
            return Err(row.error("chosen", expected));
        }
        chosen.push(choice);
        person.push(people.number(row, profile.weight)?);
        Ok(())
    })?;
    Ok(Observed { profiles, chosen, person, people: people.index.ids })
}

/// Gets each row, the visit that it is, and the tariff chosen.
type Each<'a> = dyn FnMut(&Row<'_>, &Profile, Option<u16>) -> Result<()> + 'a;

/// Reads the rows, whichever columns are required.
fn parse_rows(file: &str, csv: Csv<'_>, market: &Market, each: &mut Each<'_>) -> Result<Vec<Profile>> {
    let mut profiles = Vec::new();
    let mut ids = Distinct::default();
    let tariffs = market.index();
    csv.rows(|row| {
        if !ids.insert(row.text("visit_id")?) {
            return Err(row.error("visit_id", "an id not used before"));
        }
        let profile = parse_profile(row, market, &tariffs)?;
        let chosen = match row.cell("chosen") {
            "" => None,
            _ => Some(parse_tariff(row, "chosen", &tariffs)? as u16),
        };
        each(row, &profile, chosen)?;
        profiles.push(profile);
        Ok(())
    })?;
    if profiles.iter().all(|profile| profile.weight <= 0.0) {
        return Err(InputError::new(file, "at least one visit with a weight above 0").field("weight"));
    }
    Ok(profiles)
}

/// Who made the visits read so far.
#[derive(Default)]
struct People {
    index: Index,
    /// By person, the line of their first visit, and its weight.
    first: Vec<(u64, f64)>,
}

impl People {
    /// The number of the person who made this visit.
    fn number(&mut self, row: &Row<'_>, weight: f64) -> Result<u32> {
        let visitor = row.cell("visitor_id");
        let number = self.index.number(if visitor.is_empty() { row.text("visit_id")? } else { visitor });
        match self.first.get(number as usize) {
            None => self.first.push((row.line, weight)),
            Some((line, first)) if first.to_bits() != weight.to_bits() => {
                let first = number_text(*first);
                return Err(row.error("weight", format!("{first}, as in visitor `{visitor}`'s visit on line {line}")));
            }
            Some(_) => {}
        }
        Ok(number)
    }
}

fn parse_profile(row: &Row<'_>, market: &Market, tariffs: &BTreeMap<&str, usize>) -> Result<Profile> {
    let fuel: Fuel = row.word("fuel")?;
    let meter: Meter = row.word("meter")?;
    if fuel == Fuel::Gas && meter != Meter::Single {
        return Err(row.error("meter", "single: Economy 7 is an electricity meter"));
    }
    let segment = Segment { region: row.word("region")?, fuel, meter, payment: row.word("payment")? };
    let kwh = |column: &str, used: bool, max: u32| match (used, row.cell(column)) {
        (true, _) => row.number(column, 1..=max, "kWh a year, whole"),
        (false, "" | "0") => Ok(0),
        (false, _) => Err(row.error(column, "nothing: the visit does not compare that fuel")),
    };
    if meter == Meter::Single && !row.cell("night_percent").is_empty() {
        return Err(row.error("night_percent", "nothing: only Economy 7 has a night rate"));
    }
    let usage = Usage {
        electricity_kwh: kwh("elec_kwh", fuel.has_electricity(), ELECTRICITY_KWH_MAX)?,
        night_percent: row.number_or("night_percent", 0..=100, "percent", NIGHT_PERCENT)?,
        gas_kwh: kwh("gas_kwh", fuel.has_gas(), GAS_KWH_MAX)?,
    };
    let (tariff, months_left) = present_deal(row, segment, market, tariffs)?;
    Ok(Profile {
        line: u32::try_from(row.line).unwrap_or(u32::MAX),
        weight: row.number_or("weight", 0.0..=1e9, "", 1.0)?,
        segment,
        usage,
        tariff,
        months_left,
    })
}

fn present_deal(
    row: &Row<'_>,
    segment: Segment,
    market: &Market,
    tariffs: &BTreeMap<&str, usize>,
) -> Result<(u16, Option<u32>)> {
    let at = parse_tariff(row, "tariff_id", tariffs)?;
    let tariff = &market.tariffs()[at];
    if tariff.fuel != segment.fuel || !market.sells(at, segment) {
        return Err(row.error("tariff_id", format!("a tariff with rates for {}", segment.describe())));
    }
    if tariff.kind == Kind::Variable {
        return match row.cell("months_left") {
            "" => Ok((at as u16, None)),
            _ => Err(row.error("months_left", "nothing: a variable tariff has no end")),
        };
    }
    let months: u32 = row.number("months_left", 1..=60, "months until the present deal ends")?;
    if months < 12 && !market.has_variable(&tariff.supplier, segment) {
        let expected = format!("12 or more: {} has no variable tariff for {}", tariff.supplier, segment.describe());
        return Err(row.error("months_left", expected));
    }
    Ok((at as u16, Some(months)))
}

/// The position of a tariff in the market.
fn parse_tariff(row: &Row<'_>, column: &str, tariffs: &BTreeMap<&str, usize>) -> Result<usize> {
    let at = tariffs.get(row.text(column)?).copied();
    at.ok_or_else(|| row.error(column, "a tariff of the tariffs file"))
}
