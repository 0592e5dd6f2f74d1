//! What is to be estimated: coefficients and how they vary between people, the draws that simulate it, and where to begin.

use serde::{Deserialize, Serialize};

use crate::choice::model::Distribution;
use crate::input::{Findings, InputError, Note, Result, json, number_text, whole};

/// A conditional logit, or a mixed logit if any coefficient is random. The scale is fixed: the error's variance is π²/6.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// The coefficients. Random ones take the dimensions of the draws in this order.
    pub coefficients: Vec<Sought>,
    /// Whether the random coefficients are correlated: then their covariance's Cholesky factor is estimated.
    #[serde(default)]
    pub correlated: bool,
    /// The draws of a mixed logit.
    #[serde(default)]
    pub draws: DrawsSpec,
    /// Which standard errors z values, p values and intervals are made of.
    #[serde(default)]
    pub errors: ErrorKind,
    /// Newton steps taken at most.
    #[serde(default = "default_iterations_max", deserialize_with = "whole")]
    pub iterations_max: u32,
}

/// One coefficient. `mean` and `sd` are those of the underlying normal, as in a model file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sought {
    /// What it multiplies: a column of the data, or the constant of an outside option.
    pub variable: String,
    /// Its distribution; in short `n`, `ln` and `nln`.
    #[serde(default)]
    pub distribution: Distribution,
    /// Where to begin; by default, at what a conditional logit gives.
    #[serde(default)]
    pub mean: Option<f64>,
    /// Where to begin, for a random coefficient.
    #[serde(default)]
    pub sd: Option<f64>,
    /// Whether it is known: `mean` (and `sd`) are kept as they are given.
    #[serde(default)]
    pub held: bool,
}

impl Sought {
    /// Whether `mean` and `sd` are of the coefficient's logarithm.
    pub fn is_logarithmic(&self) -> bool {
        matches!(self.distribution, Distribution::Lognormal | Distribution::NegativeLognormal)
    }
}

/// How tastes are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DrawsSpec {
    /// Draws a person.
    #[serde(deserialize_with = "whole")]
    pub count: u32,
    /// Of which sequence.
    pub kind: DrawKind,
    /// Of the scramble or shuffle; Halton draws have none.
    #[serde(deserialize_with = "whole")]
    pub seed: u64,
}

impl Default for DrawsSpec {
    fn default() -> Self {
        DrawsSpec { count: 1_000, kind: DrawKind::default(), seed: 0 }
    }
}

/// A sequence of draws.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DrawKind {
    /// Halton's sequence, its first 100 points dropped.
    #[default]
    Halton,
    /// Sobol's sequence, scrambled.
    Sobol,
    /// Modified Latin hypercube sampling.
    Mlhs,
}

/// A way to estimate standard errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// The inverse of the negative Hessian: right if the model is.
    Hessian,
    /// The inverse of the people's scores' outer products.
    Opg,
    /// The sandwich of both, clustered by person: right for panels even if the model is not quite.
    #[default]
    Robust,
}

/// As many as there are tabulated directions of Sobol's sequence.
pub const RANDOM_MAX: usize = 20;
const COEFFICIENTS_MAX: usize = 100;
const DRAWS_MAX: u32 = 100_000;
const ITERATIONS_MAX: u32 = 1_000;
const START_MAX: f64 = 1e6;

fn default_iterations_max() -> u32 {
    100
}

impl Spec {
    /// Reads and checks a specification.
    pub fn parse(file: &str, bytes: &[u8], found: &mut Findings) -> Option<Spec> {
        let spec: Spec = found.take(json(file, bytes))?;
        let errors = found.error_count();
        for at in 0..spec.coefficients.len() {
            found.take(spec.check_coefficient(file, at));
        }
        found.take(spec.check_whole(file));
        if found.error_count() > errors {
            return None;
        }
        found.notes(spec.idle(file));
        Some(spec)
    }

    /// Checks of one coefficient what types cannot.
    fn check_coefficient(&self, file: &str, at: usize) -> Result<()> {
        let sought = &self.coefficients[at];
        let wrong =
            |name: &str, expected: &str| InputError::new(file, expected).field(format!("coefficients[{at}].{name}"));
        if self.coefficients[..at].iter().any(|earlier| earlier.variable == sought.variable) {
            return Err(wrong("variable", "each variable once").value(&sought.variable));
        }
        let random = sought.distribution != Distribution::Fixed;
        if let (false, Some(sd)) = (random, sought.sd) {
            return Err(wrong("sd", "no sd for a fixed coefficient; or name its distribution").value(number_text(sd)));
        }
        for (name, value, bounds) in [("mean", sought.mean, -START_MAX..=START_MAX), ("sd", sought.sd, 0.0..=START_MAX)]
        {
            if let Some(value) = value.filter(|value| !bounds.contains(value)) {
                let (low, high) = (number_text(*bounds.start()), number_text(*bounds.end()));
                return Err(wrong(name, &format!("a number from {low} to {high}")).value(number_text(value)));
            }
        }
        if sought.held && (sought.mean.is_none() || (random && sought.sd.is_none())) {
            let missing = if sought.mean.is_none() { "mean" } else { "sd" };
            return Err(wrong(missing, "the value at which the coefficient is held"));
        }
        Ok(())
    }

    /// Checks what the coefficients are together, and how they are to be estimated.
    fn check_whole(&self, file: &str) -> Result<()> {
        let wrong = |field: &str, expected: String| InputError::new(file, expected).field(field);
        if self.coefficients.is_empty() || self.coefficients.len() > COEFFICIENTS_MAX {
            return Err(wrong("coefficients", format!("1 to {COEFFICIENTS_MAX} coefficients")));
        }
        if self.coefficients.iter().all(|sought| sought.held) {
            return Err(wrong("coefficients", "at least one that is not held".into()));
        }
        if self.correlated && self.coefficients.iter().any(|sought| sought.held && sought.sd.is_some()) {
            return Err(wrong("correlated", "false, as a random coefficient is held".into()).value(true));
        }
        if self.random_count() > RANDOM_MAX {
            return Err(wrong("coefficients", format!("at most {RANDOM_MAX} random coefficients"))
                .value(format!("{} of them", self.random_count())));
        }
        let bounded = |field: &str, value: u32, max: u32| match value {
            1.. if value <= max => Ok(()),
            _ => Err(wrong(field, format!("a whole number from 1 to {max}")).value(value)),
        };
        bounded("draws.count", self.draws.count, DRAWS_MAX)?;
        bounded("iterations_max", self.iterations_max, ITERATIONS_MAX)
    }

    /// Has the constant of an outside option estimated, unless something is said of it already.
    pub fn add_constant(&mut self, name: &str) {
        if !self.coefficients.iter().any(|sought| sought.variable == name) {
            let distribution = Distribution::Fixed;
            self.coefficients.push(Sought {
                variable: name.to_owned(),
                distribution,
                mean: None,
                sd: None,
                held: false,
            });
        }
    }

    /// How many coefficients are random: each needs a dimension of the draws.
    pub fn random_count(&self) -> usize {
        self.coefficients.iter().filter(|sought| sought.distribution != Distribution::Fixed).count()
    }

    /// Notes on settings that change nothing.
    fn idle(&self, file: &str) -> Vec<Note> {
        let random = self.random_count();
        let idle = [
            (self.correlated && random < 2, "correlated", "fewer than two coefficients are random"),
            (self.draws != DrawsSpec::default() && random == 0, "draws", "no coefficient is random"),
            (self.draws.seed != 0 && self.draws.kind == DrawKind::Halton, "draws.seed", "Halton draws have none"),
        ];
        let note = |(_, field, why): &(bool, &str, &str)| Note {
            field: Some((*field).to_owned()),
            ..Note::new(file, format!("changes nothing: {why}"))
        };
        idle.iter().filter(|(is_idle, ..)| *is_idle).map(note).collect()
    }

    /// What an analyst should know about the choice of draws.
    pub fn warnings(&self) -> Vec<String> {
        let random = self.random_count();
        let mut warnings = Vec::new();
        if self.draws.kind == DrawKind::Halton && random > 5 {
            warnings.push(format!(
                "Halton draws in {random} dimensions: those of high primes are correlated; sobol or mlhs draws are safer above 5"
            ));
        }
        if random > 0 && self.draws.count < 100 {
            warnings.push(format!("draws a person: {}, too few for anything but a first look", self.draws.count));
        }
        warnings
    }
}
