//! Whether the data can tell the coefficients of a specification, before any search: variables that do not vary within choice
//! sets, or of which one is a combination of others, are named.

use serde::{Deserialize, Serialize};

use crate::fit::choices::Choices;
use crate::fit::matrix::{at, cholesky, solve};
use crate::fit::spec::Spec;
use crate::input::{InputError, Result};

/// What a search needs to know of the data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Design {
    /// By coefficient, its variable's standard deviation within choice sets.
    pub spreads: Vec<f64>,
    /// The mean weight of a choice.
    pub weight: f64,
}

/// A variable is a combination of others if less than this of its variance is its own.
const COLLINEAR: f64 = 1e-10;

/// Checks a specification against the data; `file` is the specification's, `under` its path in that with a dot at its end, or empty.
#[inline(never)]
pub fn check(file: &str, under: &str, spec: &Spec, choices: &Choices) -> Result<Design> {
    let mut columns = Vec::new();
    for (index, sought) in spec.coefficients.iter().enumerate() {
        let found = choices.variables.iter().position(|name| *name == sought.variable);
        columns.push(found.ok_or_else(|| {
            let expected = format!("one of the data's variables: {}", choices.variables.join(", "));
            wrong(file, &format!("{under}coefficients[{index}].variable"), expected).value(&sought.variable)
        })?);
    }
    let size = columns.len();
    let products = products_within_sets(choices, &columns);
    let name = |at: usize| spec.coefficients[at].variable.as_str();
    let field = format!("{under}coefficients");
    let rows = choices.row_count() as f64;
    let largest = |column: usize| {
        (0..choices.row_count()).fold(0.0, |largest, row| f64::max(largest, choices.row(row)[column].abs()))
    };
    for (index, column) in columns.iter().enumerate() {
        let spread = libm::sqrt(products[at(index, index)] / rows);
        if spread <= 1e-12 * largest(*column) {
            let expected = format!("variables that vary within choice sets; `{}` never does", name(index));
            return Err(wrong(file, &field, expected).value(name(index)));
        }
    }
    if let Err(dependent) = cholesky(&products, size, COLLINEAR) {
        let factor = cholesky(&products, dependent, COLLINEAR).unwrap_or_default();
        let beside: Vec<f64> = (0..dependent).map(|k| products[at(dependent, k)]).collect();
        let size = |k: usize| libm::sqrt(products[at(k, k)]);
        let shares = solve(&factor, &beside);
        let others: Vec<&str> =
            (0..dependent).filter(|k| (shares[*k] * size(*k)).abs() > 1e-6 * size(dependent)).map(name).collect();
        let expected = format!(
            "variables of which none is a combination of others within choice sets; `{}` is a combination of {}",
            name(dependent),
            others.join(", ")
        );
        return Err(wrong(file, &field, expected).value(name(dependent)));
    }
    let spread = |k: usize| libm::sqrt(products[at(k, k)] / rows);
    let weight = choices.weighted_choices().map(|(_, weight)| weight).sum::<f64>() / choices.choice_count() as f64;
    Ok(Design { spreads: (0..size).map(spread).collect(), weight })
}

fn wrong(file: &str, field: &str, expected: String) -> InputError {
    InputError::new(file, expected).field(field)
}

/// Sums of squares and products about the mean of each choice set: with equal shares, the information matrix.
fn products_within_sets(choices: &Choices, columns: &[usize]) -> Vec<f64> {
    let size = columns.len();
    let mut products = vec![0.0; size * (size + 1) / 2];
    let (mut mean, mut deviation) = (vec![0.0; size], vec![0.0; size]);
    for choice in 0..choices.choice_count() {
        let rows = choices.rows(choice);
        mean.fill(0.0);
        for row in rows.clone().map(|row| choices.row(row)) {
            mean.iter_mut().zip(columns).for_each(|(sum, column)| *sum += row[*column] / rows.len() as f64);
        }
        for row in rows.map(|row| choices.row(row)) {
            for ((deviation, mean), column) in deviation.iter_mut().zip(&mean).zip(columns) {
                *deviation = row[*column] - mean;
            }
            let mut packed = products.iter_mut();
            for (at, a) in deviation.iter().enumerate() {
                deviation[..=at].iter().zip(&mut packed).for_each(|(b, sum)| *sum += a * b);
            }
        }
    }
    products
}
