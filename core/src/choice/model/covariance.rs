//! What a model file says of how well its parameters are known: their covariance, by name.

use serde::Deserialize;

use crate::choice::model::Model;
use crate::choice::model::file::COEFFICIENT_MAX;
use crate::input::{InputError, Result, number_text};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Covariance {
    parameters: Vec<String>,
    matrix: Vec<Vec<f64>>,
}

/// With larger variances, draws would be such mistakes as larger coefficients are.
const VARIANCE_MAX: f64 = COEFFICIENT_MAX * COEFFICIENT_MAX;

impl Covariance {
    /// The lower Cholesky factor of the matrix in the order of the model's parameters. Those it does not name are known.
    pub(super) fn factor(&self, file: &str, model: &Model) -> Result<Vec<Vec<f64>>> {
        let names = model.parameter_names();
        let wrong = |field: String, expected: String| InputError::new(file, expected).field(field);
        let size = self.parameters.len();
        if size == 0 {
            // That no parameter is in doubt is said by no covariance.
            return Err(wrong("covariance.parameters".into(), format!("at least one of {}", names.join(", "))));
        }
        if self.matrix.len() != size || self.matrix.iter().any(|row| row.len() != size) {
            let expected = format!("{size} rows of {size} numbers, as there are {size} parameters");
            return Err(wrong("covariance.matrix".into(), expected));
        }
        let mut place = Vec::new();
        for (at, name) in self.parameters.iter().enumerate() {
            let found = names.iter().position(|known| known == name).filter(|found| !place.contains(found));
            let expected = || format!("each of these once: {}", names.join(", "));
            place.push(found.ok_or_else(|| wrong(format!("covariance.parameters[{at}]"), expected()).value(name))?);
        }
        let mut matrix = vec![vec![0.0; names.len()]; names.len()];
        for (row, &to_row) in place.iter().enumerate() {
            for (column, &to_column) in place.iter().enumerate() {
                let (value, mirror) = (self.matrix[row][column], self.matrix[column][row]);
                if value.abs() > VARIANCE_MAX {
                    let expected = "a number of at most 1e12 either way: a parameter is at most 1e6";
                    let entry = format!("covariance.matrix[{row}][{column}]");
                    return Err(wrong(entry, expected.into()).value(number_text(value)));
                }
                if (value - mirror).abs() > 1e-9 * (value.abs() + mirror.abs()) {
                    let expected = format!("{}, as the matrix is symmetric", number_text(mirror));
                    return Err(
                        wrong(format!("covariance.matrix[{row}][{column}]"), expected).value(number_text(value))
                    );
                }
                matrix[to_row][to_column] = value;
            }
        }
        let given_rows: Vec<bool> = (0..names.len()).map(|at| place.contains(&at)).collect();
        cholesky(&matrix, &given_rows).map_err(|at| {
            let expected = format!("a positive definite matrix; it stops being one at `{}`", names[at]);
            wrong("covariance.matrix".into(), expected)
        })
    }
}

/// The lower Cholesky factor. Rows that were not given are zero. The error is the row whose pivot is not positive.
fn cholesky(matrix: &[Vec<f64>], given: &[bool]) -> std::result::Result<Vec<Vec<f64>>, usize> {
    let mut factor = vec![vec![0.0; matrix.len()]; matrix.len()];
    for row in (0..matrix.len()).filter(|row| given[*row]) {
        for column in (0..=row).filter(|column| given[*column]) {
            let dot: f64 = (0..column).map(|at| factor[row][at] * factor[column][at]).sum();
            let rest = matrix[row][column] - dot;
            factor[row][column] = if row != column {
                rest / factor[column][column]
            } else if rest > 1e-14 * matrix[row][row].abs() {
                libm::sqrt(rest)
            } else {
                return Err(row);
            };
        }
    }
    Ok(factor)
}
