//! One person's likelihood if no coefficient is random: nothing is drawn, and the lanes are alternatives.

use crate::fit::choices::Choices;
use crate::fit::kernel::Contribution;
use crate::fit::lanes::{Lanes, WIDTH};
use crate::fit::walk::hit;

/// One person's contribution at `point`, which holds the coefficients of the data's `columns`.
pub(crate) fn person(choices: &Choices, columns: &[usize], person: usize, point: &[f64]) -> Contribution {
    let size = point.len();
    let mut sums = Contribution {
        log_likelihood: 0.0,
        score: vec![0.0; size],
        hessian: vec![0.0; size * (size + 1) / 2],
        hits: 0.0,
        tastes: point.to_vec(),
    };
    let (mut odds, mut mean, mut difference) = (Vec::new(), vec![0.0; size], vec![0.0; size]);
    for choice in choices.of_person(person) {
        let mut rows = choices.rows(choice);
        let chosen = choices.row(rows.start);
        rows.next();
        let differ = |row: usize, to: &mut [f64]| {
            let row = choices.row(row);
            to.iter_mut().zip(columns).for_each(|(to, column)| *to = row[*column] - chosen[*column]);
        };
        odds.clear();
        for row in rows.clone() {
            differ(row, &mut difference);
            odds.push(difference.iter().zip(point).map(|(x, taste)| x * taste).sum::<f64>());
        }
        exponentiate(&mut odds);
        let total = 1.0 + odds.iter().sum::<f64>();
        sums.log_likelihood -= libm::log(total);
        sums.hits += hit(1.0, odds.iter().copied());
        mean.fill(0.0);
        for (row, odds) in rows.zip(&odds) {
            differ(row, &mut difference);
            let probability = odds / total;
            let mut packed = sums.hessian.iter_mut();
            for (at, x) in difference.iter().enumerate() {
                let share = probability * x;
                mean[at] += share;
                difference[..=at].iter().zip(&mut packed).for_each(|(x, to)| *to -= share * x);
            }
        }
        let mut packed = sums.hessian.iter_mut();
        for (at, by_row) in mean.iter().enumerate() {
            sums.score[at] -= by_row;
            mean[..=at].iter().zip(&mut packed).for_each(|(by_column, to)| *to += by_row * by_column);
        }
    }
    sums
}

fn exponentiate(utilities: &mut [f64]) {
    for utilities in utilities.chunks_mut(WIDTH) {
        let mut lanes = [0.0; WIDTH];
        lanes[..utilities.len()].copy_from_slice(utilities);
        utilities.copy_from_slice(&Lanes::from_array(lanes).exp().to_array()[..utilities.len()]);
    }
}
