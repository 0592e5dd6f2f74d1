//! The search for the largest likelihood as a state machine: it asks for evaluations and is told their sums. It evaluates
//! nothing itself, so that each evaluation may be spread over threads or machines, and may be stored between any two.
//!
//! First the conditional logit, from nothing; from there the mixed logit, with few draws and then with all of them. Each by
//! Newton's method with the analytic Hessian, damped as in Levenberg and Marquardt's where the likelihood is not concave or a
//! step went wrong. Damping is by the information matrix's diagonal, so the variables' scales do not matter.

use serde::{Deserialize, Serialize};

use crate::fit::likelihood::Sums;
use crate::fit::matrix::{self, at, cholesky, dot, inverse, select, smallest_eigen, solve};
use crate::fit::parameters::{Makeup, Parameters};
use crate::fit::spec::Spec;
use crate::fit::start;

/// What a search asks for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Ask {
    /// The sums over all people at a point.
    Evaluate(Request),
    /// Nothing any more.
    Done(Box<Outcome>),
}

/// A point at which the likelihood is wanted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// The point.
    pub parameters: Vec<f64>,
    /// With so many draws a person; 0 for the conditional logit.
    pub draws: u32,
}

/// Where a search ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The best point, and the draws with which it is.
    pub best: Request,
    /// The sums there.
    pub sums: Sums,
    /// Evaluations asked for.
    pub iterations: u32,
    /// Why no more.
    pub stop: Stop,
}

/// Why a search ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stop {
    /// A Newton step would raise the log-likelihood by less than 5 × 10⁻⁹: gᵀ(−H)⁻¹g ≤ 10⁻⁸. Estimates are then within
    /// 1/10,000 of a standard error.
    Converged,
    /// As many iterations as allowed did not do.
    IterationsSpent,
    /// No step raised the log-likelihood.
    NoProgress,
    /// These variables' coefficients have no finite estimate: along them, choices become certain and the likelihood ever larger.
    Separated(Vec<String>),
    /// The data do not tell these parameters: along a direction of them, the likelihood (almost) does not change.
    Flat(Vec<String>),
}

/// How far a search is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// Evaluations so far.
    pub iteration: u32,
    /// Draws a person in the last one; 0 for the conditional logit.
    pub draws: u32,
    /// The best log-likelihood with so many draws.
    pub log_likelihood: f64,
}

/// A search under way.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Search {
    spec: Spec,
    /// By coefficient, how much its variable varies within choice sets.
    spreads: Vec<f64>,
    /// The smallest eigenvalue of the conditional logit's scaled information at the start, and the scales.
    reference: Option<(f64, Vec<f64>)>,
    draws: u32,
    best: Option<(Vec<f64>, Sums)>,
    trial: Vec<f64>,
    predicted_gain: f64,
    damping: f64,
    iterations: u32,
    has_mirrored: bool,
    stop: Option<Stop>,
}

const DECREMENT_MAX: f64 = 1e-8;
/// With fewer than all draws it is not worth more: their optimum is about one standard error from the final one.
const DECREMENT_MAX_WITH_FEW_DRAWS: f64 = 0.05;
const FEW_DRAWS: u32 = 64;
const DAMPING_MAX: f64 = 1e8;
/// Information below this fraction of what it was is none.
const SEPARATED: f64 = 1e-5;
/// Eigenvalues of an information matrix with a unit diagonal.
const FLAT: f64 = 1e-9;
const SADDLE: f64 = -1e-5;
const OPEN: f64 = 100.0;

impl Search {
    /// Begins a search. `spreads` are the coefficients' variables' standard deviations within choice sets
    /// ([`Design`](crate::fit::design::Design)).
    pub fn new(spec: &Spec, spreads: &[f64]) -> Search {
        Search {
            trial: start::conditional(spec),
            spec: spec.clone(),
            spreads: spreads.to_vec(),
            reference: None,
            draws: 0,
            best: None,
            predicted_gain: 0.0,
            damping: 0.0,
            iterations: 0,
            has_mirrored: false,
            stop: None,
        }
    }

    /// What it needs to go on.
    pub fn ask(&self) -> Ask {
        match (&self.stop, &self.best) {
            (Some(stop), Some((parameters, sums))) => Ask::Done(Box::new(Outcome {
                best: Request { parameters: parameters.clone(), draws: self.draws },
                sums: sums.clone(),
                iterations: self.iterations,
                stop: stop.clone(),
            })),
            _ => Ask::Evaluate(Request { parameters: self.trial.clone(), draws: self.draws }),
        }
    }

    /// Takes the sums over all people that it asked for.
    pub fn tell(&mut self, sums: Sums) {
        self.iterations += 1;
        self.judge(sums);
        while self.stop.is_none() && self.decide() {}
    }

    /// How far it is.
    pub fn progress(&self) -> Progress {
        let log_likelihood = self.best.as_ref().map_or(f64::NEG_INFINITY, |(_, sums)| sums.log_likelihood);
        Progress { iteration: self.iterations, draws: self.draws, log_likelihood }
    }

    /// Accepts or rejects the trial, and damps the next step accordingly.
    fn judge(&mut self, sums: Sums) {
        let Some((_, best)) = &self.best else {
            self.best = Some((self.trial.clone(), sums));
            return;
        };
        let gain = sums.log_likelihood - best.log_likelihood;
        let rounding = 1e-13 * best.log_likelihood.abs();
        let ratio = (gain + rounding) / (self.predicted_gain + rounding);
        if ratio > 0.75 {
            self.damping = if self.damping > 1e-4 { self.damping / 10.0 } else { 0.0 };
        } else if !(ratio > 0.25) {
            self.damping = f64::max(self.damping * 8.0, 1e-2);
        }
        if ratio > 1e-4 {
            self.best = Some((std::mem::take(&mut self.trial), sums));
        }
    }

    /// Decides on the next trial. `true` if the decision was to move on at the same point, which needs another.
    fn decide(&mut self) -> bool {
        let Some((point, sums)) = self.best.take() else { return false };
        let decision = self.next(&point, &sums);
        self.best = Some((point, sums));
        match decision {
            Next::Try { step, predicted_gain } => {
                self.predicted_gain = predicted_gain;
                let point = self.best.iter().flat_map(|(point, _)| point);
                self.trial = point.zip(&step).map(|(from, step)| from + step).collect();
                if self.iterations >= self.spec.iterations_max {
                    self.stop = Some(Stop::IterationsSpent);
                }
                false
            }
            Next::Stop(Stop::Converged) => self.move_on(),
            Next::Stop(stop) => {
                self.stop = Some(stop);
                false
            }
        }
    }

    /// After convergence: to the mixed logit, to more draws, to the mirror image with positive standard deviations, or home.
    fn move_on(&mut self) -> bool {
        let Some((point, _)) = &self.best else { return false };
        let all = if self.spec.random_count() == 0 { 0 } else { self.spec.draws.count };
        let point = if self.draws == 0 && all > 0 {
            start::mixed(&self.spec, point, &self.spreads)
        } else {
            start::mirrored(&Parameters::new(&self.spec), point)
        };
        if self.draws == all && (self.has_mirrored || self.best.as_ref().is_some_and(|(best, _)| *best == point)) {
            self.stop = Some(Stop::Converged);
            return false;
        }
        self.has_mirrored = self.draws == all;
        self.draws = next_draws(self.draws, all);
        (self.trial, self.best, self.damping) = (point, None, 0.0);
        false
    }

    fn next(&mut self, point: &[f64], sums: &Sums) -> Next {
        let parameters = self.parameters();
        let free: Vec<usize> = (0..parameters.count()).filter(|at| !parameters.held[*at]).collect();
        let size = free.len();
        let gradient: Vec<f64> = free.iter().map(|at| sums.gradient[*at]).collect();
        let information: Vec<f64> = select(&sums.hessian, &free).iter().map(|value| -value).collect();
        let outer = select(&sums.outer, &free);
        // Where the likelihood is not concave, the scores' variance stands in for the curvature.
        let scales: Vec<f64> =
            (0..size).map(|k| f64::max(information[at(k, k)], outer[at(k, k)]).max(1e-300)).collect();
        let names = |vector: &[f64]| names(&parameters, &free, vector);
        if self.draws == 0
            && let Some(direction) = self.separation(&information, size)
        {
            return Next::Stop(Stop::Separated(names(&direction)));
        }
        let (factor, step, concave) = loop {
            let mut damped = information.clone();
            (0..size).for_each(|k| damped[at(k, k)] += self.damping * scales[k]);
            match cholesky(&damped, size, 1e-11) {
                Ok(factor) => {
                    let step = solve(&factor, &gradient);
                    break (factor, step, self.damping <= 0.0);
                }
                Err(_) if self.damping > DAMPING_MAX => return Next::Stop(Stop::NoProgress),
                Err(_) => self.damping = f64::max(self.damping * 4.0, 1e-3),
            }
        };
        let decrement = dot(&gradient, &step);
        let few = self.draws > 0 && self.draws < self.spec.draws.count;
        let enough = if few { DECREMENT_MAX_WITH_FEW_DRAWS } else { DECREMENT_MAX };
        if decrement <= enough && concave {
            let open = if few { Vec::new() } else { self.open(&parameters, &free, &factor) };
            return Next::Stop(if open.is_empty() { Stop::Converged } else { Stop::Flat(open) });
        }
        if self.damping > DAMPING_MAX {
            return Next::Stop(Stop::NoProgress);
        }
        if decrement <= enough && !concave {
            // Stationary, but no maximum that curves down all around.
            let scaled = scaled(&information, &scales);
            let (value, vector) = smallest_eigen(&scaled, size);
            if value < FLAT && value > SADDLE {
                return Next::Stop(Stop::Flat(names(&vector)));
            }
            if value <= SADDLE {
                let step: Vec<f64> = vector.iter().zip(&scales).map(|(v, scale)| v / libm::sqrt(*scale)).collect();
                return Next::Try { step: spread(&free, &step, point.len()), predicted_gain: -0.5 * value };
            }
        }
        let predicted_gain = decrement - 0.5 * dot(&step, &matrix::times(&information, &step));
        Next::Try { step: spread(&free, &step, point.len()), predicted_gain }
    }

    /// The direction, if any, in which the conditional logit's information has all but vanished since the start.
    fn separation(&mut self, information: &[f64], size: usize) -> Option<Vec<f64>> {
        let (at_start, scales) = self.reference.get_or_insert_with(|| {
            let scales: Vec<f64> = (0..size).map(|k| information[at(k, k)].max(1e-300)).collect();
            (smallest_eigen(&scaled(information, &scales), size).0, scales)
        });
        let (value, vector) = smallest_eigen(&scaled(information, scales), size);
        (value < SEPARATED * *at_start).then_some(vector)
    }

    /// The parameters that the data leave open: with standard errors of more than 100 units of utility (or of the logarithm of a
    /// coefficient, which has then gone where it is nothing).
    fn open(&self, parameters: &Parameters, free: &[usize], factor: &[f64]) -> Vec<String> {
        let covariance = inverse(factor, free.len());
        let is_open = |(place, parameter): &(usize, &usize)| {
            let of = |makeup: &Makeup| makeup.parts.iter().any(|part| part.parameter == **parameter);
            let found = parameters.coefficients.iter().zip(&self.spreads).find(|(makeup, _)| of(makeup));
            let unit = found.map_or(1.0, |(makeup, spread)| if makeup.is_logarithmic() { 1.0 } else { *spread });
            libm::sqrt(covariance[at(*place, *place)]) * unit > OPEN
        };
        let open = free.iter().enumerate().filter(is_open);
        open.map(|(_, parameter)| parameters.names[*parameter].clone()).collect()
    }

    fn parameters(&self) -> Parameters {
        if self.draws == 0 { Parameters::conditional(&self.spec) } else { Parameters::new(&self.spec) }
    }
}

enum Next {
    Try { step: Vec<f64>, predicted_gain: f64 },
    Stop(Stop),
}

/// An eighth of an eighth … of all draws first, and then eight times as many, whole tiles of eight.
fn next_draws(now: u32, all: u32) -> u32 {
    let mut draws = all;
    while draws / 8 >= FEW_DRAWS && draws.div_ceil(64) * 8 > now {
        draws = draws.div_ceil(64) * 8;
    }
    draws
}

/// The names of the parameters that a direction (in units of their scales) is made of.
fn names(parameters: &Parameters, free: &[usize], direction: &[f64]) -> Vec<String> {
    let largest = direction.iter().fold(0.0, |largest, v| f64::max(largest, v.abs()));
    let involved = free.iter().zip(direction).filter(|(_, v)| v.abs() > 0.1 * largest);
    involved.map(|(at, _)| parameters.names[*at].clone()).collect()
}

/// Rows and columns divided by the square roots of their scales.
fn scaled(matrix: &[f64], scales: &[f64]) -> Vec<f64> {
    let pairs = (0..scales.len()).flat_map(|row| (0..=row).map(move |column| (row, column)));
    pairs.zip(matrix).map(|((row, column), value)| value / libm::sqrt(scales[row] * scales[column])).collect()
}

/// A step of the free parameters as one of all.
fn spread(free: &[usize], step: &[f64], size: usize) -> Vec<f64> {
    let mut all = vec![0.0; size];
    free.iter().zip(step).for_each(|(at, step)| all[*at] = *step);
    all
}
