//! The search for the largest likelihood as a state machine: it asks for evaluations and is told their sums. It evaluates
//! nothing itself, so that each evaluation may be spread over threads or machines, and may be stored between any two.
//!
//! First the conditional logit, from nothing; from there the mixed logit, with few draws and then with all of them. Each by
//! Newton's method with the analytic Hessian. The conditional logit's likelihood is concave: a step that goes too far is made
//! shorter. The mixed logit's is not: its steps are damped as in Levenberg and Marquardt's method where it is not or a step went
//! wrong, and lean on the people's scores (Berndt, Hall, Hall and Hausman) as long as they are. Damping is by the information
//! matrix's diagonal, and what is enough is counted in choices of mean weight: neither the variables' units nor the weights'
//! matter, nor, to the conditional logit, who made the choices.

use serde::{Deserialize, Serialize};

use crate::fit::design::Design;
use crate::fit::likelihood::{Request, Sums};
use crate::fit::line::{GAIN_MIN, shorter};
use crate::fit::newton::{Local, Step};
use crate::fit::parameters::Parameters;
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

/// Where a search ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The best point, and the draws with which it is.
    pub best: Request,
    /// The sums there.
    pub sums: Sums,
    /// The conditional logit's coefficients, if the mixed one was begun from them; else none.
    pub conditional: Vec<f64>,
    /// Evaluations asked for.
    pub iterations: u32,
    /// Why no more.
    pub stop: Stop,
}

/// Why a search ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stop {
    /// A Newton step would raise the log-likelihood by less than 5 × 10⁻⁹ of a choice's mean weight: gᵀ(−H)⁻¹g ≤ 10⁻⁸.
    /// Estimates are then within 1/10,000 of a standard error.
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
    design: Design,
    /// The smallest eigenvalue of the conditional logit's scaled information at the start, and the scales.
    reference: Option<(f64, Vec<f64>)>,
    draws: u32,
    conditional: Vec<f64>,
    best: Option<(Vec<f64>, Sums)>,
    trial: Vec<f64>,
    predicted_gain: f64,
    damping: f64,
    /// How much of a step is tried.
    length: f64,
    iterations: u32,
    progress: Progress,
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
/// Along a separating direction the decrement falls as the information does.
const SEPARATED_DECREMENT_MAX: f64 = 1.0;
/// Curvature of an information matrix with a unit diagonal: upwards, and not by rounding.
const SADDLE: f64 = -1e-5;
const OPEN: f64 = 100.0;

impl Search {
    /// Begins a search for what a specification asks of data of this design.
    pub fn new(spec: &Spec, design: Design) -> Search {
        Search {
            trial: start::conditional(spec),
            spec: spec.clone(),
            design,
            reference: None,
            draws: 0,
            conditional: Vec::new(),
            best: None,
            predicted_gain: 0.0,
            damping: 0.0,
            length: 1.0,
            iterations: 0,
            progress: Progress { iteration: 0, draws: 0, log_likelihood: 0.0 },
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
                conditional: self.conditional.clone(),
                iterations: self.iterations,
                stop: stop.clone(),
            })),
            _ => Ask::Evaluate(Request { parameters: self.trial.clone(), draws: self.draws }),
        }
    }

    /// Takes the sums over all people that it asked for.
    #[inline(never)]
    pub fn tell(&mut self, sums: Sums) {
        self.iterations += 1;
        self.judge(sums);
        let log_likelihood = self.best.as_ref().map_or(0.0, |(_, sums)| sums.log_likelihood);
        self.progress = Progress { iteration: self.iterations, draws: self.draws, log_likelihood };
        self.decide();
    }

    /// How far it is.
    pub fn progress(&self) -> Progress {
        self.progress
    }

    /// Accepts or rejects the trial, and damps or shortens the next step accordingly.
    fn judge(&mut self, sums: Sums) {
        let Some((point, best)) = &self.best else {
            self.best = Some((self.trial.clone(), sums));
            return;
        };
        let rounding = 1e-13 * best.log_likelihood.abs();
        if self.draws == 0 {
            match shorter((point, best), (&self.trial, &sums), rounding) {
                Some(share) => self.length *= share,
                None => {
                    (self.length, self.damping) = (1.0, 0.0);
                    self.best = Some((std::mem::take(&mut self.trial), sums));
                }
            }
            return;
        }
        let gain = sums.log_likelihood - best.log_likelihood;
        let ratio = (gain + rounding) / (self.predicted_gain + rounding);
        if ratio > 0.75 {
            self.damping = if self.damping > 1e-3 { self.damping / 10.0 } else { 0.0 };
        } else if ratio < 0.25 || ratio.is_nan() {
            self.damping = f64::max(self.damping * 8.0, 1e-2);
        }
        if ratio > GAIN_MIN {
            self.best = Some((std::mem::take(&mut self.trial), sums));
        }
    }

    /// Decides on the next trial, or to stop.
    fn decide(&mut self) {
        let Some((point, sums)) = self.best.take() else { return };
        let local = Local::new(&sums, &self.parameters().held);
        let decision = self.decision(&local);
        self.best = Some((point, sums));
        match decision {
            Ok(_) if self.iterations >= self.spec.iterations_max => self.stop = Some(Stop::IterationsSpent),
            Ok(step) => {
                (self.predicted_gain, self.damping) = (step.predicted_gain, step.damping);
                self.trial = self.best.iter().flat_map(|(point, _)| point.iter().copied()).collect();
                local.free.iter().zip(&step.step).for_each(|(at, step)| self.trial[*at] += self.length * step);
            }
            // What few draws cannot tell, all may.
            Err(stop) if stop == Stop::Converged || self.has_few_draws() => self.move_on(),
            Err(stop) => self.stop = Some(stop),
        }
    }

    /// The step to try, or why there is none.
    fn decision(&mut self, local: &Local) -> Result<Step, Stop> {
        if self.draws == 0 {
            self.check_separation(local)?;
        }
        let few = self.has_few_draws();
        let enough = self.design.weight * if few { DECREMENT_MAX_WITH_FEW_DRAWS } else { DECREMENT_MAX };
        let mut step = local.step(self.damping).ok_or(Stop::NoProgress)?;
        if step.decrement <= enough && step.damping > 0.0 {
            // Is it the damping that makes it look stationary?
            step = local.step(0.0).ok_or(Stop::NoProgress)?;
        }
        if step.decrement > enough {
            return if step.damping > DAMPING_MAX { Err(Stop::NoProgress) } else { Ok(step) };
        }
        if step.damping <= 0.0 {
            let open = if few { Vec::new() } else { self.open(local, &step) };
            return Err(if open.is_empty() { Stop::Converged } else { Stop::Flat(open) });
        }
        // Stationary, but no maximum that curves down all around.
        let (curvature, direction) = local.flattest();
        if curvature > SADDLE {
            return Err(Stop::Flat(self.names(local, |k| direction[k].abs())));
        }
        Ok(local.out_of_saddle(curvature, &direction, self.damping))
    }

    /// Whether there is a direction in which the conditional logit's information has all but vanished since the start.
    fn check_separation(&mut self, local: &Local) -> Result<(), Stop> {
        let (at_start, scales) = self.reference.get_or_insert_with(|| {
            let scales = local.diagonal();
            (local.flattest_by(&scales).0, scales)
        });
        let (information, direction) = local.flattest_by(scales);
        // Where the likelihood still rises steeply, a step too far has made choices certain, and wrongly.
        let step = local.step(0.0);
        let rises = step.as_ref().is_some_and(|step| step.decrement > SEPARATED_DECREMENT_MAX * self.design.weight);
        if rises || information >= SEPARATED * *at_start {
            return Ok(());
        }
        // All information vanishes with the doubt: what makes choices ever more certain is where a step goes.
        let along: Vec<f64> = match step {
            Some(Step { step, .. }) => step.iter().zip(scales).map(|(step, scale)| step * libm::sqrt(*scale)).collect(),
            None => direction,
        };
        Err(Stop::Separated(self.names(local, |k| along[k].abs())))
    }

    /// The parameters that the data leave open: with standard errors of more than 100 units of utility (or of the logarithm of a
    /// coefficient, which has then gone where it is nothing).
    fn open(&self, local: &Local, step: &Step) -> Vec<String> {
        let units = self.parameters().units(&self.design.spreads);
        let errors: Vec<f64> = step.errors().iter().zip(&local.free).map(|(error, at)| error * units[*at]).collect();
        let most = OPEN / libm::sqrt(self.design.weight);
        if errors.iter().all(|error| *error <= most) { Vec::new() } else { self.names(local, |k| errors[k]) }
    }

    /// The names of the parameters with the largest numbers, down to a tenth of the largest.
    fn names(&self, local: &Local, number: impl Fn(usize) -> f64) -> Vec<String> {
        let largest = (0..local.free.len()).map(&number).fold(0.0, f64::max);
        let parameters = self.parameters();
        let involved = local.free.iter().enumerate().filter(|(k, _)| number(*k) > 0.1 * largest);
        involved.map(|(_, at)| parameters.names[*at].clone()).collect()
    }

    /// After convergence: to the mixed logit, to more draws, to the mirror image with positive standard deviations, or home.
    fn move_on(&mut self) {
        let Some((point, _)) = &self.best else { return };
        let all = if self.spec.random_count() == 0 { 0 } else { self.spec.draws.count };
        let next = if self.draws == 0 && all > 0 {
            self.conditional.clone_from(point);
            start::mixed(&self.spec, point, &self.design.spreads)
        } else {
            start::mirrored(&self.parameters(), point)
        };
        if self.draws == all {
            if self.has_mirrored || next == *point {
                self.stop = Some(Stop::Converged);
                return;
            }
            self.has_mirrored = true;
        }
        self.draws = next_draws(self.draws, all);
        (self.trial, self.best, self.damping) = (next, None, 0.0);
    }

    fn has_few_draws(&self) -> bool {
        self.draws > 0 && self.draws < self.spec.draws.count
    }

    fn parameters(&self) -> Parameters {
        if self.draws == 0 { Parameters::conditional(&self.spec) } else { Parameters::new(&self.spec) }
    }
}

/// An eighth of an eighth … of all draws first, and then eight times as many, whole tiles of eight.
fn next_draws(now: u32, all: u32) -> u32 {
    let mut draws = all;
    while draws / 8 >= FEW_DRAWS && draws.div_ceil(64) * 8 > now {
        draws = draws.div_ceil(64) * 8;
    }
    draws
}
