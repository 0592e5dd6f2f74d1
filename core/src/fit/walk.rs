//! A walk through one person's choices with the tastes of eight draws: likelihoods, and how they depend on the tastes.
//!
//! A draw's likelihood is the product over choices of 1/(1 + Σ exp(vⱼ − v_chosen)). Mantissas and exponents of the products
//! are kept apart, so that any number of choices, however improbable, neither overflows nor underflows.

use wide::f64x2;

use crate::choice::model::Distribution;
use crate::fit::choices::Choices;
use crate::fit::lanes::{Lanes, WIDTH};
use crate::fit::matrix;
use crate::fit::parameters::{Makeup, Part};

/// A person's rows that were not chosen, each less the chosen one: only what is not zero, which of indicators is little.
#[derive(Default)]
pub(crate) struct Differences {
    pub(crate) terms: Vec<Term>,
    /// By row, where its terms end.
    pub(crate) ends: Vec<usize>,
    /// By choice, how many such rows.
    pub(crate) rows: Vec<usize>,
    /// By row, the sum over draws of its probability.
    pub(crate) probability: Vec<f64x2>,
}

/// A variable of a row, by the number of its coefficient.
#[derive(Clone, Copy)]
pub(crate) struct Term {
    pub(crate) at: usize,
    pub(crate) x: f64,
}

/// By coefficient, its value in each draw, and the first and second derivatives with respect to the sum of its parts.
pub(crate) struct Tastes {
    pub(crate) value: Vec<Lanes>,
    pub(crate) slope: Vec<Lanes>,
    pub(crate) bend: Vec<Lanes>,
}

/// Of each draw: its likelihood, and the derivatives of its logarithm with respect to the coefficients.
pub(crate) struct Draw {
    /// The likelihood is 2^−exponent / mantissa.
    pub(crate) mantissa: Lanes,
    pub(crate) exponent: Lanes,
    pub(crate) gradient: Vec<Lanes>,
    /// Packed lower triangle.
    pub(crate) hessian: Vec<Lanes>,
    pub(crate) odds: Vec<Lanes>,
    pub(crate) mean: Vec<Lanes>,
}

/// Logarithms of coefficients above this are taken as this: exp(30) is 10¹³.
const LOG_TASTE_MAX: f64 = 30.0;

/// 1 in the lanes of a tile that hold one of so many draws, 0 in the others.
pub(crate) fn valid_lanes(tile: usize, draws: u32) -> Lanes {
    Lanes::from_array(std::array::from_fn(|lane| if tile * WIDTH + lane < draws as usize { 1.0 } else { 0.0 }))
}

/// A term of a coefficient times what its part multiplies.
#[inline(always)]
pub(crate) fn times(term: Lanes, part: Part, normals: &[Lanes]) -> Lanes {
    part.normal.map_or(term, |dimension| term * normals[dimension])
}

impl Differences {
    pub(crate) fn load(&mut self, choices: &Choices, columns: &[usize], person: usize) {
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

    pub(crate) fn hits(&self, draws: u32) -> f64 {
        let mut rest = &self.probability[..];
        let of_choice = |&rows: &usize| {
            let (of_choice, after) = rest.split_at(rows);
            rest = after;
            let sums = of_choice.iter().map(|sum| sum.reduce_add());
            hit(f64::from(draws) - sums.clone().sum::<f64>(), sums)
        };
        self.rows.iter().map(of_choice).sum()
    }
}

/// Probabilities this close are a tie: what is the same but for rounding.
const TIE: f64 = 1e-9;

/// Whether the chosen row is the most probable one, in any unit: of `k` that are, each is so to 1/k.
pub(crate) fn hit(chosen: f64, others: impl Iterator<Item = f64>) -> f64 {
    let mut tied = 1;
    for other in others {
        if other > chosen * (1.0 + TIE) {
            return 0.0;
        }
        tied += i32::from(other >= chosen * (1.0 - TIE));
    }
    1.0 / f64::from(tied)
}

impl Tastes {
    pub(crate) fn new(width: usize) -> Tastes {
        let lanes = || vec![Lanes::ZERO; width];
        Tastes { value: lanes(), slope: lanes(), bend: lanes() }
    }

    pub(crate) fn draw(&mut self, coefficients: &[Makeup], point: &[f64], normals: &[Lanes]) {
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
    pub(crate) fn new(width: usize) -> Draw {
        let lanes = |size: usize| vec![Lanes::ZERO; size];
        Draw {
            mantissa: Lanes::ONE,
            exponent: Lanes::ZERO,
            gradient: lanes(width),
            hessian: lanes(matrix::at(width, 0)),
            odds: Vec::new(),
            mean: lanes(width),
        }
    }

    /// Walks through a person's choices with the given tastes.
    pub(crate) fn walk(&mut self, tastes: &[Lanes], people: &mut Differences, valid: Lanes) {
        (self.mantissa, self.exponent) = (Lanes::ONE, Lanes::ZERO);
        self.gradient.fill(Lanes::ZERO);
        self.hessian.fill(Lanes::ZERO);
        let (mut first_row, mut first_term) = (0, 0);
        for &rows in &people.rows {
            let ends = &people.ends[first_row..first_row + rows];
            let total = odds(&people.terms, first_term, ends, tastes, &mut self.odds);
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

/// The odds of rows against the chosen one, into `to`, and 1 plus their sum.
#[inline(always)]
pub(crate) fn odds(terms: &[Term], mut from: usize, ends: &[usize], tastes: &[Lanes], to: &mut Vec<Lanes>) -> Lanes {
    to.clear();
    let mut total = Lanes::ONE;
    for &end in ends {
        let mut utility = Lanes::ZERO;
        for term in &terms[from..end] {
            utility += tastes[term.at] * term.x;
        }
        let odds = utility.exp();
        total += odds;
        to.push(odds);
        from = end;
    }
    total
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
