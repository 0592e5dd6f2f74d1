//! `step`: adds up a round's evaluation and tells the search, which asks for the next round or has ended.

use serde::de::DeserializeOwned;
use serde_json::json;

use crate::choice::model::{Model, Variable};
use crate::fit::conclude::conclude;
use crate::fit::derived::{spread, willingness_to_pay};
use crate::fit::likelihood::merge;
use crate::fit::model_file::ModelFile;
use crate::fit::result::WillingnessToPay;
use crate::fit::search::{Ask, Outcome, Search};
use crate::host::Host;
use crate::input::{self, Word};
use crate::pipeline::estimation::besides::{self, Besides};
use crate::pipeline::estimation::record::{Data, Estimation, Record};
use crate::pipeline::estimation::rounds::{parse, parts};
use crate::pipeline::run::blobs::{self, read_binary, read_json, write_binary};
use crate::pipeline::run::keys::Keys;
use crate::pipeline::run::part::{Closing, Part};
use crate::pipeline::run::warm::Warm;
use crate::pipeline::run::{Error, Result};

/// Runs the component: the part is the round.
pub(crate) async fn run(host: &impl Host, warm: &Warm, keys: Keys<'_>, part: &Part) -> Result<Closing> {
    let run = warm.run::<Estimation>(host, keys).await?;
    let round: u32 = parse(&part.name)?;
    let mut search: Search = read_binary(host, &keys.search(round)).await?;
    if let Ask::Done(outcome) = search.ask() {
        // The round before has ended it.
        let is_asked = besides::is_asked(&run.record, &outcome);
        let chunks = if is_asked { read_chunks(host, keys, &run, round).await? } else { Vec::new() };
        report(host, keys, &run, &outcome, chunks).await?;
        return Ok(Closing::Completed);
    }
    let sums = merge(read_chunks(host, keys, &run, round).await?, run.choices.people.len());
    let missing = || Error::Stored { key: keys.sums(&part.name), what: "missing" };
    search.tell(sums.ok_or_else(missing)?);
    let progress = json!(search.progress()).to_string();
    host.write(&keys.iteration(round), progress.as_bytes()).await?;
    write_binary(host, &keys.search(round + 1), &search).await?;
    match search.ask() {
        Ask::Evaluate(_) if round + 1 >= run.record.rounds_max() => {
            Err(Error::Message(format!("round {round} is one more than a search may take")))
        }
        Ask::Done(outcome) if !besides::is_asked(&run.record, &outcome) => {
            report(host, keys, &run, &outcome, Vec::new()).await?;
            Ok(Closing::Completed)
        }
        _ => Ok(Closing::Finished { work: 0, next: parts(&run.record, round + 1) }),
    }
}

/// What the chunks of a round stored, in their order.
async fn read_chunks<T: DeserializeOwned>(
    host: &impl Host,
    keys: Keys<'_>,
    run: &Estimation,
    round: u32,
) -> Result<Vec<T>> {
    let mut chunks = Vec::new();
    for chunk in 0..run.record.ranges().count() {
        chunks.push(read_binary(host, &keys.sums(&format!("{round}/{chunk}"))).await?);
    }
    Ok(chunks)
}

/// What an analyst reads, and the model as a prediction takes it.
async fn report(
    host: &impl Host,
    keys: Keys<'_>,
    run: &Estimation,
    outcome: &Outcome,
    chunks: Vec<Besides>,
) -> Result<()> {
    let Record { spec, also, data, .. } = &run.record;
    let mut fit = conclude(spec, &run.choices, outcome);
    let in_unit = |paid: WillingnessToPay| WillingnessToPay { unit: unit(data, &paid.of), ..paid };
    fit.willingness_to_pay =
        also.willingness_to_pay.as_ref().and_then(|of| willingness_to_pay(&fit, spec, of)).map(in_unit);
    fit.warnings.extend(fit.willingness_to_pay.as_ref().and_then(WillingnessToPay::warning));
    fit.spread = (spec.correlated && fit.draws.is_some()).then(|| spread(&fit, spec));
    if let Some(tastes) = besides::tell(run, chunks, &mut fit) {
        host.write(&keys.tastes(), tastes.as_bytes()).await?;
    }
    fit.notes = read_json(host, &keys.notes()).await?;
    if let Some(model) = ModelFile::new(spec, &fit) {
        let model = blobs::json(&model)?;
        if also.model {
            fit.warnings.extend(refusal(&model));
        }
        host.write(&keys.model(), &model).await?;
    }
    Ok(host.write(&keys.report(), &blobs::json(&fit)?).await?)
}

/// The unit of a variable of visits; what others are in, nobody says.
fn unit(data: &Data, variable: &str) -> Option<String> {
    match data {
        Data::Long { .. } => None,
        Data::Visits { .. } => Variable::from_word(variable)?.unit().map(str::to_owned),
    }
}

/// What predictions would say of a model, which may be of variables that they do not know.
fn refusal(model: &[u8]) -> Option<String> {
    let refused = input::read(|found| Model::parse("the model", model, found)).err()?;
    Some(format!("predictions take no such model: {}", refused.errors.first()?))
}
