//! The answer of a model command: checked row by row, then stored in the form in which `replay` counts probabilities.

use crate::choice::logit::{CERTAIN, excess};
use crate::host::Host;
use crate::input::{InputError, number_text};
use crate::pipeline::prediction::prepared::Prediction;
use crate::pipeline::prediction::record::Study;
use crate::pipeline::prediction::visits::tables::Visits;
use crate::pipeline::run::Result;
use crate::pipeline::run::blobs::write_binary;
use crate::pipeline::run::keys::Keys;
use crate::pipeline::run::warm::Warm;

/// What a visit's probabilities may differ from 1 in sum: numbers may be printed with seven digits.
const TOLERANCE: f64 = 1e-5;

/// Checks the choice probabilities that a model command gave for a chunk, one for each row of its
/// [`Choices`](super::Table::Choices), and stores them.
///
/// # Errors
/// The first row that is no probability, or the first visit whose probabilities do not sum to 1.
pub async fn accept(host: &impl Host, warm: &Warm, keys: Keys<'_>, chunk: u64, probabilities: &[f64]) -> Result<()> {
    let run = warm.run::<Prediction>(host, keys).await?;
    let chunk = run.record.named_chunk(&chunk.to_string())?;
    let stages = run.stages(host, keys, Study::Shares).await?;
    let visits = Visits::new(&run, &stages, run.record.chunk(chunk));
    let file = run.record.model_command.as_deref().unwrap_or_default();
    let units = check(file, &visits, probabilities)?;
    write_binary(host, &keys.probabilities(chunk), &units).await
}

fn check(file: &str, visits: &Visits<'_>, probabilities: &[f64]) -> std::result::Result<Vec<u32>, InputError> {
    let rows = visits.layout.rows();
    let wrong = |expected: String, value: String| InputError::new(file, expected).value(value);
    if probabilities.len() != rows {
        let expected = format!("{rows} numbers, one for each row of the table");
        return Err(wrong(expected, format!("{} numbers", probabilities.len())));
    }
    if let Some(row) = probabilities.iter().position(|p| !(0.0..=1.0).contains(p)) {
        let error = wrong("a probability from 0 to 1".to_owned(), number_text(probabilities[row]));
        return Err(error.at(row as u64 + 1).field(visits.describe_row(row)));
    }
    let mut units: Vec<u32> = probabilities.iter().map(|p| libm::round(p * f64::from(CERTAIN)) as u32).collect();
    for visit in 0..visits.drawn.len() {
        for market in 0..visits.markets() {
            let listed = visits.layout.listed(visit, market);
            let sum: f64 = probabilities[listed.clone()].iter().sum();
            if (sum - 1.0).abs() > TOLERANCE {
                let expected = "1 as the sum of a visit's probabilities in a market".to_owned();
                let error = wrong(expected, number_text(sum));
                return Err(error.at(listed.start as u64 + 1).field(visits.describe(visit, market)));
            }
            let deals = &mut units[listed][1..];
            if let Some((deal, more)) = excess(deals.iter().map(|units| *units as i32)) {
                deals[deal] -= more as u32;
            }
        }
    }
    Ok(units)
}
