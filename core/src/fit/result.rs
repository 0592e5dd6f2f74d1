//! The result of an estimation, as JSON gives it: every key, and what is in it.

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::fit::derived::Spread;
use crate::fit::elasticity::Elasticities;
use crate::fit::likelihood::Request;
use crate::fit::search::Stop;
use crate::fit::spec::{DrawsSpec, ErrorKind};
use crate::input::Note;

/// An estimated model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fit {
    /// `conditional_logit` or `mixed_logit`.
    pub model: String,
    /// At the estimates; simulated, in a mixed logit.
    pub log_likelihood: f64,
    /// With equal shares for all alternatives of a choice.
    pub log_likelihood_null: f64,
    /// McFadden's ρ², adjusted: 1 − (log-likelihood − parameters) / log-likelihood with equal shares.
    pub adjusted_rho_squared: f64,
    /// Akaike's criterion.
    pub aic: f64,
    /// Schwarz' criterion, with the number of choices.
    pub bic: f64,
    /// Share of the choices (weighted) whose chosen alternative had the highest probability, tastes unknown; where `k` had it, 1/k.
    pub hit_rate: f64,
    /// How many people.
    pub people: usize,
    /// How many choices.
    pub choices: usize,
    /// How many alternatives of all choices together, outside options included.
    pub rows: usize,
    /// The draws; none in a conditional logit. Fewer than asked for if the search ended before it came to all.
    pub draws: Option<DrawsSpec>,
    /// The parameters' names, in their order: all means, then what varies. Not every reader of JSON keeps the order of keys.
    pub parameters: Vec<String>,
    /// By parameter: `pf` is the mean of `pf`'s coefficient (for lognormal ones, of the logarithm), `pf.sd` its standard
    /// deviation, never negative; with correlation, `chol.pf.cl` is the loading of `cl` on the normal that `pf` brought in:
    /// the element in `cl`'s row and `pf`'s column of the covariance's lower Cholesky factor, its diagonal never negative.
    /// Where a variable is called like that itself, `~2` comes after it.
    pub coefficients: Named<Estimate>,
    /// The estimates' covariance; none if the information matrix is singular, or (all but that by the Hessian) if there are no
    /// more people than parameters.
    pub covariance: Option<Covariance>,
    /// Evaluations of the likelihood.
    pub iterations: u32,
    /// Whether the estimates are at a maximum.
    pub converged: bool,
    /// Why the search ended.
    pub stop: Stop,
    /// The same in words.
    pub reason: String,
    /// What to keep in mind.
    pub warnings: Vec<String>,
    /// What people would give for a unit of each variable, if it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub willingness_to_pay: Option<WillingnessToPay>,
    /// How correlated tastes vary between people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spread: Option<Spread>,
    /// How shares react to a variable, if it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub elasticities: Option<Elasticities>,
    /// What is unlikely in the files it was made from, or was set aside; absent where there is nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
}

/// Marginal rates of substitution (see [`willingness_to_pay`](crate::fit::derived::willingness_to_pay)): what people like is worth
/// more than 0, whatever they pay with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WillingnessToPay {
    /// What they pay with: the variable in whose unit it is.
    pub of: String,
    /// That unit, if it is known, as of the variables of visits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// The mean of its coefficient. Above 0, they pay by having less of it, as of money gained; below 0 more, as of a price.
    pub coefficient: Derived,
    /// By variable.
    pub by_variable: Named<Derived>,
}

impl WillingnessToPay {
    /// A warning where it is not known how they pay.
    pub fn warning(&self) -> Option<String> {
        let WillingnessToPay { of, coefficient: Derived { low, high, .. }, .. } = self;
        let is_told = low.zip(*high).is_none_or(|(low, high)| low > 0.0 || high < 0.0);
        let doubt = format!(
            "willingness to pay: the mean of `{of}` is not told from 0, and with it the signs of all that is in its units"
        );
        (!is_told).then_some(doubt)
    }
}

impl Fit {
    /// The estimates as a point at which to evaluate.
    pub fn point(&self) -> Request {
        Request {
            parameters: self.coefficients.0.iter().map(|(_, estimate)| estimate.estimate).collect(),
            draws: self.draws.map_or(0, |draws| draws.count),
        }
    }
}

/// A function of estimates.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Derived {
    /// At the estimates.
    pub estimate: f64,
    /// By the delta method, with the covariance of the fit; like what follows, none if there is none.
    pub se: Option<f64>,
    /// Lower end of the 95 % interval.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
}

/// One parameter's estimate.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// Itself.
    pub estimate: f64,
    /// Standard error by the Hessian; like all that follows, none if the parameter was held or the matrix is singular. What is
    /// made of the people's scores is also none if there are no more people than parameters.
    pub se_hessian: Option<f64>,
    /// By the outer products of the people's scores.
    pub se_opg: Option<f64>,
    /// By the sandwich, clustered by person.
    pub se_robust: Option<f64>,
    /// The estimate in standard errors of the kind of [`Fit::covariance`].
    pub z: Option<f64>,
    /// The probability of a z at least as large if the parameter were 0.
    pub p: Option<f64>,
    /// Lower end of the 95 % interval.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
}

/// A covariance matrix, as a model file takes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Covariance {
    /// How it was estimated.
    pub kind: ErrorKind,
    /// The rows and columns: parameters that were not held.
    pub parameters: Vec<String>,
    /// By row.
    pub matrix: Vec<Vec<f64>>,
}

/// Values by name, in their own order; a JSON object.
#[derive(Clone, Debug, PartialEq)]
pub struct Named<T>(pub Vec<(String, T)>);

impl<T> Named<T> {
    /// The value of a name.
    pub fn of(&self, name: &str) -> Option<&T> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }
}

impl<T: Serialize> Serialize for Named<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Named<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder<T>(std::marker::PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for InOrder<T> {
            type Value = Named<T>;
            fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                out.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Named<T>, A::Error> {
                let mut named = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    named.push(entry);
                }
                Ok(Named(named))
            }
        }
        deserializer.deserialize_map(InOrder(std::marker::PhantomData))
    }
}
