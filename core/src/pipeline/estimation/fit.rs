//! `fit`: checks the observed choices and what is to be estimated of them, and opens the run.

use serde::Deserialize;

use crate::fit::choices::Choices;
use crate::fit::design;
use crate::fit::elasticity::ALTERNATIVES_MAX;
use crate::fit::long;
use crate::fit::model_file::ModelFile;
use crate::fit::search::Search;
use crate::fit::spec::{Sought, Spec};
use crate::host::Host;
use crate::input::{self, InputError, Note, QUESTION};
use crate::pipeline::estimation::observed;
use crate::pipeline::estimation::record::{Also, Data, Estimation, Record};
use crate::pipeline::run::Result;
use crate::pipeline::run::blobs::{Input, binary, read_input};
use crate::pipeline::run::keys::Keys;
use crate::pipeline::run::kind::Checked;

/// What to fit.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fit {
    /// The observed choices.
    data: Data,
    /// What is to be estimated: see [`Spec`].
    spec: Input,
    /// How many chunks the people are cut into. The estimates do not depend on it.
    #[serde(default = "default_chunks")]
    chunks: usize,
    /// What is to be told besides the estimates.
    #[serde(default)]
    also: Also,
}

fn default_chunks() -> usize {
    8
}

/// Each chunk is an invocation in every round.
const CHUNKS_MAX: usize = 1_000;

/// Checks what is to be fitted, with its files.
pub(super) async fn check(host: &impl Host, keys: Keys<'_>, fit: Fit) -> Result<Checked<Estimation>> {
    if !(1..=CHUNKS_MAX).contains(&fit.chunks) {
        let wrong = InputError::new(QUESTION, format!("1 to {CHUNKS_MAX} chunks"));
        return Err(wrong.field("chunks").value(fit.chunks).into());
    }
    let spec = read_input(host, &fit.spec).await?;
    let (mut spec, mut notes) = input::read(|found| Spec::parse(&fit.spec.path, &spec, found))?;
    if let Data::Long { columns, .. } = &fit.data {
        columns.outside.iter().for_each(|constant| spec.add_constant(constant));
    }
    let (choices, on_choices) = read(host, &fit.data, &fit.spec.path, &spec).await?;
    notes.extend(on_choices);
    check_also(&fit.also, &spec, &choices)?;
    let design = design::check(&fit.spec.path, "", &spec, &choices)?;
    let search = Search::new(&spec, design);
    let blobs = vec![(keys.choices(), binary(&choices)?), (keys.search(0), binary(&search)?)];
    let record = Record { spec, data: fit.data, also: fit.also, people: choices.people.len(), chunks: fit.chunks };
    Ok(Checked { run: Estimation::new(record, choices), blobs, notes })
}

async fn read(host: &impl Host, data: &Data, spec_file: &str, spec: &Spec) -> Result<(Choices, Vec<Note>)> {
    match data {
        Data::Long { file, columns } => {
            let variables: Vec<&str> = spec.coefficients.iter().map(|sought| sought.variable.as_str()).collect();
            let bytes = read_input(host, file).await?;
            Ok(input::read(|found| long::parse(&file.path, &bytes, columns, &variables, found))?)
        }
        Data::Visits { visits, market, files } => observed::read(host, (spec_file, spec), visits, market, files).await,
    }
}

fn check_also(also: &Also, spec: &Spec, choices: &Choices) -> Result<()> {
    let wrong = |field: &str, expected: String| InputError::new(QUESTION, expected).field(field);
    let known = |name: &String| spec.coefficients.iter().any(|sought| sought.variable == *name);
    for (field, name) in [("willingness_to_pay", &also.willingness_to_pay), ("elasticities", &also.elasticities)] {
        if let Some(name) = name.as_ref().filter(|name| !known(name)) {
            let names: Vec<&str> = spec.coefficients.iter().map(|sought| sought.variable.as_str()).collect();
            return Err(wrong(field, format!("one of {}", names.join(", "))).value(name).into());
        }
    }
    let is_paid = |sought: &&Sought| also.willingness_to_pay.as_ref() == Some(&sought.variable);
    if let Some(paid) = spec.coefficients.iter().filter(|sought| sought.is_nothing()).find(is_paid) {
        let expected = "a variable whose coefficient is not held at 0".to_owned();
        return Err(wrong("willingness_to_pay", expected).value(&paid.variable).into());
    }
    if let ([_], Some(only)) = (spec.coefficients.as_slice(), &also.willingness_to_pay) {
        let expected = "another variable beside it: it is told of each but this one".to_owned();
        return Err(wrong("willingness_to_pay", expected).value(only).into());
    }
    let alternatives = choices.alternatives.len();
    if also.elasticities.is_some() && alternatives > ALTERNATIVES_MAX {
        let expected = format!("at most {ALTERNATIVES_MAX} alternatives; there are {alternatives}");
        return Err(wrong("elasticities", expected).into());
    }
    if let Some(why) = ModelFile::refusal(spec).filter(|_| also.model) {
        return Err(wrong("model", format!("none, as {why}")).into());
    }
    if also.tastes && spec.random_count() == 0 {
        return Err(wrong("tastes", "a random coefficient: tastes are the same for all people".to_owned()).into());
    }
    Ok(())
}
