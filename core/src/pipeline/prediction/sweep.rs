//! Price sweeps: one tariff's charges at several prices, each of which is a market. How they are written, and what each point does.

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::energy::edit::{Reprice, Subject};
use crate::energy::limits::{Limits, some, some_regions};
use crate::energy::price_change::{Change, Charges, Hours, Part, all_set_or_moved, one_fuel};
use crate::energy::region::Region;
use crate::energy::tariff::region_words;
use crate::energy::terms::{Fuel, Meter, Payment};
use crate::input::of_object;

/// How shares move with a tariff's price.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(into = "Written")]
pub struct Sweep {
    /// The tariff.
    pub tariff: String,
    /// Which of its charges.
    pub charges: Charges,
    /// Where they move; elsewhere they stay.
    pub limits: Limits,
    /// What a step is.
    pub unit: Unit,
    /// The steps to try, as the user wrote them.
    pub steps: Vec<f64>,
}

/// What becomes of a charge by a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// It is moved by so many percent of itself.
    Percent,
    /// It is moved by so many pence.
    ByPence,
    /// It is set to so many pence.
    ToPence,
}

impl Unit {
    /// What a step does.
    pub fn change(self, step: f64) -> Change {
        match self {
            Unit::Percent => Change::Percent(step),
            Unit::ByPence => Change::ByPence(step),
            Unit::ToPence => Change::ToPence(step),
        }
    }
}

impl Sweep {
    /// The field that its steps are in: `unit_rate_percent`, ….
    pub fn field(&self) -> &'static str {
        let is_it = |(_, part, unit): &&(&str, Part, Unit)| (*part, *unit) == (self.charges.part, self.unit);
        FIELDS.iter().find(is_it).map_or("", |(field, ..)| field)
    }

    /// The change of prices at a step.
    pub fn reprice(&self, step: f64) -> Reprice {
        let subject = Subject::Tariff(self.tariff.clone());
        Reprice { subject, charges: self.charges, change: self.unit.change(step), limits: self.limits.clone() }
    }
}

/// The fields of steps, as [`Written`] has them.
const FIELDS: [(&str, Part, Unit); 6] = [
    ("unit_rate_percent", Part::UnitRate, Unit::Percent),
    ("unit_rate_by_pence", Part::UnitRate, Unit::ByPence),
    ("unit_rate_to_pence", Part::UnitRate, Unit::ToPence),
    ("standing_charge_percent", Part::StandingCharge, Unit::Percent),
    ("standing_charge_by_pence", Part::StandingCharge, Unit::ByPence),
    ("standing_charge_to_pence", Part::StandingCharge, Unit::ToPence),
];

/// A sweep as it is written: exactly one field has its steps.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    tariff: String,
    #[serde(default, deserialize_with = "one_fuel", skip_serializing_if = "Option::is_none")]
    fuel: Option<Fuel>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rate: Option<Hours>,
    #[serde(default, deserialize_with = "some_regions", serialize_with = "region_words::serialize")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    regions: Vec<Region>,
    #[serde(default, deserialize_with = "some", skip_serializing_if = "Vec::is_empty")]
    meters: Vec<Meter>,
    #[serde(default, deserialize_with = "some", skip_serializing_if = "Vec::is_empty")]
    payments: Vec<Payment>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit_rate_percent: Option<Vec<f64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit_rate_by_pence: Option<Vec<f64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit_rate_to_pence: Option<Vec<f64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    standing_charge_percent: Option<Vec<f64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    standing_charge_by_pence: Option<Vec<f64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    standing_charge_to_pence: Option<Vec<f64>>,
    #[serde(rename = "unit_rate_pence", default, skip_serializing, deserialize_with = "unit_rates_set_or_moved")]
    _unit_rate_pence: (),
    #[serde(rename = "standing_charge_pence", default, skip_serializing, deserialize_with = "standing_set_or_moved")]
    _standing_charge_pence: (),
}

/// Prices in pence that do not say whether they are set or moved.
fn unit_rates_set_or_moved<'de, D: Deserializer<'de>>(from: D) -> Result<(), D::Error> {
    all_set_or_moved(from, "unit_rate_")
}

/// The same per day.
fn standing_set_or_moved<'de, D: Deserializer<'de>>(from: D) -> Result<(), D::Error> {
    all_set_or_moved(from, "standing_charge_")
}

impl Written {
    /// The steps by field, in the order of [`FIELDS`].
    fn steps(&mut self) -> [&mut Option<Vec<f64>>; FIELDS.len()] {
        [
            &mut self.unit_rate_percent,
            &mut self.unit_rate_by_pence,
            &mut self.unit_rate_to_pence,
            &mut self.standing_charge_percent,
            &mut self.standing_charge_by_pence,
            &mut self.standing_charge_to_pence,
        ]
    }
}

/// By hand: of a list in its place, that it is one is told, not what is wrong with the first in it.
impl<'de> Deserialize<'de> for Sweep {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Sweep, D::Error> {
        from.deserialize_map(OneSweep)?.try_into().map_err(D::Error::custom)
    }
}

struct OneSweep;

impl<'de> Visitor<'de> for OneSweep {
    type Value = Written;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("one sweep, an object: { … }; several are a list in `sweeps`")
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<Written, A::Error> {
        Written::deserialize(MapAccessDeserializer::new(object))
    }
}

impl TryFrom<Written> for Sweep {
    type Error = String;

    fn try_from(mut written: Written) -> Result<Sweep, String> {
        let fields = written.steps().into_iter().zip(FIELDS);
        let mut given: Vec<_> =
            fields.filter_map(|(steps, (_, part, unit))| Some((steps.take()?, part, unit))).collect();
        let (Some((steps, part, unit)), true) = (given.pop(), given.is_empty()) else {
            let fields = FIELDS.map(|(field, ..)| field).join(", ");
            return Err(of_object(format_args!("exactly one of {fields}")));
        };
        let Written { tariff, fuel, rate, regions, meters, payments, .. } = written;
        let charges = Charges::written(part, fuel, rate, unit != Unit::Percent)?;
        Ok(Sweep { tariff, charges, limits: Limits { regions, meters, payments }, unit, steps })
    }
}

impl From<Sweep> for Written {
    fn from(sweep: Sweep) -> Written {
        let field = sweep.field();
        let Sweep { tariff, charges: Charges { fuel, rate, .. }, limits, steps, .. } = sweep;
        let Limits { regions, meters, payments } = limits;
        let mut written = Written { tariff, fuel, rate, regions, meters, payments, ..Written::default() };
        for (place, (known, ..)) in written.steps().into_iter().zip(FIELDS) {
            *place = (known == field).then(|| steps.clone());
        }
        written
    }
}
