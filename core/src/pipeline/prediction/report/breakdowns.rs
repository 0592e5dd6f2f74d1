//! The visits by segment: how the focus and no switch do in each, and where its visits go.

use crate::choice::logit::CERTAIN;
use crate::pipeline::prediction::record::{HYPOTHETICAL, UNCHANGED};
use crate::pipeline::prediction::report::estimate::{Estimate, Parts};
use crate::pipeline::prediction::report::evidence::Evidence;
use crate::pipeline::prediction::report::format::{Breakdown, Change, Segment};
use crate::replay::panel::sums::{RowSums, RowTarget};
use crate::replay::panel::targets::Alternative;
use crate::replay::tally::{PENNY, Row, destination};

/// Every breakdown that is reported.
pub(super) fn breakdowns(evidence: &Evidence<'_>) -> Vec<Breakdown> {
    let told = evidence.breakdowns.reported().iter().map(|breakdown| Breakdown {
        by: breakdown.by().map(str::to_owned).collect(),
        segments: breakdown.labels().filter_map(|(row, labels)| segment(evidence, row, &labels)).collect(),
    });
    told.collect()
}

/// A segment, if it has visits.
fn segment(evidence: &Evidence<'_>, at: usize, labels: &[&[String; 2]]) -> Option<Segment> {
    let (rows, suppliers) = (evidence.rows(at), evidence.sellers.names.len());
    let visits = rows[HYPOTHETICAL].visits();
    if visits == 0 {
        return None;
    }
    let sums = evidence.panel.rows.get(&(at as u32)).copied().unwrap_or_default();
    let change = |to: usize, targets| change(evidence, rows, &sums, to, targets);
    let focus = |at: usize| {
        let focus = change(destination::focus(suppliers), RowTarget::FOCUS);
        let unchanged = focus.unchanged.filter(|_| evidence.has(UNCHANGED, Alternative::Tariff(at)));
        Change { unchanged, ..focus }
    };
    let gbp = |row: &Row| row.saving as f64 / f64::from(PENNY) / 100.0 / visits as f64;
    let [unchanged, hypothetical] = rows.map(|row| evidence.destinations([row]));
    Some(Segment {
        values: labels.iter().map(|[word, _]| word.clone()).collect(),
        names: labels.iter().map(|[_, name]| name.clone()).collect(),
        visits,
        observed: evidence.behind_row(&sums),
        focus: evidence.record.focus.map(focus),
        no_switch: change(destination::no_switch(suppliers), RowTarget::NO_SWITCH),
        saving_gbp: rows.map(gbp),
        unchanged,
        hypothetical,
    })
}

/// The share of a destination among a row's visits, in both markets.
fn change(evidence: &Evidence<'_>, rows: [&Row; 2], sums: &RowSums, to: usize, targets: [usize; 3]) -> Change {
    let visits = rows[HYPOTHETICAL].visits() as f64;
    let [before, after] = rows.map(|row| row.expected[to] as f64 / (visits * f64::from(CERTAIN)));
    let estimate = |expected: f64, target: usize, is_share: bool| -> Estimate {
        let moments = &sums.targets[target];
        Parts {
            expected,
            sampled: None,
            observed: evidence.behind_row(sums),
            between: evidence.between(moments, &sums.mass),
            simulation: moments.of_one(&sums.mass) / visits,
            // Parameters are drawn for everybody's shares alone.
            draws: &[],
            is_share,
        }
        .estimate()
    };
    Change {
        unchanged: Some(estimate(before, targets[0], true)),
        hypothetical: estimate(after, targets[1], true),
        change: estimate(after - before, targets[2], before <= 0.0 && after > 0.0),
    }
}
