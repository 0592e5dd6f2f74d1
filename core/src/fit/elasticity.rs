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
    let coefficient = spec.coefficients.iter().position(|sought| sought.variable == variable)?;
    let count = choices.alternatives.len();
    if count > ALTERNATIVES_MAX {
        return None;
    }
    let mut evaluator = Evaluator::new(choices, spec, 0..choices.people.len());
    let columns = evaluator.columns.clone();
    let parameters = if point.draws == 0 { Parameters::conditional(spec) } else { evaluator.parameters.clone() };
    let draws = point.draws.max(1);
    let mut walk = Walk {
        choices,
        column: columns[coefficient],
        coefficient,
        sums: Sums { shares: vec![0.0; count], effects: vec![0.0; count * count] },
        odds: Vec::new(),
        of_draws: OfDraws::default(),
    };
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
        walk.person(person, &people, &tiles, choices.weights[person] / f64::from(draws));
    });
    let Sums { shares, effects } = walk.sums;
    let row = |row: usize| (0..count).map(|column| effects[row * count + column] / shares[row]).collect();
    Some(Elasticities {
        variable: variable.to_owned(),
        alternatives: choices.alternatives.clone(),
        matrix: (0..count).map(row).collect(),
        expected_choices: shares,
    })
}

struct Walk<'a> {
    choices: &'a Choices,
    column: usize,
    coefficient: usize,
    sums: Sums,
    odds: Vec<Lanes>,
    of_draws: OfDraws,
}

/// By alternative: expected choices, and by pair their derivatives times the variable.
struct Sums {
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
    fn person(&mut self, person: usize, people: &Differences, tiles: &[(Vec<Lanes>, Lanes)], weight: f64) {
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
            self.add(choice, weight);
        }
    }

    fn add(&mut self, choice: usize, weight: f64) {
        let count = self.sums.shares.len();
        let rows = self.choices.rows(choice);
        let alternative = |row: usize| usize::from(self.choices.row_alternatives[rows.start + row]);
        for row in 0..rows.len() {
            self.sums.shares[alternative(row)] += weight * self.of_draws.probability[row].reduce_add();
            for other in 0..rows.len() {
                let x = self.choices.row(rows.start + other)[self.column];
                let product = self.of_draws.products[row * rows.len() + other].reduce_add();
                let own = if row == other { self.of_draws.by_taste[row].reduce_add() } else { 0.0 };
                self.sums.effects[alternative(row) * count + alternative(other)] += weight * x * (own - product);
            }
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
