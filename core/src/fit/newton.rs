//! Newton steps from a point, damped where the likelihood is not concave.

use crate::fit::likelihood::Sums;
use crate::fit::matrix::{at, cholesky, dot, inverse, select, smallest_eigen, solve, times};

/// The likelihood's gradient and curvature at a point, for the parameters that are free.
pub(crate) struct Local {
    /// The parameters, by number.
    pub(crate) free: Vec<usize>,
    gradient: Vec<f64>,
    /// The negative Hessian.
    information: Vec<f64>,
    /// What the parameters' curvature is measured in: the information's diagonal or, where that is not positive, the scores'
    /// variance.
    scales: Vec<f64>,
    /// The scores' outer products: an information matrix too, if a coarser one, and never negative.
    outer: Vec<f64>,
}

/// A step of the free parameters.
pub(crate) struct Step {
    pub(crate) step: Vec<f64>,
    /// How much it raises a quadratic likelihood.
    pub(crate) predicted_gain: f64,
    /// gᵀs; undamped, gᵀ(−H)⁻¹g.
    pub(crate) decrement: f64,
    /// With how much damping: 0 is Newton's own.
    pub(crate) damping: f64,
    factor: Vec<f64>,
}

/// Pivots below this share of a diagonal element are rounding.
const SINGULAR: f64 = 1e-11;

impl Local {
    pub(crate) fn new(sums: &Sums, held: &[bool]) -> Local {
        let free: Vec<usize> = (0..held.len()).filter(|at| !held[*at]).collect();
        let information: Vec<f64> = select(&sums.hessian, &free).iter().map(|value| -value).collect();
        let outer = select(&sums.outer, &free);
        let scale = |k: usize| f64::max(information[at(k, k)], outer[at(k, k)]).max(f64::MIN_POSITIVE);
        Local {
            gradient: free.iter().map(|at| sums.gradient[*at]).collect(),
            scales: (0..free.len()).map(scale).collect(),
            information,
            outer,
            free,
        }
    }

    /// Newton's step, or with damping that of the mean of both information matrices and so much of the scales: with as much as
    /// asked for, or more if it takes more to make the matrix positive definite. `None` if nothing does.
    pub(crate) fn step(&self, mut damping: f64) -> Option<Step> {
        while damping < 1e9 {
            let mut damped = self.information.clone();
            if damping > 0.0 {
                damped.iter_mut().zip(&self.outer).for_each(|(element, outer)| *element = 0.5 * (*element + outer));
            }
            self.scales.iter().enumerate().for_each(|(k, scale)| damped[at(k, k)] += damping * scale);
            if let Ok(factor) = cholesky(&damped, self.free.len(), SINGULAR) {
                let step = solve(&factor, &self.gradient);
                let decrement = dot(&self.gradient, &step);
                let predicted_gain = decrement - 0.5 * dot(&step, &times(&self.information, &step));
                return Some(Step { step, predicted_gain, decrement, damping, factor });
            }
            damping = f64::max(damping * 4.0, 1e-3);
        }
        None
    }

    /// The direction in which the likelihood curves down least, or up most, in units of the scales: the curvature and the
    /// direction.
    pub(crate) fn flattest(&self) -> (f64, Vec<f64>) {
        self.flattest_by(&self.scales)
    }

    /// The same in units of other scales.
    pub(crate) fn flattest_by(&self, scales: &[f64]) -> (f64, Vec<f64>) {
        let pairs = (0..scales.len()).flat_map(|row| (0..=row).map(move |column| (row, column)));
        let scaled: Vec<f64> = pairs
            .zip(&self.information)
            .map(|((row, column), value)| value / libm::sqrt(scales[row] * scales[column]))
            .collect();
        smallest_eigen(&scaled, scales.len())
    }

    /// A step of one unit, or less with damping, along such a direction: out of a saddle.
    pub(crate) fn out_of_saddle(&self, curvature: f64, direction: &[f64], damping: f64) -> Step {
        let length = 1.0 / (1.0 + damping);
        let step = direction.iter().zip(&self.scales).map(|(v, scale)| length * v / libm::sqrt(*scale)).collect();
        let predicted_gain = -0.5 * curvature * length * length;
        Step { step, predicted_gain, decrement: 0.0, damping, factor: Vec::new() }
    }

    /// The information's diagonal.
    pub(crate) fn diagonal(&self) -> Vec<f64> {
        (0..self.free.len()).map(|k| self.information[at(k, k)].max(f64::MIN_POSITIVE)).collect()
    }
}

impl Step {
    /// Standard errors of the free parameters by the (damped) information.
    pub(crate) fn errors(&self) -> Vec<f64> {
        let size = self.step.len();
        let covariance = inverse(&self.factor, size);
        (0..size).map(|k| libm::sqrt(covariance[at(k, k)])).collect()
    }
}
