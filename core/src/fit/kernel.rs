//! One person's likelihood, its logarithm's gradient and Hessian: a walk through tiles of draws in a fixed order.
//!
//! A draw's likelihood is the product over choices of 1/(1 + Σ exp(vⱼ − v_chosen)). Mantissas and exponents of the products
//! are kept apart, so that any number of choices, however improbable, neither overflows nor underflows.

use wide::f64x2;

use crate::choice::model::Distribution;
use crate::fit::choices::Choices;
use crate::fit::lanes::{Lanes, WIDTH};
use crate::fit::matrix;
use crate::fit::parameters::{Makeup, Parameters, Part};

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

/// A person's rows that were not chosen, each less the chosen one: only what is not zero, which of indicators is little.
#[derive(Default)]
struct Differences {
    terms: Vec<Term>,
    /// By row, where its terms end.
    ends: Vec<usize>,
    /// By choice, how many such rows.
    rows: Vec<usize>,
    /// By row, the sum over draws of its probability.
    probability: Vec<f64x2>,
}

/// A variable of a row, by the number of its coefficient.
#[derive(Clone, Copy)]
struct Term {
    at: usize,
    x: f64,
}

/// By coefficient, its value in each draw, and the first and second derivatives with respect to the sum of its parts.
struct Tastes {
    value: Vec<Lanes>,
    slope: Vec<Lanes>,
    bend: Vec<Lanes>,
}

/// Of each draw: its likelihood, and the derivatives of its logarithm with respect to the coefficients.
struct Draw {
    /// The likelihood is 2^−exponent / mantissa.
    mantissa: Lanes,
    exponent: Lanes,
    gradient: Vec<Lanes>,
    /// Packed lower triangle.
    hessian: Vec<Lanes>,
    odds: Vec<Lanes>,
    mean: Vec<Lanes>,
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
    /// Choices whose chosen alternative is the most probable one.
    pub(crate) hits: f64,
    /// Means of the coefficients, given the person's choices.
    pub(crate) tastes: Vec<f64>,
}

/// Logarithms of coefficients above this are taken as this: exp(30) is 10¹³.
const LOG_TASTE_MAX: f64 = 30.0;

impl<'a> Kernel<'a> {
    pub(crate) fn new(choices: &'a Choices, parameters: &'a Parameters, columns: &'a [usize]) -> Kernel<'a> {
        let (width, count) = (columns.len(), parameters.count());
        let triangle = |size: usize| size * (size + 1) / 2;
        let lanes = |size: usize| vec![Lanes::ZERO; size];
        let pairs = |size: usize| vec![f64x2::ZERO; size];
        Kernel {
            choices,
            parameters,
            columns,
            people: Differences::default(),
            tastes: Tastes { value: lanes(width), slope: lanes(width), bend: lanes(width) },
            draw: Draw {
                mantissa: Lanes::ONE,
                exponent: Lanes::ZERO,
                gradient: lanes(width),
                hessian: lanes(triangle(width)),
                odds: Vec::new(),
                mean: lanes(width),
            },
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
        for (tile, first) in (0..draws as usize).step_by(WIDTH).enumerate() {
            let valid = std::array::from_fn(|lane| if first + lane < draws as usize { 1.0 } else { 0.0 });
            let valid = Lanes::from_array(valid);
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

/// A term of a coefficient times what its part multiplies.
#[inline(always)]
fn times(term: Lanes, part: Part, normals: &[Lanes]) -> Lanes {
    part.normal.map_or(term, |dimension| term * normals[dimension])
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

impl Differences {
    fn load(&mut self, choices: &Choices, columns: &[usize], person: usize) {
        self.terms.clear();
        self.ends.clear();
        self.rows.clear();
        for choice in choices.of_person(person) {
            let rows = choices.rows(choice);
            let chosen = choices.row(rows.start);
            self.rows.push(rows.len() - 1);
            for row in rows.skip(1).map(|row| choices.row(row)) {
                let terms = columns.iter().map(|column| row[*column] - chosen[*column]).enumerate();
                self.terms.extend(terms.filter(|(_, x)| *x != 0.0).map(|(at, x)| Term { at, x }));
                self.ends.push(self.terms.len());
            }
        }
        self.probability.clear();
        self.probability.resize(self.rows.iter().sum(), f64x2::ZERO);
    }

    fn hits(&self, draws: u32) -> f64 {
        let mut rest = &self.probability[..];
        let is_hit = |&&rows: &&usize| {
            let (of_choice, after) = rest.split_at(rows);
            rest = after;
            let sums = of_choice.iter().map(|sum| sum.reduce_add());
            let (all, most) = sums.fold((0.0, 0.0), |(all, most), sum| (all + sum, f64::max(most, sum)));
            f64::from(draws) - all >= most
        };
        self.rows.iter().filter(is_hit).count() as f64
    }
}

impl Tastes {
    fn draw(&mut self, coefficients: &[Makeup], point: &[f64], normals: &[Lanes]) {
        for (at, makeup) in coefficients.iter().enumerate() {
            let mut sum = Lanes::ZERO;
            for part in &makeup.parts {
                sum += times(Lanes::splat(point[part.parameter]), *part, normals);
            }
            let positive = || sum.min(LOG_TASTE_MAX).exp();
            (self.value[at], self.slope[at], self.bend[at]) = match makeup.distribution {
                Distribution::Fixed | Distribution::Normal => (sum, Lanes::ONE, Lanes::ZERO),
                Distribution::Lognormal => [positive(); 3].into(),
                Distribution::NegativeLognormal => [Lanes::ZERO - positive(); 3].into(),
            };
        }
    }
}

impl Draw {
    /// Walks through a person's choices with the given tastes.
    fn walk(&mut self, tastes: &[Lanes], people: &mut Differences, valid: Lanes) {
        (self.mantissa, self.exponent) = (Lanes::ONE, Lanes::ZERO);
        self.gradient.fill(Lanes::ZERO);
        self.hessian.fill(Lanes::ZERO);
        let (mut first_row, mut first_term) = (0, 0);
        for &rows in &people.rows {
            let ends = &people.ends[first_row..first_row + rows];
            self.odds.clear();
            let (mut total, mut from) = (Lanes::ONE, first_term);
            for &end in ends {
                let mut utility = Lanes::ZERO;
                for term in &people.terms[from..end] {
                    utility += tastes[term.at] * term.x;
                }
                let odds = utility.exp();
                total += odds;
                self.odds.push(odds);
                from = end;
            }
            let chosen = Lanes::ONE / total;
            self.mantissa = self.mantissa * total;
            self.mantissa.split_exponent(&mut self.exponent);
            self.mean.fill(Lanes::ZERO);
            let of_rows = ends.iter().zip(&self.odds).zip(&mut people.probability[first_row..]);
            for ((&end, odds), sum) in of_rows {
                let probability = *odds * chosen;
                *sum += (probability * valid).pair_sum();
                add_row(&people.terms[first_term..end], probability, &mut self.mean, &mut self.hessian);
                first_term = end;
            }
            add_mean(&self.mean, &mut self.gradient, &mut self.hessian);
            first_row += rows;
        }
    }
}

/// A row's share in the mean of the variables and, negatively, in that of their products.
#[inline(always)]
fn add_row(terms: &[Term], probability: Lanes, mean: &mut [Lanes], hessian: &mut [Lanes]) {
    for (count, term) in terms.iter().enumerate() {
        let share = probability * term.x;
        mean[term.at] += share;
        let of_row = &mut hessian[matrix::at(term.at, 0)..];
        for other in &terms[..=count] {
            of_row[other.at] -= share * other.x;
        }
    }
}

/// The mean's share in the derivatives: those of −ln(1 + Σ odds).
#[inline(always)]
fn add_mean(mean: &[Lanes], gradient: &mut [Lanes], hessian: &mut [Lanes]) {
    let mut packed = hessian.iter_mut();
    for (at, (by_row, gradient)) in mean.iter().zip(gradient).enumerate() {
        *gradient -= *by_row;
        for (by_column, to) in mean[..=at].iter().zip(&mut packed) {
            *to += *by_row * *by_column;
        }
    }
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
            sums.chain([&mut self.likelihood]).for_each(|sum| *sum = *sum * scale);
            self.unit = best;
        }
        let weight = (Lanes::splat(self.unit) - draw.exponent).power_of_two() / draw.mantissa * valid;
        self.likelihood += weight.pair_sum();
        weight
    }
}
