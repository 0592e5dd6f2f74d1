//! Observed visits as data to fit a model to: the list that each was shown in the market as it was, and what it chose there.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::Deserialize;

use crate::choice::model::{Model, Variable};
use crate::energy::market::{Market, PricedMarket};
use crate::energy::tariff::NO_SWITCH;
use crate::energy::typical::TypicalConsumption;
use crate::fit::choices::{ALTERNATIVES_MAX, Choices, left_out};
use crate::fit::spec::Spec;
use crate::host::Host;
use crate::input::{self, InputError, Note, Word, json, order_of};
use crate::pipeline::run::Result;
use crate::pipeline::run::blobs::{Input, check_named, read_input};
use crate::replay::experiment::Population;
use crate::replay::listing::{Alternative, Layout, Listing, Listings};
use crate::replay::plausibility::{consumption, unseen};
use crate::replay::sample::Drawn;
use crate::replay::table::Order;
use crate::replay::visits::{Observed, parse_observed};

/// A file that names the market which visits were shown. A scenario is one: what else it says does not matter, and its edits
/// are not made, as no visit has seen them.
#[derive(Deserialize)]
struct MarketFile {
    tariffs: Option<String>,
    rates: Option<String>,
    #[serde(default)]
    order: Order,
    #[serde(default)]
    typical_consumption: Option<String>,
}

/// Reads the choices of `visits`, with the variables of a specification. What `market` names is in `files`, or beside it.
pub(super) async fn read(
    host: &impl Host,
    (spec_file, spec): (&str, &Spec),
    visits: &Input,
    market: &Input,
    files: &BTreeMap<String, Input>,
) -> Result<(Choices, Vec<Note>)> {
    let variables = variables(spec_file, spec)?;
    let MarketFile { tariffs, rates, order, typical_consumption } =
        json(&market.path, &read_input(host, market).await?)?;
    let known: Vec<String> = [&tariffs, &rates].into_iter().flatten().cloned().collect();
    check_named(&market.path, &known, files.keys())?;
    let named = async |field: &str, name: Option<String>| -> Result<(String, Vec<u8>)> {
        let missing = || InputError::new(&market.path, "the name of a CSV file, relative to this file").field(field);
        let name = name.ok_or_else(missing)?;
        let input = files.get(&name).cloned().unwrap_or_else(|| market.beside(&name));
        Ok((input.path.clone(), read_input(host, &input).await?))
    };
    let (tariffs, rates) = (named("tariffs", tariffs).await?, named("rates", rates).await?);
    let typical = TypicalConsumption::asked(&market.path, typical_consumption.as_deref())?;
    let bytes = read_input(host, visits).await?;
    let ((market, observed), mut notes) = input::read(|found| {
        let market = Market::parse(&tariffs.0, &tariffs.1, &rates.0, &rates.1, found);
        let observed = parse_observed(&visits.path, &bytes, market.as_ref(), found);
        market.zip(observed)
    })?;
    notes.extend(unseen(&tariffs.0, &market, &observed.profiles));
    notes.extend(consumption(&visits.path, &observed.profiles, &typical));
    Ok((choices(&visits.path, observed, &market.price(&tariffs.0)?, order, &variables)?, notes))
}

/// The variables that a specification asks for.
pub fn variables(file: &str, spec: &Spec) -> input::Result<Vec<Variable>> {
    let variable = |(at, name): (usize, &String)| {
        let unknown = || InputError::new(file, Variable::expected()).field(format!("coefficients[{at}].variable"));
        Variable::from_word(name).ok_or_else(|| unknown().value(name))
    };
    spec.coefficients.iter().map(|sought| &sought.variable).enumerate().map(variable).collect()
}

/// A choice of each visit, among all deals of its list and no switch. Visits of weight 0 are left out. `file` is the visits'.
pub fn choices(
    file: &str,
    observed: Observed,
    market: &PricedMarket,
    order: Order,
    variables: &[Variable],
) -> input::Result<Choices> {
    let Observed { profiles, chosen, people } = observed;
    let mut by_person = vec![Vec::new(); people.len()];
    for visit in (0..profiles.len()).filter(|visit| profiles[*visit].weight > 0.0) {
        by_person[profiles[visit].person as usize].push(visit);
    }
    let in_order = order_of(&people).into_iter().map(|id| (id, std::mem::take(&mut by_person[id])));
    let of_people: Vec<(usize, Vec<usize>)> = in_order.filter(|(_, visits)| !visits.is_empty()).collect();
    let visits: Vec<usize> = of_people.iter().flat_map(|(_, visits)| visits.iter().copied()).collect();
    let notes = left_out(profiles.len() - visits.len(), "visit", "visits", "of weight 0").into_iter().collect();
    let population = Population::new(profiles, Vec::new());
    population.check_tables(file, "observed", market)?;
    let stage = population.stage(market, market, order);
    let all = population.observed();
    let drawn: Vec<Drawn> = visits.iter().map(|visit| all[*visit]).collect();
    let layout = Layout::new(&population, &drawn, &[&stage]);

    let width = variables.len();
    let no_switch = stage.tariffs();
    let mut tariffs = vec![no_switch; layout.rows()];
    let mut values = vec![0.0; layout.rows() * width];
    let mut see = Listings(|listing: &Listing<'_>| {
        let visit = listing.visit as usize;
        let tariff = |alternative: Alternative| alternative.map(|place| listing.tariff(place));
        let chosen = chosen[visits[visit]].map(usize::from);
        let Range { start, end } = layout.listed(visit, 0);
        let mut others = start + 1..end;
        for alternative in listing.alternatives() {
            let row = if tariff(alternative) == chosen { start } else { others.next().unwrap_or(start) };
            tariffs[row] = tariff(alternative).unwrap_or(no_switch);
            for (value, variable) in values[row * width..][..width].iter_mut().zip(variables) {
                *value = listing.value(*variable, alternative);
            }
        }
    });
    // What a model makes of the lists does not matter here.
    let no_model = Model { coefficients: Vec::new(), loadings: Vec::new(), covariance_factor: None };
    population.walk(0, 0, &drawn, &[&stage], &[no_model], &mut see);

    let (alternatives, row_alternatives) = label(file, stage.tariff_ids(), &tariffs)?;
    let mut choices = Choices {
        variables: variables.iter().map(|variable| variable.word().to_owned()).collect(),
        alternatives,
        people: Vec::new(),
        weights: Vec::new(),
        choice_starts: vec![0],
        row_starts: (0..=visits.len()).map(|visit| layout.start(visit, 0) as u32).collect(),
        row_alternatives,
        values,
        notes,
    };
    for (id, visits) in of_people {
        choices.people.push(people[id].clone());
        choices.weights.push(population.profiles()[visits[0]].weight);
        choices.choice_starts.push(choices.choice_starts.last().map_or(0, |start| start + visits.len() as u32));
    }
    Ok(choices)
}

/// The alternatives that anybody was shown, in the order of the market and no switch last, and each row's number among them.
fn label(file: &str, ids: &[String], tariffs: &[usize]) -> input::Result<(Vec<String>, Vec<u16>)> {
    let mut is_shown = vec![false; ids.len() + 1];
    tariffs.iter().for_each(|tariff| is_shown[*tariff] = true);
    let ids = ids.iter().map(String::as_str).chain([NO_SWITCH]);
    let mut numbers = Vec::new();
    let mut labels = Vec::new();
    for (id, is_shown) in ids.zip(is_shown) {
        numbers.push(labels.len() as u16);
        labels.extend(is_shown.then(|| id.to_owned()));
    }
    if labels.len() > ALTERNATIVES_MAX {
        let expected = format!("at most {ALTERNATIVES_MAX} different alternatives");
        return Err(InputError::new(file, expected).value(labels.len()));
    }
    Ok((labels, tariffs.iter().map(|tariff| numbers[*tariff]).collect()))
}
