//! Source of volume: what the focus tariff gains by its own edits, and who loses it.

use crate::energy::tariff::NO_SWITCH;
use crate::pipeline::prediction::record::{HYPOTHETICAL, UNCHANGED};
use crate::pipeline::prediction::report::conclude::tariffs;
use crate::pipeline::prediction::report::evidence::Evidence;
use crate::pipeline::prediction::report::format::{Source, Volume};
use crate::replay::panel::targets::Alternative;

/// What the focus, a tariff by position, takes, and from whom.
pub(super) fn volume(evidence: &Evidence<'_>, focus: usize) -> Volume {
    let without = evidence.record.without_focus;
    let focus_alternative = Alternative::Tariff(focus);
    let own = evidence.change((without, HYPOTHETICAL), focus_alternative);
    let rivals = tariffs(evidence).filter(|at| *at != focus);
    let mut sources: Vec<Source> = Vec::new();
    for alternative in rivals.map(Alternative::Tariff).chain([Alternative::NoSwitch]) {
        let (id, supplier) = match alternative {
            Alternative::Tariff(at) => {
                let tariff = &evidence.tariffs[1][at];
                (tariff.id.clone(), tariff.supplier.clone())
            }
            _ => (NO_SWITCH.to_owned(), String::new()),
        };
        // The visits that decide it are shown both.
        let share = evidence.loss((without, HYPOTHETICAL), alternative, focus_alternative);
        if share.expected.abs() > 0.0 {
            let of_all = Some(share.expected / own.expected).filter(|part| part.is_finite());
            let place = sources.partition_point(|other| other.share.expected >= share.expected);
            sources.insert(place, Source { id, supplier, share, of_all });
        }
    }
    let others = (without != UNCHANGED).then(|| evidence.change((UNCHANGED, without), focus_alternative));
    Volume { own, others, sources }
}
