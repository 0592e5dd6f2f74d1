//! Unit rates and standing charges, exact: integers in micropence, VAT included.

use serde::{Deserialize, Serialize};

use crate::energy::region::Region;
use crate::energy::terms::{Fuel, Meter, Payment};
use crate::input::{Csv, Findings, Header, Result, Row, Word, decimal};

/// A price in micropence (10⁻⁶ p) per kWh or per day, VAT included.
pub type Micropence = i64;

/// Micropence in a penny.
pub const PENNY: i64 = 1_000_000;

/// Highest accepted rates. They keep a year's bill below 2²³ pence, which the ranking relies on (see `replay::rank`).
pub const ELECTRICITY_UNIT_MAX: Micropence = 120 * PENNY;
/// See [`ELECTRICITY_UNIT_MAX`].
pub const GAS_UNIT_MAX: Micropence = 60 * PENNY;
/// See [`ELECTRICITY_UNIT_MAX`].
pub const STANDING_MAX: Micropence = 200 * PENNY;

/// VAT on domestic energy is 5 %: ×1.05 exactly (VAT Act 1994, schedule 7A).
const VAT_NUMERATOR: i64 = 105;
const VAT_DENOMINATOR: i64 = 100;

/// The rates of one tariff for one region, meter and payment. Fuels it does not supply are zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Rates {
    /// Electricity standing charge, per day.
    pub electricity_standing: Micropence,
    /// Electricity unit rate per kWh: at all hours, or by day on Economy 7.
    pub electricity_unit: Micropence,
    /// Electricity unit rate per kWh by night; equals the day rate on a single-rate meter.
    pub electricity_night: Micropence,
    /// Gas standing charge, per day.
    pub gas_standing: Micropence,
    /// Gas unit rate per kWh.
    pub gas_unit: Micropence,
}

/// A row of a rates file: where the rates apply, and the line to name in messages.
#[derive(Clone, Debug)]
pub struct RateRow {
    /// Line in the file, from 1.
    pub line: u64,
    /// The tariff they belong to.
    pub tariff_id: String,
    /// Region.
    pub region: Region,
    /// Meter.
    pub meter: Meter,
    /// Payment method.
    pub payment: Payment,
    /// The rates.
    pub rates: Rates,
}

const COLUMNS: [&str; 10] = [
    "tariff_id",
    "region",
    "meter",
    "payment",
    "vat",
    "elec_standing_p_day",
    "elec_unit_p_kwh",
    "elec_night_p_kwh",
    "gas_standing_p_day",
    "gas_unit_p_kwh",
];

/// Whose rates a row may be.
pub enum Whose {
    /// A tariff's, of this fuel.
    Tariff(Fuel),
    /// A tariff's of which nothing else is known, as what the tariffs file says of it is wrong: the row is passed over.
    Spoilt,
    /// No tariff's; with what was expected in its place.
    Nobody(String),
}

/// Reads a rates file. `whose` tells whose a row with this tariff id is.
pub fn parse_rates(
    file: &str,
    bytes: &[u8],
    whose: impl Fn(&str) -> Whose,
    found: &mut Findings,
) -> Option<Vec<RateRow>> {
    let mut rows = Vec::new();
    let header = Header { required: &COLUMNS, optional: &[], own: &[], ours: true };
    Csv::open(file, bytes, &header, found)?.rows(found, |row, _| {
        let tariff_id = row.text("tariff_id")?;
        let fuel = match whose(tariff_id) {
            Whose::Tariff(fuel) => fuel,
            Whose::Spoilt => return Ok(()),
            Whose::Nobody(expected) => return Err(row.error("tariff_id", expected)),
        };
        let meter = row.word("meter")?;
        rows.push(RateRow {
            line: row.line,
            tariff_id: tariff_id.to_owned(),
            region: row.word("region")?,
            meter,
            payment: row.word("payment")?,
            rates: parse_row(row, fuel, meter)?,
        });
        Ok(())
    })?;
    Some(rows)
}

fn parse_row(row: &Row<'_>, fuel: Fuel, meter: Meter) -> Result<Rates> {
    let vat: Vat = row.word("vat")?;
    let rate = |column: &str, sold: bool, max: Micropence| match (sold, row.cell(column)) {
        (false, "") => Ok(0),
        (false, _) => Err(row.error(column, "nothing: this row does not sell that")),
        (true, text) => {
            let rate = parse_rate(text, vat).filter(|rate| (0..=max).contains(rate));
            rate.ok_or_else(|| row.no_number(column, &format!("pence from 0 to {} including VAT", max / PENNY)))
        }
    };
    let electricity = fuel.has_electricity();
    let economy7 = electricity && meter == Meter::Economy7;
    let unit = rate("elec_unit_p_kwh", electricity, ELECTRICITY_UNIT_MAX)?;
    let night = rate("elec_night_p_kwh", economy7, ELECTRICITY_UNIT_MAX)?;
    Ok(Rates {
        electricity_standing: rate("elec_standing_p_day", electricity, STANDING_MAX)?,
        electricity_unit: unit,
        electricity_night: if economy7 { night } else { unit },
        gas_standing: rate("gas_standing_p_day", fuel.has_gas(), STANDING_MAX)?,
        gas_unit: rate("gas_unit_p_kwh", fuel.has_gas(), GAS_UNIT_MAX)?,
    })
}

/// Whether a row's rates include VAT.
#[derive(Clone, Copy, PartialEq)]
enum Vat {
    Included,
    Excluded,
}

impl Word for Vat {
    const WORDS: &'static [(Vat, &'static str)] = &[(Vat::Included, "included"), (Vat::Excluded, "excluded")];
}

/// To the micropence, VAT included: both spellings of a published rate give the same integer. What binary arithmetic adds to a
/// rate, such as 26.179650000000003, is far below that.
fn parse_rate(text: &str, vat: Vat) -> Option<Micropence> {
    match vat {
        Vat::Included => decimal(text, RATE_DECIMALS),
        Vat::Excluded => {
            const FURTHER: usize = 4;
            let unit = VAT_DENOMINATOR * 10i64.pow(FURTHER as u32);
            let without = decimal(text, RATE_DECIMALS + FURTHER)?.checked_mul(VAT_NUMERATOR)?;
            Some(without.checked_add(unit / 2)?.div_euclid(unit))
        }
    }
}

/// Of a rate in pence.
const RATE_DECIMALS: usize = 6;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input;

    #[test]
    fn vat_is_exact() {
        assert_eq!(parse_rate("24.052", Vat::Excluded), parse_rate("25.2546", Vat::Included));
        assert_eq!(parse_rate("5.679", Vat::Excluded), Some(5_962_950));
        assert_eq!(parse_rate("24.933000000000003", Vat::Excluded), Some(26_179_650));
        assert_eq!(parse_rate("26.179650000000003", Vat::Included), Some(26_179_650));
        assert_eq!(parse_rate("0.00001", Vat::Excluded), Some(11), "10.5 micropence");
        assert_eq!(parse_rate("25.7 p", Vat::Included), None);
    }

    #[test]
    fn absurd_rates_and_rates_of_another_fuel_are_refused() {
        let header = COLUMNS.join(",");
        let parse = |row: &str| {
            let text = format!("{header}\n{row}\n");
            let whose = |id: &str| match id {
                "e" => Whose::Tariff(Fuel::Electricity),
                _ => Whose::Nobody("e".to_owned()),
            };
            input::read(|found| parse_rates("rates.csv", text.as_bytes(), whose, found)).map_err(|wrong| {
                let error = wrong.errors[0].clone();
                (error.field.unwrap_or_default(), error.value.unwrap_or_default())
            })
        };
        let at = |column: &str, value: &str| Some((column.to_owned(), value.to_owned()));
        assert!(parse("e,_A,single,prepayment,included,50,25.5,,,").is_ok());
        assert_eq!(parse("e,_A,single,prepayment,included,50,-1,,,").err(), at("elec_unit_p_kwh", "-1"));
        assert_eq!(parse("e,_A,single,prepayment,included,50,2500,,,").err(), at("elec_unit_p_kwh", "2500"));
        assert_eq!(parse("e,_A,single,prepayment,included,50,25,12,,").err(), at("elec_night_p_kwh", "12"));
        assert_eq!(parse("e,_A,economy7,prepayment,included,50,25,,,").err(), at("elec_night_p_kwh", ""));
        assert_eq!(parse("e,_A,single,prepayment,included,50,25,,,6").err(), at("gas_unit_p_kwh", "6"));
        assert_eq!(parse("x,_A,single,prepayment,included,50,25,,,").err(), at("tariff_id", "x"));
    }
}
