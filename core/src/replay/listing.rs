//! A visit before the list of one market, alternative by alternative: the one place that turns a visit and its table into the
//! variables of a choice model. For tables of visits, and for fitting models; the replay itself looks at four visits at once.

use std::ops::Range;

use wide::{f32x4, i32x4};

use crate::choice::logit::{CERTAIN, DEALS_MAX, Deals};
use crate::choice::model::Variable;
use crate::replay::experiment::{Absorb, At, Four, Population, Stage};
use crate::replay::sample::Drawn;

/// What one visit was shown in one market, and what it makes of that.
#[derive(Clone, Copy)]
pub struct Listing<'a> {
    /// Number of the visit.
    pub visit: u64,
    /// Number of the market among those walked.
    pub market: usize,
    lane: usize,
    draw: i32,
    at: At<'a>,
    units: &'a [i32x4; DEALS_MAX],
}

/// Hands each visit's list in each market to a function, in the order of the walk. With the observed visits
/// ([`Population::observed`]) and the market they were shown, these are the data that a model is fitted to.
pub struct Listings<F>(pub F);

impl<F: FnMut(&Listing<'_>)> Absorb for Listings<F> {
    fn absorb(&mut self, four: &Four, at: At<'_>, units: &[i32x4; DEALS_MAX]) {
        for (lane, draw) in four.choice.to_array().into_iter().take(four.count).enumerate() {
            (self.0)(&Listing { visit: four.visits[lane], market: at.market, lane, draw, at, units });
        }
    }
}

/// An alternative: a deal by its place in the list, from 0 at the top, or `None`, the outside option.
pub type Alternative = Option<usize>;

impl Listing<'_> {
    /// The alternatives: the outside option, then the deals from the top of the list down.
    pub fn alternatives(&self) -> impl Iterator<Item = Alternative> + use<> {
        std::iter::once(None).chain((0..self.at.shown.deals).map(Some))
    }

    /// How many deals are listed.
    pub fn deals(&self) -> usize {
        self.at.shown.deals
    }

    /// The tariff at a place, by position in the market.
    pub fn tariff(&self, place: usize) -> usize {
        self.at.table.tariff(self.deal(place))
    }

    /// First-year saving with the deal at a place, less the fee for leaving the present one: whole pence.
    pub fn saving_pence(&self, place: usize) -> f64 {
        self.of_lane(self.at.shown.saving_pence[self.deal(place)])
    }

    /// The value of a variable. The outside option has only its constant.
    pub fn value(&self, variable: Variable, alternative: Alternative) -> f64 {
        let yes = |is: bool| if is { 1.0 } else { 0.0 };
        let Some(place) = alternative else { return yes(variable == Variable::NoSwitch) };
        let (table, position) = (self.at.table, place as f64 + 1.0);
        match variable {
            Variable::NoSwitch => 0.0,
            Variable::SavingGbp => self.saving_pence(place) / 100.0,
            Variable::Position => position,
            Variable::LogPosition => libm::log(position),
            Variable::FirstPosition => yes(place == 0),
            Variable::OwnSupplier => {
                let own = self.at.shown.supplier.to_array()[self.lane];
                yes(table.supplier(self.deal(place)).total_cmp(&own).is_eq())
            }
            known => table.value(known, self.deal(place)).unwrap_or(0.0),
        }
    }

    /// How probable it is that the visit chooses this.
    pub fn probability(&self, alternative: Alternative) -> f64 {
        let units = match alternative {
            Some(place) => self.units(self.deal(place)),
            None => CERTAIN - (0..self.deals()).map(|deal| self.units(deal)).sum::<i32>(),
        };
        f64::from(units) / f64::from(CERTAIN)
    }

    /// What the visit's random draw chooses, as the tallies count it.
    pub fn choice(&self) -> Alternative {
        let mut sum = 0;
        let chosen = (0..self.deals()).find(|deal| {
            sum += self.units(*deal);
            sum > self.draw
        })?;
        (0..self.deals()).find(|place| self.deal(*place) == chosen)
    }

    /// The visit's standard normal draw for a random coefficient: number `taste` among the model's random ones.
    pub fn normal(&self, taste: usize) -> f64 {
        self.of_lane(self.at.shown.normals[taste])
    }

    fn deal(&self, place: usize) -> usize {
        self.at.shown.deal_at(place, self.lane)
    }

    /// In whole units of 1/[`CERTAIN`].
    fn units(&self, deal: usize) -> i32 {
        self.units[deal].to_array()[self.lane]
    }

    fn of_lane(&self, lanes: f32x4) -> f64 {
        f64::from(lanes.to_array()[self.lane])
    }
}

/// Where each visit's rows begin in a long table: visits in order, within them markets, within those the alternatives.
pub struct Layout {
    /// By visit and market, and the end.
    starts: Vec<usize>,
    markets: usize,
}

impl Layout {
    /// Of these visits in these markets.
    pub fn new(population: &Population, drawn: &[Drawn], stages: &[&Stage]) -> Layout {
        let mut starts = vec![0];
        let mut end = 0;
        for visit in drawn {
            for stage in stages {
                end += 1 + population.deals_shown(visit, stage);
                starts.push(end);
            }
        }
        Layout { starts, markets: stages.len() }
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.starts.last().copied().unwrap_or_default()
    }

    /// The first row of a visit, by position, in a market: its outside option.
    pub fn start(&self, visit: usize, market: usize) -> usize {
        self.starts[visit * self.markets + market]
    }

    /// The rows of a visit, by position, in a market.
    pub fn listed(&self, visit: usize, market: usize) -> Range<usize> {
        let at = visit * self.markets + market;
        self.starts[at]..self.starts[at + 1]
    }

    /// The position of a row's visit, its market, and the row's alternative.
    pub fn row(&self, row: usize) -> (usize, usize, Alternative) {
        let at = self.starts.partition_point(|start| *start <= row) - 1;
        (at / self.markets, at % self.markets, (row - self.starts[at]).checked_sub(1))
    }
}
