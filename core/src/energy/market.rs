//! A market: tariffs with their rates, checked, and its priced form, in which every offer is a linear cost.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::energy::cost::Cost;
use crate::energy::plausibility;
use crate::energy::rates::{RateRow, Rates, Whose, parse_rates};
use crate::energy::region::Region;
use crate::energy::tariff::{Tariff, Tariffs, parse_tariffs, tariff_error};
use crate::energy::terms::{Fuel, Kind, Meter, Payment};
use crate::input::{Findings, InputError, Names, Note, Result, Word, order_of};

/// Where a tariff is sold: rates differ by all three.
pub type Place = (Region, Meter, Payment);

/// Tariffs and, for each place where each is sold, its rates.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Market {
    pub(crate) tariffs: Vec<Tariff>,
    pub(crate) rates: Vec<BTreeMap<Place, Rates>>,
    /// Where an edit withdrew each.
    pub(super) withdrawn: Vec<BTreeSet<Place>>,
    /// Of the tariffs that come from a file, their lines in it.
    lines: Vec<u64>,
}

/// The customers that compare one kind of deal in one place: everyone in a segment sees the same deals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Segment {
    /// Where they live.
    pub region: Region,
    /// What they compare.
    pub fuel: Fuel,
    /// Their electricity meter; `Single` for gas alone.
    pub meter: Meter,
    /// How they pay.
    pub payment: Payment,
}

impl Segment {
    /// For messages: `_C, dual, single, direct_debit`.
    pub fn describe(&self) -> String {
        [self.region.word(), self.fuel.word(), self.meter.word(), self.payment.word()].join(", ")
    }

    pub(super) fn place(&self) -> Place {
        (self.region, self.meter, self.payment)
    }
}

impl Market {
    /// Reads a market from its two files. Every tariff has rates for all the places it is sold in, and for no other.
    pub fn parse(
        tariffs_file: &str,
        tariffs: &[u8],
        rates_file: &str,
        rates: &[u8],
        found: &mut Findings,
    ) -> Option<Market> {
        let Tariffs { rows: mut lines, complete } = parse_tariffs(tariffs_file, tariffs, found);
        let index: BTreeMap<String, usize> =
            lines.iter().enumerate().map(|(at, (_, tariff))| (tariff.id.clone(), at)).collect();
        let names = Names::new(index.keys().map(String::as_str));
        let whose = |id: &str| match index.get(id) {
            Some(at) => Whose::Tariff(lines[*at].1.fuel),
            None if complete => Whose::Nobody(names.expected("a tariff of the tariffs file", id)),
            None => Whose::Spoilt,
        };
        let rows = parse_rates(rates_file, rates, whose, found)?;
        found.notes(plausibility::suppliers(tariffs_file, &lines));
        // Which rates are unlikely, the others tell: those of tariffs that were not read too.
        if complete {
            found.notes(plausibility::rates(rates_file, &rows, |id| index.get(id).map(|at| lines[*at].1.fuel)));
        }
        let mut sold: Vec<BTreeMap<Place, Rates>> = vec![BTreeMap::new(); lines.len()];
        let mut all_added = true;
        for row in &rows {
            let at = index[row.tariff_id.as_str()];
            let added = add_rates(rates_file, &lines[at].1, &mut sold[at], row);
            all_added &= found.take(added).is_some();
        }
        if !all_added || !complete {
            return None;
        }
        found.notes(narrow_to_regions_with_rates((tariffs_file, rates_file), &mut lines, &rows));
        let mut all_there = true;
        for ((line, tariff), rates) in lines.iter().zip(&sold) {
            if let Some(missing) = missing_place(tariff, rates) {
                let expected = format!("rates for it in {rates_file} for {missing}, where it is sold");
                found.error(tariff_error(tariffs_file, *line, tariff, expected));
                all_there = false;
            }
        }
        let (lines, tariffs) = lines.into_iter().unzip();
        let withdrawn = vec![BTreeSet::new(); sold.len()];
        let market = Market { tariffs, rates: sold, withdrawn, lines };
        let checked = market.check(tariffs_file);
        found.take(checked).filter(|()| all_there).map(|()| market.ordered())
    }

    /// The same, whatever the order of the files.
    fn ordered(self) -> Market {
        let ids: Vec<&str> = self.tariffs.iter().map(|tariff| tariff.id.as_str()).collect();
        let order = order_of(&ids);
        Market {
            tariffs: order.iter().map(|at| self.tariffs[*at].clone()).collect(),
            rates: order.iter().map(|at| self.rates[*at].clone()).collect(),
            withdrawn: order.iter().map(|at| self.withdrawn[*at].clone()).collect(),
            lines: order.iter().map(|at| self.lines[*at]).collect(),
        }
    }

    /// A note on a tariff of its file, at its line.
    pub(crate) fn note(&self, file: &str, tariff: usize, text: String) -> Note {
        let line = self.lines.get(tariff).copied();
        Note { line, field: Some("tariff_id".to_owned()), ..Note::new(file, text) }
    }

    /// The tariffs, in the order of their ids; those an edit added come last.
    pub fn tariffs(&self) -> &[Tariff] {
        &self.tariffs
    }

    /// The position of each tariff, by id.
    pub fn index(&self) -> BTreeMap<&str, usize> {
        let mut index = BTreeMap::new();
        for (at, tariff) in self.tariffs.iter().enumerate() {
            index.insert(tariff.id.as_str(), at);
        }
        index
    }

    /// This market with a tariff as it is in `base`, of which this is an edited one: not on sale if it is not there.
    pub fn with_tariff_as_in(&self, base: &Market, tariff: usize) -> Market {
        let mut market = self.clone();
        match (base.tariffs.get(tariff), base.rates.get(tariff)) {
            (Some(known), Some(rates)) => {
                (market.tariffs[tariff], market.rates[tariff]) = (known.clone(), rates.clone());
                market.withdrawn[tariff] = base.withdrawn[tariff].clone();
            }
            _ => market.tariffs[tariff].on_sale = false,
        }
        market
    }

    /// Whether it offers what `base` does, of which it is an edited one, at the same rates.
    pub fn offers_as(&self, base: &Market) -> bool {
        let known = base.tariffs.len();
        let (same, added) = (self.tariffs[..known] == base.tariffs, &self.tariffs[known..]);
        let same = same && self.rates[..known] == base.rates && self.withdrawn[..known] == base.withdrawn;
        same && added.iter().all(|tariff| !tariff.on_sale)
    }

    /// Position of a tariff.
    pub fn find(&self, id: &str) -> Option<usize> {
        self.tariffs.iter().position(|tariff| tariff.id == id)
    }

    /// The tariffs' ids, to look others up in.
    pub(crate) fn tariff_names(&self) -> Names<'_> {
        Names::new(self.tariffs.iter().map(|tariff| tariff.id.as_str()))
    }

    /// Whether a tariff has rates in a segment's place.
    pub fn sells(&self, tariff: usize, segment: Segment) -> bool {
        self.rates[tariff].contains_key(&segment.place())
    }

    /// Whether a segment is shown a tariff.
    pub fn on_sale(&self, tariff: usize, segment: Segment) -> bool {
        self.tariffs[tariff].fuel == segment.fuel && self.sells(tariff, segment) && self.offers(tariff, segment.place())
    }

    /// Whether new customers can take a tariff in a place where it has rates.
    pub(super) fn offers(&self, tariff: usize, place: Place) -> bool {
        self.tariffs[tariff].on_sale && !self.withdrawn[tariff].contains(&place)
    }

    /// Whether a supplier has a variable tariff for a segment: what its other deals roll onto.
    pub fn has_variable(&self, supplier: &str, segment: Segment) -> bool {
        self.tariffs.iter().zip(&self.rates).any(|(tariff, rates)| {
            tariff.supplier == supplier
                && tariff.kind == Kind::Variable
                && tariff.fuel == segment.fuel
                && rates.contains_key(&segment.place())
        })
    }

    /// What must hold between tariffs: one variable tariff per supplier and place, and discounts below standing charges.
    pub(crate) fn check(&self, file: &str) -> Result<()> {
        let mut variable: BTreeMap<(&str, Fuel, Place), &str> = BTreeMap::new();
        for (tariff, rates) in self.tariffs.iter().zip(&self.rates) {
            for (place, rates) in rates {
                if Cost::month(rates, discount_pence(tariff)).fixed < 0 {
                    let expected = "a dual-fuel discount below a year's standing charges";
                    return Err(InputError::new(file, expected).field("tariff_id").value(&tariff.id));
                }
                if tariff.kind != Kind::Variable {
                    continue;
                }
                if let Some(first) = variable.insert((&tariff.supplier, tariff.fuel, *place), &tariff.id) {
                    let expected = format!(
                        "one variable tariff of {} for {}: `{first}` is sold there already",
                        tariff.supplier,
                        describe(*place)
                    );
                    return Err(InputError::new(file, expected).field("tariff_id").value(&tariff.id));
                }
            }
        }
        Ok(())
    }

    /// Prices every offer.
    ///
    /// # Errors
    /// A tariff on sale that ends within the year, of a supplier without a variable tariff to roll onto in that place.
    pub fn price(&self, file: &str) -> Result<PricedMarket> {
        let mut variable: BTreeMap<(&str, Fuel, Place), Cost> = BTreeMap::new();
        for (tariff, rates) in self.tariffs.iter().zip(&self.rates).filter(|(tariff, _)| tariff.kind == Kind::Variable)
        {
            for (place, rates) in rates {
                let month = Cost::month(rates, discount_pence(tariff));
                variable.insert((&tariff.supplier, tariff.fuel, *place), month);
            }
        }
        let mut offers = Vec::new();
        for (at, (tariff, rates)) in self.tariffs.iter().zip(&self.rates).enumerate() {
            for (&place, rates) in rates {
                let month = Cost::month(rates, discount_pence(tariff));
                let after = variable.get(&(tariff.supplier.as_str(), tariff.fuel, place)).copied();
                let months = tariff.term_months.unwrap_or(12);
                let on_sale = self.offers(at, place);
                if months < 12 && after.is_none() && on_sale {
                    let expected =
                        format!("a variable tariff of {} for {} to roll onto", tariff.supplier, describe(place));
                    return Err(InputError::new(file, expected).field("tariff_id").value(&tariff.id));
                }
                offers.push((place, Offer { tariff: at as u16, on_sale, month, after }));
            }
        }
        Ok(PricedMarket::new(self.tariffs.clone(), offers))
    }
}

/// A tariff in a place, priced.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Offer {
    /// Position of the tariff in the market.
    pub tariff: u16,
    /// Whether new customers can take it there.
    pub on_sale: bool,
    /// A month at its own rates.
    pub month: Cost,
    /// A month at the rates it rolls onto when it ends, where the supplier has such a tariff.
    pub after: Option<Cost>,
}

impl Offer {
    /// The projected year of a customer who is, or will be, on it for `months` more. `None` if it ends and nothing follows.
    pub fn year(&self, months: Option<u32>) -> Option<Cost> {
        match months {
            Some(months) if months < 12 => Some(self.month.year(months, self.after?)),
            _ => Some(self.month.year(12, self.month)),
        }
    }
}

/// A market whose offers are linear costs: all that a replay needs to know of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PricedMarket {
    /// The tariffs, in the market's order.
    pub tariffs: Vec<Tariff>,
    /// Offers by place (see [`place_index`]), each place in the order of the tariffs.
    places: Vec<Vec<Offer>>,
}

impl PricedMarket {
    fn new(tariffs: Vec<Tariff>, offers: Vec<(Place, Offer)>) -> PricedMarket {
        let mut places = vec![Vec::new(); Region::COUNT * PLACES_PER_REGION];
        for (place, offer) in offers {
            places[place_index(place)].push(offer);
        }
        PricedMarket { tariffs, places }
    }

    /// The deals on sale in a segment.
    pub fn on_sale(&self, segment: Segment) -> impl Iterator<Item = (&Tariff, &Offer)> {
        let offers = self.places[place_index(segment.place())].iter();
        offers
            .map(|offer| (&self.tariffs[usize::from(offer.tariff)], offer))
            .filter(move |(tariff, offer)| offer.on_sale && tariff.fuel == segment.fuel)
    }

    /// The offer of one tariff in a segment, on sale or not.
    pub fn offer(&self, tariff: usize, segment: Segment) -> Option<&Offer> {
        let offers = &self.places[place_index(segment.place())];
        offers.binary_search_by_key(&tariff, |offer| usize::from(offer.tariff)).ok().map(|at| &offers[at])
    }
}

const PLACES_PER_REGION: usize = Meter::WORDS.len() * Payment::WORDS.len();

fn place_index((region, meter, payment): Place) -> usize {
    (region.index() * Meter::WORDS.len() + meter as usize) * Payment::WORDS.len() + payment as usize
}

/// In a market of few regions, `all` are those of them that the rates file names.
fn narrow_to_regions_with_rates(
    (tariffs_file, rates_file): (&str, &str),
    lines: &mut [(u64, Tariff)],
    rows: &[RateRow],
) -> Option<Note> {
    let regions: BTreeSet<Region> = rows.iter().map(|row| row.region).collect();
    let first = lines.iter().find(|(_, tariff)| tariff.regions.len() > regions.len() && is_everywhere(tariff))?.0;
    lines.iter_mut().for_each(|(_, tariff)| narrow(tariff, &regions));
    let said = format!("`all` is {}: {rates_file} has rates for no other region", describe_regions(&regions));
    Some(Note { line: Some(first), field: Some("regions".to_owned()), ..Note::new(tariffs_file, said) })
}

/// Whether it is sold in all regions there are.
pub(crate) fn is_everywhere(tariff: &Tariff) -> bool {
    tariff.regions.len() == Region::COUNT
}

/// Sells a tariff that is sold everywhere in these regions alone.
pub(crate) fn narrow(tariff: &mut Tariff, regions: &BTreeSet<Region>) {
    if is_everywhere(tariff) {
        tariff.regions.retain(|region| regions.contains(region));
    }
}

/// For messages: `_A, _C`.
pub(crate) fn describe_regions(regions: &BTreeSet<Region>) -> String {
    regions.iter().map(|region| region.word()).collect::<Vec<_>>().join(", ")
}

/// Adds a row of rates to a tariff, which must be sold there and not have any yet.
pub(crate) fn add_rates(file: &str, tariff: &Tariff, sold: &mut BTreeMap<Place, Rates>, row: &RateRow) -> Result<()> {
    let wrong = |field: &str, value: &str, expected: String| {
        Err(InputError::new(file, expected).at(row.line).field(field).value(value))
    };
    if !tariff.regions.contains(&row.region) {
        return wrong("region", row.region.word(), format!("a region where `{}` is sold", tariff.id));
    }
    if !tariff.meters.contains(&row.meter) {
        return wrong("meter", row.meter.word(), format!("a meter `{}` is sold for", tariff.id));
    }
    if !tariff.payments.contains(&row.payment) {
        return wrong("payment", row.payment.word(), format!("a payment `{}` is sold for", tariff.id));
    }
    let place = (row.region, row.meter, row.payment);
    if sold.insert(place, row.rates).is_some() {
        return wrong("tariff_id", &tariff.id, format!("one row of rates for {}", describe(place)));
    }
    Ok(())
}

/// The first place where a tariff is sold but has no rates, for a message.
pub(crate) fn missing_place(tariff: &Tariff, rates: &BTreeMap<Place, Rates>) -> Option<String> {
    let missing = places_of(tariff).find(|place| !rates.contains_key(place));
    missing.map(describe)
}

/// Everywhere a tariff is sold.
pub(crate) fn places_of(tariff: &Tariff) -> impl Iterator<Item = Place> {
    tariff.regions.iter().flat_map(move |&region| {
        tariff
            .meters
            .iter()
            .flat_map(move |&meter| tariff.payments.iter().map(move |&payment| (region, meter, payment)))
    })
}

pub(crate) fn describe((region, meter, payment): Place) -> String {
    [region.word(), meter.word(), payment.word()].join(", ")
}

/// The dual-fuel discount of a year.
pub(super) fn discount_pence(tariff: &Tariff) -> i64 {
    libm::round(tariff.dual_fuel_discount_gbp * 100.0) as i64
}
