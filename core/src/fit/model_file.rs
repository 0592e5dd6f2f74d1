//! An estimated model as a model file gives it: what predictions take (`choice/model.rs`).

use serde::Serialize;

use crate::choice::model::{Distribution, Variable};
use crate::fit::parameters::{Makeup, Parameters};
use crate::fit::result::{Fit, Named};
use crate::fit::spec::{Sought, Spec};
use crate::input::Word;

/// The file's content.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ModelFile {
    coefficients: Named<Coefficient>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cholesky: Option<Cholesky>,
    #[serde(skip_serializing_if = "Option::is_none")]
    covariance: Option<Covariance>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct Coefficient {
    mean: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    sd: Option<f64>,
    distribution: Distribution,
}

/// Of correlated tastes: rows and columns in the order in which the specification has the random coefficients.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Cholesky {
    variables: Vec<String>,
    matrix: Vec<Vec<f64>>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct Covariance {
    parameters: Vec<String>,
    matrix: Vec<Vec<f64>>,
}

impl ModelFile {
    /// Why predictions take no model of a specification, whatever its estimates.
    pub fn refusal(spec: &Spec) -> Option<&'static str> {
        let constant = Variable::NoSwitch.word();
        let mut logarithmic = spec.coefficients.iter().filter(|sought| sought.is_logarithmic());
        logarithmic
            .any(|sought| sought.variable == constant)
            .then_some("predictions take a fixed or normal `no_switch`")
    }

    /// Of a fit of this specification. None if it did not converge, or if predictions would not take it.
    pub fn new(spec: &Spec, fit: &Fit) -> Option<ModelFile> {
        if !fit.converged || ModelFile::refusal(spec).is_some() {
            return None;
        }
        let point = fit.point().parameters;
        let parameters = Parameters::new(spec);
        let values = |makeup: &Makeup| makeup.parts.iter().map(|part| point[part.parameter]).collect::<Vec<f64>>();
        let coefficient = |(sought, makeup): (&Sought, &Makeup)| {
            let values = values(makeup);
            let sd = values.get(1).copied().filter(|_| !spec.correlated);
            (sought.variable.clone(), Coefficient { mean: values[0], sd, distribution: makeup.distribution })
        };
        let named = || spec.coefficients.iter().zip(&parameters.coefficients);
        let coefficients = named().map(coefficient).collect();
        let random: Vec<_> = named().filter(|(_, makeup)| makeup.parts.len() > 1).collect();
        let cholesky = (spec.correlated && !random.is_empty()).then(|| Cholesky {
            variables: random.iter().map(|(sought, _)| sought.variable.clone()).collect(),
            matrix: random.iter().map(|(_, makeup)| padded(&values(makeup)[1..], random.len())).collect(),
        });
        let covariance = fit.covariance.as_ref().map(|covariance| Covariance {
            parameters: covariance.parameters.clone(),
            matrix: covariance.matrix.clone(),
        });
        Some(ModelFile { coefficients: Named(coefficients), cholesky, covariance })
    }
}

/// A row of a triangle as one of a square.
fn padded(row: &[f64], length: usize) -> Vec<f64> {
    row.iter().copied().chain(std::iter::repeat(0.0)).take(length).collect()
}
