//! The suppliers of a market by name, as results are told of them.

use std::collections::BTreeSet;

use crate::energy::tariff::Tariff;

/// A market's suppliers.
#[derive(Clone, Debug, PartialEq)]
pub struct Sellers {
    /// Their names, in order.
    pub names: Vec<String>,
    /// By tariff, the number of its supplier's name.
    pub of: Vec<usize>,
}

impl Sellers {
    /// Of the market with these tariffs.
    pub fn new(tariffs: &[Tariff]) -> Sellers {
        let names: BTreeSet<&str> = tariffs.iter().map(|tariff| tariff.supplier.as_str()).collect();
        let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
        let number = |tariff: &Tariff| names.binary_search(&tariff.supplier).unwrap_or_default();
        Sellers { of: tariffs.iter().map(number).collect(), names }
    }
}
