//! An estimate with its two uncertainties, kept apart: simulation noise shrinks with more visits, the model's does not.

use serde::Serialize;

use crate::choice::normal::Z_95;

/// A share, or a change of one, as a fraction of all visits.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Estimate {
    /// Mean choice probability.
    pub expected: f64,
    /// Fraction of visits that chose it when choices were sampled. Changes are not sampled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sampled: Option<f64>,
    /// From simulating finitely many visits.
    pub monte_carlo: Interval,
    /// From not knowing the choice model's parameters exactly; absent if the model came without a covariance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameters: Option<Interval>,
}

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

impl Interval {
    /// Around the mean of `count` independent terms, whose mean and mean square over some of them are given.
    pub fn monte_carlo(estimate: f64, [mean, mean_square]: [f64; 2], count: u64) -> Interval {
        let variance = (mean_square - mean * mean).max(0.0);
        Interval::around(estimate, libm::sqrt(variance / count as f64))
    }

    /// Around an estimate that is about normally distributed.
    pub fn around(estimate: f64, se: f64) -> Interval {
        Interval { se, low: estimate - Z_95 * se, high: estimate + Z_95 * se }
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

/// Linear interpolation between order statistics (Hyndman and Fan's type 7).
fn quantile(sorted: &[f64], p: f64) -> f64 {
    let at = p * (sorted.len() - 1) as f64;
    let (below, rest) = (at as usize, at - libm::floor(at));
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + rest * (sorted[above] - sorted[below])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameter_intervals_are_quantiles_about_the_estimate() {
        let values: Vec<f64> = [0.5].into_iter().chain((0..=40).map(|at| f64::from(at) / 40.0)).collect();
        let interval = Interval::parameters(0.6, &values).expect("enough draws");
        assert!((interval.low - 0.125).abs() < 1e-12 && (interval.high - 1.075).abs() < 1e-12, "{interval:?}");
        assert_eq!(Interval::parameters(0.6, &values[..1]), None);
    }

    #[test]
    fn monte_carlo_error_is_that_of_a_mean() {
        let interval = Interval::monte_carlo(0.5, [0.5, 0.5], 10_000);
        assert!((interval.se - 0.005).abs() < 1e-12);
    }
}
