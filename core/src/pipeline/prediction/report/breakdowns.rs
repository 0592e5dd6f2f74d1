//! The visits by segment: how the focus and no switch do in each, and where its visits go.

use crate::choice::logit::CERTAIN;
use crate::pipeline::prediction::record::{HYPOTHETICAL, UNCHANGED};
use crate::pipeline::prediction::report::estimate::{Backing, Behind, Estimate, Parts};
use crate::pipeline::prediction::report::evidence::Evidence;
use crate::pipeline::prediction::report::format::{Breakdown, Change, Segment};
use crate::replay::panel::sums::{RowSums, RowTarget};
use crate::replay::panel::targets::Alternative;
use crate::replay::tally::{PENNY, Row, RowTotals, Totals, destination};

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
    let all = Backing { observed: evidence.observers.row(at), people: sums.mass.people };
    // Where nobody is shown the focus, its share is nothing for sure.
    let shown = match evidence.observers.row_shown(at) {
        Behind { visits: 0, .. } => all,
        observed => Backing { observed, people: sums.shown },
    };
    let of_focus = Told {
        to: destination::focus(suppliers),
        targets: RowTarget::FOCUS,
        backing: shown,
        of_draw: &|row| row.focus,
    };
    let of_no_switch = Told {
        to: destination::no_switch(suppliers),
        targets: RowTarget::NO_SWITCH,
        backing: all,
        of_draw: &|row| row.no_switch,
    };
    let focus = |tariff: usize| {
        let focus = change(evidence, at, &sums, &of_focus);
        let unchanged = focus.unchanged.filter(|_| evidence.has(UNCHANGED, Alternative::Tariff(tariff)));
        Change { unchanged, ..focus }
    };
    let gbp = |row: &Row| row.saving as f64 / f64::from(PENNY) / 100.0 / visits as f64;
    let [unchanged, hypothetical] = rows.map(|row| evidence.destinations([row]));
    Some(Segment {
        values: labels.iter().map(|[word, _]| word.clone()).collect(),
        names: labels.iter().map(|[_, name]| name.clone()).collect(),
        visits,
        observed: all.observed,
        focus: evidence.record.focus.map(focus),
        no_switch: change(evidence, at, &sums, &of_no_switch),
        saving_gbp: rows.map(gbp),
        unchanged,
        hypothetical,
    })
}

/// A share of a row's visits, by what is known of it.
struct Told<'a> {
    to: usize,
    targets: [usize; 3],
    /// Those who decide it.
    backing: Backing,
    of_draw: &'a dyn Fn(&RowTotals) -> u64,
}

/// The share of a destination among the visits of a row, by number, in both markets.
fn change(evidence: &Evidence<'_>, at: usize, sums: &RowSums, told: &Told<'_>) -> Change {
    let rows = evidence.rows(at);
    let visits = rows[HYPOTHETICAL].visits() as f64;
    let [before, after] = rows.map(|row| row.expected[told.to] as f64 / (visits * f64::from(CERTAIN)));
    let of_draw = |draw: &Vec<Totals>, market: usize| {
        let row = &draw[market].rows[at];
        (told.of_draw)(row) as f64 / (row.visits.max(1) as f64 * f64::from(CERTAIN))
    };
    let drawn = |of: &dyn Fn(&Vec<Totals>) -> f64| evidence.draws.iter().map(of).collect::<Vec<f64>>();
    let estimate = |expected: f64, target: usize, draws: &[f64], is_share: bool| -> Estimate {
        let moments = &sums.targets[target];
        Parts {
            expected,
            sampled: None,
            backing: told.backing,
            between: moments.between(&sums.mass),
            simulation: moments.of_one(&sums.mass) / visits,
            draws,
            is_share,
        }
        .estimate()
    };
    let [of_before, of_after] = [UNCHANGED, HYPOTHETICAL].map(|market| drawn(&|draw| of_draw(draw, market)));
    let of_change = drawn(&|draw| of_draw(draw, HYPOTHETICAL) - of_draw(draw, UNCHANGED));
    Change {
        unchanged: Some(estimate(before, told.targets[0], &of_before, true)),
        hypothetical: estimate(after, told.targets[1], &of_after, true),
        change: estimate(after - before, told.targets[2], &of_change, before <= 0.0 && after > 0.0),
    }
}
