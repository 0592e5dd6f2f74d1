//! One person's likelihood, its logarithm's gradient and Hessian: sums over tiles of draws in a fixed order.

use wide::f64x2;

use crate::fit::choices::Choices;
use crate::fit::lanes::{Lanes, WIDTH};
use crate::fit::parameters::{Makeup, Parameters};
use crate::fit::walk::{Differences, Draw, Tastes, times, valid_lanes};

/// Works through one person after another, and holds what came of the last.
pub(crate) struct Kernel<'a> {
    choices: &'a Choices,
    parameters: &'a Parameters,
    /// The data's column of each coefficient.
    columns: &'a [usize],
    people: Differences,
    tastes: Tastes,
    draw: Draw,
    sums: DrawSums,
    /// Where each sum of Hessians belongs in a packed lower triangle.
    places: Vec<usize>,
}

/// Sums over draws, each weighted by its likelihood in units of 2^−unit.
struct DrawSums {
    unit: f64,
    likelihood: f64x2,
    /// By coefficient.
    taste: Vec<f64x2>,
    /// By parameter.
    gradient: Vec<f64x2>,
    /// Second derivatives of the likelihood, in the order in which [`Kernel::add_hessian`] visits them.
    hessian: Vec<f64x2>,
}

/// What one person adds to the sums over people, before their weight.
pub(crate) struct Contribution {
    pub(crate) log_likelihood: f64,
    pub(crate) score: Vec<f64>,
    /// Packed lower triangle.
    pub(crate) hessian: Vec<f64>,
    /// Choices whose chosen alternative is the most probable one; one of `k` such counts 1/k.
    pub(crate) hits: f64,
    /// Means of the coefficients, given the person's choices.
    pub(crate) tastes: Vec<f64>,
}

impl<'a> Kernel<'a> {
    pub(crate) fn new(choices: &'a Choices, parameters: &'a Parameters, columns: &'a [usize]) -> Kernel<'a> {
        let (width, count) = (columns.len(), parameters.count());
        let triangle = |size: usize| size * (size + 1) / 2;
        let pairs = |size: usize| vec![f64x2::ZERO; size];
        Kernel {
            choices,
            parameters,
            columns,
            people: Differences::default(),
            tastes: Tastes::new(width),
            draw: Draw::new(width),
            sums: DrawSums {
                unit: f64::INFINITY,
                likelihood: f64x2::ZERO,
                taste: pairs(width),
                gradient: pairs(count),
                hessian: pairs(triangle(count)),
            },
            places: places(&parameters.coefficients),
        }
    }

    /// One person's contribution at `point`, with the first `draws` of `normals` (tiles as [`Draws::write`] makes them).
    ///
    /// [`Draws::write`]: crate::fit::draws::Draws::write
    pub(crate) fn person(&mut self, person: usize, point: &[f64], normals: &[Lanes], draws: u32) -> Contribution {
        self.people.load(self.choices, self.columns, person);
        self.sums.clear();
        let dimensions = self.parameters.dimensions;
        for tile in 0..(draws as usize).div_ceil(WIDTH) {
            let valid = valid_lanes(tile, draws);
            let normals = &normals[tile * dimensions..(tile + 1) * dimensions];
            self.tastes.draw(&self.parameters.coefficients, point, normals);
            self.draw.walk(&self.tastes.value, &mut self.people, valid);
            let weight = self.sums.weigh(&self.draw, valid);
            self.add(weight, normals);
        }
        self.contribution(draws)
    }

    /// Adds a tile's draws to the sums.
    fn add(&mut self, weight: Lanes, normals: &[Lanes]) {
        let Kernel { tastes, draw, sums, parameters, .. } = self;
        for (sum, taste) in sums.taste.iter_mut().zip(&tastes.value) {
            *sum += (*taste * weight).pair_sum();
        }
        for (at, makeup) in parameters.coefficients.iter().enumerate() {
            let gradient = weight * draw.gradient[at] * tastes.slope[at];
            for part in &makeup.parts {
                sums.gradient[part.parameter] += times(gradient, *part, normals).pair_sum();
            }
        }
        self.add_hessian(weight, normals);
    }

    /// The second derivatives of a draw's likelihood, over that likelihood, are those of its logarithm plus the product of the
    /// first; the chain rule takes them from coefficients to parameters.
    fn add_hessian(&mut self, weight: Lanes, normals: &[Lanes]) {
        let Kernel { tastes, draw, sums, parameters, .. } = self;
        let coefficients = &parameters.coefficients[..];
        let (mut to, mut packed) = (sums.hessian.iter_mut(), draw.hessian.iter());
        for (row, makeup) in coefficients.iter().enumerate() {
            let by_row = weight * tastes.slope[row];
            for (column, other) in coefficients[..=row].iter().enumerate() {
                let Some(hessian) = packed.next() else { return };
                let mut term = (draw.gradient[row] * draw.gradient[column] + *hessian) * by_row * tastes.slope[column];
                if row == column {
                    term += weight * draw.gradient[row] * tastes.bend[row];
                }
                for (at, part) in makeup.parts.iter().enumerate() {
                    let term = times(term, *part, normals);
                    let others = if row == column { &other.parts[..=at] } else { &other.parts[..] };
                    for (part, to) in others.iter().zip(&mut to) {
                        *to += times(term, *part, normals).pair_sum();
                    }
                }
            }
        }
    }

    fn contribution(&self, draws: u32) -> Contribution {
        let sums = &self.sums;
        let likelihood = sums.likelihood.reduce_add();
        let mean = |sum: &f64x2| sum.reduce_add() / likelihood;
        let score: Vec<f64> = sums.gradient.iter().map(mean).collect();
        let mut hessian = vec![0.0; sums.hessian.len()];
        for (place, sum) in self.places.iter().zip(&sums.hessian) {
            hessian[*place] = mean(sum);
        }
        let mut packed = hessian.iter_mut();
        for (row, by_row) in score.iter().enumerate() {
            for (by_column, to) in score[..=row].iter().zip(&mut packed) {
                *to -= by_row * by_column;
            }
        }
        Contribution {
            log_likelihood: libm::log(likelihood / f64::from(draws)) - sums.unit * std::f64::consts::LN_2,
            score,
            hessian,
            hits: self.people.hits(draws),
            tastes: sums.taste.iter().map(mean).collect(),
        }
    }
}

fn places(coefficients: &[Makeup]) -> Vec<usize> {
    let mut places = Vec::new();
    for (row, makeup) in coefficients.iter().enumerate() {
        for (column, other) in coefficients[..=row].iter().enumerate() {
            for (at, part) in makeup.parts.iter().enumerate() {
                let others = if row == column { &other.parts[..=at] } else { &other.parts[..] };
                places.extend(others.iter().map(|other| {
                    let (low, high) = (part.parameter.min(other.parameter), part.parameter.max(other.parameter));
                    high * (high + 1) / 2 + low
                }));
            }
        }
    }
    places
}

impl DrawSums {
    fn clear(&mut self) {
        self.unit = f64::INFINITY;
        self.likelihood = f64x2::ZERO;
        self.taste.fill(f64x2::ZERO);
        self.gradient.fill(f64x2::ZERO);
        self.hessian.fill(f64x2::ZERO);
    }

    /// The likelihoods of a tile's draws, in units of the most likely one's power of two so far: a better one rescales the
    /// sums, exactly.
    fn weigh(&mut self, draw: &Draw, valid: Lanes) -> Lanes {
        let exponents = draw.exponent.to_array().into_iter().zip(valid.to_array());
        let best =
            exponents.fold(self.unit, |best, (exponent, valid)| if valid > 0.0 { best.min(exponent) } else { best });
        if best < self.unit {
            let scale = Lanes::splat(best - self.unit).power_of_two().first_pair();
            let sums = self.taste.iter_mut().chain(&mut self.gradient).chain(&mut self.hessian);
            sums.chain([&mut self.likelihood]).for_each(|sum| *sum *= scale);
            self.unit = best;
        }
        let weight = (Lanes::splat(self.unit) - draw.exponent).power_of_two() / draw.mantissa * valid;
        self.likelihood += weight.pair_sum();
        weight
    }
}
