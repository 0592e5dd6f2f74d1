//! An estimate with its three uncertainties, kept apart, and all of them together: which visits were observed, how many were
//! simulated, and how well the model's parameters are known.

use serde::{Deserialize, Serialize};

use crate::choice::normal::Z_95;

/// A share, or a change of one, as a fraction of all visits (in a segment, of its visits).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Estimate {
    /// Mean choice probability.
    pub expected: f64,
    /// Fraction of visits that chose it when choices were sampled. Changes are not sampled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sampled: Option<f64>,
    /// The observed visits behind it.
    pub observed: Behind,
    /// All that follows together; absent where too few observed visits are behind it to tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_all: Option<Interval>,
    /// From having observed these visits and not others of the same population; absent where they are too few to tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub visits: Option<Interval>,
    /// From simulating finitely many visits.
    pub monte_carlo: Interval,
    /// From not knowing the choice model's parameters exactly; absent if the model came without a covariance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameters: Option<Interval>,
}

/// The observed visits that tell something: those who are shown what it is about in any of the markets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Behind {
    /// How many.
    pub visits: u64,
    /// How many people of equal weight would tell as much (Kish 1965).
    pub effective: f64,
}

/// What tells how sure an estimate is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Backing {
    pub(super) observed: Behind,
    /// How many people of the panel are among them: others may be left out of it.
    pub(super) people: u64,
}

impl Backing {
    /// Whether they are too few to tell how sure anything is.
    pub(super) fn is_too_few(&self) -> bool {
        self.observed.effective < EFFECTIVE_MIN || (self.people as f64) < EFFECTIVE_MIN
    }

    /// The fewer of two.
    pub(super) fn min(self, other: Backing) -> Backing {
        let observed = if other.observed.effective < self.observed.effective { other.observed } else { self.observed };
        Backing { observed, people: self.people.min(other.people) }
    }
}

/// A variance of fewer people is hardly known itself, and their mean not about normal.
const EFFECTIVE_MIN: f64 = 30.0;

/// A standard error and the central 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Interval {
    /// Standard error.
    pub se: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// What an estimate is made of.
pub(super) struct Parts<'a> {
    pub(super) expected: f64,
    pub(super) sampled: Option<f64>,
    pub(super) backing: Backing,
    /// Its variance, were other people observed.
    pub(super) between: f64,
    /// Its variance, were other visits simulated.
    pub(super) simulation: f64,
    /// Its values under parameter draws, of which the first is that of the model's own.
    pub(super) draws: &'a [f64],
    /// Whether it is a share, from 0 to 1, rather than a change.
    pub(super) is_share: bool,
}

impl Parts<'_> {
    pub(super) fn estimate(&self) -> Estimate {
        let Parts { expected, sampled, backing: Backing { observed, people }, is_share, .. } = *self;
        let bounded = |interval: Interval| if is_share { interval.of_fraction() } else { interval };
        let around = |variance: f64, factor: f64| {
            let of = if is_share { Interval::of_share } else { Interval::wide };
            bounded(of(expected, libm::sqrt(variance), factor))
        };
        let monte_carlo = around(self.simulation, Z_95);
        let parameters = Interval::parameters(expected, self.draws).map(bounded);
        let is_known = !self.backing.is_too_few();
        let visits = is_known.then(|| around(self.between, t_95(observed.effective.min(people as f64) - 1.0)));
        let in_all = visits.map(|visits| {
            let sources = [Some(visits), Some(monte_carlo), parameters];
            bounded(Interval::together(expected, sources.into_iter().flatten()))
        });
        Estimate { expected, sampled, observed, in_all, visits, monte_carlo, parameters }
    }
}

impl Interval {
    /// Around an estimate that is about normally distributed.
    pub fn around(estimate: f64, se: f64) -> Interval {
        Interval::wide(estimate, se, Z_95)
    }

    /// So many standard errors to either side.
    fn wide(estimate: f64, se: f64, factor: f64) -> Interval {
        Interval { se, low: estimate - factor * se, high: estimate + factor * se }
    }

    /// Of a share whose logit is about normally distributed: small shares are skewed, and none is below 0.
    fn of_share(share: f64, se: f64, factor: f64) -> Interval {
        let odds = share / (1.0 - share);
        if !(odds > 0.0 && odds.is_finite()) {
            return Interval::wide(share, se, factor);
        }
        let times = libm::exp(factor * se / (share * (1.0 - share)));
        let of_odds = |odds: f64| odds / (1.0 + odds);
        // Rounding must not move an end beyond the share.
        let (low, high) = (of_odds(odds / times).min(share), (1.0 - 1.0 / (1.0 + odds * times)).max(share));
        Interval { se, low, high }
    }

    /// Within 0 and 1.
    fn of_fraction(self) -> Interval {
        Interval { low: self.low.max(0.0), high: self.high.min(1.0), ..self }
    }

    /// Independent sources of uncertainty together: on either side, the root of the sum of the squares of their distances (the
    /// method of variance estimates recovery, Zou and Donner 2008).
    fn together(estimate: f64, sources: impl Iterator<Item = Interval> + Clone) -> Interval {
        let root = |distance: &dyn Fn(Interval) -> f64| {
            let squares = sources.clone().map(|source| distance(source) * distance(source));
            libm::sqrt(squares.sum())
        };
        Interval {
            se: root(&|source| source.se),
            low: estimate - root(&|source| (estimate - source.low).max(0.0)),
            high: estimate + root(&|source| (source.high - estimate).max(0.0)),
        }
    }

    /// From the values under parameter draws, of which the first is that under the model's own parameters: their standard
    /// deviation and 2.5 % and 97.5 % quantiles, moved to `estimate`, which is the first value on more visits.
    pub fn parameters(estimate: f64, values: &[f64]) -> Option<Interval> {
        let (own, drawn) = values.split_first().filter(|(_, drawn)| drawn.len() > 1)?;
        let count = drawn.len() as f64;
        let mean = drawn.iter().sum::<f64>() / count;
        let variance = drawn.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / (count - 1.0);
        let mut sorted = drawn.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        let at = |p: f64| estimate + quantile(&sorted, p) - own;
        Some(Interval { se: libm::sqrt(variance), low: at(0.025), high: at(0.975) })
    }
}

/// The 97.5 % quantile of Student's t, for some 20 degrees of freedom and more (Abramowitz and Stegun 1964, 26.7.5).
fn t_95(degrees: f64) -> f64 {
    let z = Z_95;
    let square = z * z;
    let first = z * (square + 1.0) / 4.0;
    let second = z * ((5.0 * square + 16.0) * square + 3.0) / 96.0;
    let third = z * (((3.0 * square + 19.0) * square + 17.0) * square - 15.0) / 384.0;
    z + (first + (second + third / degrees) / degrees) / degrees
}

/// Linear interpolation between order statistics such that on average a share `p` of further draws is below (Hyndman and Fan's
/// type 6, Weibull 1939): the usual type 7 leaves out 6 % instead of 5 at 200 draws, and 8 % at 60.
fn quantile(sorted: &[f64], p: f64) -> f64 {
    let at = (p * (sorted.len() + 1) as f64 - 1.0).clamp(0.0, (sorted.len() - 1) as f64);
    let (below, rest) = (at as usize, at - libm::floor(at));
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + rest * (sorted[above] - sorted[below])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameter_intervals_are_quantiles_about_the_estimate() {
        // Of 39 draws, one in forty is below the first of them, on average.
        let values: Vec<f64> = [0.5].into_iter().chain((1..40).map(|at| f64::from(at) / 40.0)).collect();
        let interval = Interval::parameters(0.6, &values).expect("enough draws");
        assert!((interval.low - 0.125).abs() < 1e-12 && (interval.high - 1.075).abs() < 1e-12, "{interval:?}");
        assert_eq!(Interval::parameters(0.6, &values[..1]), None);
    }

    #[test]
    fn quantiles_of_t_are_those_of_tables() {
        for (degrees, quantile) in [(29.0, 2.045_23), (40.0, 2.021_08), (60.0, 2.000_30), (120.0, 1.979_93)] {
            assert!((t_95(degrees) - quantile).abs() < 1e-5, "{degrees}");
        }
    }

    #[test]
    fn a_share_is_never_below_nothing_and_sources_add_up_in_quadrature() {
        let parts = Parts {
            expected: 0.01,
            sampled: None,
            backing: Backing { observed: Behind { visits: 400, effective: 400.0 }, people: 400 },
            between: 0.003 * 0.003,
            simulation: 0.004 * 0.004,
            draws: &[],
            is_share: true,
        };
        let share = parts.estimate();
        let (visits, all) = (share.visits.expect("enough"), share.in_all.expect("enough"));
        assert!(visits.low > 0.0 && visits.high - 0.01 > 0.01 - visits.low, "{visits:?}");
        assert!((all.se - 0.005).abs() < 1e-12 && all.low >= 0.0, "{all:?}");
        let change = Parts { is_share: false, ..parts }.estimate();
        let all = change.in_all.expect("enough");
        // 1.966 is t's quantile for 399 degrees of freedom.
        let width = libm::hypot(1.965_927 * 0.003, Z_95 * 0.004);
        assert!((all.high - 0.01 - width).abs() < 1e-8 && (0.01 - all.low - width).abs() < 1e-8, "{all:?}");
        for (effective, people) in [(29.0, 400), (400.0, 29)] {
            let backing = Backing { observed: Behind { visits: 400, effective }, people };
            let few = Parts { backing, ..parts }.estimate();
            assert_eq!((few.visits, few.in_all), (None, None));
        }
    }
}
