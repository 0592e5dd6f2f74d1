//! Launches: a tariff that an edit adds to a market, with rates like another's or from a file.

use std::collections::BTreeSet;

use crate::energy::edit::{Launch, LaunchRates, Source};
use crate::energy::hypothetical::Wrong;
use crate::energy::market::{
    Market, add_rates, describe, describe_regions, is_everywhere, missing_place, narrow, places_of,
};
use crate::energy::plausibility;
use crate::energy::price_change::{Change, Charges, Part};
use crate::energy::rates::{RateRow, Whose, parse_rates};
use crate::energy::region::Region;
use crate::energy::tariff::{Broken, Tariff};
use crate::input::{Findings, Names, Note, Result, number_text};

impl Market {
    /// Adds a tariff with its rates. Nothing after errors, which are entered; the tariff may be there then, without rates.
    pub(super) fn launch(
        &mut self,
        launch: &Launch,
        source: &Source<'_>,
        wrong: Wrong<'_>,
        found: &mut Findings,
    ) -> Option<()> {
        let fits = self.fits(&launch.tariff, wrong);
        found.take(fits)?;
        self.tariffs.push(launch.tariff.clone());
        self.rates.push(Default::default());
        self.withdrawn.push(Default::default());
        let at = self.tariffs.len() - 1;
        match &launch.rates {
            LaunchRates::File { file } => self.launch_from_file(at, file, source, wrong, found),
            LaunchRates::Like { like, unit_rate_percent, standing_charge_percent } => {
                found.notes(self.narrow_to_market(at, &[], source, wrong));
                let added = self.launch_like(at, like, wrong).and_then(|()| {
                    [
                        (Part::UnitRate, *unit_rate_percent, "add.rates.unit_rate_percent"),
                        (Part::StandingCharge, *standing_charge_percent, "add.rates.standing_charge_percent"),
                    ]
                    .into_iter()
                    .try_for_each(|(part, percent, field)| {
                        let refused = |expected| wrong(field, &number_text(percent), expected);
                        self.change_prices(at, Charges::all(part), |_| true, Change::Percent(percent), &refused)
                    })
                });
                found.take(added)
            }
        }
    }

    /// Whether a tariff may be added.
    fn fits(&self, tariff: &Tariff, wrong: Wrong<'_>) -> Result<()> {
        tariff
            .check()
            .map_err(|Broken { field, value, expected }| wrong(&format!("add.tariff.{field}"), &value, expected))?;
        if self.find(&tariff.id).is_some() {
            return Err(wrong("add.tariff.id", &tariff.id, "an id that the market does not have".into()));
        }
        let known = self.tariffs.iter().find(|other| other.supplier == tariff.supplier);
        if let Some(other) = known.filter(|other| other.supplier_rating.total_cmp(&tariff.supplier_rating).is_ne()) {
            let expected = format!("{}, the rating of {}", number_text(other.supplier_rating), tariff.supplier);
            return Err(wrong("add.tariff.supplier_rating", &number_text(tariff.supplier_rating), expected));
        }
        Ok(())
    }

    /// In a market of few regions, `all` are those that there are rates for, its own included.
    fn narrow_to_market(&mut self, at: usize, own: &[RateRow], source: &Source<'_>, wrong: Wrong<'_>) -> Option<Note> {
        let of_market = self.rates.iter().flatten().map(|((region, ..), _)| *region);
        let regions: BTreeSet<Region> = of_market.chain(own.iter().map(|row| row.region)).collect();
        if !is_everywhere(&self.tariffs[at]) || regions.len() == Region::COUNT {
            return None;
        }
        narrow(&mut self.tariffs[at], &regions);
        let said = format!("`all` is {}: the market has rates for no other region", describe_regions(&regions));
        let field = wrong("add.tariff.regions", "", String::new()).field;
        Some(Note { field, ..Note::new(source.scenario, said) })
    }

    fn launch_like(&mut self, at: usize, like: &str, wrong: Wrong<'_>) -> Result<()> {
        let expected = || {
            let of_fuel = self.tariffs[..at].iter().filter(|tariff| tariff.fuel == self.tariffs[at].fuel);
            let names = Names::new(of_fuel.map(|tariff| tariff.id.as_str()));
            names.expected("a tariff of the base market, of the same fuel", like)
        };
        let model = self.find(like).filter(|model| *model != at && self.tariffs[*model].fuel == self.tariffs[at].fuel);
        let model = model.ok_or_else(|| wrong("add.rates.like", like, expected()))?;
        for place in places_of(&self.tariffs[at]) {
            let rates = self.rates[model].get(&place).copied();
            let expected = || format!("a tariff with rates for {}, where the new one is sold", describe(place));
            self.rates[at].insert(place, rates.ok_or_else(|| wrong("add.rates.like", like, expected()))?);
        }
        Ok(())
    }

    fn launch_from_file(
        &mut self,
        at: usize,
        file: &str,
        source: &Source<'_>,
        wrong: Wrong<'_>,
        found: &mut Findings,
    ) -> Option<()> {
        let bytes = (source.file)(file);
        let missing = || wrong("add.rates.file", file, "a rates file beside the scenario".into());
        let bytes = found.take(bytes.ok_or_else(missing))?;
        let Tariff { id, fuel, .. } = self.tariffs[at].clone();
        let whose = |row: &str| match row == id {
            true => Whose::Tariff(fuel),
            false => Whose::Nobody(format!("`{id}`: the file of an added tariff has its rates alone")),
        };
        let rows = parse_rates(file, &bytes, whose, found)?;
        found.notes(plausibility::rates(file, &rows, |_| Some(fuel)));
        found.notes(self.narrow_to_market(at, &rows, source, wrong));
        let errors = found.error_count();
        for row in &rows {
            found.take(add_rates(file, &self.tariffs[at], &mut self.rates[at], row));
        }
        if found.error_count() > errors {
            return None;
        }
        let missing = missing_place(&self.tariffs[at], &self.rates[at]);
        let expected = |place| wrong("add.rates.file", file, format!("rates for {place}, where it is sold"));
        found.take(missing.map_or(Ok(()), |place| Err(expected(place))))
    }
}
