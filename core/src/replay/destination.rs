//! Where visits can go: to each supplier, to the focus tariff, which is told apart from its supplier's others, or nowhere.

use std::collections::BTreeSet;

/// The destinations of some markets: every supplier by name, the focus, and no switch last.
#[derive(Clone, Debug, PartialEq)]
pub struct Destinations {
    suppliers: Vec<String>,
}

impl Destinations {
    /// Of markets in which these suppliers have tariffs.
    pub fn new<'a>(suppliers: impl IntoIterator<Item = &'a String>) -> Destinations {
        let suppliers: BTreeSet<&String> = suppliers.into_iter().collect();
        Destinations { suppliers: suppliers.into_iter().cloned().collect() }
    }

    /// The suppliers, by name: as many destinations, in this order.
    pub fn suppliers(&self) -> &[String] {
        &self.suppliers
    }

    /// The number of a supplier.
    ///
    /// # Panics
    /// If no market has it.
    pub fn supplier(&self, name: &str) -> usize {
        self.suppliers.binary_search_by(|known| known.as_str().cmp(name)).expect("a supplier of these markets")
    }

    /// The number of the focus tariff.
    pub fn focus(&self) -> usize {
        self.suppliers.len()
    }

    /// The number of no switch.
    pub fn no_switch(&self) -> usize {
        self.suppliers.len() + 1
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.suppliers.len() + 2
    }
}
