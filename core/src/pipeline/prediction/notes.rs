//! Notes on a question as a whole: what of its market is unlikely, and what of the scenario changes nothing.

use crate::energy::edit::{Edit, Source};
use crate::energy::market::Market;
use crate::energy::plausibility::{idle, newcomers, next_to_nothing};
use crate::energy::price_change::Change;
use crate::input::{Note, number_text};
use crate::pipeline::prediction::scenario::Scenario;
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
    if let Some(sweep) = &scenario.sweep {
        let points = &sweep.unit_rate_percent;
        let again =
            (0..points.len()).find(|at| points[..*at].iter().any(|other| other.total_cmp(&points[*at]).is_eq()));
        if let Some(at) = again {
            note(&format!("sweep.unit_rate_percent[{at}]"), format!("{} is there twice", number_text(points[at])));
        }
        let moves = points.iter().filter(|percent| percent.abs() > 0.0).map(|percent| Change::Percent(*percent));
        let largest = moves.max_by(|a, b| a.number().abs().total_cmp(&b.number().abs()));
        if let Some(text) = largest.and_then(next_to_nothing) {
            note("sweep.unit_rate_percent", text);
        }
        if read.has_model_command {
            note("sweep", "is left out: a command gives the probabilities".to_owned());
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
