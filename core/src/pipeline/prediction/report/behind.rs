//! The observed visits behind a figure, counted over the whole file: those who are shown an alternative, and those of a segment.

use crate::energy::market::{PricedMarket, Segment};
use crate::pipeline::prediction::prepared::Parsed;
use crate::pipeline::prediction::report::estimate::Behind;
use crate::replay::panel::by_person;
use crate::replay::panel::sums::Mass;
use crate::replay::panel::targets::{Alternative, Targets};
use crate::replay::sellers::Sellers;

/// Who is behind what.
pub(super) struct Observers {
    /// By alternative, those who are shown it in any market.
    alternatives: People,
    /// By row of the breakdowns, by the consumption that was observed.
    rows: People,
    /// By row of the breakdowns, those who are shown the focus.
    shown: People,
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
        let shown = |segment: &Segment| shown(*segment, markets, targets, sellers);
        let shown: Vec<Vec<usize>> = population.segments().iter().map(shown).collect();
        let focus = focus.map(|focus| targets.alternative(Alternative::Tariff(focus)));
        let mut observers = Observers {
            alternatives: People::new(targets.alternatives()),
            rows: People::new(breakdowns.rows()),
            shown: People::new(breakdowns.rows()),
        };
        for visits in by_person(profiles) {
            for visit in visits {
                let (at, weight) = (visit as usize, profiles[visit as usize].weight);
                let segment = population.segment_of(at);
                shown[segment].iter().for_each(|alternative| observers.alternatives.enter(*alternative, weight));
                let is_shown = focus.is_some_and(|focus| shown[segment].binary_search(&focus).is_ok());
                for row in breakdowns.rows_of(at, segment, population.band(&observed[at])) {
                    observers.rows.enter(row, weight);
                    if is_shown {
                        observers.shown.enter(row, weight);
                    }
                }
            }
            observers.alternatives.end_person();
            observers.rows.end_person();
            observers.shown.end_person();
        }
        observers
    }

    /// Those who are shown an alternative, by number.
    pub(super) fn alternative(&self, at: usize) -> Behind {
        behind(&self.alternatives.masses[at])
    }

    /// Those of a row of the breakdowns.
    pub(super) fn row(&self, row: usize) -> Behind {
        behind(&self.rows.masses[row])
    }

    /// Those of several rows of one breakdown.
    pub(super) fn rows(&self, rows: impl Iterator<Item = usize>) -> Behind {
        let mut whole = Mass::default();
        rows.for_each(|row| whole.add(&self.rows.masses[row]));
        behind(&whole)
    }

    /// Those of a row who are shown the focus.
    pub(super) fn row_shown(&self, row: usize) -> Behind {
        behind(&self.shown.masses[row])
    }
}

/// The alternatives that a segment is shown in any of the markets, by number and in order.
fn shown(segment: Segment, markets: &[PricedMarket; 2], targets: &Targets, sellers: &Sellers) -> Vec<usize> {
    let offers = markets.iter().flat_map(|market| market.on_sale(segment));
    let tariffs = offers.map(|(_, offer)| usize::from(offer.tariff));
    let told = tariffs.flat_map(|tariff| [Alternative::Tariff(tariff), Alternative::Supplier(sellers.of[tariff])]);
    let mut told: Vec<usize> = told.chain([Alternative::NoSwitch]).map(|one| targets.alternative(one)).collect();
    told.sort_unstable();
    told.dedup();
    told
}

fn behind(mass: &Mass) -> Behind {
    Behind { visits: mass.visits, effective: mass.effective() }
}

/// People in several things at once, one person after the other.
struct People {
    masses: Vec<Mass>,
    /// The present person's visits and their weight, of what they are in.
    parts: Vec<(u64, f64)>,
    entered: Vec<usize>,
}

impl People {
    fn new(count: usize) -> People {
        People { masses: vec![Mass::default(); count], parts: vec![(0, 0.0); count], entered: Vec::new() }
    }

    /// Enters a visit of the present person.
    fn enter(&mut self, at: usize, weight: f64) {
        let (visits, sum) = &mut self.parts[at];
        if *visits == 0 {
            self.entered.push(at);
        }
        *visits += 1;
        *sum += weight;
    }

    fn end_person(&mut self) {
        for at in self.entered.drain(..) {
            let (visits, weight) = std::mem::take(&mut self.parts[at]);
            self.masses[at].enter(visits, [weight; 2], 1.0);
        }
    }
}
