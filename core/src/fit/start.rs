//! Where searches begin.

use crate::choice::model::Distribution;
use crate::fit::parameters::Parameters;
use crate::fit::spec::{Sought, Spec};

/// The conditional logit's first point: what is given, and else 0.
pub(crate) fn conditional(spec: &Spec) -> Vec<f64> {
    let value = |distribution, mean: f64| match distribution {
        Distribution::Fixed | Distribution::Normal => mean,
        Distribution::Lognormal => libm::exp(mean.min(30.0)),
        Distribution::NegativeLognormal => -libm::exp(mean.min(30.0)),
    };
    let given = |sought: &Sought| sought.mean.filter(|_| sought.distribution == Distribution::Fixed || sought.held);
    let start = |sought| given(sought).map_or(0.0, |mean| value(sought.distribution, mean));
    spec.coefficients.iter().map(start).collect()
}

/// The mixed logit's first point: what is given, and else means that fit the conditional logit's estimates, and standard
/// deviations of half of them.
pub(crate) fn mixed(spec: &Spec, conditional: &[f64], spreads: &[f64]) -> Vec<f64> {
    let parameters = Parameters::new(spec);
    let mut start = vec![0.0; parameters.count()];
    let of_variables = spec.coefficients.iter().zip(&parameters.coefficients);
    for (at, (sought, makeup)) in of_variables.enumerate() {
        // What moves a utility by a tenth.
        let little = 0.1 / spreads[at];
        let (mean, sd) = match sought.distribution {
            Distribution::Fixed => (conditional[at], 0.0),
            Distribution::Normal => (conditional[at], f64::max(0.5 * conditional[at].abs(), little)),
            Distribution::Lognormal => (libm::log(conditional[at].max(little)), 0.5),
            Distribution::NegativeLognormal => (libm::log((-conditional[at]).max(little)), 0.5),
        };
        start[makeup.parts[0].parameter] = sought.mean.unwrap_or(mean);
        // The last part is the one on the diagonal.
        if let [_, .., last] = makeup.parts[..] {
            start[last.parameter] = sought.sd.unwrap_or(sd);
        }
    }
    start
}

/// The same distribution with positive standard deviations (Cholesky diagonals): normals are symmetric.
pub(crate) fn mirrored(parameters: &Parameters, point: &[f64]) -> Vec<f64> {
    let mut mirrored = point.to_vec();
    for (diagonal, column) in parameters.by_dimension() {
        if point[diagonal] < 0.0 {
            column.into_iter().filter(|at| !parameters.held[*at]).for_each(|at| mirrored[at] = -mirrored[at]);
        }
    }
    mirrored
}
