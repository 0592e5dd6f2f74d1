//! The variables of a choice model: what a chooser may value, by the names that files use.

use serde::{Deserialize, Serialize};

use crate::input::Word;

/// What a chooser may value. The unit is part of the name; indicators are 0 or 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Variable {
    /// Constant of the outside option: keeping the present deal.
    NoSwitch,
    /// First-year saving against the present deal, less the fee for leaving it, GBP.
    SavingGbp,
    /// Position in the list, the top being 1.
    Position,
    /// Natural logarithm of the position.
    LogPosition,
    /// At the top of the list.
    FirstPosition,
    /// Contract length in months; 0 for a variable tariff.
    TermMonths,
    /// Rates fixed for the term.
    Fixed,
    /// Rates follow an index.
    Tracker,
    /// Exit fee, all fuels together, GBP.
    ExitFeeGbp,
    /// The supplier's service rating, stars.
    SupplierRating,
    /// Sold as green.
    Green,
    /// Of the present supplier.
    OwnSupplier,
}

impl Variable {
    /// Its unit in words; none of indicators, constants and logarithms.
    pub fn unit(self) -> Option<&'static str> {
        match self {
            Variable::SavingGbp => Some("GBP a year"),
            Variable::Position => Some("places"),
            Variable::TermMonths => Some("months"),
            Variable::ExitFeeGbp => Some("GBP"),
            Variable::SupplierRating => Some("stars"),
            _ => None,
        }
    }
}

impl Word for Variable {
    const WORDS: &'static [(Variable, &'static str)] = &[
        (Variable::NoSwitch, "no_switch"),
        (Variable::SavingGbp, "saving_gbp"),
        (Variable::Position, "position"),
        (Variable::LogPosition, "log_position"),
        (Variable::FirstPosition, "first_position"),
        (Variable::TermMonths, "term_months"),
        (Variable::Fixed, "fixed"),
        (Variable::Tracker, "tracker"),
        (Variable::ExitFeeGbp, "exit_fee_gbp"),
        (Variable::SupplierRating, "supplier_rating"),
        (Variable::Green, "green"),
        (Variable::OwnSupplier, "own_supplier"),
    ];
}
