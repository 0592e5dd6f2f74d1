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
    covariance: Option<Covariance>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct Coefficient {
    mean: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    sd: Option<f64>,
    distribution: Distribution,
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
        let logarithmic =
            |sought: &&Sought| matches!(sought.distribution, Distribution::Lognormal | Distribution::NegativeLognormal);
        if spec.correlated {
            return Some("predictions take independent tastes, and these are correlated");
        }
        let mut logarithmic = spec.coefficients.iter().filter(logarithmic);
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
        let coefficient = |(sought, makeup): (&Sought, Makeup)| {
            let values: Vec<f64> = makeup.parts.iter().map(|part| point[part.parameter]).collect();
            let coefficient =
                Coefficient { mean: values[0], sd: values.get(1).copied(), distribution: makeup.distribution };
            (sought.variable.clone(), coefficient)
        };
        let coefficients = spec.coefficients.iter().zip(Parameters::new(spec).coefficients).map(coefficient).collect();
        let covariance = fit.covariance.as_ref().map(|covariance| Covariance {
            parameters: covariance.parameters.clone(),
            matrix: covariance.matrix.clone(),
        });
        Some(ModelFile { coefficients: Named(coefficients), covariance })
    }
}
