//! Symmetric matrices as the search needs them: small, dense, packed by the rows of their lower triangles.

/// Index of an element of a packed lower triangle, `row` ≥ `column`.
#[inline]
pub(crate) fn at(row: usize, column: usize) -> usize {
    row * (row + 1) / 2 + column
}

/// The same for any order of row and column.
#[inline]
pub(crate) fn of(row: usize, column: usize) -> usize {
    at(row.max(column), row.min(column))
}

/// The lower Cholesky factor of a positive definite matrix. A pivot below `tolerance` of its diagonal element is the error.
pub(crate) fn cholesky(matrix: &[f64], size: usize, tolerance: f64) -> Result<Vec<f64>, usize> {
    let mut factor = vec![0.0; matrix.len()];
    for row in 0..size {
        for column in 0..=row {
            let dot: f64 = (0..column).map(|k| factor[at(row, k)] * factor[at(column, k)]).sum();
            let rest = matrix[at(row, column)] - dot;
            factor[at(row, column)] = if row != column {
                rest / factor[at(column, column)]
            } else if rest > tolerance * matrix[at(row, row)].abs() {
                libm::sqrt(rest)
            } else {
                return Err(row);
            };
        }
    }
    Ok(factor)
}

/// Solves L Lᵀ x = b.
pub(crate) fn solve(factor: &[f64], b: &[f64]) -> Vec<f64> {
    let size = b.len();
    let mut x = b.to_vec();
    for row in 0..size {
        let dot: f64 = (0..row).map(|k| factor[at(row, k)] * x[k]).sum();
        x[row] = (x[row] - dot) / factor[at(row, row)];
    }
    for row in (0..size).rev() {
        let dot: f64 = (row + 1..size).map(|k| factor[at(k, row)] * x[k]).sum();
        x[row] = (x[row] - dot) / factor[at(row, row)];
    }
    x
}

/// The inverse of L Lᵀ.
pub(crate) fn inverse(factor: &[f64], size: usize) -> Vec<f64> {
    let mut inverse = vec![0.0; factor.len()];
    for column in 0..size {
        let mut unit = vec![0.0; size];
        unit[column] = 1.0;
        let solved = solve(factor, &unit);
        for row in column..size {
            inverse[at(row, column)] = solved[row];
        }
    }
    inverse
}

/// A B A.
pub(crate) fn sandwich(a: &[f64], b: &[f64], size: usize) -> Vec<f64> {
    let mut product = vec![0.0; size * size];
    for row in 0..size {
        for column in 0..size {
            product[row * size + column] = (0..size).map(|k| a[of(row, k)] * b[of(k, column)]).sum();
        }
    }
    let mut sandwich = vec![0.0; a.len()];
    for row in 0..size {
        for column in 0..=row {
            sandwich[at(row, column)] = (0..size).map(|k| product[row * size + k] * a[of(k, column)]).sum();
        }
    }
    sandwich
}

/// M x.
pub(crate) fn times(matrix: &[f64], x: &[f64]) -> Vec<f64> {
    (0..x.len()).map(|row| dot_row(matrix, row, x)).collect()
}

fn dot_row(matrix: &[f64], row: usize, x: &[f64]) -> f64 {
    x.iter().enumerate().map(|(k, x)| matrix[of(row, k)] * x).sum()
}

/// aᵀ b.
pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The rows and columns that are kept.
pub(crate) fn select(matrix: &[f64], keep: &[usize]) -> Vec<f64> {
    let pairs = keep.iter().enumerate().flat_map(|(at, row)| keep[..=at].iter().map(move |column| of(*row, *column)));
    pairs.map(|index| matrix[index]).collect()
}

/// The smallest eigenvalue and its vector, by Jacobi's rotations.
pub(crate) fn smallest_eigen(matrix: &[f64], size: usize) -> (f64, Vec<f64>) {
    let mut a: Vec<f64> = (0..size * size).map(|k| matrix[of(k / size, k % size)]).collect();
    let mut vectors: Vec<f64> = (0..size * size).map(|k| if k / size == k % size { 1.0 } else { 0.0 }).collect();
    // Quadratic convergence: six to ten sweeps do.
    for _ in 0..30 {
        for p in 0..size {
            for q in p + 1..size {
                let off = a[p * size + q];
                if off.abs() <= f64::MIN_POSITIVE {
                    continue;
                }
                let theta = (a[q * size + q] - a[p * size + p]) / (2.0 * off);
                let t = 1.0 / (theta.abs() + libm::sqrt(theta * theta + 1.0));
                let t = if theta < 0.0 { -t } else { t };
                let c = 1.0 / libm::sqrt(t * t + 1.0);
                let rotate = |m: &mut [f64], i: usize, j: usize| {
                    let (x, y) = (m[i], m[j]);
                    (m[i], m[j]) = (c * x - t * c * y, t * c * x + c * y);
                };
                (0..size).for_each(|k| rotate(&mut a, p * size + k, q * size + k));
                (0..size).for_each(|k| rotate(&mut a, k * size + p, k * size + q));
                (0..size).for_each(|k| rotate(&mut vectors, k * size + p, k * size + q));
            }
        }
    }
    let smallest = (0..size).min_by(|i, j| a[i * size + i].total_cmp(&a[j * size + j])).unwrap_or(0);
    (a[smallest * size + smallest], (0..size).map(|k| vectors[k * size + smallest]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inverses_and_eigenvectors_are_what_they_should_be() {
        let matrix = [4.0, 1.0, 3.0, -0.5, 0.25, 2.0];
        let factor = cholesky(&matrix, 3, 1e-12).expect("positive definite");
        let inverse = inverse(&factor, 3);
        for (got, expected) in sandwich(&inverse, &matrix, 3).iter().zip(&inverse) {
            assert!((got - expected).abs() < 1e-14, "A⁻¹ A A⁻¹ = A⁻¹");
        }
        let (value, vector) = smallest_eigen(&matrix, 3);
        for (got, expected) in times(&matrix, &vector).iter().zip(&vector) {
            assert!((got - value * expected).abs() < 1e-13, "A v = λ v");
        }
        assert!(value > 0.0 && value < 2.0, "below the smallest diagonal element");
        assert_eq!(cholesky(&[1.0, 1.0, 1.0], 2, 1e-12), Err(1));
    }
}
