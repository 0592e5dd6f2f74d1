//! An estimated model as a model file gives it: what predictions take (`choice/model.rs`).

use serde::Serialize;

use crate::choice::model::Distribution;
use crate::fit::result::{Fit, Named};
use crate::fit::spec::Spec;

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
    /// Of a fit of this specification. None if its tastes are correlated, which predictions know nothing of.
    pub fn new(spec: &Spec, fit: &Fit) -> Option<ModelFile> {
        if spec.correlated {
            return None;
        }
        let value = |name: &str| fit.coefficients.of(name).map(|estimate| estimate.estimate);
        let coefficient = |name: &String| {
            let sd = value(&format!("{name}.sd"));
            let sought = spec.coefficients.iter().find(|sought| sought.variable == *name)?;
            let distribution = if sd.is_some() { sought.distribution } else { Distribution::Fixed };
            Some((name.clone(), Coefficient { mean: value(name)?, sd, distribution }))
        };
        let names = spec.coefficients.iter().map(|sought| &sought.variable);
        let covariance = fit.covariance.as_ref().map(|covariance| Covariance {
            parameters: covariance.parameters.clone(),
            matrix: covariance.matrix.clone(),
        });
        Some(ModelFile { coefficients: Named(names.filter_map(coefficient).collect()), covariance })
    }
}
