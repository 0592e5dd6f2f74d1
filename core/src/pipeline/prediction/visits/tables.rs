//! The tables' columns: who visits, then what was chosen, or every alternative with the model's variables.

use std::ops::Range;
use std::rc::Rc;

use crate::choice::logit::random_count;
use crate::choice::model::{Distribution, Variable};
use crate::energy::cost::Metered;
use crate::energy::tariff::NO_SWITCH;
use crate::energy::terms::Meter;
use crate::input::Word;
use crate::pipeline::prediction::prepared::Prediction;
use crate::pipeline::prediction::record::HYPOTHETICAL;
use crate::pipeline::prediction::sample::draw;
use crate::pipeline::prediction::visits::column::{Column, Values};
use crate::replay::experiment::{Absorb, Population, Stage};
use crate::replay::given::{Given, WithGiven};
use crate::replay::listing::{Layout, Listing, Listings};
use crate::replay::profile::Profile;
use crate::replay::sample::Drawn;
use crate::replay::sellers::Sellers;

/// A table of visits: which rows it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    /// One for each visit and market.
    Visits,
    /// One for each visit, market and alternative.
    Long,
    /// The same, without what is chosen: the probabilities are the model's, whatever the run's come from.
    Choices,
}

impl Word for Table {
    const WORDS: &'static [(Table, &'static str)] =
        &[(Table::Visits, "visits"), (Table::Long, "long"), (Table::Choices, "choices")];
}

/// Some of a run's visits, drawn again.
pub(super) struct Visits<'a> {
    run: &'a Prediction,
    stages: Vec<&'a Stage>,
    first: u64,
    pub(super) drawn: Vec<Drawn>,
    pub(super) layout: Layout,
}

/// The full markets.
#[derive(Clone, Copy, PartialEq)]
struct Market(usize);

impl Word for Market {
    const WORDS: &'static [(Market, &'static str)] =
        &[(Market(0), "unchanged"), (Market(1), "hypothetical"), (Market(2), "without_focus")];
}

/// What a visit makes of a market.
#[derive(Clone, Copy, Default)]
struct Outcome {
    /// By position in the market; `None` is no switch.
    tariff: Option<usize>,
    position: i32,
    deals: i32,
    present_pence: f64,
    leaving_pence: f64,
    chosen_pence: f64,
    cheapest_pence: f64,
    saving_pence: f64,
}

impl<'a> Visits<'a> {
    /// Draws them.
    pub(super) fn new(run: &'a Prediction, stages: &'a [Rc<Stage>], visits: Range<u64>) -> Visits<'a> {
        let stages: Vec<&Stage> = stages.iter().map(AsRef::as_ref).collect();
        let (first, drawn) = (visits.start, draw(run, visits));
        let layout = Layout::new(&run.parsed.population, &drawn, &stages);
        Visits { run, stages, first, drawn, layout }
    }

    /// The columns of a table, with these probabilities in place of the model's if they are given.
    pub(super) fn columns(&self, table: Table, units: Option<&[u32]>) -> Vec<Column> {
        match table {
            Table::Visits => self.visits(units),
            Table::Long => self.long(true, units),
            Table::Choices => self.long(false, units),
        }
    }

    /// How many markets they are shown.
    pub(super) fn markets(&self) -> usize {
        self.stages.len()
    }

    /// A visit, by position, and a market, for people: `visit 3, hypothetical`.
    pub(super) fn describe(&self, at: usize, market: usize) -> String {
        format!("visit {}, {}", self.first + at as u64, Market(market).word())
    }

    /// What a row is about, for people: `visit 3, hypothetical, gorsley-undercut-12`.
    pub(super) fn describe_row(&self, row: usize) -> String {
        let (at, market, alternative) = self.layout.row(row);
        let mut name = NO_SWITCH.to_owned();
        self.walk(None, at..at + 1, &mut |listing| {
            if let Some(place) = alternative.filter(|_| listing.market == market) {
                name.clone_from(&self.ids()[listing.tariff(place)]);
            }
        });
        format!("{}, {name}", self.describe(at, market))
    }

    fn visits(&self, units: Option<&[u32]>) -> Vec<Column> {
        let mut rows = vec![Outcome::default(); self.drawn.len() * self.stages.len()];
        self.walk(units, 0..self.drawn.len(), &mut |listing| {
            let at = (listing.visit - self.first) as usize;
            rows[at * self.stages.len() + listing.market] = self.outcome(at, listing);
        });
        let of = (0..self.drawn.len()).flat_map(|at| (0..self.stages.len()).map(move |market| (at, market)));
        let mut columns = self.profile(&of.collect::<Vec<_>>());
        let gbp = |name: &str, about: &str, of: fn(&Outcome) -> f64| {
            Column::number(name, about, rows.iter().map(|row| of(row) / 100.0))
        };
        columns.extend([
            self.tariff_column("chosen_tariff_id", "the deal chosen, or no_switch", rows.iter().map(|row| row.tariff)),
            Column::whole("position", POSITION, rows.iter().map(|row| row.position)),
            Column::whole("deals", "how many deals the list has", rows.iter().map(|row| row.deals)),
            gbp("present_cost_gbp", "a year with the present deal, and what it rolls onto", |row| row.present_pence),
            gbp("leaving_fee_gbp", "fee for leaving the present deal now", |row| row.leaving_pence),
            gbp("chosen_cost_gbp", "a year with what was chosen, the leaving fee not included", |row| row.chosen_pence),
            gbp("cheapest_cost_gbp", "a year with the cheapest deal of the list", |row| row.cheapest_pence),
            gbp("saving_gbp", "present cost less leaving fee and chosen cost; 0 without a switch", |row| {
                row.saving_pence
            }),
        ]);
        columns
    }

    fn outcome(&self, at: usize, listing: &Listing<'_>) -> Outcome {
        let [present_pence, leaving_pence] = self.present(at, listing.market);
        let cost = |place| present_pence - leaving_pence - listing.saving_pence(place);
        let choice = listing.choice();
        Outcome {
            tariff: choice.map(|place| listing.tariff(place)),
            position: choice.map_or(0, |place| place as i32 + 1),
            deals: listing.deals() as i32,
            present_pence,
            leaving_pence,
            chosen_pence: choice.map_or(present_pence, cost),
            cheapest_pence: (0..listing.deals()).map(cost).fold(f64::INFINITY, f64::min),
            saving_pence: choice.map_or(0.0, |place| listing.saving_pence(place)),
        }
    }

    fn long(&self, chosen: bool, units: Option<&[u32]>) -> Vec<Column> {
        let rows = self.layout.rows();
        let randoms = random_count(&self.run.parsed.model);
        let mut tariff = vec![None; rows];
        let mut numbers = vec![vec![0.0; rows]; NUMBERS + randoms];
        self.walk(units, 0..self.drawn.len(), &mut |listing| {
            let at = (listing.visit - self.first) as usize;
            let [present, leaving] = self.present(at, listing.market);
            let choice = listing.choice();
            for (alternative, row) in listing.alternatives().zip(self.layout.start(at, listing.market)..) {
                tariff[row] = alternative.map(|place| listing.tariff(place));
                let cost = alternative.map_or(present, |place| present - leaving - listing.saving_pence(place));
                let own =
                    [cost / 100.0, listing.probability(alternative), if alternative == choice { 1.0 } else { 0.0 }];
                let variables = Variable::WORDS.iter().map(|(variable, _)| listing.value(*variable, alternative));
                let normals = (0..randoms).map(|taste| listing.normal(taste));
                for (column, value) in numbers.iter_mut().zip(own.into_iter().chain(variables).chain(normals)) {
                    column[row] = value;
                }
            }
        });
        let of: Vec<(usize, usize)> =
            (0..rows).map(|row| self.layout.row(row)).map(|(at, market, _)| (at, market)).collect();
        let mut columns = self.profile(&of);
        columns.push(self.tariff_column("tariff_id", "the alternative: a deal, or no_switch", tariff.into_iter()));
        let mut numbers = numbers.into_iter();
        let mut next = |name: &str, about: &str, whole: bool| {
            let values = numbers.next().unwrap_or_default();
            if whole {
                Column::whole(name, about, values.iter().map(|value| *value as i32))
            } else {
                Column::new(name, about, Values::Number(values))
            }
        };
        columns.push(next("annual_cost_gbp", "a year with it, the leaving fee not included", false));
        let probability = next("probability", "how probable the choice of it is", false);
        let choice = next("chosen", "1 for the alternative that was chosen, else 0", true);
        columns.extend(
            Variable::WORDS.iter().map(|(variable, name)| next(name, "variable of the model", is_whole(*variable))),
        );
        columns.push(probability);
        columns.extend(chosen.then_some(choice));
        let random = self.run.parsed.model.coefficients.iter().filter(|c| c.distribution != Distribution::Fixed);
        columns.extend(random.map(|c| next(&format!("z_{}", c.variable.word()), NORMAL, false)));
        columns
    }

    /// Who visits, for rows of these visits (by position) and markets.
    fn profile(&self, rows: &[(usize, usize)]) -> Vec<Column> {
        let population = &self.run.parsed.population;
        let of = |at: usize| -> (&Profile, &Drawn) {
            let drawn = &self.drawn[at];
            (&population.profiles()[drawn.profile as usize], drawn)
        };
        let visits = || rows.iter().map(|(at, _)| of(*at));
        let segments = || visits().map(|(profile, _)| profile.segment);
        let night = |profile: &Profile| match profile.segment.meter {
            Meter::Single => 0,
            Meter::Economy7 => profile.usage.night_percent as i32,
        };
        let mut columns = vec![
            Column::whole("visit", "number of the simulated visit, from 0", {
                rows.iter().map(|(at, _)| (self.first + *at as u64) as i32)
            }),
            Column::word("market", "which market it was shown", rows.iter().map(|(_, market)| Market(*market))),
            Column::whole("visits_line", "line of the visits file with the observed visit it is drawn from", {
                visits().map(|(profile, _)| profile.line as i32)
            }),
            Column::word("region", "GSP group", segments().map(|segment| segment.region)),
            Column::word("fuel", "what is compared", segments().map(|segment| segment.fuel)),
            Column::word("meter", "electricity meter", segments().map(|segment| segment.meter)),
            Column::word("payment", "payment method", segments().map(|segment| segment.payment)),
            Column::word(
                "usage_band",
                "consumption against the typical values",
                visits().map(|(_, drawn)| population.band(drawn)),
            ),
            Column::whole(
                "elec_kwh",
                "electricity a year, kWh",
                visits().map(|(_, drawn)| drawn.electricity_kwh as i32),
            ),
            Column::whole("gas_kwh", "gas a year, kWh", visits().map(|(_, drawn)| drawn.gas_kwh as i32)),
            Column::whole("night_percent", "electricity at the night rate, percent; 0 on a single-rate meter", {
                visits().map(|(profile, _)| night(profile))
            }),
            self.tariff_column("present_tariff_id", "the present deal", {
                visits().map(|(profile, _)| Some(usize::from(profile.tariff)))
            }),
            Column::new("present_supplier", "who sells the present deal", {
                let Sellers { names, of } = self.sellers();
                let codes = visits().map(|(profile, _)| of[usize::from(profile.tariff)] as u16).collect();
                Values::Word { words: names.clone(), codes }
            }),
            Column::whole("months_left", "months until the present deal ends; 0 on a variable tariff", {
                visits().map(|(profile, _)| profile.months_left.unwrap_or(0) as i32)
            }),
        ];
        columns.extend(population.own().iter().map(|own| {
            let codes = rows.iter().map(|(at, _)| own.of[self.drawn[*at].profile as usize]).collect();
            Column::new(&own.name, "of the visits file", Values::Word { words: own.values.clone(), codes })
        }));
        columns
    }

    fn tariff_column(&self, name: &str, about: &str, tariffs: impl Iterator<Item = Option<usize>>) -> Column {
        let words: Vec<String> = self.ids().iter().cloned().chain([NO_SWITCH.to_owned()]).collect();
        let codes = tariffs.map(|tariff| tariff.unwrap_or(words.len() - 1) as u16).collect();
        Column::new(name, about, Values::Word { words, codes })
    }

    /// The tariffs of both markets: an edited market has its own last.
    fn ids(&self) -> &[String] {
        self.stages[HYPOTHETICAL].tariff_ids()
    }

    /// Who sells them.
    fn sellers(&self) -> &Sellers {
        self.stages[HYPOTHETICAL].sellers()
    }

    /// A year with a visit's present deal, and the fee for leaving it, pence.
    fn present(&self, at: usize, market: usize) -> [f64; 2] {
        let drawn = &self.drawn[at];
        let used = Metered::from(self.run.parsed.population.usage(drawn));
        self.stages[market].present_deal(drawn.profile as usize, used)
    }

    fn walk(&self, units: Option<&[u32]>, visits: Range<usize>, see: &mut dyn FnMut(&Listing<'_>)) {
        let first = self.first;
        let given = units.map(|units| Given { units, layout: &self.layout, first });
        let mut listings = Listings(see);
        let walk = |sink: &mut dyn Absorb| {
            let (seed, models) = (self.run.record.scenario.seed, std::slice::from_ref(&self.run.parsed.model));
            let (population, drawn): (&Population, _) = (&self.run.parsed.population, &self.drawn[visits.clone()]);
            population.walk(seed, first + visits.start as u64, drawn, &self.stages, models, sink);
        };
        match &given {
            None => walk(&mut listings),
            Some(given) => walk(&mut WithGiven::new(given, &mut listings)),
        }
    }
}

/// The columns of ours beside the model's variables and normals.
const COLUMNS: [&str; 24] = [
    "visit",
    "market",
    "visits_line",
    "region",
    "fuel",
    "meter",
    "payment",
    "usage_band",
    "elec_kwh",
    "gas_kwh",
    "night_percent",
    "present_tariff_id",
    "present_supplier",
    "months_left",
    "chosen_tariff_id",
    "deals",
    "present_cost_gbp",
    "leaving_fee_gbp",
    "chosen_cost_gbp",
    "cheapest_cost_gbp",
    "tariff_id",
    "annual_cost_gbp",
    "probability",
    "chosen",
];

/// Whether a table may have a column of ours of this name.
pub(super) fn has_column(name: &str) -> bool {
    let variable = name.strip_prefix("z_").unwrap_or(name);
    COLUMNS.contains(&name) || Variable::from_word(variable).is_some()
}

/// Columns of numbers that every long table has: cost, probability, choice, and the variables.
const NUMBERS: usize = 3 + Variable::WORDS.len();

const POSITION: &str = "its place in the list, the top being 1; 0 for no switch";
const NORMAL: &str = "the visit's standard normal draw for this random coefficient";

fn is_whole(variable: Variable) -> bool {
    !matches!(variable, Variable::SavingGbp | Variable::LogPosition | Variable::ExitFeeGbp | Variable::SupplierRating)
}
