//! Observed visits: who compared, what they used, what they were on. They are the population that profiles are drawn from.

use std::collections::BTreeMap;

use crate::energy::market::{Market, Segment};
use crate::energy::terms::{Fuel, Kind, Meter};
use crate::energy::usage::{ELECTRICITY_KWH_MAX, GAS_KWH_MAX, NIGHT_PERCENT, Usage};
use crate::input::{
    Csv, Distinct, Findings, Header, Index, InputError, Names, Note, Result, Row, number_text, order_of,
};
use crate::replay::experiment::Population;
use crate::replay::own::{By, Reading};
use crate::replay::profile::Profile;

/// Observed visits with what they chose: what a choice model is fitted to.
pub struct Observed {
    /// The visits, in the order of their ids.
    pub profiles: Vec<Profile>,
    /// By visit, the tariff switched to, by position in the market: one on sale to it. `None` for no switch.
    pub chosen: Vec<Option<u16>>,
    /// The people's ids, in the order of their first visit: the visitor's, or the visit's where there is none.
    pub people: Vec<String>,
}

const REQUIRED: [&str; 9] =
    ["visit_id", "region", "fuel", "meter", "payment", "elec_kwh", "gas_kwh", "tariff_id", "months_left"];
const OPTIONAL: [&str; 3] = ["weight", "night_percent", "visitor_id"];

/// Reads a visits file against the base market, in which each visitor's present deal must be found. Where what the market's files
/// say is wrong, so that there is none, only what the visits say by themselves is checked. Of the columns of the user's own, those
/// are read that results are broken down `by`.
pub fn parse_visits(
    file: &str,
    bytes: &[u8],
    market: Option<&Market>,
    by: &By<'_>,
    found: &mut Findings,
) -> Option<Population> {
    let (own, optional) = (by.own(), [&OPTIONAL[..], &["chosen"]].concat());
    let header = Header { required: &REQUIRED, optional: &optional, own: &own, ours: true };
    let csv = Csv::open(file, bytes, &header, found)?;
    let wrong = by.check_columns(file, csv.columns(), &[&REQUIRED[..], &optional].concat());
    let all_there = wrong.is_empty();
    wrong.into_iter().for_each(|error| found.error(error));
    let (mut people, mut reading) = (Anonymous::default(), Reading::new(&own));
    let (profiles, order) = parse_rows(file, &csv, market, found, &mut |row, _, _| {
        reading.enter(row)?;
        Ok(people.number(row))
    })?;
    let mut profiles = arranged(&profiles, &order);
    number_in_order(&mut profiles);
    all_there.then(|| Population::new(profiles, reading.arranged(&order)))
}

/// Numbers people anew, in the order of their first visits: the order of a file's rows says nothing.
fn number_in_order(profiles: &mut [Profile]) {
    let mut numbers = vec![u32::MAX; profiles.len()];
    let mut next = 0;
    for profile in profiles {
        let number = &mut numbers[profile.person as usize];
        if *number == u32::MAX {
            *number = next;
            next += 1;
        }
        profile.person = *number;
    }
}

/// What there is of each row, in another order.
fn arranged<T: Copy>(rows: &[T], order: &[usize]) -> Vec<T> {
    order.iter().map(|at| rows[*at]).collect()
}

/// Reads a visits file that also says what was chosen, in the market that the visits were shown.
pub fn parse_observed(file: &str, bytes: &[u8], market: Option<&Market>, found: &mut Findings) -> Option<Observed> {
    let header = Header { required: &[&REQUIRED[..], &["chosen"]].concat(), optional: &OPTIONAL, own: &[], ours: true };
    let csv = Csv::open(file, bytes, &header, found)?;
    let (mut chosen, mut people) = (Vec::new(), People::default());
    let (profiles, order) = parse_rows(file, &csv, market, found, &mut |row, profile, choice| {
        let on_sale = |tariff: u16| market.is_none_or(|market| market.on_sale(usize::from(tariff), profile.segment));
        if choice.is_some_and(|tariff| !on_sale(tariff)) {
            let expected = format!("a tariff on sale for {}, or nothing for no switch", profile.segment.describe());
            return Err(row.error("chosen", expected));
        }
        chosen.push(choice);
        people.number(row, profile.weight)
    })?;
    Some(Observed {
        profiles: arranged(&profiles, &order),
        chosen: arranged(&chosen, &order),
        people: people.index.ids,
    })
}

/// Gets each row, the visit that it is, and the tariff chosen. Gives the number of the person who made it.
type Each<'a> = dyn FnMut(&Row<'_>, &Profile, Option<u16>) -> Result<u32> + 'a;

/// Reads the rows, whichever columns are required. Beside the visits, the order of their ids.
fn parse_rows(
    file: &str,
    csv: &Csv<'_>,
    market: Option<&Market>,
    found: &mut Findings,
    each: &mut Each<'_>,
) -> Option<(Vec<Profile>, Vec<usize>)> {
    let (mut profiles, mut ids): (Vec<Profile>, Vec<String>) = Default::default();
    let mut distinct = Distinct::default();
    let (mut rounded, mut overlong) = (Rounded::default(), Overlong::default());
    let market = market.map(|market| KnownMarket { market, index: market.index(), names: market.tariff_names() });
    let read = csv.rows(found, |row, _| {
        let id = row.text("visit_id")?;
        if !distinct.insert(id) {
            let first = ids.iter().position(|known| known == id).map(|at| profiles[at].line);
            let place = first.map_or(String::new(), |line| format!(" (it is on line {line})"));
            return Err(row.error("visit_id", format!("an id not used before{place}")));
        }
        let mut profile = parse_profile(row, market.as_ref(), &mut rounded)?;
        let chosen = match (row.cell("chosen"), &market) {
            ("", _) | (_, None) => None,
            (_, Some(market)) => Some(market.tariff(row, "chosen")? as u16),
        };
        profile.person = each(row, &profile, chosen)?;
        if let Some(known) = &market {
            overlong.enter(&profile, known.market);
        }
        profiles.push(profile);
        ids.push(id.to_owned());
        Ok(())
    });
    read?;
    found.notes(rounded.note(file).into_iter().chain(overlong.note(file)));
    if profiles.iter().all(|profile| profile.weight <= 0.0) {
        found.error(InputError::new(file, "at least one visit with a weight above 0").field("weight"));
        return None;
    }
    let order = order_of(&ids);
    Some((profiles, order))
}

/// Consumptions that are not whole. Bills are sums of whole kWh.
#[derive(Default)]
struct Rounded {
    count: u64,
    first: Option<(u64, &'static str, String, u32)>,
}

impl Rounded {
    /// A consumption within bounds, to the nearest kWh.
    fn kwh(&mut self, row: &Row<'_>, column: &'static str, max: u32) -> Result<u32> {
        let (kwh, is_whole) = row.nearest_whole(column, 1..=max, "kWh a year")?;
        if !is_whole {
            self.count += 1;
            self.first.get_or_insert_with(|| (row.line, column, row.cell(column).to_owned(), kwh));
        }
        Ok(kwh)
    }

    fn note(self, file: &str) -> Option<Note> {
        let (line, column, value, kwh) = self.first?;
        let mut said = match self.count {
            1 => format!("{value} is rounded to whole kWh"),
            count => format!("{value} is rounded to whole kWh, as are {} others", count - 1),
        };
        if kwh < MEGAWATT_HOURS_MAX {
            said += ": is it in MWh?";
        }
        Some(Note { line: Some(line), field: Some(column.to_owned()), ..Note::new(file, said) })
    }
}

/// No home uses so few kWh a year, many so many MWh.
const MEGAWATT_HOURS_MAX: u32 = 50;

/// Deals of which more months are left than they have.
#[derive(Default)]
struct Overlong {
    count: u64,
    first: Option<(u64, String)>,
}

impl Overlong {
    fn enter(&mut self, profile: &Profile, market: &Market) {
        let tariff = &market.tariffs()[usize::from(profile.tariff)];
        let (Some(months), Some(term)) = (profile.months_left, tariff.term_months) else { return };
        if months > term {
            self.count += 1;
            let said = || format!("{months} months are left of `{}`, a deal of {term} months", tariff.id);
            self.first.get_or_insert_with(|| (u64::from(profile.line), said()));
        }
    }

    fn note(self, file: &str) -> Option<Note> {
        let (line, mut said) = self.first?;
        if self.count > 1 {
            said += &format!(" (and {} more like it)", self.count - 1);
        }
        Some(Note { line: Some(line), field: Some("months_left".to_owned()), ..Note::new(file, said) })
    }
}

/// A market that can be looked up in.
struct KnownMarket<'a> {
    market: &'a Market,
    index: BTreeMap<&'a str, usize>,
    names: Names<'a>,
}

impl KnownMarket<'_> {
    /// The position of a tariff in the market.
    fn tariff(&self, row: &Row<'_>, column: &str) -> Result<usize> {
        let id = row.text(column)?;
        let at = self.index.get(id).copied();
        at.ok_or_else(|| row.error(column, self.names.expected("a tariff of the tariffs file", id)))
    }
}

/// Who made the visits read so far, where nobody asks for their ids.
#[derive(Default)]
struct Anonymous {
    /// The number of each visitor that is named.
    named: BTreeMap<String, u32>,
    count: u32,
}

impl Anonymous {
    /// The number of the person who made this visit: somebody new where the row does not say who.
    fn number(&mut self, row: &Row<'_>) -> u32 {
        let visitor = row.cell("visitor_id");
        if let Some(number) = self.named.get(visitor) {
            return *number;
        }
        let number = self.count;
        self.count += 1;
        if !visitor.is_empty() {
            self.named.insert(visitor.to_owned(), number);
        }
        number
    }
}

/// Who made the visits read so far, by their ids and with one weight each: those that a model is fitted to.
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
                return Err(row.error(
                    "weight",
                    format!("{first}, as in visitor `{visitor}`'s visit on line {line}: a person has one weight"),
                ));
            }
            Some(_) => {}
        }
        Ok(number)
    }
}

fn parse_profile(row: &Row<'_>, market: Option<&KnownMarket<'_>>, rounded: &mut Rounded) -> Result<Profile> {
    let fuel: Fuel = row.word("fuel")?;
    let meter: Meter = row.word("meter")?;
    if fuel == Fuel::Gas && meter != Meter::Single {
        return Err(row.error("meter", "single: Economy 7 is an electricity meter"));
    }
    let segment = Segment { region: row.word("region")?, fuel, meter, payment: row.word("payment")? };
    let mut kwh = |column, used: bool, max| match used {
        true => rounded.kwh(row, column, max),
        false if row.is_nothing(column) => Ok(0),
        false => Err(row.error(column, "nothing: the visit does not compare that fuel")),
    };
    let electricity_kwh = kwh("elec_kwh", fuel.has_electricity(), ELECTRICITY_KWH_MAX)?;
    let gas_kwh = kwh("gas_kwh", fuel.has_gas(), GAS_KWH_MAX)?;
    let night_percent = match meter {
        Meter::Economy7 => row.number_or("night_percent", 0..=100, "percent", NIGHT_PERCENT)?,
        Meter::Single if row.is_nothing("night_percent") => NIGHT_PERCENT,
        Meter::Single => return Err(row.error("night_percent", "nothing: only Economy 7 has a night rate")),
    };
    let (tariff, months_left) = match market {
        Some(market) => present_deal(row, segment, market)?,
        None => (0, None),
    };
    Ok(Profile {
        line: u32::try_from(row.line).unwrap_or(u32::MAX),
        person: 0,
        weight: if row.cell("weight").is_empty() { 1.0 } else { row.weight("weight")? },
        segment,
        usage: Usage { electricity_kwh, night_percent, gas_kwh },
        tariff,
        months_left,
    })
}

fn present_deal(row: &Row<'_>, segment: Segment, known: &KnownMarket<'_>) -> Result<(u16, Option<u32>)> {
    let (at, market) = (known.tariff(row, "tariff_id")?, known.market);
    let tariff = &market.tariffs()[at];
    if tariff.fuel != segment.fuel || !market.sells(at, segment) {
        return Err(row.error("tariff_id", format!("a tariff with rates for {}", segment.describe())));
    }
    if tariff.kind == Kind::Variable {
        return match row.is_nothing("months_left") {
            true => Ok((at as u16, None)),
            false => Err(row.error("months_left", "nothing: a variable tariff has no end")),
        };
    }
    // 0: the deal ends now.
    let months: u32 = row.number("months_left", 0..=60, "months until the present deal ends")?;
    if months < 12 && !market.has_variable(&tariff.supplier, segment) {
        let expected = format!("12 or more: {} has no variable tariff for {}", tariff.supplier, segment.describe());
        return Err(row.error("months_left", expected));
    }
    Ok((at as u16, Some(months)))
}
