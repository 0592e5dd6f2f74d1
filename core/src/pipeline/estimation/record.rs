//! The record of an estimation: what is estimated, of what, and how the people are cut into chunks. Estimates do not depend on
//! the cut.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::fit::choices::Choices;
use crate::fit::estimate::people;
use crate::fit::likelihood::{Evaluator, KeptDraws};
use crate::fit::long::Columns;
use crate::fit::spec::Spec;
use crate::pipeline::run::blobs::Input;

/// A run's record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// What is estimated.
    pub spec: Spec,
    /// Where the observed choices come from.
    pub data: Data,
    /// What is to be told besides.
    pub also: Also,
    /// How many people made them.
    pub people: usize,
    /// How many chunks they are cut into.
    pub chunks: usize,
}

/// What may be told of a fit besides the estimates.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Also {
    /// The willingness to pay for each variable, in units of this one: a price, or money gained.
    pub willingness_to_pay: Option<String>,
    /// The elasticities of all alternatives' shares with respect to this variable.
    pub elasticities: Option<String>,
    /// Each person's mean tastes given their choices, as `tastes.csv`.
    pub tastes: bool,
    /// The model as predictions take it, as `model.json`. It is written in any case if it can be; asked for, what cannot be is
    /// refused.
    pub model: bool,
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

/// The search goes from few draws to all and may look at the mirror image: so many rounds begin beside its iterations.
const ROUNDS_BESIDE: u32 = 16;

impl Record {
    /// The people of each chunk.
    pub(super) fn ranges(&self) -> impl Iterator<Item = Range<usize>> + use<> {
        people(self.people, self.chunks)
    }

    /// Rounds of a search beyond which it goes on for ever.
    pub(super) fn rounds_max(&self) -> u32 {
        self.spec.iterations_max + ROUNDS_BESIDE
    }
}

/// An estimation that is ready to be worked on.
pub(crate) struct Estimation {
    /// Its record.
    pub(crate) record: Record,
    /// Its observed choices.
    pub(crate) choices: Choices,
    /// The draws that were made for people, by the first of them: most rounds need the same again.
    draws: RefCell<BTreeMap<usize, KeptDraws>>,
}

impl Estimation {
    /// With nothing drawn yet.
    pub(super) fn new(record: Record, choices: Choices) -> Estimation {
        Estimation { record, choices, draws: RefCell::default() }
    }

    /// Has the evaluator of a chunk of people do something.
    pub(super) fn evaluate<T>(&self, people: Range<usize>, work: impl FnOnce(&mut Evaluator<'_>) -> T) -> T {
        let first = people.start;
        let kept = self.draws.borrow_mut().remove(&first);
        let mut evaluator = Evaluator::new(&self.choices, &self.record.spec, people).with_draws(kept);
        let result = work(&mut evaluator);
        self.draws.borrow_mut().extend(evaluator.into_draws().map(|draws| (first, draws)));
        result
    }
}
