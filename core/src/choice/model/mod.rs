//! A choice model: coefficients, their distributions over the population, and the covariance of its parameters.

mod cholesky;
mod covariance;
mod file;
mod variable;

use serde::{Deserialize, Serialize};

use crate::choice::random::Stream;
use crate::input::Word;

pub use variable::Variable;

/// How a coefficient varies between people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Distribution {
    /// Not at all.
    #[default]
    Fixed,
    /// mean + sd z.
    #[serde(alias = "n")]
    Normal,
    /// exp(mean + sd z): always positive.
    #[serde(alias = "ln")]
    Lognormal,
    /// −exp(mean + sd z): always negative.
    #[serde(alias = "nln")]
    NegativeLognormal,
}

/// One coefficient. `mean` and `sd` are those of the underlying normal.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Coefficient {
    /// What it multiplies.
    pub variable: Variable,
    /// Mean (or the value itself, if fixed).
    pub mean: f64,
    /// By how much its own normal moves it; zero if fixed. That is its standard deviation, unless others' normals move it too.
    pub sd: f64,
    /// Its distribution.
    pub distribution: Distribution,
    /// Whether it has a row in the Cholesky factor, of which `sd` is then the diagonal.
    pub is_correlated: bool,
}

/// By how much another coefficient's normal moves a coefficient: an element below the diagonal of the Cholesky factor of
/// correlated tastes. Coefficients are by position in the model.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Loading {
    /// The coefficient that is moved.
    pub of: usize,
    /// The one whose normal moves it.
    pub on: usize,
    /// By how much.
    pub value: f64,
}

/// A conditional logit, or a mixed logit if any coefficient is random.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// The coefficients, by variable; at most one each.
    pub coefficients: Vec<Coefficient>,
    /// What correlates them; empty if tastes are independent.
    pub loadings: Vec<Loading>,
    /// Lower Cholesky factor of the parameters' covariance in the order of [`Model::parameter_names`], if it is known.
    pub covariance_factor: Option<Vec<Vec<f64>>>,
}

impl Model {
    /// The parameters' names: `green` for a mean, `green.sd` for a standard deviation or, of correlated tastes,
    /// `chol.green.green`. Last come the loadings: `chol.green.saving_gbp` is that of `saving_gbp` on the normal of `green`.
    pub fn parameter_names(&self) -> Vec<String> {
        let word = |at: usize| self.coefficients[at].variable.word();
        let mut names = Vec::new();
        for coefficient in &self.coefficients {
            let name = coefficient.variable.word();
            names.push(name.to_owned());
            match (coefficient.distribution, coefficient.is_correlated) {
                (Distribution::Fixed, _) => {}
                (_, false) => names.push(format!("{name}.sd")),
                (_, true) => names.push(format!("chol.{name}.{name}")),
            }
        }
        names.extend(self.loadings.iter().map(|loading| format!("chol.{}.{}", word(loading.on), word(loading.of))));
        names
    }

    /// The model with its parameters drawn from their covariance (Krinsky and Robb 1986): draw `index` of `stream`.
    /// Without a covariance, the model itself.
    pub fn drawn(&self, stream: Stream, index: u64) -> Model {
        let Some(factor) = &self.covariance_factor else { return self.clone() };
        let draws = stream.item(index);
        let normals: Vec<f64> = (0..factor.len()).map(|at| draws.normal(at as u32)).collect();
        let mut shifts = factor.iter().map(|row| row.iter().zip(&normals).map(|(l, z)| l * z).sum::<f64>());
        let mut shift = || shifts.next().unwrap_or(0.0);
        let mut drawn = self.clone();
        for coefficient in &mut drawn.coefficients {
            coefficient.mean += shift();
            if coefficient.distribution != Distribution::Fixed {
                coefficient.sd += shift();
            }
        }
        drawn.loadings.iter_mut().for_each(|loading| loading.value += shift());
        drawn.mirror();
        drawn
    }

    /// The same distribution without a negative `sd`: normals are symmetric, so all that one moves may change its sign.
    fn mirror(&mut self) {
        for (at, coefficient) in self.coefficients.iter_mut().enumerate().filter(|(_, c)| c.sd < 0.0) {
            coefficient.sd = -coefficient.sd;
            self.loadings.iter_mut().filter(|loading| loading.on == at).for_each(|loading| loading.value *= -1.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::choice::random::Purpose;
    use crate::input;

    fn parse(text: &str) -> Model {
        input::read(|found| Model::parse("model.json", text.as_bytes(), found)).expect("valid").0
    }

    #[test]
    fn parameter_draws_have_the_given_covariance() {
        let text = r#"{"coefficients":{"green":{"mean":1,"sd":2,"distribution":"normal"},"fixed":{"mean":3}},
            "covariance":{"parameters":["green.sd","green"],"matrix":[[0.04,0.03],[0.03,0.09]]}}"#;
        let model = parse(text);
        let stream = Stream::new(3, Purpose::Parameters);
        let n = 50_000;
        let (mut mean, mut square, mut cross) = (0.0, 0.0, 0.0);
        for index in 0..n {
            let drawn = model.drawn(stream, index);
            let of = |variable| drawn.coefficients.iter().find(|c| c.variable == variable).expect("kept");
            assert_eq!(of(Variable::Fixed).mean.to_bits(), 3f64.to_bits(), "not in the covariance: known");
            let (a, b) = (of(Variable::Green).mean - 1.0, of(Variable::Green).sd - 2.0);
            (mean, square, cross) = (mean + a, square + a * a, cross + a * b);
        }
        let n = n as f64;
        assert!((mean / n).abs() < 0.006 && (square / n - 0.09).abs() < 0.003 && (cross / n - 0.03).abs() < 0.002);
    }
    /// Independent tastes that are given as a factor: the same model. Where a drawn element of the diagonal is negative, all that
    /// its normal moves changes its sign.
    #[test]
    fn a_diagonal_factor_is_drawn_as_standard_deviations_are() {
        let coefficients = |sd: &str| {
            format!(
                r#"{{"coefficients":{{"saving_gbp":{{"mean":-4,"distribution":"ln"{sd}}},"green":{{"mean":1,"distribution":"n"{sd}}}}}"#
            )
        };
        let covariance = |saving: &str, green: &str| {
            format!(
                r#""covariance":{{"parameters":["{saving}","green","{green}"],"matrix":[[1,0.2,0.3],[0.2,1,0],[0.3,0,1]]}}}}"#
            )
        };
        let independent = parse(&[coefficients(r#","sd":0.5"#), covariance("saving_gbp.sd", "green.sd")].join(","));
        let factor = r#""cholesky":{"variables":["green","saving_gbp"],"matrix":[[0.5,0],[0,0.5]]}"#;
        let names = ["chol.saving_gbp.saving_gbp", "chol.green.green"];
        let diagonal = parse(&[coefficients(""), factor.to_owned(), covariance(names[0], names[1])].join(","));
        assert_eq!(diagonal.parameter_names(), ["saving_gbp", names[0], "green", names[1], "chol.green.saving_gbp"]);
        let loaded = Model { loadings: vec![Loading { value: 0.25, ..diagonal.loadings[0] }], ..diagonal.clone() };
        let stream = Stream::new(3, Purpose::Parameters);
        let mut mirrored = 0;
        for index in 0..100 {
            let (a, b, c) =
                (independent.drawn(stream, index), diagonal.drawn(stream, index), loaded.drawn(stream, index));
            let bits =
                |model: &Model| model.coefficients.iter().map(|c| [c.mean, c.sd].map(f64::to_bits)).collect::<Vec<_>>();
            assert!(bits(&a) == bits(&b) && bits(&b) == bits(&c), "{a:?} {b:?}");
            let [Loading { of: 0, on: 1, value }] = c.loadings[..] else { panic!("{c:?}") };
            assert_eq!(value.abs().to_bits(), 0.25_f64.to_bits());
            mirrored += u32::from(value < 0.0);
        }
        assert!((15..50).contains(&mirrored), "a third of the draws of green's: {mirrored}");
    }
}
