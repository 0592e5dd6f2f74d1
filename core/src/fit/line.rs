//! Along a step: how much of it is taken where the likelihood is concave, so that a step that fails has gone too far.

use crate::fit::likelihood::Sums;
use crate::fit::matrix::dot;

/// A step is taken if it gains at least this share of what the slope promises (Armijo's condition).
pub(crate) const GAIN_MIN: f64 = 1e-4;

/// And if it does not end where the likelihood falls by more than this share of how it rose: from beyond the top, where choices
/// are certain and information is little, the next step would be far too long.
const DESCENT_MAX: f64 = 0.1;

/// What of a step is worth another try, from a tenth to a half; none if it is to be taken as it is. `rounding` is how exactly
/// log-likelihoods are known.
pub(crate) fn shorter(from: (&[f64], &Sums), to: (&[f64], &Sums), rounding: f64) -> Option<f64> {
    let step: Vec<f64> = to.0.iter().zip(from.0).map(|(to, from)| to - from).collect();
    let (slope, slope_there) = (dot(&from.1.gradient, &step), dot(&to.1.gradient, &step));
    let gain = to.1.log_likelihood - from.1.log_likelihood;
    if gain + rounding >= GAIN_MIN * slope && slope_there + rounding >= -DESCENT_MAX * slope {
        return None;
    }
    // Where a cubic with these slopes and this gain is highest.
    let theta = 3.0 * gain - slope - slope_there;
    let root = libm::sqrt(theta * theta - slope * slope_there);
    let share = 1.0 - (root - slope_there - theta) / (slope - slope_there + 2.0 * root);
    Some(if share.is_nan() { 0.1 } else { share.clamp(0.1, 0.5) })
}
