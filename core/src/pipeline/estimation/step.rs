//! `step`: adds up a round's evaluation and tells the search, which asks for the next round or has ended.

use serde_json::json;

use crate::fit::conclude::conclude;
use crate::fit::derived::willingness_to_pay;
use crate::fit::elasticity::elasticities;
use crate::fit::estimate::individual_tastes;
use crate::fit::likelihood::{Evaluation, merge};
use crate::fit::model_file::ModelFile;
use crate::fit::result::{Fit, WillingnessToPay};
use crate::fit::search::{Ask, Outcome, Search};
use crate::host::Host;
use crate::pipeline::estimation::record::{Estimation, Record};
use crate::pipeline::estimation::rounds::{parse, parts};
use crate::pipeline::run::blobs::{read_binary, write_binary};
use crate::pipeline::run::keys::Keys;
use crate::pipeline::run::part::{Closing, Part};
use crate::pipeline::run::warm::Warm;
use crate::pipeline::run::{Error, Result};

/// Runs the component: the part is the round.
pub(crate) async fn run(host: &impl Host, warm: &Warm, keys: Keys<'_>, part: &Part) -> Result<Closing> {
    let run = warm.run::<Estimation>(host, keys).await?;
    let round: u32 = parse(&part.name)?;
    let mut search: Search = read_binary(host, &keys.search(round)).await?;
    if matches!(search.ask(), Ask::Evaluate(_)) {
        let sums = merge(read_sums(host, keys, &run, round).await?, run.choices.people.len());
        let missing = || Error::Stored { key: keys.sums(&part.name), what: "missing" };
        search.tell(sums.ok_or_else(missing)?);
        let progress = json!(search.progress()).to_string();
        host.write(&keys.iteration(round), progress.as_bytes()).await?;
        write_binary(host, &keys.search(round + 1), &search).await?;
    }
    match search.ask() {
        Ask::Evaluate(_) if round + 1 < run.record.rounds_max() => {
            Ok(Closing::Finished { work: 0, next: parts(&run.record, round + 1) })
        }
        Ask::Evaluate(_) => Err(Error::Message(format!("round {round} is one more than a search may take"))),
        Ask::Done(outcome) => {
            report(host, keys, &run, &outcome).await?;
            Ok(Closing::Completed)
        }
    }
}

async fn read_sums(host: &impl Host, keys: Keys<'_>, run: &Estimation, round: u32) -> Result<Vec<Evaluation>> {
    let mut evaluations = Vec::new();
    for chunk in 0..run.record.ranges().count() {
        evaluations.push(read_binary(host, &keys.sums(&format!("{round}/{chunk}"))).await?);
    }
    Ok(evaluations)
}

/// What an analyst reads, and the model as a prediction takes it.
async fn report(host: &impl Host, keys: Keys<'_>, run: &Estimation, outcome: &Outcome) -> Result<()> {
    let Record { spec, also, .. } = &run.record;
    let mut fit = conclude(spec, &run.choices, outcome);
    fit.willingness_to_pay = also
        .willingness_to_pay
        .as_ref()
        .and_then(|of| Some(WillingnessToPay { of: of.clone(), by_variable: willingness_to_pay(&fit, spec, of)? }));
    let variable = also.elasticities.as_ref();
    fit.elasticities = variable.and_then(|variable| elasticities(&run.choices, spec, &fit.point(), variable));
    if also.tastes && fit.draws.is_some() {
        host.write(&keys.tastes(), tastes(run, &fit).as_bytes()).await?;
    }
    let bytes = |value: serde_json::Result<Vec<u8>>| value.map_err(|error| Error::Message(error.to_string()));
    if let Some(model) = ModelFile::new(spec, &fit) {
        host.write(&keys.model(), &bytes(serde_json::to_vec_pretty(&model))?).await?;
    }
    Ok(host.write(&keys.report(), &bytes(serde_json::to_vec_pretty(&fit))?).await?)
}

/// CSV: a row for each person, a column for each coefficient.
fn tastes(run: &Estimation, fit: &Fit) -> String {
    let names = run.record.spec.coefficients.iter().map(|sought| quoted(&sought.variable));
    let mut text = format!("person,{}\n", names.collect::<Vec<_>>().join(","));
    let tastes = individual_tastes(&run.record.spec, &run.choices, fit);
    for (person, tastes) in run.choices.people.iter().zip(tastes) {
        let tastes: Vec<String> = tastes.iter().map(f64::to_string).collect();
        text.push_str(&format!("{},{}\n", quoted(person), tastes.join(",")));
    }
    text
}

fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}
