//! A whole estimation in one thread: the reference for those that are spread over workers.

use crate::fit::choices::Choices;
use crate::fit::conclude::conclude;
use crate::fit::design::check;
use crate::fit::likelihood::{BLOCK, Evaluator, merge};
use crate::fit::result::Fit;
use crate::fit::search::{Ask, Outcome, Progress, Search};
use crate::fit::spec::Spec;
use crate::input::Result;

/// Estimates a model with the people cut into so many chunks, which changes nothing. `file` names the specification in errors,
/// `under` as in [`check`].
pub fn estimate(
    (file, under): (&str, &str),
    spec: &Spec,
    choices: &Choices,
    chunks: usize,
    progress: &mut dyn FnMut(Progress),
) -> Result<Fit> {
    let outcome = search((file, under), spec, choices, chunks, progress)?;
    Ok(conclude(spec, choices, &outcome))
}

/// The same up to where the search ended.
pub fn search(
    (file, under): (&str, &str),
    spec: &Spec,
    choices: &Choices,
    chunks: usize,
    progress: &mut dyn FnMut(Progress),
) -> Result<Outcome> {
    let design = check(file, under, spec, choices)?;
    let mut evaluators: Vec<Evaluator<'_>> =
        people(choices.people.len(), chunks).map(|range| Evaluator::new(choices, spec, range)).collect();
    let mut search = Search::new(spec, design);
    loop {
        let request = match search.ask() {
            Ask::Done(outcome) => return Ok(*outcome),
            Ask::Evaluate(request) => request,
        };
        let evaluations = evaluators.iter_mut().map(|evaluator| evaluator.evaluate(&request)).collect();
        let sums = merge(evaluations, choices.people.len());
        search.tell(sums.expect("the chunks cover all people"));
        progress(search.progress());
    }
}

/// The people in at most so many ranges of about the same size, which begin at multiples of [`BLOCK`].
pub fn people(count: usize, chunks: usize) -> impl Iterator<Item = std::ops::Range<usize>> {
    let blocks = count.div_ceil(BLOCK);
    let chunks = chunks.clamp(1, blocks);
    let edge = move |chunk: usize| (chunk * blocks / chunks * BLOCK).min(count);
    (0..chunks).map(move |chunk| edge(chunk)..edge(chunk + 1))
}

/// Each person's mean tastes, given what they chose: by person, by coefficient (Train 2009, chapter 11).
pub fn individual_tastes(spec: &Spec, choices: &Choices, fit: &Fit) -> Vec<Vec<f64>> {
    Evaluator::new(choices, spec, 0..choices.people.len()).tastes(&fit.point())
}
