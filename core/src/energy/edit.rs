//! What edits of a market say, and how they are written: objects of which some fields exclude others. Parsed as enums, a misspelt
//! field would not be named.

use std::fmt;

use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::energy::tariff::Tariff;
use crate::energy::terms::Fuel;

/// One change to a market.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Edit {
    /// A new tariff goes on sale.
    Add(Box<Launch>),
    /// A tariff, or all of a supplier's, goes off sale.
    Withdraw(Subject),
    /// A tariff's, or all of a supplier's, rates change.
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", try_from = "WrittenSubject")]
pub enum Subject {
    /// A tariff, by id.
    Tariff(String),
    /// All tariffs of a supplier, by name.
    Supplier(String),
}

/// A change of rates; exactly one of `tariff` and `supplier`, and one of `percent` and `pence`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reprice {
    /// The tariff, by id.
    #[serde(default)]
    pub tariff: Option<String>,
    /// All tariffs of a supplier, by name.
    #[serde(default)]
    pub supplier: Option<String>,
    /// Which charges.
    pub part: Part,
    /// Only this fuel's charges; both where absent.
    #[serde(default)]
    pub fuel: Option<Fuel>,
    /// Change in percent of the present charge.
    #[serde(default)]
    pub percent: Option<f64>,
    /// Change in pence, VAT included, per kWh or per day.
    #[serde(default)]
    pub pence: Option<f64>,
}

/// The charges of a tariff.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Pence per kWh.
    UnitRate,
    /// Pence per day.
    StandingCharge,
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
        let (tariff, supplier) = match self {
            Edit::Add(launch) => match &launch.rates {
                LaunchRates::Like { like, .. } => (Some(like), None),
                LaunchRates::File { .. } => (None, None),
            },
            Edit::Withdraw(Subject::Tariff(tariff)) => (Some(tariff), None),
            Edit::Withdraw(Subject::Supplier(supplier)) => (None, Some(supplier)),
            Edit::Reprice(Reprice { tariff, supplier, .. }) => (tariff.as_ref(), supplier.as_ref()),
        };
        launched.iter().any(|launch| tariff == Some(&launch.id) || supplier == Some(&launch.supplier))
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

const ONE_VERB: &str = "expected exactly one of add, withdraw and reprice";

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
            None => return Err(A::Error::custom(ONE_VERB)),
        };
        if object.next_key::<Verb>()?.is_some() {
            return Err(A::Error::custom(ONE_VERB));
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
    type Error = &'static str;

    fn try_from(written: WrittenRates) -> std::result::Result<LaunchRates, &'static str> {
        let WrittenRates { like, unit_rate_percent: unit, standing_charge_percent: standing, file } = written;
        match (like, file) {
            (Some(like), None) => Ok(LaunchRates::Like {
                like,
                unit_rate_percent: unit.unwrap_or_default(),
                standing_charge_percent: standing.unwrap_or_default(),
            }),
            (None, Some(file)) if unit.or(standing).is_none() => Ok(LaunchRates::File { file }),
            (None, Some(_)) => Err("expected no percents beside a file, whose rates are taken as they are"),
            _ => Err("expected either `like`, a tariff, or `file`, a rates file"),
        }
    }
}

/// See [`Subject`].
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenSubject {
    tariff: Option<String>,
    supplier: Option<String>,
}

impl TryFrom<WrittenSubject> for Subject {
    type Error = &'static str;

    fn try_from(written: WrittenSubject) -> std::result::Result<Subject, &'static str> {
        match (written.tariff, written.supplier) {
            (Some(tariff), None) => Ok(Subject::Tariff(tariff)),
            (None, Some(supplier)) => Ok(Subject::Supplier(supplier)),
            _ => Err("expected exactly one of tariff and supplier"),
        }
    }
}
