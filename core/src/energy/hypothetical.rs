//! Hypothetical markets: edits of a base market. An edit changes what is on sale, never what a customer is already on,
//! except that customers of a repriced tariff pay the new price too.

use crate::energy::edit::{Edit, Part, Reprice, Source, Subject};
use crate::energy::market::{Market, describe};
use crate::energy::rates::{ELECTRICITY_UNIT_MAX, GAS_UNIT_MAX, Micropence, PENNY, Rates, STANDING_MAX};
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
                Edit::Withdraw(subject) => {
                    let withdrawn = market.withdraw(subject, &wrong);
                    found.take(withdrawn);
                }
                Edit::Reprice(reprice) => {
                    let repriced = market.reprice(reprice, &wrong);
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

    /// This market with all unit rates of one tariff moved by a percentage: a point of a price sweep.
    pub fn with_unit_rates_moved(&self, scenario: &str, tariff: usize, percent: f64) -> Result<Market> {
        let wrong = |_: &str, _: &str, expected: String| {
            InputError::new(scenario, expected).field("sweep.unit_rate_percent").value(number_text(percent))
        };
        let mut market = self.clone();
        market.move_rates(tariff, Part::UnitRate, None, Move::Percent(percent), &wrong)?;
        Ok(market)
    }

    fn withdraw(&mut self, subject: &Subject, wrong: Wrong<'_>) -> Result<()> {
        let found = match subject {
            Subject::Tariff(id) => self.subjects(Some(id), None, "withdraw", wrong)?,
            Subject::Supplier(name) => self.subjects(None, Some(name), "withdraw", wrong)?,
        };
        for at in found {
            self.tariffs[at].on_sale = false;
        }
        Ok(())
    }

    fn reprice(&mut self, reprice: &Reprice, wrong: Wrong<'_>) -> Result<()> {
        let moved = match (reprice.percent, reprice.pence) {
            (Some(percent), None) => Move::Percent(percent),
            (None, Some(pence)) => Move::Pence(pence),
            (percent, _) => return Err(wrong("reprice", both(percent), "exactly one of percent and pence".into())),
        };
        if reprice.fuel == Some(Fuel::Dual) {
            let expected = "electricity or gas; without a fuel, the charges of both change".into();
            return Err(wrong("reprice.fuel", Fuel::Dual.word(), expected));
        }
        let subjects = self.subjects(reprice.tariff.as_ref(), reprice.supplier.as_ref(), "reprice", wrong)?;
        if let Some(fuel) = reprice.fuel.filter(|fuel| !subjects.iter().any(|at| self.tariffs[*at].fuel.shares(*fuel)))
        {
            let expected = format!("a fuel that `{}` supplies", self.tariffs[subjects[0]].id);
            return Err(wrong("reprice.fuel", fuel.word(), expected));
        }
        for at in subjects {
            self.move_rates(at, reprice.part, reprice.fuel, moved, wrong)?;
        }
        Ok(())
    }

    fn subjects(
        &self,
        tariff: Option<&String>,
        supplier: Option<&String>,
        edit: &str,
        wrong: Wrong<'_>,
    ) -> Result<Vec<usize>> {
        match (tariff, supplier) {
            (Some(id), None) => {
                let found = self.find(id);
                let expected = || self.tariff_names().expected("a tariff of the market", id);
                let found = found.ok_or_else(|| wrong(&format!("{edit}.tariff"), id, expected()));
                Ok(vec![found?])
            }
            (None, Some(name)) => {
                let all = self.tariffs.iter().enumerate();
                let found: Vec<usize> = all.filter(|(_, t)| t.supplier == *name).map(|(at, _)| at).collect();
                if found.is_empty() {
                    let suppliers = Names::new(self.tariffs.iter().map(|tariff| tariff.supplier.as_str()));
                    let expected = suppliers.expected("a supplier of the market", name);
                    return Err(wrong(&format!("{edit}.supplier"), name, expected));
                }
                Ok(found)
            }
            (tariff, _) => Err(wrong(edit, both(tariff), "exactly one of tariff and supplier".into())),
        }
    }

    pub(super) fn move_rates(
        &mut self,
        at: usize,
        part: Part,
        fuel: Option<Fuel>,
        moved: Move,
        wrong: Wrong<'_>,
    ) -> Result<()> {
        let sold = self.tariffs[at].fuel;
        let electricity = sold.has_electricity() && fuel.is_none_or(Fuel::has_electricity);
        let gas = sold.has_gas() && fuel.is_none_or(Fuel::has_gas);
        for (place, rates) in &mut self.rates[at] {
            for (rate, max) in charges(rates, part, electricity, gas) {
                let new = moved.apply(*rate);
                *rate = new.filter(|new| (0..=max).contains(new)).ok_or_else(|| {
                    let expected = format!(
                        "a change that leaves `{}` from 0 to {} p in {}",
                        self.tariffs[at].id,
                        max / PENNY,
                        describe(*place)
                    );
                    wrong("reprice", &moved.describe(), expected)
                })?;
            }
        }
        Ok(())
    }
}

/// What is there of two of which one should be, by the first.
fn both<T>(first: Option<T>) -> &'static str {
    if first.is_some() { "both" } else { "neither" }
}

/// Builds the error of an edit from a field, a value and what was expected.
pub(super) type Wrong<'a> = &'a dyn Fn(&str, &str, String) -> InputError;

#[derive(Clone, Copy)]
pub(super) enum Move {
    Percent(f64),
    Pence(f64),
}

impl Move {
    /// The moved charge, rounded to whole micropence; `None` if that is not a sane number.
    fn apply(self, rate: Micropence) -> Option<Micropence> {
        let moved = match self {
            Move::Percent(percent) => rate as f64 * (1.0 + percent / 100.0),
            Move::Pence(pence) => rate as f64 + pence * PENNY as f64,
        };
        (moved.abs() < 1e12).then_some(libm::round(moved) as Micropence)
    }

    fn describe(self) -> String {
        match self {
            Move::Percent(percent) => format!("{} percent", number_text(percent)),
            Move::Pence(pence) => format!("{} pence", number_text(pence)),
        }
    }
}

/// The charges that a reprice moves, each with its upper bound.
fn charges(
    rates: &mut Rates,
    part: Part,
    electricity: bool,
    gas: bool,
) -> impl Iterator<Item = (&mut Micropence, Micropence)> {
    let unit = part == Part::UnitRate;
    [
        (electricity && !unit, &mut rates.electricity_standing, STANDING_MAX),
        (electricity && unit, &mut rates.electricity_unit, ELECTRICITY_UNIT_MAX),
        (electricity && unit, &mut rates.electricity_night, ELECTRICITY_UNIT_MAX),
        (gas && !unit, &mut rates.gas_standing, STANDING_MAX),
        (gas && unit, &mut rates.gas_unit, GAS_UNIT_MAX),
    ]
    .into_iter()
    .filter_map(|(moved, rate, max)| moved.then_some((rate, max)))
}

/// An error about a tariff of an edited market, by the edit that adds it, if one does.
pub(crate) fn by_edit(edits: &[Edit], error: InputError) -> InputError {
    let is_added = |edit: &Edit| matches!(edit, Edit::Add(launch) if Some(&launch.tariff.id) == error.value.as_ref());
    match edits.iter().position(is_added) {
        Some(at) => error.field(format!("edits[{at}].add.tariff.id")),
        None => error.field("edits"),
    }
}
