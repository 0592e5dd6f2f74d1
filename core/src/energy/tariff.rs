//! Tariffs as a supplier publishes them, without their rates.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::energy::region::Region;
use crate::energy::terms::{Fuel, Kind, Meter, Payment};
use crate::input::{Csv, Findings, Header, InputError, Result, Row, Word, number_text, some_whole, yes_no};

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
    #[serde(default, deserialize_with = "some_whole")]
    pub term_months: Option<u32>,
    /// Fee for leaving before the end, GBP per fuel.
    #[serde(default)]
    pub exit_fee_gbp: f64,
    /// Whether it is sold as green.
    #[serde(default, deserialize_with = "yes_no")]
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
    #[serde(default = "yes", deserialize_with = "yes_no")]
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

/// A tariffs file.
pub(crate) struct Tariffs {
    /// Each tariff with its line, for messages about it.
    pub(crate) rows: Vec<(u64, Tariff)>,
    /// Whether the file is right: else it has other tariffs too.
    pub(crate) complete: bool,
}

/// Reads a tariffs file.
pub(crate) fn parse_tariffs(file: &str, bytes: &[u8], found: &mut Findings) -> Tariffs {
    let mut tariffs: Vec<(u64, Tariff)> = Vec::new();
    let mut lines = BTreeMap::new();
    let header = Header { required: &COLUMNS, optional: &[], own: &[], ours: true };
    let csv = Csv::open(file, bytes, &header, found);
    let read = csv.and_then(|csv| {
        csv.rows(found, |row, _| {
            let id = row.text("tariff_id")?;
            if let Some(first) = lines.insert(id.to_owned(), row.line) {
                return Err(row.error("tariff_id", format!("an id not used before (it is on line {first})")));
            }
            let tariff = parse_tariff(row)?;
            tariff.check().map_err(|Broken { field, expected, .. }| {
                row.error(if field == "id" { "tariff_id" } else { field }, expected)
            })?;
            let rated = tariffs.iter().find(|(_, other)| other.supplier == tariff.supplier);
            if let Some((line, other)) =
                rated.filter(|(_, other)| other.supplier_rating.total_cmp(&tariff.supplier_rating).is_ne())
            {
                let rating = number_text(other.supplier_rating);
                return Err(row.error("supplier_rating", format!("{rating} as for this supplier on line {line}")));
            }
            tariffs.push((row.line, tariff));
            Ok(())
        })
    });
    Tariffs { rows: tariffs, complete: read.is_some() }
}

fn parse_tariff(row: &Row<'_>) -> Result<Tariff> {
    let kind: Kind = row.word("kind")?;
    let has_none = kind == Kind::Variable && row.is_nothing("term_months");
    let term_months = if has_none || row.cell("term_months").is_empty() {
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
        regions: if row.cell("regions").eq_ignore_ascii_case("all") {
            Region::all().collect()
        } else {
            row.words("regions")?
        },
        on_sale: row.yes_no("on_sale")?,
    })
}

/// A promise that a tariff's fields do not keep.
pub(crate) struct Broken {
    pub(crate) field: &'static str,
    pub(crate) value: String,
    pub(crate) expected: String,
}

impl Tariff {
    /// Checks what its fields promise, themselves and one another.
    pub(crate) fn check(&self) -> std::result::Result<(), Broken> {
        let broken = |field, value: &str, expected: &str| {
            Err(Broken { field, value: value.to_owned(), expected: expected.to_owned() })
        };
        for (field, text) in [("id", &self.id), ("supplier", &self.supplier), ("name", &self.name)] {
            if text.trim().is_empty() {
                return broken(field, "", "some text");
            }
        }
        if self.id == NO_SWITCH {
            return broken("id", &self.id, "another id: this is the outside option");
        }
        let months = self.term_months.map_or(String::new(), |months| months.to_string());
        match (self.kind, self.term_months) {
            (Kind::Variable, Some(_)) => {
                return broken("term_months", &months, "nothing: a variable tariff has no term");
            }
            (Kind::Fixed | Kind::Tracker, None) => {
                return broken("term_months", "", "a term of 1 to 60 months: only a variable tariff has none");
            }
            (_, Some(1..=60)) | (Kind::Variable, None) => {}
            (_, Some(_)) => return broken("term_months", &months, "1 to 60 months"),
        }
        for (field, value, max, unit) in [
            ("exit_fee_gbp", self.exit_fee_gbp, 500.0, "GBP per fuel"),
            ("supplier_rating", self.supplier_rating, 5.0, "stars"),
            ("dual_fuel_discount_gbp", self.dual_fuel_discount_gbp, 100.0, "GBP a year"),
        ] {
            if !(0.0..=max).contains(&value) {
                return broken(field, &number_text(value), &format!("0 to {max} {unit}"));
            }
        }
        if self.fuel != Fuel::Dual && self.dual_fuel_discount_gbp > 0.0 {
            let discount = number_text(self.dual_fuel_discount_gbp);
            return broken("dual_fuel_discount_gbp", &discount, "0: only a dual-fuel tariff has this discount");
        }
        if self.fuel == Fuel::Gas && self.meters.contains(&Meter::Economy7) {
            return broken("meters", Meter::Economy7.word(), "single: Economy 7 is an electricity meter");
        }
        let empty = [("meters", self.meters.is_empty()), ("payments", self.payments.is_empty())];
        match empty.into_iter().chain([("regions", self.regions.is_empty())]).find(|(_, is_empty)| *is_empty) {
            Some((field, _)) => broken(field, "", "at least one"),
            None => Ok(()),
        }
    }
}

/// The id of the outside option, keeping the present deal, wherever tariff ids stand.
pub const NO_SWITCH: &str = "no_switch";

fn yes() -> bool {
    true
}

/// In JSON, regions are the word `all` or a list of GSP groups.
pub(crate) mod region_words {
    use serde::de::{Error, Unexpected};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::{Region, Word};

    const EXPECTED: &str = "`all` or a list of GSP groups";

    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Regions {
        All(String),
        Some(Vec<String>),
    }

    pub(crate) fn serialize<S: Serializer>(regions: &[Region], to: S) -> Result<S::Ok, S::Error> {
        regions.iter().map(|region| region.word()).collect::<Vec<_>>().serialize(to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Region>, D::Error> {
        // Stored markets are in a binary form, which does not describe itself: there it is always the list.
        let regions = if from.is_human_readable() {
            Regions::deserialize(from).map_err(|_| D::Error::custom(format!("expected {EXPECTED}")))?
        } else {
            Regions::Some(Vec::deserialize(from)?)
        };
        let words = match regions {
            Regions::All(word) if word == "all" => return Ok(Region::all().collect()),
            Regions::All(word) => return Err(D::Error::invalid_value(Unexpected::Str(&word), &EXPECTED)),
            Regions::Some(words) => words,
        };
        let parse = |word: &String| {
            let unknown = || D::Error::invalid_value(Unexpected::Str(word), &Region::expected_for(word).as_str());
            Region::from_word(word).ok_or_else(unknown)
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
    use crate::input::{self, InputErrors};

    const HEADER: &str = "tariff_id,supplier,name,fuel,kind,term_months,exit_fee_gbp,green,supplier_rating,\
                          dual_fuel_discount_gbp,meters,payments,regions,on_sale\n";

    fn parse(rows: &str) -> std::result::Result<Vec<(u64, Tariff)>, InputErrors> {
        let text = format!("{HEADER}{rows}");
        input::read(|found| Some(parse_tariffs("tariffs.csv", text.as_bytes(), found).rows)).map(|(tariffs, _)| tariffs)
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
            ("no_switch,Acme,F,gas,fixed,12,0,no,4,0,single,prepayment,all,yes", "tariff_id"),
            ("f,Acme,F,coal,fixed,12,0,no,4,0,single,prepayment,all,yes", "fuel"),
            ("f,Acme,F,gas,fixed,12,0,no,4,9,single,prepayment,all,yes", "dual_fuel_discount_gbp"),
            ("f,Acme,F,gas,fixed,12,0,no,4,0,economy7,prepayment,all,yes", "meters"),
            ("f,Acme,F,gas,fixed,12,0,no,4,0,single,prepayment,_I,yes", "regions"),
            ("f,Acme,F,gas,fixed,12,-1,no,4,0,single,prepayment,all,yes", "exit_fee_gbp"),
            ("f,Acme,F,gas,fixed,12,0,no,NaN,0,single,prepayment,all,yes", "supplier_rating"),
        ] {
            let InputErrors { errors, .. } = parse(row).expect_err(row);
            assert_eq!((errors[0].line, errors[0].field.as_deref()), (Some(2), Some(column)), "{errors:?}");
        }
        let twice = "f,Acme,F,gas,fixed,12,0,no,4,0,single,prepayment,all,yes\n".repeat(2);
        let error = parse(&twice).expect_err("a duplicate id").to_string();
        assert_eq!(error, "tariffs.csv, line 3, tariff_id: got `f`, expected an id not used before (it is on line 2)");
    }
}
