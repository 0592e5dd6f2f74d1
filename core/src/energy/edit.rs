//! What edits of a market say, and how they are written: objects of which some fields exclude others. Parsed as enums, or with
//! flattened fields, a misspelt field would not be named.

use std::fmt;

use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::energy::limits::{Limits, some, some_regions};
use crate::energy::price_change::{Change, Charges, Hours, Part, one_fuel, set_or_moved};
use crate::energy::region::Region;
use crate::energy::tariff::Tariff;
use crate::energy::terms::{Fuel, Meter, Payment};
use crate::input::of_object;

/// One change to a market.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Edit {
    /// A new tariff goes on sale.
    Add(Box<Launch>),
    /// A tariff, or all of a supplier's, goes off sale.
    Withdraw(Withdraw),
    /// A tariff's, or all of a supplier's, prices change.
    Reprice(Reprice),
}

/// A tariff to launch, with where its rates come from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Launch {
    /// The new tariff.
    pub tariff: Tariff,
    /// Its rates.
    pub rates: LaunchRates,
}

/// Rates of a new tariff: those of another tariff, moved by percents, or a rates file of its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged, try_from = "WrittenRates")]
pub enum LaunchRates {
    /// As another tariff in the same places.
    Like {
        /// The tariff to copy.
        like: String,
        /// Change of all unit rates, percent.
        unit_rate_percent: f64,
        /// Change of all standing charges, percent.
        standing_charge_percent: f64,
    },
    /// From a rates file.
    File {
        /// Its path, relative to the scenario.
        file: String,
    },
}

/// What an edit is about: exactly one of the two.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// A tariff, by id.
    Tariff(String),
    /// All tariffs of a supplier, by name.
    Supplier(String),
}

/// What goes off sale, and where. Who is on it stays on it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "WrittenWithdraw")]
pub struct Withdraw {
    /// What.
    #[serde(flatten)]
    pub subject: Subject,
    /// Where.
    #[serde(flatten)]
    pub limits: Limits,
}

/// A change of prices.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "WrittenReprice")]
pub struct Reprice {
    /// Whose.
    #[serde(flatten)]
    pub subject: Subject,
    /// Which.
    #[serde(flatten)]
    pub charges: Charges,
    /// What becomes of them.
    #[serde(flatten)]
    pub change: Change,
    /// Where.
    #[serde(flatten)]
    pub limits: Limits,
}

/// The scenario file, and the files its edits name, for reading and for messages.
pub struct Source<'a> {
    /// The scenario's name, for messages.
    pub scenario: &'a str,
    /// Finds the bytes of a file named in an edit.
    pub file: &'a dyn Fn(&str) -> Option<Vec<u8>>,
}

impl Edit {
    /// Whether it is about one of these launches.
    pub(super) fn is_about_any(&self, launched: &[&Tariff]) -> bool {
        let is_about = |tariff: &Tariff| match self {
            Edit::Add(launch) => matches!(&launch.rates, LaunchRates::Like { like, .. } if *like == tariff.id),
            Edit::Withdraw(Withdraw { subject, .. }) | Edit::Reprice(Reprice { subject, .. }) => subject.is(tariff),
        };
        launched.iter().any(|launch| is_about(launch))
    }
}

impl Subject {
    /// Whether it is this tariff, or its supplier.
    pub(crate) fn is(&self, tariff: &Tariff) -> bool {
        match self {
            Subject::Tariff(id) => *id == tariff.id,
            Subject::Supplier(name) => *name == tariff.supplier,
        }
    }

    /// Of two fields of which one is to be there.
    fn written(tariff: Option<String>, supplier: Option<String>) -> std::result::Result<Subject, String> {
        match (tariff, supplier) {
            (Some(tariff), None) => Ok(Subject::Tariff(tariff)),
            (None, Some(supplier)) => Ok(Subject::Supplier(supplier)),
            _ => Err(of_object("exactly one of tariff and supplier")),
        }
    }
}

/// What an edit does.
#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
enum Verb {
    Add,
    Withdraw,
    Reprice,
}

const ONE_VERB: &str = "exactly one of add, withdraw and reprice";

/// By hand: of two verbs, that they are two is told, not what is wrong with the second.
impl<'de> Deserialize<'de> for Edit {
    fn deserialize<D: Deserializer<'de>>(from: D) -> std::result::Result<Edit, D::Error> {
        from.deserialize_map(EditVisitor)
    }
}

struct EditVisitor;

impl<'de> Visitor<'de> for EditVisitor {
    type Value = Edit;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a map")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> std::result::Result<Edit, A::Error> {
        let edit = match object.next_key()? {
            Some(Verb::Add) => Edit::Add(object.next_value()?),
            Some(Verb::Withdraw) => Edit::Withdraw(object.next_value()?),
            Some(Verb::Reprice) => Edit::Reprice(object.next_value()?),
            None => return Err(A::Error::custom(of_object(ONE_VERB))),
        };
        if object.next_key::<Verb>()?.is_some() {
            return Err(A::Error::custom(of_object(ONE_VERB)));
        }
        Ok(edit)
    }
}

/// See [`LaunchRates`].
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenRates {
    like: Option<String>,
    unit_rate_percent: Option<f64>,
    standing_charge_percent: Option<f64>,
    file: Option<String>,
}

impl TryFrom<WrittenRates> for LaunchRates {
    type Error = String;

    fn try_from(written: WrittenRates) -> std::result::Result<LaunchRates, String> {
        let WrittenRates { like, unit_rate_percent: unit, standing_charge_percent: standing, file } = written;
        match (like, file) {
            (Some(like), None) => Ok(LaunchRates::Like {
                like,
                unit_rate_percent: unit.unwrap_or_default(),
                standing_charge_percent: standing.unwrap_or_default(),
            }),
            (None, Some(file)) if unit.or(standing).is_none() => Ok(LaunchRates::File { file }),
            (None, Some(_)) => Err(of_object("no percents beside a file, whose rates are taken as they are")),
            _ => Err(of_object("either `like`, a tariff, or `file`, a rates file")),
        }
    }
}

/// See [`Withdraw`].
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenWithdraw {
    tariff: Option<String>,
    supplier: Option<String>,
    #[serde(default, deserialize_with = "some_regions")]
    regions: Vec<Region>,
    #[serde(default, deserialize_with = "some")]
    meters: Vec<Meter>,
    #[serde(default, deserialize_with = "some")]
    payments: Vec<Payment>,
}

impl TryFrom<WrittenWithdraw> for Withdraw {
    type Error = String;

    fn try_from(written: WrittenWithdraw) -> std::result::Result<Withdraw, String> {
        let WrittenWithdraw { tariff, supplier, regions, meters, payments } = written;
        let subject = Subject::written(tariff, supplier)?;
        Ok(Withdraw { subject, limits: Limits { regions, meters, payments } })
    }
}

/// See [`Reprice`].
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenReprice {
    tariff: Option<String>,
    supplier: Option<String>,
    part: Part,
    #[serde(default, deserialize_with = "one_fuel")]
    fuel: Option<Fuel>,
    rate: Option<Hours>,
    to_pence: Option<f64>,
    by_pence: Option<f64>,
    percent: Option<f64>,
    #[serde(default, deserialize_with = "some_regions")]
    regions: Vec<Region>,
    #[serde(default, deserialize_with = "some")]
    meters: Vec<Meter>,
    #[serde(default, deserialize_with = "some")]
    payments: Vec<Payment>,
    #[serde(rename = "pence", default, deserialize_with = "set_or_moved")]
    _pence: (),
}

impl TryFrom<WrittenReprice> for Reprice {
    type Error = String;

    fn try_from(written: WrittenReprice) -> std::result::Result<Reprice, String> {
        let WrittenReprice { tariff, supplier, part, fuel, rate, regions, meters, payments, .. } = written;
        let subject = Subject::written(tariff, supplier)?;
        let change = match (written.to_pence, written.by_pence, written.percent) {
            (Some(pence), None, None) => Change::ToPence(pence),
            (None, Some(pence), None) => Change::ByPence(pence),
            (None, None, Some(percent)) => Change::Percent(percent),
            _ => return Err(of_object("exactly one of to_pence, by_pence and percent")),
        };
        let charges = Charges::written(part, fuel, rate, !matches!(change, Change::Percent(_)))?;
        Ok(Reprice { subject, charges, change, limits: Limits { regions, meters, payments } })
    }
}
