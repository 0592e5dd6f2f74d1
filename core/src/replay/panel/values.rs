//! From the units of a visit's choices to the values of the targets, which are sums and differences of them.

use crate::choice::logit::CERTAIN;
use crate::replay::panel::targets::{Alternative, AtPoint, Targets};
use crate::replay::table::Table;

/// Where the units of each market's tariffs are kept: by tariff in the full markets, at points of sweeps by supplier, the swept
/// tariff and the focus by themselves.
#[derive(Clone, Copy)]
pub struct Layout<'a> {
    /// The targets.
    pub targets: &'a Targets,
    /// By tariff of the hypothetical market, its supplier's number.
    pub supplier_of: &'a [usize],
    /// The tariff the report is about.
    pub focus: Option<usize>,
    /// By point of the sweeps, the tariff that is swept.
    pub swept: &'a [usize],
}

/// What a visit chose, over so many replays of it: units by slot.
pub(super) struct Values<'a> {
    pub(super) units: &'a [u32],
    pub(super) replays: usize,
}

/// Slots at a point of a sweep that are no supplier's: the swept tariff's, then the focus's.
const OWN_SLOTS: usize = 2;

impl Layout<'_> {
    /// How many slots there are.
    pub(super) fn slots(&self) -> usize {
        self.start(self.targets.markets + self.targets.points)
    }

    /// The first slot of a market.
    fn start(&self, market: usize) -> usize {
        let Targets { tariffs, suppliers, markets, .. } = self.targets;
        market.min(*markets) * tariffs + market.saturating_sub(*markets) * (OWN_SLOTS + suppliers)
    }

    /// The slot of a tariff in a market.
    #[inline]
    pub(super) fn slot(&self, market: usize, tariff: usize) -> usize {
        let Some(point) = market.checked_sub(self.targets.markets) else { return self.start(market) + tariff };
        let slot = match tariff {
            swept if swept == self.swept[point] => 0,
            focus if Some(focus) == self.focus => 1,
            other => OWN_SLOTS + self.supplier_of[other],
        };
        self.start(market) + slot
    }

    /// The alternatives that are on any of the tables.
    pub(super) fn shown(&self, tables: &[&Table]) -> Vec<bool> {
        let mut shown = vec![false; self.targets.alternatives()];
        shown[self.targets.alternative(Alternative::NoSwitch)] = true;
        for tariff in tables.iter().flat_map(|table| table.tariffs()) {
            shown[tariff] = true;
            shown[self.targets.alternative(Alternative::Supplier(self.supplier_of[tariff]))] = true;
        }
        shown
    }

    /// Writes the value of every target.
    pub(super) fn values(&self, visit: &Values<'_>, values: &mut [f64]) {
        let Targets { tariffs, suppliers, markets, points } = *self.targets;
        let certain = f64::from(CERTAIN) * visit.replays as f64;
        let of_market = |market: usize| &visit.units[self.start(market)..self.start(market + 1)];
        let no_switch = |units: &[u32]| (certain - units.iter().map(|units| f64::from(*units)).sum::<f64>()) / certain;
        let width = self.targets.alternatives();
        for market in 0..markets {
            let (units, values) = (of_market(market), &mut values[market * width..][..width]);
            let (by_tariff, rest) = values.split_at_mut(tariffs);
            rest.fill(0.0);
            rest[0] = no_switch(units);
            for ((value, units), supplier) in by_tariff.iter_mut().zip(units).zip(self.supplier_of) {
                *value = f64::from(*units) / certain;
                rest[1 + supplier] += *value;
            }
        }
        for (pair, (before, after)) in self.targets.pairs().iter().enumerate() {
            let (levels, changes) = values.split_at_mut((markets + pair) * width);
            let [before, after] = [before, after].map(|market| &levels[market * width..][..width]);
            changes.iter_mut().zip(after).zip(before).for_each(|((change, after), before)| *change = after - before);
        }
        for point in 0..points {
            let units = of_market(markets + point);
            let mut write = |what: AtPoint, units: f64| {
                let [level, change] = self.targets.point(point, what);
                values[level] = units;
                values[change] = units - values[self.targets.level(1, self.alternative(point, what))];
            };
            let share = |slot: usize| f64::from(units[slot]) / certain;
            let (swept, focus) = (self.swept[point], self.focus.filter(|focus| *focus != self.swept[point]));
            write(AtPoint::Swept, share(0));
            write(AtPoint::Focus, share(usize::from(focus.is_some())));
            write(AtPoint::NoSwitch, no_switch(units));
            for supplier in 0..suppliers {
                let has = |tariff: usize| if self.supplier_of[tariff] == supplier { 1.0 } else { 0.0 };
                let own = has(swept) * share(0) + focus.map_or(0.0, |focus| has(focus) * share(1));
                write(AtPoint::Supplier(supplier), share(OWN_SLOTS + supplier) + own);
            }
        }
    }

    /// What is told of a point, as an alternative of a full market. Where there is no focus, the swept tariff stands for it.
    pub fn alternative(&self, point: usize, what: AtPoint) -> Alternative {
        match what {
            AtPoint::Swept => Alternative::Tariff(self.swept[point]),
            AtPoint::Focus => Alternative::Tariff(self.focus.unwrap_or(self.swept[point])),
            AtPoint::NoSwitch => Alternative::NoSwitch,
            AtPoint::Supplier(at) => Alternative::Supplier(at),
        }
    }
}
