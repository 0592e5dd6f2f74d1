//! What the search moves: a vector of numbers, and how coefficients are made of it.

use crate::choice::model::Distribution;
use crate::fit::spec::Spec;

/// The parameters of a specification. All means come first, in the order of the coefficients, then the standard deviations
/// of the random ones or, if these are correlated, the rows of their covariance's lower Cholesky factor.
#[derive(Clone, Debug)]
pub(crate) struct Parameters {
    /// `pf` for a mean, `pf.sd` for a standard deviation, `chol.pf.cl` for `cl`'s loading on the normal of `pf`; with `~2` or so
    /// after it where a variable, or another parameter, is called that already.
    pub(crate) names: Vec<String>,
    /// By variable of the specification.
    pub(crate) coefficients: Vec<Makeup>,
    /// Dimensions of the draws.
    pub(crate) dimensions: usize,
    /// Parameters that are kept as given.
    pub(crate) held: Vec<bool>,
}

/// A coefficient is its distribution's function of a sum: parameter × 1 for the mean, parameter × normal draw for the rest.
#[derive(Clone, Debug)]
pub(crate) struct Makeup {
    pub(crate) distribution: Distribution,
    pub(crate) parts: Vec<Part>,
}

/// One summand of a coefficient.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part {
    pub(crate) parameter: usize,
    /// The dimension of the normal draw that it multiplies; none for the mean.
    pub(crate) normal: Option<usize>,
}

impl Parameters {
    pub(crate) fn new(spec: &Spec) -> Parameters {
        let mut parameters = Parameters::conditional(spec);
        let random: Vec<usize> = (0..spec.coefficients.len())
            .filter(|at| spec.coefficients[*at].distribution != Distribution::Fixed)
            .collect();
        parameters.dimensions = random.len();
        for (dimension, &at) in random.iter().enumerate() {
            let name = &spec.coefficients[at].variable;
            let makeup = &mut parameters.coefficients[at];
            makeup.distribution = spec.coefficients[at].distribution;
            let first = if spec.correlated { 0 } else { dimension };
            for (normal, &by) in random.iter().enumerate().take(dimension + 1).skip(first) {
                makeup.parts.push(Part { parameter: parameters.names.len(), normal: Some(normal) });
                parameters.held.push(spec.coefficients[at].held);
                let by = &spec.coefficients[by].variable;
                let called = if spec.correlated { format!("chol.{by}.{name}") } else { format!("{name}.sd") };
                parameters.names.push(unused(&parameters.names, called));
            }
        }
        parameters
    }

    /// The same with every coefficient fixed: its parameter is the coefficient itself, whatever its distribution.
    pub(crate) fn conditional(spec: &Spec) -> Parameters {
        let makeup = |parameter: usize| Makeup {
            distribution: Distribution::Fixed,
            parts: vec![Part { parameter, normal: None }],
        };
        Parameters {
            names: spec.coefficients.iter().map(|sought| sought.variable.clone()).collect(),
            coefficients: (0..spec.coefficients.len()).map(makeup).collect(),
            dimensions: 0,
            held: spec.coefficients.iter().map(|sought| sought.held).collect(),
        }
    }

    /// By parameter, by how much utility changes with it, typically; of logarithms, 1. `spreads` are the variables'.
    pub(crate) fn units(&self, spreads: &[f64]) -> Vec<f64> {
        let mut units = vec![1.0; self.count()];
        for (makeup, spread) in self.coefficients.iter().zip(spreads) {
            if let Distribution::Fixed | Distribution::Normal = makeup.distribution {
                makeup.parts.iter().for_each(|part| units[part.parameter] = *spread);
            }
        }
        units
    }

    pub(crate) fn count(&self) -> usize {
        self.names.len()
    }

    /// By dimension, the parameter on the diagonal of the Cholesky factor (the standard deviation, if there is no
    /// correlation), and all that multiply that dimension's normal.
    pub(crate) fn by_dimension(&self) -> Vec<(usize, Vec<usize>)> {
        let column = |dimension: usize| {
            let parts = self.coefficients.iter().flat_map(|makeup| &makeup.parts);
            parts.filter(|part| part.normal == Some(dimension)).map(|part| part.parameter).collect::<Vec<usize>>()
        };
        // The first coefficient that loads on a dimension is the one it was made for.
        (0..self.dimensions).map(|dimension| (column(dimension)[0], column(dimension))).collect()
    }
}

/// A name that is none of these.
fn unused(names: &[String], name: String) -> String {
    let numbered = (2..).map(|number| format!("{name}~{number}"));
    std::iter::once(name.clone()).chain(numbered).find(|name| !names.contains(name)).unwrap_or(name)
}
