//! What the replays found, merged, and the estimates that it gives: of any alternative's share in any market, and of changes.

use crate::choice::logit::CERTAIN;
use crate::energy::market::PricedMarket;
use crate::energy::tariff::Tariff;
use crate::pipeline::prediction::prepared::Parsed;
use crate::pipeline::prediction::record::{BLOCK_POINTS, HYPOTHETICAL, Record};
use crate::pipeline::prediction::report::behind::Observers;
use crate::pipeline::prediction::report::estimate::{Backing, Estimate, Parts};
use crate::pipeline::prediction::report::kept::Share;
use crate::replay::breakdown::Breakdowns;
use crate::replay::panel::sums::{Moments, PanelSums};
use crate::replay::panel::targets::{Alternative, AtPoint, Pair, Targets};
use crate::replay::sellers::Sellers;
use crate::replay::tally::{Group, Probability, Shares, Totals};

/// What the replay found, merged.
pub(super) struct Evidence<'a> {
    pub(super) record: &'a Record,
    /// What visits are counted by.
    pub(super) breakdowns: &'a Breakdowns,
    /// Of the unchanged and of the hypothetical market.
    pub(super) tariffs: [Vec<Tariff>; 2],
    /// The suppliers of the hypothetical market.
    pub(super) sellers: Sellers,
    pub(super) targets: Targets,
    /// Who is behind what, of all observed visits.
    pub(super) observers: Observers,
    /// By market, all that are no points of a sweep.
    pub(super) shares: Vec<Shares>,
    /// How shares differ between people, and between replays of a visit.
    pub(super) panel: PanelSums,
    /// By point of the sweeps: totals of the hypothetical market, and at that price.
    pub(super) sweep: Vec<[Totals; 2]>,
    /// By parameter draw, then market; the first at the model's own parameters.
    pub(super) draws: Vec<Vec<Totals>>,
    /// By point of the sweeps, then what is told of it, the changes against the hypothetical market by parameter draw.
    pub(super) sweep_draws: Vec<Vec<Vec<f64>>>,
    /// Replays that are not in it.
    pub(super) lost: Vec<String>,
}

impl<'a> Evidence<'a> {
    /// None yet, about these markets: the unchanged and the hypothetical one.
    pub(super) fn new(record: &'a Record, parsed: &'a Parsed, markets: [PricedMarket; 2]) -> Evidence<'a> {
        let sellers = Sellers::new(&markets[1].tariffs);
        let targets = record.targets(&sellers);
        Evidence {
            record,
            breakdowns: &parsed.breakdowns,
            observers: Observers::new(parsed, &markets, &targets, &sellers, record.focus),
            targets,
            sellers,
            tariffs: markets.map(|market| market.tariffs),
            shares: Vec::new(),
            panel: PanelSums::default(),
            sweep: Vec::new(),
            draws: Vec::new(),
            sweep_draws: Vec::new(),
            lost: Vec::new(),
        }
    }

    /// Enters totals of the hypothetical market and of the points of a sweep that come next.
    pub(super) fn enter_sweep(&mut self, totals: &[Vec<Totals>]) {
        for totals in totals {
            let (here, points) = (&totals[0], &totals[1..]);
            self.sweep.extend(points.iter().map(|there| [here.clone(), there.clone()]));
        }
    }

    /// Enters the next parameter draws of a block of points: totals of the hypothetical market, and of the points.
    pub(super) fn enter_sweep_draws(&mut self, block: u32, draws: &[Vec<Totals>]) {
        let swept = self.record.swept_tariffs();
        let layout = self.record.panel_layout(&self.targets, &self.sellers, &swept);
        let first = block as usize * BLOCK_POINTS;
        for totals in draws {
            for (point, there) in (first..).zip(&totals[1..]) {
                let changes = self.targets.told_of_point().map(|what| {
                    let alternative = layout.alternative(point, what);
                    self.total_share(there, alternative) - self.total_share(&totals[0], alternative)
                });
                let changes: Vec<f64> = changes.collect();
                if self.sweep_draws.len() <= point {
                    self.sweep_draws.push(vec![Vec::new(); changes.len()]);
                }
                self.sweep_draws[point].iter_mut().zip(changes).for_each(|(draws, change)| draws.push(change));
            }
        }
    }

    /// Everybody in a market.
    pub(super) fn all(&self, market: usize) -> &Group {
        &self.shares[market].all
    }

    /// Whether an alternative is in a market.
    pub(super) fn has(&self, market: usize, alternative: Alternative) -> bool {
        match alternative {
            Alternative::Tariff(at) => market > 0 || at < self.tariffs[0].len(),
            Alternative::NoSwitch => true,
            Alternative::Supplier(at) => {
                let known = if market > 0 { self.sellers.of.len() } else { self.tariffs[0].len() };
                self.sellers.of[..known].contains(&at)
            }
        }
    }

    /// Its share in a market.
    pub(super) fn share(&self, market: usize, alternative: Alternative) -> f64 {
        let all = self.all(market);
        self.share_of(&all.expected, all.visits, alternative)
    }

    /// Its share in a market, with all uncertainties.
    pub(super) fn level(&self, market: usize, alternative: Alternative) -> Estimate {
        let Share { expected, backing, between, simulation, draws } = self.with_parts(market, alternative);
        Parts {
            expected,
            sampled: match alternative {
                Alternative::Supplier(_) => None,
                tariff => Some(sampled(self.all(market), tariff)),
            },
            backing,
            between,
            simulation,
            draws: &draws,
            is_share: true,
        }
        .estimate()
    }

    /// Its share in a market, with what its uncertainties are made of.
    pub(super) fn with_parts(&self, market: usize, alternative: Alternative) -> Share {
        let moments = self.panel.targets[self.targets.level(market, alternative)];
        let everybody = &self.panel.everybody;
        Share {
            expected: self.share(market, alternative),
            backing: self.backing(alternative),
            between: moments.between(everybody),
            simulation: moments.of_one(everybody) / self.all(market).visits as f64,
            draws: self.draws.iter().map(|draw| self.total_share(&draw[market], alternative)).collect(),
        }
    }

    /// Its share in the second market less that in the first.
    pub(super) fn change(&self, pair: Pair, alternative: Alternative) -> Estimate {
        self.difference(pair, alternative, 1.0, self.backing(alternative))
    }

    /// What it loses between two markets to another alternative: the visits that decide it are shown both.
    pub(super) fn loss(&self, pair: Pair, alternative: Alternative, to: Alternative) -> Estimate {
        self.difference(pair, alternative, -1.0, self.backing(alternative).min(self.backing(to)))
    }

    fn difference(&self, pair: Pair, alternative: Alternative, sign: f64, backing: Backing) -> Estimate {
        let (first, second) = pair;
        let of = |market: usize| self.share(market, alternative);
        let of_draw = |draw: &Vec<Totals>| {
            let of = |market: usize| self.total_share(&draw[market], alternative);
            sign * (of(second) - of(first))
        };
        let draws: Vec<f64> = self.draws.iter().map(of_draw).collect();
        let target = self.targets.change(pair, alternative);
        let moments = target.map_or_else(Moments::default, |target| self.panel.targets[target]);
        Parts {
            expected: sign * (of(second) - of(first)),
            sampled: None,
            backing,
            between: moments.between(&self.panel.everybody),
            // Under common random numbers, the noise of a difference is that of each visit's own difference.
            simulation: moments.of_one(&self.panel.everybody) / self.all(second).visits as f64,
            draws: &draws,
            // Of what there was none of, the change is the share.
            is_share: sign > 0.0 && of(first) <= 0.0 && of(second) > 0.0,
        }
        .estimate()
    }

    /// The share of something at a point of a sweep, and that less its share in the hypothetical market.
    pub(super) fn at_point(&self, point: usize, what: AtPoint, alternative: Alternative) -> [Estimate; 2] {
        let [here, there] = &self.sweep[point];
        let change = self.total_share(there, alternative) - self.total_share(here, alternative);
        let everybody = &self.panel.everybody;
        let [level, moved] = self.targets.point(point, what).map(|target| self.panel.targets[target]);
        let hypothetical = self.panel.targets[self.targets.level(HYPOTHETICAL, alternative)];
        let simulation = moved.of_one(everybody) / there.visits as f64;
        let hypothetical_simulation = hypothetical.of_one(everybody) / self.all(HYPOTHETICAL).visits as f64;
        let changes = self.sweep_draws.get(point).map_or(&[][..], |told| &told[self.targets.place_at_point(what)]);
        let hypothetical_draw = |draw: &Vec<Totals>| self.total_share(&draw[HYPOTHETICAL], alternative);
        let shares: Vec<f64> =
            self.draws.iter().zip(changes).map(|(draw, change)| hypothetical_draw(draw) + change).collect();
        let share = Parts {
            expected: (self.share(HYPOTHETICAL, alternative) + change).clamp(0.0, 1.0),
            sampled: None,
            backing: self.backing(alternative),
            between: level.between(everybody),
            simulation: hypothetical_simulation + simulation,
            draws: &shares,
            is_share: true,
        };
        let moved = Parts {
            expected: change,
            between: moved.between(everybody),
            simulation,
            draws: changes,
            is_share: false,
            ..share
        };
        [share.estimate(), moved.estimate()]
    }

    /// Who tells of an alternative: those who are shown it.
    pub(super) fn backing(&self, alternative: Alternative) -> Backing {
        let at = self.targets.alternative(alternative);
        Backing {
            observed: self.observers.alternative(at),
            people: self.panel.behind.get(at).copied().unwrap_or_default(),
        }
    }

    /// A share of totals.
    pub(super) fn total_share(&self, totals: &Totals, alternative: Alternative) -> f64 {
        self.share_of(&totals.expected, totals.visits, alternative)
    }

    fn share_of(&self, expected: &[Probability], visits: u64, alternative: Alternative) -> f64 {
        let all = u128::from(visits) * CERTAIN as u128;
        let units = match alternative {
            Alternative::Tariff(at) => expected.get(at).copied().unwrap_or(0),
            Alternative::NoSwitch => all - expected.iter().sum::<Probability>(),
            Alternative::Supplier(at) => {
                let sold = expected.iter().zip(&self.sellers.of).filter(|(_, supplier)| **supplier == at);
                sold.map(|(units, _)| units).sum()
            }
        };
        if all == 0 { 0.0 } else { units as f64 / all as f64 }
    }
}

fn sampled(group: &Group, tariff: Alternative) -> f64 {
    let count = match tariff {
        Alternative::Tariff(at) => group.sampled.get(at).copied().unwrap_or(0),
        _ => group.visits - group.sampled.iter().sum::<u64>(),
    };
    count as f64 / group.visits as f64
}
