//! A model as a file gives it: read and checked, field by field.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::choice::model::cholesky::Cholesky;
use crate::choice::model::covariance::Covariance;
use crate::choice::model::{Coefficient, Distribution, Model, Variable};
use crate::input::{Findings, InputError, Note, Result, Word, each_once, json, number_text};

/// The file's form of a model.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(deserialize_with = "each_once")]
    coefficients: BTreeMap<String, FileCoefficient>,
    #[serde(default)]
    cholesky: Option<Cholesky>,
    #[serde(default)]
    covariance: Option<Covariance>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileCoefficient {
    mean: f64,
    #[serde(default)]
    sd: Option<f64>,
    #[serde(default)]
    distribution: Distribution,
}

impl FileCoefficient {
    fn read(&self, file: &str, variable: Variable, is_correlated: bool) -> Result<Coefficient> {
        let at = |field: &str| format!("coefficients.{}.{field}", variable.word());
        let wrong = |field: &str, value: f64, expected: &str| {
            Err(InputError::new(file, expected).field(at(field)).value(number_text(value)))
        };
        let FileCoefficient { mean, sd, distribution } = *self;
        if mean.abs() > COEFFICIENT_MAX || !mean.is_finite() {
            return wrong("mean", mean, "a finite number of at most 1e6 either way");
        }
        let sd = match (distribution, sd) {
            (Distribution::Fixed, None) => 0.0,
            (Distribution::Fixed, Some(sd)) => {
                return wrong("sd", sd, "no sd for a fixed coefficient; or name its distribution");
            }
            (_, Some(sd)) if is_correlated => return wrong("sd", sd, "no sd, as cholesky has the coefficient's row"),
            (_, None) if is_correlated => 0.0,
            (_, None) => {
                let expected = "an sd, as the coefficient is random; or a row in cholesky";
                return Err(InputError::new(file, expected).field(at("sd")));
            }
            (_, Some(sd)) if (0.0..=COEFFICIENT_MAX).contains(&sd) => sd,
            (_, Some(sd)) => return wrong("sd", sd, "a number from 0 to 1e6"),
        };
        let logarithmic = matches!(distribution, Distribution::Lognormal | Distribution::NegativeLognormal);
        if logarithmic && mean > LOG_COEFFICIENT_MAX {
            return wrong("mean", mean, "at most 13, as it is the logarithm of the coefficient");
        }
        if variable == Variable::NoSwitch && logarithmic {
            return Err(InputError::new(file, "fixed or normal for no_switch").field(at("distribution")));
        }
        Ok(Coefficient { variable, mean, sd, distribution, is_correlated })
    }
}

/// Larger coefficients are mistakes, and would make utilities overflow.
pub(super) const COEFFICIENT_MAX: f64 = 1e6;

/// exp(13) is about 440,000.
const LOG_COEFFICIENT_MAX: f64 = 13.0;

impl Model {
    /// Reads and checks a model file.
    pub fn parse(file: &str, bytes: &[u8], found: &mut Findings) -> Option<Model> {
        let parsed = json(file, bytes);
        let File { coefficients: given, cholesky, covariance } = found.take(parsed)?;
        let errors = found.error_count();
        for unknown in given.keys().filter(|name| Variable::from_word(name).is_none()) {
            found.error(InputError::new(file, Variable::expected()).field("coefficients").value(unknown));
        }
        let is_random = |(_, name): &&(Variable, &str)| {
            given.get(*name).is_some_and(|given| given.distribution != Distribution::Fixed)
        };
        let random: Vec<Variable> = Variable::WORDS.iter().filter(is_random).map(|(variable, _)| *variable).collect();
        let correlated = cholesky.as_ref().map(|factor| factor.variables(file, &random)).transpose();
        // Which coefficients need no sd cannot be told without.
        let correlated = found.take(correlated)?.unwrap_or_default();
        let mut coefficients = Vec::new();
        // In a fixed order, whatever the file's.
        for &(variable, name) in Variable::WORDS {
            let Some(given) = given.get(name) else { continue };
            let read = given.read(file, variable, correlated.contains(&variable));
            coefficients.extend(found.take(read));
        }
        if given.is_empty() {
            found.error(InputError::new(file, "at least one coefficient").field("coefficients"));
        }
        // What the matrices are of cannot be told with a coefficient missing.
        if found.error_count() > errors {
            return None;
        }
        let loadings = cholesky.map(|factor| factor.load(file, &correlated, &mut coefficients)).transpose();
        let loadings = found.take(loadings)?.unwrap_or_default();
        let mut model = Model { coefficients, loadings, covariance_factor: None };
        let factor = covariance.map(|covariance| covariance.factor(file, &model)).transpose();
        model.covariance_factor = found.take(factor)?;
        found.notes(model.coefficients.iter().filter_map(|coefficient| coefficient.note(file)));
        Some(model)
    }
}

impl Coefficient {
    /// A note where people are made to prefer what nearly all avoid.
    fn note(&self, file: &str) -> Option<Note> {
        let (sign, field) = match self.distribution {
            Distribution::Fixed | Distribution::Normal => (self.mean, "mean"),
            Distribution::Lognormal => (1.0, "distribution"),
            Distribution::NegativeLognormal => (-1.0, "distribution"),
        };
        let text = match self.variable {
            Variable::SavingGbp if sign < 0.0 => "the coefficient is below 0: people prefer to save less",
            Variable::Position | Variable::LogPosition if sign > 0.0 => {
                "the coefficient is above 0: people prefer what is lower in the list"
            }
            _ => return None,
        };
        let field = Some(format!("coefficients.{}.{field}", self.variable.word()));
        Some(Note { field, ..Note::new(file, text) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input;

    fn parse(text: &str) -> std::result::Result<Model, String> {
        let read = input::read(|found| Model::parse("model.json", text.as_bytes(), found));
        read.map(|(model, _)| model).map_err(|error| error.to_string())
    }

    #[test]
    fn nonsense_is_refused_by_name() {
        for (text, named) in [
            (r#"{"coefficients":{"price":{"mean":1}}}"#, "price"),
            (r#"{"coefficients":{"green":{"mean":1e999}}}"#, "coefficients.green.mean"),
            (r#"{"coefficients":{"green":{"mean":NaN}}}"#, "coefficients.green.mean"),
            (r#"{"coefficients":{"green":{"mean":1,"sd":1}}}"#, "coefficients.green.sd"),
            (r#"{"coefficients":{"green":{"mean":1,"sd":-1,"distribution":"normal"}}}"#, "coefficients.green.sd"),
            (
                r#"{"coefficients":{"green":{"mean":1}},"covariance":{"parameters":["green"],"matrix":[[-1]]}}"#,
                "`green`",
            ),
            (
                r#"{"coefficients":{"green":{"mean":1}},"covariance":{"parameters":[],"matrix":[]}}"#,
                "covariance.parameters: expected at least one of green",
            ),
            (r#"{"coefficients":{}}"#, "at least one"),
            (r#"{"coefficients":{"green":{"mean":1},"fixed":{"mean":1},"green":{"mean":2}}}"#, "coefficients.green"),
            (
                r#"{"coefficients":{"fixed":{"mean":1},"green":{"mean":1}},
                "covariance":{"parameters":["fixed","green"],"matrix":[[1,0],[0,1e80]]}}"#,
                "covariance.matrix[1][1]: got `1e+80`",
            ),
        ] {
            let error = parse(text).expect_err(text);
            assert!(error.starts_with("model.json") && error.contains(named), "{error}");
        }
    }

    #[test]
    fn nonsense_in_a_cholesky_factor_is_refused_by_name() {
        const TWO: &str = r#""variables":["saving_gbp","green"],"matrix":"#;
        for (cholesky, named) in [
            (
                r#""variables":[],"matrix":[]"#,
                "variables: expected random coefficients, each at most once: saving_gbp, green",
            ),
            (r#""variables":["price"],"matrix":[[1]]"#, "variables[0]: got `price`, expected random coefficients"),
            (r#""variables":["green","fixed"],"matrix":[[1]]"#, "variables[1]: got `fixed`, expected random"),
            (r#""variables":["green","green"],"matrix":[[1]]"#, "variables[1]: got `green`, expected random"),
            (&format!("{TWO}[[1,0],[1]]"), "matrix: expected 2 rows of 2 numbers, as there are 2 variables"),
            (
                &format!("{TWO}[[1,0.5],[0.5,1]]"),
                "matrix[0][1]: got `0.5`, expected 0, as the factor is lower triangular",
            ),
            (
                &format!("{TWO}[[1,0],[1,-1]]"),
                "matrix[1][1]: got `-1`, expected a number from 0 to 1e6 on the diagonal",
            ),
            (&format!("{TWO}[[1,0],[1e7,1]]"), "matrix[1][0]: got `10000000`, expected a number of at most 1e6"),
            (&format!("{TWO}[[1,0],[1e999,1]]"), "matrix[1][0]"),
            (&format!(r#"{TWO}[[1,0],[1,1]],"sd":1"#), "sd: expected another name: one of `variables`, `matrix`"),
        ] {
            let error = parse(&correlated("", cholesky)).expect_err(cholesky);
            assert!(error.contains(&format!("cholesky.{named}")), "{error}");
        }
        let error = parse(&correlated(r#","sd":1"#, &format!("{TWO}[[1,0],[0,1]]"))).expect_err("twice");
        assert_eq!(
            error,
            "model.json, coefficients.green.sd: got `1`, expected no sd, as cholesky has the coefficient's row"
        );
        let error = parse(&correlated("", r#""variables":["saving_gbp"],"matrix":[[1]]"#)).expect_err("neither");
        assert_eq!(
            error,
            "model.json, coefficients.green.sd: expected an sd, as the coefficient is random; or a row in cholesky"
        );
    }

    /// Two random coefficients and one that is not.
    fn correlated(green: &str, cholesky: &str) -> String {
        format!(
            r#"{{"coefficients":{{"fixed":{{"mean":1}},"saving_gbp":{{"mean":-4,"distribution":"lognormal"}},
                "green":{{"mean":1,"distribution":"normal"{green}}}}},"cholesky":{{{cholesky}}}}}"#
        )
    }
}
