//! Correlated tastes as a model file gives them: the lower Cholesky factor of their covariance, by variable.

use serde::Deserialize;

use crate::choice::model::file::COEFFICIENT_MAX;
use crate::choice::model::{Coefficient, Loading, Variable};
use crate::input::{InputError, Result, Word, number_text};

/// Row by row, what the variables' own normals, in the order of the columns, add to a coefficient.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Cholesky {
    variables: Vec<String>,
    matrix: Vec<Vec<f64>>,
}

impl Cholesky {
    /// The variables of the rows, which are to be of the random ones.
    pub(super) fn variables(&self, file: &str, random: &[Variable]) -> Result<Vec<Variable>> {
        let expected = || match random.iter().map(|variable| variable.word()).collect::<Vec<_>>().join(", ") {
            none if none.is_empty() => "no factor, as no coefficient has a distribution".to_owned(),
            names => format!("random coefficients, each at most once: {names}"),
        };
        if self.variables.is_empty() {
            return Err(InputError::new(file, expected()).field("cholesky.variables"));
        }
        let mut variables = Vec::new();
        for (at, name) in self.variables.iter().enumerate() {
            let error = || InputError::new(file, expected()).field(format!("cholesky.variables[{at}]")).value(name);
            let is_new = |variable: &Variable| random.contains(variable) && !variables.contains(variable);
            variables.push(Variable::from_word(name).filter(is_new).ok_or_else(error)?);
        }
        Ok(variables)
    }

    /// Checks the factor and gives the coefficients of its variables what is theirs of it: the diagonal to each, and the rest as
    /// loadings.
    pub(super) fn load(
        &self,
        file: &str,
        variables: &[Variable],
        coefficients: &mut [Coefficient],
    ) -> Result<Vec<Loading>> {
        let size = variables.len();
        if self.matrix.len() != size || self.matrix.iter().any(|row| row.len() != size) {
            let expected = format!("{size} rows of {size} numbers, as there are {size} variables");
            return Err(InputError::new(file, expected).field("cholesky.matrix"));
        }
        let place = |variable| coefficients.iter().position(|c| c.variable == variable);
        let places: Vec<usize> = variables.iter().filter_map(|variable| place(*variable)).collect();
        let mut loadings = Vec::new();
        for (row, values) in self.matrix.iter().enumerate() {
            for (column, &value) in values.iter().enumerate() {
                if let Some(expected) = wrong(row, column, value) {
                    let entry = format!("cholesky.matrix[{row}][{column}]");
                    return Err(InputError::new(file, expected).field(entry).value(number_text(value)));
                }
                if column < row {
                    loadings.push(Loading { of: places[row], on: places[column], value });
                }
            }
            coefficients[places[row]].sd = values[row];
        }
        Ok(loadings)
    }
}

/// What an element should have been, if it cannot be in a factor.
fn wrong(row: usize, column: usize, value: f64) -> Option<&'static str> {
    let is_bounded = value.abs() <= COEFFICIENT_MAX;
    match column {
        _ if column > row && value != 0.0 => Some(
            "0, as the factor is lower triangular: not the covariance itself, nor the upper factor as R's chol() has it",
        ),
        _ if column == row && !(is_bounded && value >= 0.0) => Some("a number from 0 to 1e6 on the diagonal"),
        _ if !is_bounded => Some("a number of at most 1e6 either way"),
        _ => None,
    }
}
