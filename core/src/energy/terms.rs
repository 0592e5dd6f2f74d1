//! The trade's closed terms: fuels, meters, payment methods, kinds of tariff.

use serde::{Deserialize, Serialize};

use crate::input::Word;

/// What a tariff supplies, and what a visit compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fuel {
    /// Electricity alone.
    Electricity,
    /// Gas alone.
    Gas,
    /// Electricity and gas from one supplier under one tariff.
    Dual,
}

impl Fuel {
    /// Whether electricity is part of it.
    pub fn has_electricity(self) -> bool {
        self != Fuel::Gas
    }

    /// Whether gas is part of it.
    pub fn has_gas(self) -> bool {
        self != Fuel::Electricity
    }

    /// Whether a part of it is one of the other's too.
    pub fn shares(self, other: Fuel) -> bool {
        self.has_electricity() && other.has_electricity() || self.has_gas() && other.has_gas()
    }

    /// How many fuels: exit fees are per fuel.
    pub fn count(self) -> i64 {
        if self == Fuel::Dual { 2 } else { 1 }
    }
}

impl Word for Fuel {
    const WORDS: &'static [(Fuel, &'static str)] =
        &[(Fuel::Electricity, "electricity"), (Fuel::Gas, "gas"), (Fuel::Dual, "dual")];
}

/// The kind of electricity meter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Meter {
    /// One unit rate at all hours.
    Single,
    /// A day and a night unit rate.
    Economy7,
}

impl Word for Meter {
    const WORDS: &'static [(Meter, &'static str)] = &[(Meter::Single, "single"), (Meter::Economy7, "economy7")];
}

/// How the customer pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Payment {
    /// Monthly direct debit.
    DirectDebit,
    /// On receipt of bill.
    StandardCredit,
    /// Prepayment meter.
    Prepayment,
}

impl Word for Payment {
    const WORDS: &'static [(Payment, &'static str)] = &[
        (Payment::DirectDebit, "direct_debit"),
        (Payment::StandardCredit, "standard_credit"),
        (Payment::Prepayment, "prepayment"),
    ];
}

/// How the rates move during the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Rates fixed for the term.
    Fixed,
    /// The supplier's standard variable tariff: what its fixed deals roll onto.
    Variable,
    /// Rates follow a wholesale index during the term.
    Tracker,
}

impl Word for Kind {
    const WORDS: &'static [(Kind, &'static str)] =
        &[(Kind::Fixed, "fixed"), (Kind::Variable, "variable"), (Kind::Tracker, "tracker")];
}
