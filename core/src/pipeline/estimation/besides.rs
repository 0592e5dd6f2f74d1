//! What is told of people besides the estimates, once the search has ended: tastes and elasticities, a chunk of people at a time.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::fit::conclude::conclude;
use crate::fit::elasticity::{elasticities, merge, terms, warning};
use crate::fit::result::Fit;
use crate::fit::search::Outcome;
use crate::pipeline::estimation::record::{Estimation, Record};

/// Of a chunk of people.
#[derive(Serialize, Deserialize)]
pub(super) struct Besides {
    /// By person, by coefficient; empty if nobody asked.
    tastes: Vec<Vec<f64>>,
    /// What they add to the elasticities. None if nobody asked, or if there is too much of it: then they are made at the end.
    terms: Option<Vec<f64>>,
}

/// Whether there is anything to tell besides.
pub(super) fn is_asked(record: &Record, outcome: &Outcome) -> bool {
    record.also.elasticities.is_some() || (record.also.tastes && outcome.best.draws > 0)
}

impl Besides {
    /// Of these people, where the search ended.
    pub(super) fn new(run: &Estimation, people: Range<usize>, outcome: &Outcome) -> Besides {
        let Record { spec, also, .. } = &run.record;
        let point = conclude(spec, &run.choices, outcome).point();
        run.evaluate(people, |evaluator| Besides {
            tastes: if also.tastes && point.draws > 0 { evaluator.tastes(&point) } else { Vec::new() },
            terms: also.elasticities.as_ref().and_then(|of| terms(evaluator, spec, &point, of)),
        })
    }
}

/// Adds what was asked for to a fit, from all chunks in their order, and gives the people's tastes as CSV.
pub(super) fn tell(run: &Estimation, chunks: Vec<Besides>, fit: &mut Fit) -> Option<String> {
    let Record { spec, also, .. } = &run.record;
    let (mut tastes, mut terms) = (Vec::new(), Some(Vec::new()));
    for chunk in chunks {
        tastes.extend(chunk.tastes);
        terms = terms.zip(chunk.terms).map(|(all, more)| [all, more].concat());
    }
    fit.elasticities = also.elasticities.as_ref().and_then(|of| match terms {
        Some(terms) => merge(&run.choices, of, &terms),
        None => elasticities(&run.choices, spec, &fit.point(), of),
    });
    fit.warnings.extend(also.elasticities.as_ref().and_then(|of| warning(&run.choices, of)));
    (!tastes.is_empty()).then(|| csv(run, &tastes))
}

/// A row for each person, a column for each coefficient.
fn csv(run: &Estimation, tastes: &[Vec<f64>]) -> String {
    let names = run.record.spec.coefficients.iter().map(|sought| quoted(&sought.variable));
    let mut text = format!("person,{}\n", names.collect::<Vec<_>>().join(","));
    for (person, tastes) in run.choices.people.iter().zip(tastes) {
        let tastes: Vec<String> = tastes.iter().map(f64::to_string).collect();
        text.push_str(&format!("{},{}\n", quoted(person), tastes.join(",")));
    }
    text
}

fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}
