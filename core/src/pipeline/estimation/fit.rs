//! `fit`: checks the observed choices and what is to be estimated of them, and opens the run.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::fit::choices::Choices;
use crate::fit::design::check;
use crate::fit::elasticity::ALTERNATIVES_MAX;
use crate::fit::long::{self, Columns};
use crate::fit::search::Search;
use crate::fit::spec::Spec;
use crate::host::Host;
use crate::input::InputError;
use crate::pipeline::estimation::{self, Estimation, Record, observed};
use crate::pipeline::open;
use crate::pipeline::run::blobs::{Input, read_input, write_binary};
use crate::pipeline::run::envelope::Envelope;
use crate::pipeline::run::keys::Keys;
use crate::pipeline::run::{Error, Result, progress, steps};
use crate::pipeline::warm::Warm;

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

/// What may be told of a fit besides the estimates.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Also {
    /// The willingness to pay for each variable, in units of this one.
    pub willingness_to_pay: Option<String>,
    /// The elasticities of all alternatives' shares with respect to this variable.
    pub elasticities: Option<String>,
    /// Each person's mean tastes given their choices, as `tastes.csv`.
    pub tastes: bool,
}

/// Where observed choices come from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Data {
    /// A CSV file with a row for each alternative of each choice.
    Long {
        /// The file.
        file: Input,
        /// Which of its columns is what.
        columns: Columns,
    },
    /// A CSV file of visits, with what each chose, and the market that they were shown.
    Visits {
        /// The visits.
        visits: Input,
        /// A JSON file that names the market's: its `tariffs`, its `rates` and the `order` of its tables. A scenario does.
        market: Input,
        /// The files it names, each by the name it uses; what is not given lies beside it.
        #[serde(default)]
        files: BTreeMap<String, Input>,
    },
}

fn default_chunks() -> usize {
    8
}

/// Each chunk is an invocation in every round.
const CHUNKS_MAX: usize = 1_000;

/// Runs the component. A run that is opened again is worked on as it was opened first.
pub async fn run(host: &impl Host, warm: &Warm, envelope: &Envelope, fit: Fit) -> Result<()> {
    let opened = steps::take(host, envelope, "fit", open::nothing(envelope)?).await?;
    if steps::is_over(&opened) {
        return Ok(());
    }
    progress::started(host, "fit", envelope, "", &opened).await;
    if !(1..=CHUNKS_MAX).contains(&fit.chunks) {
        let wrong = InputError::new("the command line", format!("1 to {CHUNKS_MAX} chunks"));
        return Err(wrong.field("chunks").value(fit.chunks).into());
    }
    let spec = Spec::parse(&fit.spec.path, &read_input(host, &fit.spec).await?)?;
    let choices = fit.data.read(host, &fit.spec.path, &spec).await?;
    check_also(&fit.also, &spec, &choices)?;
    let design = check(&fit.spec.path, "", &spec, &choices)?;
    let search = Search::new(&spec, &design.spreads);
    let people = choices.people.len();
    let record = Record { spec, data: fit.data, also: fit.also, people, chunks: fit.chunks };
    store(host, envelope, &record, &choices, &search).await?;
    let run = warm.keep_estimation(Keys::of(envelope).fit(), Estimation { record, choices });
    let answer = estimation::open(host, envelope, "fit", &run.record, false).await?;
    progress::completed(host, "fit", envelope, "", &answer).await;
    Ok(())
}

impl Data {
    async fn read(&self, host: &impl Host, spec_file: &str, spec: &Spec) -> Result<Choices> {
        match self {
            Data::Long { file, columns } => {
                let variables: Vec<&str> = spec.coefficients.iter().map(|sought| sought.variable.as_str()).collect();
                Ok(long::parse(&file.path, &read_input(host, file).await?, columns, &variables)?)
            }
            Data::Visits { visits, market, files } => {
                observed::read(host, (spec_file, spec), visits, market, files).await
            }
        }
    }
}

fn check_also(also: &Also, spec: &Spec, choices: &Choices) -> Result<()> {
    let wrong = |field: &str, expected: String| InputError::new("the command line", expected).field(field);
    let known = |name: &String| spec.coefficients.iter().any(|sought| sought.variable == *name);
    for (field, name) in [("willingness_to_pay", &also.willingness_to_pay), ("elasticities", &also.elasticities)] {
        if let Some(name) = name.as_ref().filter(|name| !known(name)) {
            let names: Vec<&str> = spec.coefficients.iter().map(|sought| sought.variable.as_str()).collect();
            return Err(wrong(field, format!("one of {}", names.join(", "))).value(name).into());
        }
    }
    let alternatives = choices.alternatives.len();
    if also.elasticities.is_some() && alternatives > ALTERNATIVES_MAX {
        let expected = format!("at most {ALTERNATIVES_MAX} alternatives; there are {alternatives}");
        return Err(wrong("elasticities", expected).into());
    }
    if also.tastes && spec.random_count() == 0 {
        return Err(wrong("tastes", "a random coefficient: tastes are the same for all people".to_owned()).into());
    }
    Ok(())
}

/// The record last: whoever finds it finds the rest.
async fn store(
    host: &impl Host,
    envelope: &Envelope,
    record: &Record,
    choices: &Choices,
    search: &Search,
) -> Result<()> {
    let keys = Keys::of(envelope);
    if host.read(&keys.fit()).await?.is_some() {
        if estimation::read_record(host, envelope).await? == *record {
            return Ok(());
        }
        let error = format!("run `{}` was begun with another question already, expected a new run", envelope.run);
        return Err(Error::Message(error));
    }
    write_binary(host, &keys.choices(), choices).await?;
    write_binary(host, &keys.search(0), search).await?;
    write_binary(host, &keys.fit(), record).await
}
