//! Limits of an edit: the regions, meters and payments that it is about. An edit without any is about all places.

use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer, Serialize};

use crate::energy::market::Place;
use crate::energy::region::Region;
use crate::energy::tariff::region_words;
use crate::energy::terms::{Meter, Payment};
use crate::input::{Word, of_list};

/// The places that an edit is limited to. What is empty limits nothing.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Limits {
    /// GSP groups.
    #[serde(serialize_with = "region_words::serialize", skip_serializing_if = "Vec::is_empty")]
    pub regions: Vec<Region>,
    /// Electricity meters.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub meters: Vec<Meter>,
    /// Payment methods.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub payments: Vec<Payment>,
}

/// A limit that meets nothing: its field, the word, and what was expected.
pub(super) struct Unmet {
    pub(super) field: String,
    pub(super) value: String,
    pub(super) expected: String,
}

impl Limits {
    /// Whether they let a place through.
    pub(super) fn meet(&self, (region, meter, payment): Place) -> bool {
        allows(&self.regions, region) && allows(&self.meters, meter) && allows(&self.payments, payment)
    }

    /// Checks that every word meets one of the places where `who`, such as `` `fix` is sold``, and all together do.
    pub(super) fn check(&self, who: &str, places: &[Place]) -> std::result::Result<(), Unmet> {
        unmet("regions", &self.regions, places.iter().map(|place| place.0), &format!("{who} in no other region"))?;
        unmet("meters", &self.meters, places.iter().map(|place| place.1), &format!("{who} for no other meter"))?;
        let payments = places.iter().map(|place| place.2);
        unmet("payments", &self.payments, payments, &format!("{who} for no other payment"))?;
        if places.iter().any(|place| self.meet(*place)) {
            return Ok(());
        }
        let groups = [words(&self.regions), words(&self.meters), words(&self.payments)];
        let value = groups.into_iter().filter(|words| !words.is_empty()).collect::<Vec<_>>().join("; ");
        Err(Unmet { field: String::new(), value, expected: format!("limits that meet in a place where {who}") })
    }
}

fn allows<T: PartialEq>(listed: &[T], one: T) -> bool {
    listed.is_empty() || listed.contains(&one)
}

/// The first of these words that stands for no place.
fn unmet<T: Word + Ord>(
    field: &str,
    listed: &[T],
    of_places: impl Iterator<Item = T>,
    no_other: &str,
) -> std::result::Result<(), Unmet> {
    let mut known: Vec<T> = of_places.collect();
    known.sort_unstable();
    known.dedup();
    let Some(at) = listed.iter().position(|one| !known.contains(one)) else { return Ok(()) };
    let expected = format!("{}: {no_other}", words(&known));
    Err(Unmet { field: format!("{field}[{at}]"), value: listed[at].word().to_owned(), expected })
}

fn words<T: Word>(listed: &[T]) -> String {
    listed.iter().map(|one| one.word()).collect::<Vec<_>>().join(", ")
}

/// A list that is not empty: what it limits would be nothing.
pub(crate) fn some<'de, D: Deserializer<'de>, T: DeserializeOwned>(from: D) -> Result<Vec<T>, D::Error> {
    not_empty(Vec::deserialize(from)?)
}

/// The same of regions: `all` are no limit.
pub(crate) fn some_regions<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Region>, D::Error> {
    let regions = not_empty(region_words::deserialize(from)?)?;
    Ok(if Region::all().all(|region| regions.contains(&region)) { Vec::new() } else { regions })
}

fn not_empty<T, E: Error>(listed: Vec<T>) -> Result<Vec<T>, E> {
    if listed.is_empty() { Err(E::custom(of_list("at least one, or no list where all are meant"))) } else { Ok(listed) }
}
