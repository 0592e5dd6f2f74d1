//! A choice model as a file gives it: coefficients, their distributions over the population, and the parameters' covariance.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::choice::random::Stream;
use crate::input::{Findings, InputError, Note, Result, Word, each_once, json, number_text};

/// What a chooser may value. The unit is part of the name; indicators are 0 or 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Variable {
    /// Constant of the outside option: keeping the present deal.
    NoSwitch,
    /// First-year saving against the present deal, less the fee for leaving it, GBP.
    SavingGbp,
    /// Position in the list, the top being 1.
    Position,
    /// Natural logarithm of the position.
    LogPosition,
    /// At the top of the list.
    FirstPosition,
    /// Contract length in months; 0 for a variable tariff.
    TermMonths,
    /// Rates fixed for the term.
    Fixed,
    /// Rates follow an index.
    Tracker,
    /// Exit fee, all fuels together, GBP.
    ExitFeeGbp,
    /// The supplier's service rating, stars.
    SupplierRating,
    /// Sold as green.
    Green,
    /// Of the present supplier.
    OwnSupplier,
}

impl Word for Variable {
    const WORDS: &'static [(Variable, &'static str)] = &[
        (Variable::NoSwitch, "no_switch"),
        (Variable::SavingGbp, "saving_gbp"),
        (Variable::Position, "position"),
        (Variable::LogPosition, "log_position"),
        (Variable::FirstPosition, "first_position"),
        (Variable::TermMonths, "term_months"),
        (Variable::Fixed, "fixed"),
        (Variable::Tracker, "tracker"),
        (Variable::ExitFeeGbp, "exit_fee_gbp"),
        (Variable::SupplierRating, "supplier_rating"),
        (Variable::Green, "green"),
        (Variable::OwnSupplier, "own_supplier"),
    ];
}

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
    /// Standard deviation; zero if fixed.
    pub sd: f64,
    /// Its distribution.
    pub distribution: Distribution,
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

/// A conditional logit, or a mixed logit if any coefficient is random.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// The coefficients, by variable; at most one each.
    pub coefficients: Vec<Coefficient>,
    /// Lower Cholesky factor of the parameters' covariance in the order of [`Model::parameter_names`], if it is known.
    pub covariance_factor: Option<Vec<Vec<f64>>>,
}

/// The file's form of a model.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(deserialize_with = "each_once")]
    coefficients: BTreeMap<String, FileCoefficient>,
    #[serde(default)]
    covariance: Option<FileCovariance>,
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
    fn read(&self, file: &str, variable: Variable) -> Result<Coefficient> {
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
            (_, None) => {
                return Err(InputError::new(file, "an sd, as the coefficient is random").field(at("sd")));
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
        Ok(Coefficient { variable, mean, sd, distribution })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileCovariance {
    parameters: Vec<String>,
    matrix: Vec<Vec<f64>>,
}

/// Larger coefficients are mistakes, and would make utilities overflow.
const COEFFICIENT_MAX: f64 = 1e6;
/// With larger variances, draws would be such mistakes.
const VARIANCE_MAX: f64 = COEFFICIENT_MAX * COEFFICIENT_MAX;

impl Model {
    /// Reads and checks a model file.
    pub fn parse(file: &str, bytes: &[u8], found: &mut Findings) -> Option<Model> {
        let parsed = json(file, bytes);
        let File { coefficients: given, covariance } = found.take(parsed)?;
        let errors = found.error_count();
        for unknown in given.keys().filter(|name| Variable::from_word(name).is_none()) {
            found.error(InputError::new(file, Variable::expected()).field("coefficients").value(unknown));
        }
        let mut coefficients = Vec::new();
        // In a fixed order, whatever the file's.
        for &(variable, name) in Variable::WORDS {
            let Some(given) = given.get(name) else { continue };
            let read = given.read(file, variable);
            coefficients.extend(found.take(read));
        }
        if given.is_empty() {
            found.error(InputError::new(file, "at least one coefficient").field("coefficients"));
        }
        // What the covariance is of cannot be told with a coefficient missing.
        if found.error_count() > errors {
            return None;
        }
        let mut model = Model { coefficients, covariance_factor: None };
        let factor = covariance.map(|given| model.factor(file, &given)).transpose();
        model.covariance_factor = found.take(factor)?;
        found.notes(model.coefficients.iter().filter_map(|coefficient| coefficient.note(file)));
        Some(model)
    }

    /// The parameters' names: `saving_gbp` for a mean, `saving_gbp.sd` for a standard deviation.
    pub fn parameter_names(&self) -> Vec<String> {
        let names = self.coefficients.iter().flat_map(|c| {
            let name = c.variable.word();
            let sd = (c.distribution != Distribution::Fixed).then(|| format!("{name}.sd"));
            [Some(name.to_owned()), sd].into_iter().flatten()
        });
        names.collect()
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
                // z is symmetric: a negative draw of sd is the same distribution as a positive one.
                coefficient.sd = (coefficient.sd + shift()).abs();
            }
        }
        drawn
    }

    /// Puts the file's matrix into the order of the parameters and factors it. Parameters it does not name are known.
    fn factor(&self, file: &str, given: &FileCovariance) -> Result<Vec<Vec<f64>>> {
        let names = self.parameter_names();
        let wrong = |field: String, expected: String| InputError::new(file, expected).field(field);
        let size = given.parameters.len();
        if size == 0 {
            // That no parameter is in doubt is said by no covariance.
            return Err(wrong("covariance.parameters".into(), format!("at least one of {}", names.join(", "))));
        }
        if given.matrix.len() != size || given.matrix.iter().any(|row| row.len() != size) {
            let expected = format!("{size} rows of {size} numbers, as there are {size} parameters");
            return Err(wrong("covariance.matrix".into(), expected));
        }
        let mut place = Vec::new();
        for (at, name) in given.parameters.iter().enumerate() {
            let found = names.iter().position(|known| known == name).filter(|found| !place.contains(found));
            let expected = || format!("each of these once: {}", names.join(", "));
            place.push(found.ok_or_else(|| wrong(format!("covariance.parameters[{at}]"), expected()).value(name))?);
        }
        let mut matrix = vec![vec![0.0; names.len()]; names.len()];
        for (row, &to_row) in place.iter().enumerate() {
            for (column, &to_column) in place.iter().enumerate() {
                let (value, mirror) = (given.matrix[row][column], given.matrix[column][row]);
                if value.abs() > VARIANCE_MAX {
                    let expected = "a number of at most 1e12 either way: a parameter is at most 1e6";
                    let entry = format!("covariance.matrix[{row}][{column}]");
                    return Err(wrong(entry, expected.into()).value(number_text(value)));
                }
                if (value - mirror).abs() > 1e-9 * (value.abs() + mirror.abs()) {
                    let expected = format!("{}, as the matrix is symmetric", number_text(mirror));
                    return Err(
                        wrong(format!("covariance.matrix[{row}][{column}]"), expected).value(number_text(value))
                    );
                }
                matrix[to_row][to_column] = value;
            }
        }
        let given_rows: Vec<bool> = (0..names.len()).map(|at| place.contains(&at)).collect();
        cholesky(&matrix, &given_rows).map_err(|at| {
            let expected = format!("a positive definite matrix; it stops being one at `{}`", names[at]);
            wrong("covariance.matrix".into(), expected)
        })
    }
}

/// exp(13) is about 440,000.
const LOG_COEFFICIENT_MAX: f64 = 13.0;

/// The lower Cholesky factor. Rows that were not given are zero. The error is the row whose pivot is not positive.
fn cholesky(matrix: &[Vec<f64>], given: &[bool]) -> std::result::Result<Vec<Vec<f64>>, usize> {
    let mut factor = vec![vec![0.0; matrix.len()]; matrix.len()];
    for row in (0..matrix.len()).filter(|row| given[*row]) {
        for column in (0..=row).filter(|column| given[*column]) {
            let dot: f64 = (0..column).map(|at| factor[row][at] * factor[column][at]).sum();
            let rest = matrix[row][column] - dot;
            factor[row][column] = if row != column {
                rest / factor[column][column]
            } else if rest > 1e-14 * matrix[row][row].abs() {
                libm::sqrt(rest)
            } else {
                return Err(row);
            };
        }
    }
    Ok(factor)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::choice::random::Purpose;
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
    fn parameter_draws_have_the_given_covariance() {
        let text = r#"{"coefficients":{"green":{"mean":1,"sd":2,"distribution":"normal"},"fixed":{"mean":3}},
            "covariance":{"parameters":["green.sd","green"],"matrix":[[0.04,0.03],[0.03,0.09]]}}"#;
        let model = parse(text).expect("valid");
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
}
