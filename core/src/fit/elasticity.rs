//! Elasticities of choice shares, over all people, tastes unknown (not conditional on what each chose).

use serde::{Deserialize, Serialize};
use wide::f64x2;

use crate::fit::choices::Choices;
use crate::fit::lanes::{Lanes, WIDTH};
use crate::fit::likelihood::{Evaluator, Request};
use crate::fit::parameters::Parameters;
use crate::fit::spec::Spec;
use crate::fit::walk::{Differences, Tastes, odds, valid_lanes};

/// How shares react to one variable.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Elasticities {
    /// The variable.
    pub variable: String,
    /// The rows and columns.
    pub alternatives: Vec<String>,
    /// Each alternative's expected choices, weighted: of those who could choose it.
    pub expected_choices: Vec<f64>,
    /// By alternative whose share changes, by alternative whose variable changes: percent by percent, wherever both are on offer.
    pub matrix: Vec<Vec<f64>>,
}

/// More alternatives make no table.
pub const ALTERNATIVES_MAX: usize = 100;

/// The elasticities with respect to a variable at a point: own and cross, each the change of an alternative's expected choices if
/// the other's variable changes by one percent in all sets. `None` if the variable has no coefficient, or if there are more than
/// [`ALTERNATIVES_MAX`] alternatives.
pub fn elasticities(choices: &Choices, spec: &Spec, point: &Request, variable: &str) -> Option<Elasticities> {
    let mut evaluator = Evaluator::new(choices, spec, 0..choices.people.len());
    let mut sums = Sums::new(choices)?;
    each_choice(&mut evaluator, spec, point, variable, &mut |choice, terms| sums.add(choice, terms))?;
    Some(sums.elasticities(variable))
}

/// What an evaluator's people add to the elasticities, for [`merge`]. `None` if that is too much to be kept, or as above.
pub fn terms(evaluator: &mut Evaluator<'_>, spec: &Spec, point: &Request, variable: &str) -> Option<Vec<f64>> {
    let choices = evaluator.choices;
    let count = (0..choices.choice_count()).map(|choice| terms_of(choices, choice)).sum::<usize>();
    if count > TERMS_MAX {
        return None;
    }
    let mut all = Vec::new();
    each_choice(evaluator, spec, point, variable, &mut |_, terms| all.extend_from_slice(terms))?;
    Some(all)
}

/// The elasticities, of the terms of all people in their order: added one by one as if nobody had cut the people into chunks.
#[inline(never)]
pub fn merge(choices: &Choices, variable: &str, terms: &[f64]) -> Option<Elasticities> {
    let (mut sums, mut rest) = (Sums::new(choices)?, terms);
    for choice in 0..choices.choice_count() {
        let (of_choice, after) = rest.split_at_checked(terms_of(choices, choice))?;
        sums.add(choice, of_choice);
        rest = after;
    }
    Some(sums.elasticities(variable))
}

/// A warning where 1 % more of a variable is not more of it everywhere.
pub fn warning(choices: &Choices, variable: &str) -> Option<String> {
    let column = choices.variables.iter().position(|known| known == variable)?;
    let below = (0..choices.row_count()).filter(|row| choices.row(*row)[column] < 0.0).count();
    let rows = choices.row_count();
    let text =
        format!("elasticities: `{variable}` is below 0 in {below} of {rows} rows, where 1 % more is further below");
    (below > 0).then_some(text)
}

/// Terms that are kept to be merged: more are added up at once, 32 MB of them.
const TERMS_MAX: usize = 1 << 22;

/// A choice has a term for each row's share, and for each pair of rows' effect.
fn terms_of(choices: &Choices, choice: usize) -> usize {
    let rows = choices.rows(choice).len();
    rows + rows * rows
}

/// Calls `each` with every choice of the evaluator's people and its terms.
#[inline(never)]
fn each_choice(
    evaluator: &mut Evaluator<'_>,
    spec: &Spec,
    point: &Request,
    variable: &str,
    each: &mut dyn FnMut(usize, &[f64]),
) -> Option<()> {
    let coefficient = spec.coefficients.iter().position(|sought| sought.variable == variable)?;
    let (choices, columns) = (evaluator.choices, evaluator.columns.clone());
    let parameters = if point.draws == 0 { Parameters::conditional(spec) } else { evaluator.parameters.clone() };
    let draws = point.draws.max(1);
    let column = columns[coefficient];
    let mut walk =
        Walk { choices, column, coefficient, odds: Vec::new(), of_draws: OfDraws::default(), terms: Vec::new() };
    let (mut people, mut tastes) = (Differences::default(), Tastes::new(columns.len()));
    evaluator.each_normals(point.draws, &mut |person, normals| {
        people.load(choices, &columns, person);
        let tiles: Vec<(Vec<Lanes>, Lanes)> = (0..(draws as usize).div_ceil(WIDTH))
            .map(|tile| {
                let of_tile = &normals[tile * parameters.dimensions..(tile + 1) * parameters.dimensions];
                tastes.draw(&parameters.coefficients, &point.parameters, of_tile);
                (tastes.value.clone(), valid_lanes(tile, draws))
            })
            .collect();
        walk.person(person, &people, &tiles, choices.weights[person] / f64::from(draws), each);
    });
    Some(())
}

struct Walk<'a> {
    choices: &'a Choices,
    column: usize,
    coefficient: usize,
    odds: Vec<Lanes>,
    of_draws: OfDraws,
    /// Of one choice.
    terms: Vec<f64>,
}

/// By alternative: expected choices, and by pair their derivatives times the variable.
struct Sums<'a> {
    choices: &'a Choices,
    shares: Vec<f64>,
    effects: Vec<f64>,
}

/// Of one choice, sums over draws: of probabilities, of them times the taste, and by pair of products times the taste.
#[derive(Default)]
struct OfDraws {
    probability: Vec<f64x2>,
    by_taste: Vec<f64x2>,
    products: Vec<f64x2>,
}

impl Walk<'_> {
    fn person(
        &mut self,
        person: usize,
        people: &Differences,
        tiles: &[(Vec<Lanes>, Lanes)],
        weight: f64,
        each: &mut dyn FnMut(usize, &[f64]),
    ) {
        let (mut first_row, mut first_term) = (0, 0);
        for (choice, &others) in self.choices.of_person(person).zip(&people.rows) {
            let ends = &people.ends[first_row..first_row + others];
            self.of_draws.clear(others + 1);
            for (tastes, valid) in tiles {
                let total = odds(&people.terms, first_term, ends, tastes, &mut self.odds);
                // The chosen row is the first, with odds of 1 against itself.
                self.odds.insert(0, Lanes::ONE);
                self.of_draws.add(&self.odds, *valid / total, tastes[self.coefficient]);
            }
            (first_row, first_term) = (first_row + others, ends.last().copied().unwrap_or(first_term));
            self.put_terms(choice, weight);
            each(choice, &self.terms);
        }
    }

    fn put_terms(&mut self, choice: usize, weight: f64) {
        let Walk { choices, column, of_draws, terms, .. } = self;
        let rows = choices.rows(choice);
        terms.clear();
        terms.extend(of_draws.probability.iter().map(|probability| weight * probability.reduce_add()));
        for row in 0..rows.len() {
            for other in 0..rows.len() {
                let x = choices.row(rows.start + other)[*column];
                let product = of_draws.products[row * rows.len() + other].reduce_add();
                let own = if row == other { of_draws.by_taste[row].reduce_add() } else { 0.0 };
                terms.push(weight * x * (own - product));
            }
        }
    }
}

impl<'a> Sums<'a> {
    fn new(choices: &'a Choices) -> Option<Sums<'a>> {
        let count = choices.alternatives.len();
        let sums = || Sums { choices, shares: vec![0.0; count], effects: vec![0.0; count * count] };
        (count <= ALTERNATIVES_MAX).then(sums)
    }

    fn add(&mut self, choice: usize, terms: &[f64]) {
        let count = self.shares.len();
        let alternatives = &self.choices.row_alternatives[self.choices.rows(choice)];
        let (shares, effects) = terms.split_at(alternatives.len());
        let mut effects = effects.iter();
        for (row, share) in alternatives.iter().map(|at| usize::from(*at)).zip(shares) {
            self.shares[row] += share;
            for (other, effect) in alternatives.iter().map(|at| usize::from(*at)).zip(&mut effects) {
                self.effects[row * count + other] += effect;
            }
        }
    }

    fn elasticities(self, variable: &str) -> Elasticities {
        let count = self.shares.len();
        let row = |row: usize| (0..count).map(|column| self.effects[row * count + column] / self.shares[row]).collect();
        Elasticities {
            variable: variable.to_owned(),
            alternatives: self.choices.alternatives.clone(),
            matrix: (0..count).map(row).collect(),
            expected_choices: self.shares,
        }
    }
}

impl OfDraws {
    fn clear(&mut self, rows: usize) {
        for (sums, size) in
            [(&mut self.probability, rows), (&mut self.by_taste, rows), (&mut self.products, rows * rows)]
        {
            sums.clear();
            sums.resize(size, f64x2::ZERO);
        }
    }

    /// `scale` makes odds probabilities, and those of lanes without a draw 0.
    fn add(&mut self, odds: &[Lanes], scale: Lanes, taste: Lanes) {
        let mut products = self.products.iter_mut();
        for ((odds_of, sum), by_taste) in odds.iter().zip(&mut self.probability).zip(&mut self.by_taste) {
            let probability = *odds_of * scale;
            *sum += probability.pair_sum();
            let weighted = probability * taste;
            *by_taste += weighted.pair_sum();
            for (other, sum) in odds.iter().zip(&mut products) {
                *sum += (weighted * *other * scale).pair_sum();
            }
        }
    }
}
