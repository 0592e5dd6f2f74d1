//! The log-likelihood, its gradient and Hessian over people, as sums whose bits do not depend on who adds them up.
//!
//! People come in blocks of eight, summed in order; blocks are summed in pairs, pairs in pairs, and so on, by their numbers.
//! Whoever evaluates some blocks sends the few sums of this tree that lie wholly within them, and [`merge`] adds the rest.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::fit::choices::Choices;
use crate::fit::conditional;
use crate::fit::draws::Draws;
use crate::fit::kernel::{Contribution, Kernel};
use crate::fit::lanes::Lanes;
use crate::fit::parameters::Parameters;
use crate::fit::spec::Spec;

/// People in a block: ranges of people to evaluate begin at its multiples.
pub const BLOCK: usize = 8;

/// Memory for draws that are kept between evaluations; if all people's are more, they are drawn again each time.
const KEPT_BYTES_MAX: usize = 32 << 20;

/// An evaluator's draws, for another of the same people.
pub struct KeptDraws(Vec<Lanes>);

/// A point at which the likelihood is wanted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// The point.
    pub parameters: Vec<f64>,
    /// With so many draws a person; 0 for the conditional logit.
    pub draws: u32,
}

/// Sums over some people.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sums {
    /// Log-likelihood.
    pub log_likelihood: f64,
    /// Its gradient.
    pub gradient: Vec<f64>,
    /// Its Hessian: the rows of the lower triangle.
    pub hessian: Vec<f64>,
    /// The outer products of the people's scores, each times the person's weight: like the Hessian, an information matrix.
    pub outer: Vec<f64>,
    /// The same times the squared weight: the variance of the gradient.
    pub outer_squared: Vec<f64>,
    /// Choices whose chosen alternative was the most probable one, weighted; one of `k` such counts 1/k.
    pub hits: f64,
}

/// The sums of 2^level blocks, the `index`-th so many.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Node {
    level: u32,
    index: u64,
    sums: Sums,
}

/// What an evaluation of a range of people gives.
pub type Evaluation = Vec<Node>;

/// Evaluates likelihoods over a range of people.
pub struct Evaluator<'a> {
    pub(crate) choices: &'a Choices,
    pub(crate) columns: Vec<usize>,
    pub(crate) parameters: Parameters,
    draws: Draws,
    draws_max: u32,
    people: Range<usize>,
    kept: Option<Vec<Lanes>>,
}

impl<'a> Evaluator<'a> {
    /// For people in `people`, which begins at a multiple of [`BLOCK`] and ends at one or with the last person.
    /// The specification has been checked against the data ([`check`](crate::fit::design::check)).
    pub fn new(choices: &'a Choices, spec: &Spec, people: Range<usize>) -> Evaluator<'a> {
        let parameters = Parameters::new(spec);
        let place = |variable: &String| choices.variables.iter().position(|name| name == variable);
        Evaluator {
            choices,
            columns: spec.coefficients.iter().filter_map(|sought| place(&sought.variable)).collect(),
            draws: Draws::new(spec.draws, parameters.dimensions),
            draws_max: spec.draws.count,
            parameters,
            people,
            kept: None,
        }
    }

    /// Goes on with the draws that another evaluator of the same people has made.
    pub fn with_draws(self, kept: Option<KeptDraws>) -> Evaluator<'a> {
        Evaluator { kept: kept.map(|KeptDraws(normals)| normals), ..self }
    }

    /// The draws it has made, unless they are too many to be kept.
    pub fn into_draws(self) -> Option<KeptDraws> {
        self.kept.map(KeptDraws)
    }

    /// Answers a search's request for these people.
    // Not inlined, like all here that has hot loops: an engine would optimise the whole of the component that calls it.
    #[inline(never)]
    pub fn evaluate(&mut self, request: &Request) -> Evaluation {
        let mut nodes = Evaluation::new();
        let mut sums = Sums::zero(request.parameters.len());
        let (people, weights) = (self.people.clone(), &self.choices.weights);
        self.each_person(request, |person, contribution| {
            sums.add_person(&contribution, weights[person]);
            if (person + 1) % BLOCK == 0 || person + 1 == people.end {
                let sums = std::mem::replace(&mut sums, Sums::zero(request.parameters.len()));
                push(&mut nodes, Node { level: 0, index: (person / BLOCK) as u64, sums });
            }
        });
        nodes
    }

    /// Each person's mean tastes, given their choices: by person, by coefficient.
    #[inline(never)]
    pub fn tastes(&mut self, request: &Request) -> Vec<Vec<f64>> {
        let mut tastes = Vec::new();
        self.each_person(request, |_, contribution| tastes.push(contribution.tastes));
        tastes
    }

    fn each_person(&mut self, request: &Request, mut each: impl FnMut(usize, Contribution)) {
        let (choices, columns, point) = (self.choices, self.columns.clone(), &request.parameters);
        if request.draws == 0 {
            let people = self.people.clone();
            return people.for_each(|person| each(person, conditional::person(choices, &columns, person, point)));
        }
        let parameters = self.parameters.clone();
        let mut kernel = Kernel::new(choices, &parameters, &columns);
        self.each_normals(request.draws, &mut |person, normals| {
            each(person, kernel.person(person, point, normals, request.draws));
        });
    }

    /// Calls `each` with every person and their draws, at least the first so many.
    pub(crate) fn each_normals(&mut self, draws: u32, each: &mut dyn FnMut(usize, &[Lanes])) {
        let bytes = self.choices.people.len() * self.draws.tile_size(self.draws_max) * size_of::<Lanes>();
        let keep = bytes <= KEPT_BYTES_MAX;
        let count = if keep { self.draws_max } else { draws };
        let size = self.draws.tile_size(count);
        let mut normals = self.kept.take().unwrap_or_default();
        let is_drawn = !normals.is_empty();
        normals.resize(if keep { self.people.len() * size } else { size }, Lanes::ZERO);
        for (at, person) in self.people.clone().enumerate() {
            let normals = &mut normals[if keep { at * size } else { 0 }..][..size];
            if !is_drawn || !keep {
                self.draws.write(person, count, normals);
            }
            each(person, normals);
        }
        self.kept = keep.then_some(normals);
    }
}

/// The sums over all people, from evaluations of ranges that cover them, whatever their order. `None` if they do not.
#[inline(never)]
pub fn merge(mut evaluations: Vec<Evaluation>, people: usize) -> Option<Sums> {
    let first_block = |evaluation: &Evaluation| evaluation.first().map(|node| node.index << node.level);
    evaluations.sort_by_key(first_block);
    let mut nodes = Evaluation::new();
    let mut blocks = 0;
    for node in evaluations.into_iter().flatten() {
        if node.index << node.level != blocks {
            return None;
        }
        blocks += 1 << node.level;
        push(&mut nodes, node);
    }
    if blocks != people.div_ceil(BLOCK) as u64 {
        return None;
    }
    // What is left are trees of falling size: their sum, from the smallest on.
    nodes.into_iter().map(|node| node.sums).rev().reduce(|right, left| left.plus(&right))
}

/// Appends a node and sums what has become a pair.
fn push(nodes: &mut Evaluation, mut node: Node) {
    while node.index % 2 == 1
        && let Some(left) = nodes.pop_if(|last| last.level == node.level && last.index + 1 == node.index)
    {
        node = Node { level: node.level + 1, index: node.index / 2, sums: left.sums.plus(&node.sums) };
    }
    nodes.push(node);
}

impl Sums {
    fn zero(parameters: usize) -> Sums {
        let triangle = vec![0.0; parameters * (parameters + 1) / 2];
        Sums {
            log_likelihood: 0.0,
            gradient: vec![0.0; parameters],
            hessian: triangle.clone(),
            outer: triangle.clone(),
            outer_squared: triangle,
            hits: 0.0,
        }
    }

    fn add_person(&mut self, person: &Contribution, weight: f64) {
        self.log_likelihood += weight * person.log_likelihood;
        self.hits += weight * person.hits;
        add(&mut self.gradient, &person.score, weight);
        add(&mut self.hessian, &person.hessian, weight);
        let mut packed = self.outer.iter_mut().zip(&mut self.outer_squared);
        for (row, by_row) in person.score.iter().enumerate() {
            let by_row = by_row * weight;
            for (by_column, (outer, squared)) in person.score[..=row].iter().zip(&mut packed) {
                let product = by_row * by_column;
                *outer += product;
                *squared += product * weight;
            }
        }
    }

    fn plus(mut self, other: &Sums) -> Sums {
        self.log_likelihood += other.log_likelihood;
        self.hits += other.hits;
        add(&mut self.gradient, &other.gradient, 1.0);
        add(&mut self.hessian, &other.hessian, 1.0);
        add(&mut self.outer, &other.outer, 1.0);
        add(&mut self.outer_squared, &other.outer_squared, 1.0);
        self
    }
}

fn add(to: &mut [f64], from: &[f64], factor: f64) {
    to.iter_mut().zip(from).for_each(|(to, from)| *to += factor * from);
}
