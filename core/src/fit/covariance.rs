//! How well parameters are known, by three estimators of their covariance.

use crate::fit::likelihood::Sums;
use crate::fit::matrix::{at, cholesky, inverse, sandwich, select};
use crate::fit::spec::ErrorKind;

/// The covariance of the parameters that were free, as packed lower triangles; `None` where the matrix to be inverted is
/// singular. The scores of no more people than parameters say nothing of how much these vary: they have no rank left over.
pub(crate) struct Covariances {
    /// The parameters, by number.
    pub(crate) free: Vec<usize>,
    hessian: Option<Vec<f64>>,
    opg: Option<Vec<f64>>,
    robust: Option<Vec<f64>>,
}

/// Pivots below this share of a diagonal element are rounding.
const SINGULAR: f64 = 1e-12;

impl Covariances {
    pub(crate) fn new(sums: &Sums, held: &[bool], people: usize) -> Covariances {
        let free: Vec<usize> = (0..held.len()).filter(|at| !held[*at]).collect();
        let invert = |matrix: &[f64]| Some(inverse(&cholesky(matrix, free.len(), SINGULAR).ok()?, free.len()));
        let information: Vec<f64> = select(&sums.hessian, &free).iter().map(|value| -value).collect();
        let hessian = invert(&information);
        let variance = select(&sums.outer_squared, &free);
        let of_scores = people > free.len();
        let robust = hessian.as_ref().filter(|_| of_scores).map(|bread| sandwich(bread, &variance, free.len()));
        let opg = if of_scores { invert(&select(&sums.outer, &free)) } else { None };
        Covariances { opg, hessian, robust, free }
    }

    pub(crate) fn of(&self, kind: ErrorKind) -> Option<&[f64]> {
        match kind {
            ErrorKind::Hessian => self.hessian.as_deref(),
            ErrorKind::Opg => self.opg.as_deref(),
            ErrorKind::Robust => self.robust.as_deref(),
        }
    }

    /// A parameter's standard error; none if it was held.
    pub(crate) fn error(&self, kind: ErrorKind, parameter: usize) -> Option<f64> {
        let place = self.free.iter().position(|free| *free == parameter)?;
        Some(libm::sqrt(self.of(kind)?[at(place, place)]))
    }
}
