//! Hypothetical markets: edits of a base market. An edit changes what is on sale, never the deal that a customer is on: a fix in
//! force keeps its price (`PricedMarket::in_force`). Variable and tracker rates move for everyone, and so for who rolls onto them.

use crate::energy::edit::{Edit, Reprice, Source, Subject, Withdraw};
use crate::energy::limits::{Limits, Unmet};
use crate::energy::market::{Market, Place};
use crate::energy::price_change::{Change, Charges};
use crate::energy::tariff::Tariff;
use crate::energy::terms::Fuel;
use crate::input::{Findings, InputError, Names, Result, Word, number_text};

impl Market {
    /// The market after all edits, in order.
    pub fn edited(&self, edits: &[Edit], source: &Source<'_>, found: &mut Findings) -> Option<Market> {
        let mut market = self.clone();
        // Of launches that are wrong, what other edits make cannot be told.
        let mut spoilt: Vec<&Tariff> = Vec::new();
        let errors = found.error_count();
        for (at, edit) in edits.iter().enumerate() {
            if edit.is_about_any(&spoilt) {
                continue;
            }
            let wrong = |field: &str, value: &str, expected: String| {
                InputError::new(source.scenario, expected).field(format!("edits[{at}].{field}")).value(value)
            };
            match edit {
                Edit::Add(launch) => {
                    if market.launch(launch, source, &wrong, found).is_none() {
                        spoilt.push(&launch.tariff);
                    }
                }
                Edit::Withdraw(withdraw) => {
                    let withdrawn = market.withdraw(withdraw, &within("withdraw", &wrong));
                    found.take(withdrawn);
                }
                Edit::Reprice(reprice) => {
                    let repriced = market.reprice(reprice, &within("reprice", &wrong));
                    found.take(repriced);
                }
            }
        }
        if found.error_count() > errors {
            return None;
        }
        let checked = market.check(source.scenario).map_err(|error| by_edit(edits, error));
        found.take(checked).map(|()| market)
    }

    /// This market with one price changed, and nothing wrong with it: a point of a sweep. `wrong` makes an error of a field of the
    /// change, a value, and what was expected.
    pub(crate) fn repriced(&self, reprice: &Reprice, wrong: Wrong<'_>) -> Result<Market> {
        let mut market = self.clone();
        market.reprice(reprice, wrong)?;
        let change = reprice.change;
        let refused = |error: InputError| wrong(change.field(), &number_text(change.number()), error.expected);
        market.check("").map_err(refused)?;
        Ok(market)
    }

    fn withdraw(&mut self, Withdraw { subject, limits }: &Withdraw, wrong: Wrong<'_>) -> Result<()> {
        let found = self.subjects(subject, wrong)?;
        let sold: Vec<Place> = found.iter().flat_map(|at| self.rates[*at].keys().copied()).collect();
        check_limits(&who(subject, None), limits, &sold, wrong)?;
        for at in found {
            if !self.tariffs[at].on_sale {
                continue;
            }
            let (places, withdrawn) = (self.rates[at].keys(), &mut self.withdrawn[at]);
            withdrawn.extend(places.filter(|place| limits.meet(**place)));
            self.tariffs[at].on_sale = withdrawn.len() < self.rates[at].len();
        }
        Ok(())
    }

    fn reprice(&mut self, reprice: &Reprice, wrong: Wrong<'_>) -> Result<()> {
        let Reprice { subject, charges, change, limits } = reprice;
        let found = self.subjects(subject, wrong)?;
        let has = |at: usize, place: &Place| charges.are_sold(self.tariffs[at].fuel, place.1);
        let of = |at: usize| self.rates[at].keys().filter(move |place| has(at, place));
        let sold: Vec<Place> = found.iter().flat_map(|at| of(*at)).copied().collect();
        if sold.is_empty() {
            return Err(self.not_sold(found[0], *charges, wrong));
        }
        check_limits(&who(subject, Some(charges)), limits, &sold, wrong)?;
        let two = found.iter().find(|at| of(**at).any(|place| limits.meet(*place) && charges.are_two(place.1)));
        if let (Some(at), Change::ToPence(pence)) = (two, change) {
            let id = &self.tariffs[*at].id;
            let expected =
                format!("`rate` beside it, day or night, or `meters` that are single: `{id}` has both on Economy 7");
            return Err(wrong(change.field(), &number_text(*pence), expected));
        }
        let refused = |expected| wrong(change.field(), &number_text(change.number()), expected);
        found
            .into_iter()
            .try_for_each(|at| self.change_prices(at, *charges, |place| limits.meet(place), *change, &refused))
    }

    /// Whether a change of prices, which is right, is of anything on sale.
    pub(crate) fn is_on_offer(&self, Reprice { subject, charges, limits, .. }: &Reprice) -> bool {
        let is_offered = |at: usize, fuel: Fuel| {
            let is_meant = |place: &Place| charges.are_sold(fuel, place.1) && limits.meet(*place);
            self.rates[at].keys().any(|place| is_meant(place) && self.offers(at, *place))
        };
        self.tariffs.iter().enumerate().any(|(at, tariff)| subject.is(tariff) && is_offered(at, tariff.fuel))
    }

    /// The error of charges that a tariff has none of.
    fn not_sold(&self, at: usize, charges: Charges, wrong: Wrong<'_>) -> InputError {
        let id = &self.tariffs[at].id;
        match (charges.rate, charges.fuel) {
            (Some(hours), _) => {
                wrong("rate", hours.word(), format!("none, as `{id}` is not sold for Economy 7 meters"))
            }
            (None, fuel) => {
                let word = fuel.map_or("", Word::word);
                wrong("fuel", word, format!("a fuel that `{id}` supplies"))
            }
        }
    }

    fn subjects(&self, subject: &Subject, wrong: Wrong<'_>) -> Result<Vec<usize>> {
        let all = self.tariffs.iter().enumerate();
        let found: Vec<usize> = all.filter(|(_, tariff)| subject.is(tariff)).map(|(at, _)| at).collect();
        if !found.is_empty() {
            return Ok(found);
        }
        Err(match subject {
            Subject::Tariff(id) => {
                let expected = self.tariff_names().expected("a tariff of the market", id);
                wrong("tariff", id, expected)
            }
            Subject::Supplier(name) => {
                let suppliers = Names::new(self.tariffs.iter().map(|tariff| tariff.supplier.as_str()));
                wrong("supplier", name, suppliers.expected("a supplier of the market", name))
            }
        })
    }
}

/// What limits of an edit are checked against the places of: where its subject is sold, or has the charges that change.
fn who(subject: &Subject, charges: Option<&Charges>) -> String {
    let (name, sold) = match subject {
        Subject::Tariff(id) => (format!("`{id}`"), "is sold"),
        Subject::Supplier(name) => (name.clone(), "sells"),
    };
    match (charges.and_then(|charges| charges.rate), charges.and_then(|charges| charges.fuel), subject) {
        (Some(hours), ..) => format!("{name} has a {} rate", hours.word()),
        // A tariff supplies it wherever it is sold.
        (None, Some(fuel), Subject::Supplier(_)) => format!("{name} supplies {}", fuel.word()),
        _ => format!("{name} {sold}"),
    }
}

/// Checks the limits of an edit against the places that it could be about.
fn check_limits(who: &str, limits: &Limits, sold: &[Place], wrong: Wrong<'_>) -> Result<()> {
    let unmet = |Unmet { field, value, expected }| wrong(&field, &value, expected);
    limits.check(who, sold).map_err(unmet)
}

/// Names the fields of what an edit does by the edit.
fn within<'a>(edit: &'a str, wrong: Wrong<'a>) -> impl Fn(&str, &str, String) -> InputError + 'a {
    move |field, value, expected| match field {
        "" => wrong(edit, value, expected),
        _ => wrong(&format!("{edit}.{field}"), value, expected),
    }
}

/// Builds the error of an edit from a field, a value and what was expected.
pub(crate) type Wrong<'a> = &'a dyn Fn(&str, &str, String) -> InputError;

/// An error about a tariff of an edited market, by the edit that adds it, if one does.
pub(crate) fn by_edit(edits: &[Edit], error: InputError) -> InputError {
    let is_added = |edit: &Edit| matches!(edit, Edit::Add(launch) if Some(&launch.tariff.id) == error.value.as_ref());
    match edits.iter().position(is_added) {
        Some(at) => error.field(format!("edits[{at}].add.tariff.id")),
        None => error.field("edits"),
    }
}
