//! A run's simulated visits one by one, as tables for other tools. Nothing of it is stored: a visit is a function of the run's
//! record, so it is drawn and shown the markets again, through the functions that the replay goes through.
//!
//! Where a model command takes the model's place, it is asked here: [`columns`] of [`Table::Choices`] are the question,
//! [`accept`] checks the answer and stores it for `replay`.

mod accept;
mod column;
mod tables;

use std::ops::Range;
use std::rc::Rc;

pub use accept::accept;
pub use column::{Column, Values};
pub use tables::Table;

use crate::host::Host;
use crate::input::InputError;
use crate::pipeline::prediction::prepared::Prediction;
use crate::pipeline::prediction::record::{Study, Task};
use crate::pipeline::prediction::sample::draw;
use crate::pipeline::prediction::visits::tables::Visits;
use crate::pipeline::run::Result;
use crate::pipeline::run::blobs::read_binary;
use crate::pipeline::run::keys::Keys;
use crate::pipeline::run::warm::Warm;
use crate::replay::experiment::Stage;
use crate::replay::listing::Layout;
use crate::replay::own::By;

/// Breakdowns as a file asks for them. The tables have columns of the user's own that are asked for, so these have other names
/// than ours.
pub(super) fn by<'a>(file: &'a str, asked: &'a [Vec<String>]) -> By<'a> {
    By { file, asked, is_taken: tables::has_column }
}

/// Visits that tables number in 32 bits.
const VISITS_MAX: u64 = 1 << 31;

/// The rows of a table for these of the run's visits, as far as it has them: visits in order, within them the unchanged and
/// the hypothetical market, within those the outside option and the deals from the top of the list down. Memory is for all
/// of them, so ask for a thousand or so at a time.
///
/// # Errors
/// If the run's record or markets are not stored, or the probabilities that its model command gave.
pub async fn columns(
    host: &impl Host,
    warm: &Warm,
    keys: Keys<'_>,
    table: Table,
    visits: Range<u64>,
) -> Result<Vec<Column>> {
    let run = warm.run::<Prediction>(host, keys).await?;
    // A model command is also asked about the observed visits.
    let observed = if table == Table::Choices { run.record.panel.replays_in_all() } else { 0 };
    let end = visits.end.min(run.record.scenario.simulated_visits + observed);
    if end > VISITS_MAX {
        return Err(InputError::new("visits", "at most 2^31").value(end).into());
    }
    let visits = visits.start.min(end)..end;
    let stages = run.stages(host, keys, Study::Shares).await?;
    let units = match run.record.model_command {
        Some(_) if table != Table::Choices => Some(given(host, keys, &run, &stages, visits.clone()).await?),
        _ => None,
    };
    Ok(Visits::new(&run, &stages, visits).columns(table, units.as_deref()))
}

/// The given probabilities of some visits, of whichever chunks they are.
async fn given(
    host: &impl Host,
    keys: Keys<'_>,
    run: &Prediction,
    stages: &[Rc<Stage>],
    visits: Range<u64>,
) -> Result<Vec<u32>> {
    let stages: Vec<&Stage> = stages.iter().map(AsRef::as_ref).collect();
    let mut units = Vec::new();
    let chunk_of = |visit: u64| visit / run.record.chunk_visits;
    for chunk in chunk_of(visits.start)..=chunk_of(visits.end.saturating_sub(1)) {
        let task = run.record.task_visits(Task { chunk, study: Study::Shares });
        let of_chunk: Vec<u32> = read_binary(host, &keys.probabilities(chunk)).await?;
        let layout = Layout::new(&run.parsed.population, &draw(run, task.clone()), &stages);
        let row = |visit: u64| layout.start((visit.clamp(task.start, task.end) - task.start) as usize, 0);
        units.extend_from_slice(&of_chunk[row(visits.start)..row(visits.end)]);
    }
    Ok(units)
}
