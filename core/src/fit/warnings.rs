//! What to keep in mind of an estimation: sentences without their full stop.

use crate::choice::model::Distribution;
use crate::fit::choices::Choices;
use crate::fit::covariance::Covariances;
use crate::fit::spec::{ErrorKind, Sought, Spec};

/// All there is to say. `conditional` has the conditional logit's coefficients, if a mixed one was begun from them.
pub(crate) fn warnings(spec: &Spec, choices: &Choices, covariances: &Covariances, conditional: &[f64]) -> Vec<String> {
    let mut warnings = spec.warnings();
    warnings.extend(choices.notes.iter().cloned());
    warnings.extend(spec.coefficients.iter().zip(conditional).filter_map(|(sought, value)| other_sign(sought, *value)));
    if choices.is_weighted() {
        let text = "AIC, BIC, rho² and the Hessian's and the scores' standard errors take weights for counts of people; estimates \
             and robust errors do not";
        warnings.push(text.to_owned());
    }
    let (people, free) = (choices.people.len(), covariances.free.len());
    if people <= free {
        warnings.push(format!(
            "no robust standard errors, nor any by the people's scores: these take more people than parameters, and there are \
             {people} for {free}; those by the Hessian do not"
        ));
    }
    if covariances.of(ErrorKind::Hessian).is_none() || (people > free && covariances.of(spec.errors).is_none()) {
        warnings.push("no standard errors: the information matrix is singular".to_owned());
    }
    warnings
}

/// A lognormal coefficient has one sign, and the data may want the other.
fn other_sign(sought: &Sought, conditional: f64) -> Option<String> {
    let (is, never, other) = match sought.distribution {
        Distribution::Lognormal if conditional < 0.0 => ("below", "ln", "nln"),
        Distribution::NegativeLognormal if conditional > 0.0 => ("above", "nln", "ln"),
        _ => return None,
    };
    let name = &sought.variable;
    Some(format!(
        "the conditional logit's coefficient of `{name}` is {is} 0, where none that is {never} can be: use {other}"
    ))
}
