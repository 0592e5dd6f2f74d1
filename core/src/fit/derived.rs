//! What follows from estimates: willingness to pay, and the spread and correlation of tastes. Intervals by the delta method.

use serde::{Deserialize, Serialize};

use crate::choice::model::Distribution;
use crate::choice::normal::Z_95;
use crate::fit::parameters::{Makeup, Parameters};
use crate::fit::result::{Derived, Fit, Named, WillingnessToPay};
use crate::fit::spec::Spec;

/// How random coefficients vary and covary: of lognormal ones, their logarithms.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// By variable.
    pub sd: Named<Derived>,
    /// By variable, with each before it.
    pub correlation: Named<Named<Derived>>,
}

/// What people would pay in units of `against` for a unit more of each other variable: the ratio of the coefficients' means (for
/// lognormal ones exp(μ + σ²/2)), with the sign of what it is for. A price, of which they would rather have less, is paid by
/// having more of it; money gained, of which they would rather have more, by having less: which of the two it is, the sign of its
/// coefficient says. `None` if it has none.
///
/// Of two random coefficients this is the ratio of means, not the mean of ratios, which seldom exists.
pub fn willingness_to_pay(fit: &Fit, spec: &Spec, against: &str) -> Option<WillingnessToPay> {
    let delta = Delta::new(fit, spec);
    let base = spec.coefficients.iter().position(|sought| sought.variable == against)?;
    let (price, by_price) = delta.mean(base);
    let sign = if price > 0.0 { -1.0 } else { 1.0 };
    let others = spec.coefficients.iter().enumerate().filter(|(at, _)| *at != base);
    let ratios = others.map(|(at, sought)| {
        let (mean, by_mean) = delta.mean(at);
        let gradient = by_mean.iter().zip(&by_price).map(|(of, by)| sign * (-of / price + by * mean / (price * price)));
        (sought.variable.clone(), delta.derived(sign * -mean / price, &gradient.collect::<Vec<f64>>()))
    });
    let by_variable = Named(ratios.collect());
    Some(WillingnessToPay {
        of: against.to_owned(),
        unit: None,
        coefficient: delta.derived(price, &by_price),
        by_variable,
    })
}

/// The standard deviations and correlations of the random coefficients of a mixed logit; these are 0 if it is not correlated.
pub fn spread(fit: &Fit, spec: &Spec) -> Spread {
    let delta = Delta::new(fit, spec);
    let named = spec.coefficients.iter().map(|sought| &sought.variable).zip(&delta.parameters.coefficients);
    let random: Vec<(&String, &Makeup)> = named.filter(|(_, makeup)| makeup.parts.len() > 1).collect();
    let mut spread = Spread { sd: Named(Vec::new()), correlation: Named(Vec::new()) };
    for (row, (name, makeup)) in random.iter().enumerate() {
        let sd = libm::sqrt(delta.covariance_of(makeup, makeup));
        let mut gradient = delta.zeros();
        delta.loadings(makeup).for_each(|(_, parameter, loading)| gradient[parameter] = loading / sd);
        spread.sd.0.push(((*name).clone(), delta.derived(sd, &gradient)));
        let mut correlations = Named(Vec::new());
        for (other_name, other) in &random[..row] {
            let other_sd = libm::sqrt(delta.covariance_of(other, other));
            let correlation = delta.covariance_of(makeup, other) / (sd * other_sd);
            let mut gradient = delta.zeros();
            for (of, by, sd, other_sd) in [(makeup, other, sd, other_sd), (other, makeup, other_sd, sd)] {
                for (normal, parameter, loading) in delta.loadings(of) {
                    let beside = delta.loadings(by).find(|(other, ..)| *other == normal).map_or(0.0, |(.., l)| l);
                    gradient[parameter] += beside / (sd * other_sd) - correlation * loading / (sd * sd);
                }
            }
            correlations.0.push(((*other_name).clone(), delta.derived(correlation, &gradient)));
        }
        spread.correlation.0.push(((*name).clone(), correlations));
    }
    spread
}

/// A fit, by the numbers of its parameters.
struct Delta<'a> {
    fit: &'a Fit,
    parameters: Parameters,
    values: Vec<f64>,
    /// By parameter, its row of the covariance.
    rows: Vec<Option<usize>>,
}

impl<'a> Delta<'a> {
    fn new(fit: &'a Fit, spec: &Spec) -> Delta<'a> {
        let parameters = if fit.draws.is_some() { Parameters::new(spec) } else { Parameters::conditional(spec) };
        let row = |name: &String| fit.covariance.as_ref()?.parameters.iter().position(|known| known == name);
        Delta {
            values: fit.coefficients.0.iter().map(|(_, estimate)| estimate.estimate).collect(),
            rows: parameters.names.iter().map(row).collect(),
            parameters,
            fit,
        }
    }

    fn zeros(&self) -> Vec<f64> {
        vec![0.0; self.values.len()]
    }

    /// The normals that a coefficient loads on: their dimensions, the loadings' parameters, and the loadings.
    fn loadings(&self, makeup: &'a Makeup) -> impl Iterator<Item = (usize, usize, f64)> {
        makeup.parts.iter().filter_map(|part| Some((part.normal?, part.parameter, self.values[part.parameter])))
    }

    fn covariance_of(&self, a: &Makeup, b: &Makeup) -> f64 {
        let products = a.parts.iter().flat_map(|a| b.parts.iter().map(move |b| (a, b)));
        let shared = products.filter(|(a, b)| a.normal.is_some() && a.normal == b.normal);
        shared.map(|(a, b)| self.values[a.parameter] * self.values[b.parameter]).sum()
    }

    /// The mean of a coefficient over people, and its gradient.
    fn mean(&self, coefficient: usize) -> (f64, Vec<f64>) {
        let makeup = &self.parameters.coefficients[coefficient];
        let (mut gradient, location) = (self.zeros(), makeup.parts[0].parameter);
        let sign = match makeup.distribution {
            Distribution::Fixed | Distribution::Normal => {
                gradient[location] = 1.0;
                return (self.values[location], gradient);
            }
            Distribution::Lognormal => 1.0,
            Distribution::NegativeLognormal => -1.0,
        };
        let mean = sign * libm::exp(self.values[location] + 0.5 * self.covariance_of(makeup, makeup));
        gradient[location] = mean;
        for part in &makeup.parts[1..] {
            gradient[part.parameter] = mean * self.values[part.parameter];
        }
        (mean, gradient)
    }

    fn derived(&self, estimate: f64, gradient: &[f64]) -> Derived {
        let terms = || gradient.iter().zip(&self.rows).filter_map(|(by, row)| Some((by, (*row)?)));
        let variance = self.fit.covariance.as_ref().map(|covariance| {
            terms().map(|(a, i)| terms().map(|(b, j)| a * b * covariance.matrix[i][j]).sum::<f64>()).sum::<f64>()
        });
        let se = variance.map(|variance| libm::sqrt(variance.max(0.0)));
        let at = |z: f64| se.map(|se| estimate + z * se);
        Derived { estimate, se, low: at(-Z_95), high: at(Z_95) }
    }
}
