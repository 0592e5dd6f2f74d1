//! Tariffs as a supplier publishes them, without their rates.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::energy::region::Region;
use crate::energy::terms::{Fuel, Kind, Meter, Payment};
use crate::input::{Csv, InputError, Result, Row, Word, number_text};

/// A tariff. It is sold for every combination of its regions, meters and payments, and must have rates for each.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tariff {
    /// Unique in its market.
    pub id: String,
    /// The supplier's name.
    pub supplier: String,
    /// The name customers see.
    pub name: String,
    /// What it supplies.
    pub fuel: Fuel,
    /// How its rates move.
    pub kind: Kind,
    /// Contract length in months, 1 to 60; a variable tariff has none.
    #[serde(default)]
    pub term_months: Option<u32>,
    /// Fee for leaving before the end, GBP per fuel.
    #[serde(default)]
    pub exit_fee_gbp: f64,
    /// Whether it is sold as green.
    #[serde(default)]
    pub green: bool,
    /// The supplier's service rating, 0 to 5 stars.
    pub supplier_rating: f64,
    /// Taken off a year's bill where both fuels are supplied, GBP including VAT.
    #[serde(default)]
    pub dual_fuel_discount_gbp: f64,
    /// Meters it is sold for.
    pub meters: Vec<Meter>,
    /// Payment methods it is sold for.
    pub payments: Vec<Payment>,
    /// Regions it is sold in, as GSP groups.
    #[serde(with = "region_words")]
    pub regions: Vec<Region>,
    /// Whether new customers can take it. Tariffs not on sale are still what some customers are on.
    #[serde(default = "yes")]
    pub on_sale: bool,
}

/// The columns of a tariffs file.
const COLUMNS: [&str; 14] = [
    "tariff_id",
    "supplier",
    "name",
    "fuel",
    "kind",
    "term_months",
    "exit_fee_gbp",
    "green",
    "supplier_rating",
    "dual_fuel_discount_gbp",
    "meters",
    "payments",
    "regions",
    "on_sale",
];

/// Reads a tariffs file. Each tariff comes with its line, for messages about it.
pub fn parse_tariffs(file: &str, bytes: &[u8]) -> Result<Vec<(u64, Tariff)>> {
    let mut tariffs: Vec<(u64, Tariff)> = Vec::new();
    let mut lines = BTreeMap::new();
    Csv::open(file, bytes, &COLUMNS, &[])?.rows(|row| {
        let tariff = parse_tariff(row)?;
        tariff.check().map_err(|(column, expected)| row.error(column, expected))?;
        if let Some(first) = lines.insert(tariff.id.clone(), row.line) {
            return Err(row.error("tariff_id", format!("an id not used before (it is on line {first})")));
        }
        let rated = tariffs.iter().find(|(_, other)| other.supplier == tariff.supplier);
        if let Some((line, other)) =
            rated.filter(|(_, other)| other.supplier_rating.total_cmp(&tariff.supplier_rating).is_ne())
        {
            let rating = number_text(other.supplier_rating);
            return Err(row.error("supplier_rating", format!("{rating} as for this supplier on line {line}")));
        }
        tariffs.push((row.line, tariff));
        Ok(())
    })?;
    Ok(tariffs)
}

fn parse_tariff(row: &Row<'_>) -> Result<Tariff> {
    let kind = row.word("kind")?;
    let term_months = if row.cell("term_months").is_empty() {
        None
    } else {
        Some(row.number("term_months", 1..=60, "months, or nothing for a variable tariff")?)
    };
    Ok(Tariff {
        id: row.text("tariff_id")?.to_owned(),
        supplier: row.text("supplier")?.to_owned(),
        name: row.text("name")?.to_owned(),
        fuel: row.word("fuel")?,
        kind,
        term_months,
        exit_fee_gbp: row.number_or("exit_fee_gbp", 0.0..=500.0, "GBP per fuel", 0.0)?,
        green: row.yes_no("green")?,
        supplier_rating: row.number("supplier_rating", 0.0..=5.0, "stars")?,
        dual_fuel_discount_gbp: row.number_or("dual_fuel_discount_gbp", 0.0..=100.0, "GBP a year", 0.0)?,
        meters: row.words("meters")?,
        payments: row.words("payments")?,
        regions: if row.cell("regions") == "all" { Region::all().collect() } else { row.words("regions")? },
        on_sale: row.yes_no("on_sale")?,
    })
}

impl Tariff {
    /// Checks what its fields promise one another; the error is a field name and what was expected.
    pub fn check(&self) -> std::result::Result<(), (&'static str, String)> {
        let within = |value: f64, max: f64| (0.0..=max).contains(&value);
        if self.id.is_empty() || self.supplier.is_empty() || self.name.is_empty() {
            return Err(("id", "an id, a supplier and a name".to_owned()));
        }
        if self.id == NO_SWITCH {
            return Err(("id", format!("another id: `{NO_SWITCH}` is the outside option")));
        }
        match (self.kind, self.term_months) {
            (Kind::Variable, Some(_)) => return Err(("term_months", "nothing: a variable tariff has no term".into())),
            (Kind::Fixed | Kind::Tracker, None) => {
                return Err(("term_months", "a term of 1 to 60 months: only a variable tariff has none".into()));
            }
            (_, Some(months)) if !(1..=60).contains(&months) => return Err(("term_months", "1 to 60 months".into())),
            _ => {}
        }
        if !within(self.exit_fee_gbp, 500.0) {
            return Err(("exit_fee_gbp", "0 to 500 GBP per fuel".into()));
        }
        if !within(self.supplier_rating, 5.0) {
            return Err(("supplier_rating", "0 to 5 stars".into()));
        }
        if !within(self.dual_fuel_discount_gbp, 100.0) {
            return Err(("dual_fuel_discount_gbp", "0 to 100 GBP a year".into()));
        }
        if self.fuel != Fuel::Dual && self.dual_fuel_discount_gbp > 0.0 {
            return Err(("dual_fuel_discount_gbp", "0: only a dual-fuel tariff has this discount".into()));
        }
        if self.fuel == Fuel::Gas && self.meters.contains(&Meter::Economy7) {
            return Err(("meters", "single: Economy 7 is an electricity meter".into()));
        }
        let empty = [("meters", self.meters.is_empty()), ("payments", self.payments.is_empty())];
        if let Some((field, _)) = empty.into_iter().chain([("regions", self.regions.is_empty())]).find(|(_, no)| *no) {
            return Err((field, "at least one".into()));
        }
        Ok(())
    }
}

/// The id of the outside option, keeping the present deal, wherever tariff ids stand.
pub const NO_SWITCH: &str = "no_switch";

fn yes() -> bool {
    true
}

/// In JSON, regions are the word `all` or a list of GSP groups.
mod region_words {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::{Region, Word};

    const EXPECTED: &str = "expected `all` or a list of GSP groups";

    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Regions {
        All(String),
        Some(Vec<String>),
    }

    pub(super) fn serialize<S: Serializer>(regions: &[Region], to: S) -> Result<S::Ok, S::Error> {
        regions.iter().map(|region| region.word()).collect::<Vec<_>>().serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Region>, D::Error> {
        // Stored markets are in a binary form, which does not describe itself: there it is always the list.
        let regions = if from.is_human_readable() {
            Regions::deserialize(from).map_err(|_| D::Error::custom(EXPECTED))?
        } else {
            Regions::Some(Vec::deserialize(from)?)
        };
        let words = match regions {
            Regions::All(word) if word == "all" => return Ok(Region::all().collect()),
            Regions::All(_) => return Err(D::Error::custom(EXPECTED)),
            Regions::Some(words) => words,
        };
        let parse = |word: &String| {
            Region::from_word(word)
                .ok_or_else(|| D::Error::custom(format!("unknown region `{word}`, expected {}", Region::expected())))
        };
        words.iter().map(parse).collect()
    }
}

/// An error about a tariff by the line it was read from.
pub(crate) fn tariff_error(file: &str, line: u64, tariff: &Tariff, expected: impl Into<String>) -> InputError {
    InputError::new(file, expected).at(line).field("tariff_id").value(&tariff.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "tariff_id,supplier,name,fuel,kind,term_months,exit_fee_gbp,green,supplier_rating,\
                          dual_fuel_discount_gbp,meters,payments,regions,on_sale\n";

    fn parse(rows: &str) -> Result<Vec<(u64, Tariff)>> {
        parse_tariffs("tariffs.csv", format!("{HEADER}{rows}").as_bytes())
    }

    #[test]
    fn reads_a_tariff() {
        let rows = "f1,Acme,Fix,dual,fixed,12,50,yes,4.5,20,single|economy7,direct_debit,_A|_P,yes\n";
        let (line, tariff) = parse(rows).expect("valid").remove(0);
        assert_eq!((line, tariff.regions.len(), tariff.meters.len()), (2, 2, 2));
        assert_eq!((tariff.term_months, tariff.fuel), (Some(12), Fuel::Dual));
    }

    #[test]
    fn contradictions_are_refused_by_name() {
        for (row, column) in [
            ("v,Acme,V,dual,variable,12,0,no,4,0,single,prepayment,all,yes", "term_months"),
            ("f,Acme,F,dual,fixed,,0,no,4,0,single,prepayment,all,yes", "term_months"),
            ("f,Acme,F,coal,fixed,12,0,no,4,0,single,prepayment,all,yes", "fuel"),
            ("f,Acme,F,gas,fixed,12,0,no,4,9,single,prepayment,all,yes", "dual_fuel_discount_gbp"),
            ("f,Acme,F,gas,fixed,12,0,no,4,0,economy7,prepayment,all,yes", "meters"),
            ("f,Acme,F,gas,fixed,12,0,no,4,0,single,prepayment,_I,yes", "regions"),
            ("f,Acme,F,gas,fixed,12,-1,no,4,0,single,prepayment,all,yes", "exit_fee_gbp"),
            ("f,Acme,F,gas,fixed,12,0,no,NaN,0,single,prepayment,all,yes", "supplier_rating"),
        ] {
            let error = parse(row).expect_err(row);
            assert_eq!((error.line, error.field.as_deref()), (Some(2), Some(column)), "{error}");
        }
        let twice = "f,Acme,F,gas,fixed,12,0,no,4,0,single,prepayment,all,yes\n".repeat(2);
        let error = parse(&twice).expect_err("a duplicate id").to_string();
        assert_eq!(error, "tariffs.csv, line 3, tariff_id: got `f`, expected an id not used before (it is on line 2)");
    }
}
