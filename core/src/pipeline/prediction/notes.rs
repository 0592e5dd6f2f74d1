//! Notes on a question as a whole: what of its market is unlikely, and what of the scenario changes nothing.

use crate::energy::edit::{Edit, Source};
use crate::energy::market::Market;
use crate::energy::plausibility::{OFF_SALE, idle, newcomers, next_to_nothing};
use crate::input::{Note, number_text};
use crate::pipeline::prediction::scenario::Scenario;
use crate::pipeline::prediction::sweep::{Sweep, Unit};
use crate::replay::experiment::Population;
use crate::replay::plausibility::{unseen, unseen_among};
use crate::replay::profile::Profile;

/// A question that was read, and found right.
pub(super) struct Read<'a> {
    /// The scenario as the file has it, the file, and those that its edits name.
    pub(super) scenario: &'a Scenario,
    pub(super) source: Source<'a>,
    /// The tariffs' file.
    pub(super) tariffs: &'a str,
    pub(super) base: &'a Market,
    pub(super) hypothetical: &'a Market,
    /// None if something is wrong with the visits.
    pub(super) population: Option<&'a Population>,
    /// Whether the model says how sure its parameters are, if it is right; and whether a command takes its place.
    pub(super) has_covariance: Option<bool>,
    pub(super) has_model_command: bool,
}

/// Notes on it, but for those on the rows of its files.
pub(super) fn notes(read: &Read<'_>) -> Vec<Note> {
    let Read { scenario, source, base, population, .. } = read;
    let mut notes = newcomers(source.scenario, &scenario.edits, base.tariffs());
    notes.extend(idle(base, &scenario.edits, source));
    if let Some(population) = population {
        notes.extend(unseen(read.tariffs, base, population.profiles()));
        notes.extend(launched_in_vain(read, population.profiles()));
    }
    notes.extend(settings(read));
    notes
}

/// Tariffs that are added, but shown to nobody.
fn launched_in_vain(read: &Read<'_>, profiles: &[Profile]) -> Vec<Note> {
    let Read { scenario, source, hypothetical, .. } = read;
    let edit =
        |id: &str| scenario.edits.iter().position(|edit| matches!(edit, Edit::Add(launch) if launch.tariff.id == *id));
    let note = |at: usize, text: String| {
        let field = format!("edits[{}].add.tariff", edit(&hypothetical.tariffs()[at].id)?);
        Some(Note { field: Some(field), ..Note::new(source.scenario, text) })
    };
    let off_sale = hypothetical.tariffs().iter().enumerate().filter(|(_, tariff)| !tariff.on_sale);
    let off_sale = off_sale.filter_map(|(at, tariff)| note(at, format!("`{}` is not on sale in the end", tariff.id)));
    unseen_among(hypothetical, profiles, note).into_iter().chain(off_sale).collect()
}

/// Settings of the scenario that change nothing.
fn settings(read: &Read<'_>) -> Vec<Note> {
    let Read { scenario, hypothetical, .. } = read;
    let mut notes = Vec::new();
    let mut note = |field: &str, text: String| {
        notes.push(Note { field: Some(field.to_owned()), ..Note::new(read.source.scenario, text) });
    };
    let withdrawn = |id: &&String| hypothetical.find(id).is_some_and(|at| !hypothetical.tariffs()[at].on_sale);
    if let Some(id) = scenario.focus.as_ref().filter(withdrawn) {
        note("focus", format!("`{id}` is not on sale in the hypothetical market: its share there is 0"));
    }
    for (field, sweep) in scenario.all_sweeps() {
        let steps = format!("{field}.{}", sweep.field());
        let again = (0..sweep.steps.len())
            .find(|at| sweep.steps[..*at].iter().any(|other| other.total_cmp(&sweep.steps[*at]).is_eq()));
        if let Some(at) = again {
            note(&format!("{steps}[{at}]"), format!("{} is there twice", number_text(sweep.steps[at])));
        }
        if let Some(text) = all_next_to_nothing(sweep) {
            note(&steps, text);
        }
        if sweep.steps.first().is_some_and(|step| !hypothetical.is_on_offer(&sweep.reprice(*step))) {
            note(&field, OFF_SALE.to_owned());
        }
        if read.has_model_command {
            note(&field, "is left out: a command gives the probabilities".to_owned());
        }
    }
    if let Some(draws @ 1..) = scenario.parameter_draws {
        if draws == 1 {
            note("parameter_draws", "1 gives no interval: at least 2 do".to_owned());
        } else if read.has_model_command {
            note("parameter_draws", "are left out: a command gives the probabilities".to_owned());
        } else if read.has_covariance == Some(false) {
            note("parameter_draws", format!("none are made: {} has no covariance", scenario.model));
        }
    }
    notes
}

/// What is said of a sweep whose every step is next to nothing.
fn all_next_to_nothing(sweep: &Sweep) -> Option<String> {
    let largest = sweep.steps.iter().copied().max_by(|a, b| a.abs().total_cmp(&b.abs()))?;
    if sweep.unit == Unit::ToPence && (0.0..1.0).contains(&largest) {
        return Some("every price is below 1 p: they are in pence, and may be in pounds".to_owned());
    }
    next_to_nothing(sweep.unit.change(largest))
}
