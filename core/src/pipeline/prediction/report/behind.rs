//! The observed visits behind a figure, counted over the whole file: those who are shown an alternative, and those of a segment.

use std::collections::BTreeMap;

use crate::energy::market::PricedMarket;
use crate::pipeline::prediction::prepared::Parsed;
use crate::pipeline::prediction::report::estimate::Behind;
use crate::replay::panel::by_person;
use crate::replay::panel::sums::Mass;
use crate::replay::panel::targets::{Alternative, Targets};
use crate::replay::sellers::Sellers;

/// Who is behind what.
#[derive(Default)]
pub(super) struct Observers {
    /// By alternative, those who are shown it in any market.
    alternatives: Vec<Mass>,
    /// By row of the breakdowns, by the consumption that was observed.
    rows: BTreeMap<usize, Mass>,
    /// By row of the breakdowns, those who are shown the focus.
    shown: BTreeMap<usize, Mass>,
}

impl Observers {
    /// Of these visits in these markets. The one without the focus's own edits shows what either of the two does.
    pub(super) fn new(
        parsed: &Parsed,
        markets: &[PricedMarket; 2],
        targets: &Targets,
        sellers: &Sellers,
        focus: Option<usize>,
    ) -> Observers {
        let (population, breakdowns) = (&parsed.population, &parsed.breakdowns);
        let (profiles, observed) = (population.profiles(), population.observed());
        let shown: Vec<Vec<usize>> = population
            .segments()
            .iter()
            .map(|segment| {
                let offers = markets.iter().flat_map(|market| market.on_sale(*segment));
                let tariffs = offers.map(|(_, offer)| usize::from(offer.tariff));
                let told =
                    tariffs.flat_map(|tariff| [Alternative::Tariff(tariff), Alternative::Supplier(sellers.of[tariff])]);
                let mut told: Vec<usize> =
                    told.chain([Alternative::NoSwitch]).map(|one| targets.alternative(one)).collect();
                told.sort_unstable();
                told.dedup();
                told
            })
            .collect();
        let focus = focus.map(|focus| targets.alternative(Alternative::Tariff(focus)));
        let mut observers =
            Observers { alternatives: vec![Mass::default(); targets.alternatives()], ..Observers::default() };
        let mut by_alternative: BTreeMap<usize, Part> = BTreeMap::new();
        let (mut by_row, mut by_row_shown): (BTreeMap<usize, Part>, BTreeMap<usize, Part>) = Default::default();
        for visits in by_person(profiles) {
            for visit in visits {
                let (at, weight) = (visit as usize, profiles[visit as usize].weight);
                let segment = population.segment_of(at);
                for alternative in &shown[segment] {
                    by_alternative.entry(*alternative).or_default().enter(weight);
                }
                let is_shown = focus.is_some_and(|focus| shown[segment].binary_search(&focus).is_ok());
                for row in breakdowns.rows_of(at, segment, population.band(&observed[at])) {
                    by_row.entry(row).or_default().enter(weight);
                    if is_shown {
                        by_row_shown.entry(row).or_default().enter(weight);
                    }
                }
            }
            while let Some((alternative, part)) = by_alternative.pop_first() {
                part.add_to(&mut observers.alternatives[alternative]);
            }
            for (parts, masses) in [(&mut by_row, &mut observers.rows), (&mut by_row_shown, &mut observers.shown)] {
                while let Some((row, part)) = parts.pop_first() {
                    part.add_to(masses.entry(row).or_default());
                }
            }
        }
        observers
    }

    /// Those who are shown an alternative, by number.
    pub(super) fn alternative(&self, at: usize) -> Behind {
        self.alternatives.get(at).map(behind).unwrap_or_default()
    }

    /// Those of a row of the breakdowns.
    pub(super) fn row(&self, row: usize) -> Behind {
        self.rows.get(&row).map(behind).unwrap_or_default()
    }

    /// Those of several rows of one breakdown.
    pub(super) fn rows(&self, rows: impl Iterator<Item = usize>) -> Behind {
        let mut whole = Mass::default();
        rows.filter_map(|row| self.rows.get(&row)).for_each(|mass| whole.add(mass));
        behind(&whole)
    }

    /// Those of them who are shown the focus.
    pub(super) fn row_shown(&self, row: usize) -> Behind {
        self.shown.get(&row).map(behind).unwrap_or_default()
    }
}

fn behind(mass: &Mass) -> Behind {
    Behind { visits: mass.visits, effective: mass.effective() }
}

/// A person's part in something.
#[derive(Clone, Copy, Default)]
struct Part {
    visits: u64,
    weight: f64,
}

impl Part {
    fn enter(&mut self, weight: f64) {
        self.visits += 1;
        self.weight += weight;
    }

    fn add_to(self, mass: &mut Mass) {
        mass.enter(self.visits, [self.weight; 2], 1.0);
    }
}
