//! Who goes where: the customers of every present supplier and tariff, by destination. Counts are of whole units, so that sums of
//! what is reported are exact.

use std::collections::BTreeMap;

use crate::choice::logit::CERTAIN;
use crate::energy::tariff::Tariff;
use crate::pipeline::prediction::record::{HYPOTHETICAL, UNCHANGED};
use crate::pipeline::prediction::report::evidence::Evidence;
use crate::pipeline::prediction::report::format::{Destinations, SupplierFlow, TariffFlow};
use crate::replay::tally::{Probability, Row, destination};

/// A present tariff, its row, and what that counts in both markets.
type Customers<'a> = (&'a str, usize, [&'a Row; 2]);

/// The flows of all present suppliers, by name, and of their tariffs, in the market's order.
pub(super) fn flows(evidence: &Evidence<'_>) -> Vec<SupplierFlow> {
    let mut customers: BTreeMap<&str, Vec<Customers<'_>>> = BTreeMap::new();
    let known: BTreeMap<&str, &Tariff> =
        evidence.tariffs[UNCHANGED].iter().map(|tariff| (tariff.id.as_str(), tariff)).collect();
    for (row, labels) in evidence.breakdowns.present_tariff().labels() {
        let ([id, _], rows) = (labels[0], evidence.rows(row));
        if rows[HYPOTHETICAL].visits() > 0 {
            customers.entry(&known[id.as_str()].supplier).or_default().push((id, row, rows));
        }
    }
    let focus = evidence.record.focus.map(|at| evidence.tariffs[HYPOTHETICAL][at].supplier.as_str());
    let flow = |(supplier, tariffs): (&str, Vec<Customers<'_>>)| {
        let rows = |market: usize| tariffs.iter().map(move |(_, _, rows)| rows[market]);
        SupplierFlow {
            supplier: supplier.to_owned(),
            own: focus == Some(supplier),
            visits: rows(HYPOTHETICAL).map(Row::visits).sum(),
            observed: evidence.observers.rows(tariffs.iter().map(|(_, row, _)| *row)),
            unchanged: evidence.destinations(rows(UNCHANGED)),
            hypothetical: evidence.destinations(rows(HYPOTHETICAL)),
            tariffs: tariffs.iter().map(|(id, row, rows)| tariff_flow(evidence, id, *row, *rows)).collect(),
        }
    };
    customers.into_iter().map(flow).collect()
}

fn tariff_flow(evidence: &Evidence<'_>, id: &str, row: usize, rows: [&Row; 2]) -> TariffFlow {
    let [unchanged, hypothetical] = rows.map(|row| evidence.destinations([row]));
    let (visits, observed) = (rows[HYPOTHETICAL].visits(), evidence.observers.row(row));
    TariffFlow { id: id.to_owned(), visits, observed, unchanged, hypothetical }
}

impl Evidence<'_> {
    /// A row of the breakdowns in both markets.
    pub(super) fn rows(&self, row: usize) -> [&Row; 2] {
        [UNCHANGED, HYPOTHETICAL].map(|market| &self.shares[market].rows[row])
    }

    /// Where the visits of some rows go, as numbers of visits: exact while they are fewer than 2³¹.
    pub(super) fn destinations<'a>(&self, rows: impl IntoIterator<Item = &'a Row>) -> Destinations {
        let suppliers = self.sellers.names.len();
        let mut units: Vec<Probability> = vec![0; destination::count(suppliers)];
        for row in rows {
            units.iter_mut().zip(&row.expected).for_each(|(sum, units)| *sum += units);
        }
        let visits = |at: usize| units[at] as f64 / f64::from(CERTAIN);
        Destinations {
            no_switch: visits(destination::no_switch(suppliers)),
            focus: self.record.focus.map(|_| visits(destination::focus(suppliers))),
            suppliers: (0..suppliers).map(visits).collect(),
        }
    }
}
