//! From where a search ended to what an analyst reads.

use crate::choice::normal::Z_95;
use crate::fit::choices::Choices;
use crate::fit::covariance::Covariances;
use crate::fit::matrix::of;
use crate::fit::parameters::Parameters;
use crate::fit::result::{Covariance, Estimate, Fit, Named};
use crate::fit::search::{Outcome, Stop};
use crate::fit::spec::{DrawsSpec, ErrorKind, Spec};
use crate::fit::start::mirrored;
use crate::fit::warnings::warnings;

/// Concludes an estimation.
#[inline(never)]
pub fn conclude(spec: &Spec, choices: &Choices, outcome: &Outcome) -> Fit {
    // A search that stopped early may not have come to the mixed logit.
    let is_mixed = outcome.best.draws > 0;
    let parameters = if is_mixed { Parameters::new(spec) } else { Parameters::conditional(spec) };
    let point = mirrored(&parameters, &outcome.best.parameters);
    let signs: Vec<f64> = point
        .iter()
        .zip(&outcome.best.parameters)
        .map(|(a, b)| if a.to_bits() == b.to_bits() { 1.0 } else { -1.0 })
        .collect();
    let covariances = Covariances::new(&outcome.sums, &parameters.held, choices.people.len());
    let count = covariances.free.len() as f64;
    let log_likelihood = outcome.sums.log_likelihood;
    let null = choices.log_likelihood_of_equal_shares();
    let weight: f64 = choices.weighted_choices().map(|(_, weight)| weight).sum();
    let warnings = warnings(spec, choices, &covariances, &outcome.conditional);
    let named = parameters.names.iter().zip(&point).enumerate();
    let coefficients =
        named.map(|(at, (name, value))| (name.clone(), estimate(&covariances, spec.errors, at, *value))).collect();
    Fit {
        model: if is_mixed { "mixed_logit" } else { "conditional_logit" }.to_owned(),
        log_likelihood,
        log_likelihood_null: null,
        adjusted_rho_squared: 1.0 - (log_likelihood - count) / null,
        aic: 2.0 * (count - log_likelihood),
        bic: count * libm::log(choices.choice_count() as f64) - 2.0 * log_likelihood,
        hit_rate: outcome.sums.hits / weight,
        people: choices.people.len(),
        choices: choices.choice_count(),
        rows: choices.row_count(),
        draws: is_mixed.then_some(DrawsSpec { count: outcome.best.draws, ..spec.draws }),
        covariance: covariance(&covariances, spec.errors, &parameters, &signs),
        parameters: parameters.names,
        coefficients: Named(coefficients),
        iterations: outcome.iterations,
        converged: outcome.stop == Stop::Converged,
        stop: outcome.stop.clone(),
        reason: reason(&outcome.stop, spec, choices),
        warnings,
        willingness_to_pay: None,
        spread: None,
        elasticities: None,
        notes: Vec::new(),
    }
}

fn estimate(covariances: &Covariances, kind: ErrorKind, parameter: usize, estimate: f64) -> Estimate {
    let error = |kind| covariances.error(kind, parameter);
    let used = error(kind);
    let z = used.map(|error| estimate / error);
    Estimate {
        estimate,
        se_hessian: error(ErrorKind::Hessian),
        se_opg: error(ErrorKind::Opg),
        se_robust: error(ErrorKind::Robust),
        z,
        p: z.map(|z| libm::erfc(z.abs() / std::f64::consts::SQRT_2)),
        low: used.map(|error| estimate - Z_95 * error),
        high: used.map(|error| estimate + Z_95 * error),
    }
}

/// The signs are those by which parameters were multiplied.
fn covariance(
    covariances: &Covariances,
    kind: ErrorKind,
    parameters: &Parameters,
    signs: &[f64],
) -> Option<Covariance> {
    let packed = covariances.of(kind)?;
    let free = covariances.free.iter().enumerate();
    let row = |(row, by_row): (usize, &usize)| {
        let element =
            |(column, by_column): (usize, &usize)| packed[of(row, column)] * signs[*by_row] * signs[*by_column];
        covariances.free.iter().enumerate().map(element).collect()
    };
    Some(Covariance {
        kind,
        parameters: free.clone().map(|(_, at)| parameters.names[*at].clone()).collect(),
        matrix: free.map(row).collect(),
    })
}

fn reason(stop: &Stop, spec: &Spec, choices: &Choices) -> String {
    let listed = |names: &[String]| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    match stop {
        Stop::Converged if choices.is_weighted() => {
            "a Newton step would raise the log-likelihood by less than 5e-9 of a choice's mean weight".to_owned()
        }
        Stop::Converged => "a Newton step would raise the log-likelihood by less than 5e-9".to_owned(),
        Stop::IterationsSpent => match spec.iterations_max {
            1 => "the one iteration allowed does not reach a maximum".to_owned(),
            most => format!("the {most} iterations allowed do not reach a maximum"),
        },
        Stop::NoProgress => "no step raises the log-likelihood, but it is not at a maximum".to_owned(),
        Stop::Separated(names) => {
            let listed = listed(names);
            format!("separated: {listed} foretell choices with certainty, so that no finite estimate is the best")
        }
        Stop::Flat(names) => format!("flat: the data do not tell {}", listed(names)),
    }
}
