//! A result table: the deals open to one segment, priced and ranked for four visits at once.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use wide::{f32x4, f64x4, i32x4};

use crate::choice::logit::{DEALS_MAX, Deals, LANES, Shown};
use crate::choice::model::Variable;
use crate::energy::cost::{Cost, UNITS_PER_PENNY};
use crate::energy::market::{Offer, PricedMarket, Segment};
use crate::energy::tariff::Tariff;
use crate::energy::terms::Kind;
use crate::replay::rank::{self, DEAL_BITS};

/// How a table is ordered. Within equals, by annual cost, then as in the market.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// Cheapest first.
    #[default]
    AnnualCost,
    /// Best-rated supplier first.
    SupplierRating,
    /// Green deals first.
    GreenFirst,
}

impl Order {
    /// Deals with a lower number come first, whatever they cost.
    fn class(self, tariff: &Tariff) -> i64 {
        match self {
            Order::AnnualCost => 0,
            Order::SupplierRating => -libm::round(tariff.supplier_rating * 1000.0) as i64,
            Order::GreenFirst => i64::from(!tariff.green),
        }
    }
}

/// Four visits' consumption, in hundredths of a kWh by rate (see [`Metered`](crate::energy::cost::Metered)).
#[derive(Clone, Copy)]
pub struct Used {
    /// By day.
    pub day: f64x4,
    /// By night.
    pub night: f64x4,
    /// Gas.
    pub gas: f64x4,
}

/// The deals of one segment, in the order of their numbers: a deal's number is its position here.
#[derive(Default)]
pub struct Table {
    deals: Vec<Deal>,
    /// Each deal's class, by number: the declared order goes by class before cost. Empty where there is one class only.
    class: Vec<u8>,
    /// The position at which each class begins.
    class_starts: Vec<u8>,
}

struct Deal {
    /// Position of the tariff in the market.
    tariff: usize,
    /// A year's cost in units of 1/[`UNITS_PER_PENNY`] p: fixed, then per hundredth of a kWh by day, by night, of gas.
    fixed: f64,
    day: f64,
    night: f64,
    gas: f64,
    attributes: [f64; ATTRIBUTES.len()],
    supplier: f32,
}

/// The variables that a deal has whoever looks at it.
const ATTRIBUTES: [Variable; 6] = [
    Variable::TermMonths,
    Variable::Fixed,
    Variable::Tracker,
    Variable::ExitFeeGbp,
    Variable::SupplierRating,
    Variable::Green,
];

impl Table {
    /// The deals on sale in a segment. `suppliers` gives each supplier's number. `None` if there are more than 256.
    pub fn new(market: &PricedMarket, segment: Segment, order: Order, suppliers: &Suppliers<'_>) -> Option<Table> {
        // By class, and within as in the market.
        let mut classes: BTreeMap<i64, Vec<(&Tariff, &Offer)>> = BTreeMap::new();
        for (tariff, offer) in market.on_sale(segment) {
            classes.entry(order.class(tariff)).or_default().push((tariff, offer));
        }
        if classes.values().map(Vec::len).sum::<usize>() > DEALS_MAX {
            return None;
        }
        let (mut class, mut class_starts) = (Vec::new(), Vec::new());
        for offers in classes.values() {
            let number = class_starts.len() as u8;
            class_starts.push(class.len() as u8);
            class.resize(class.len() + offers.len(), number);
        }
        if class_starts.len() < 2 {
            class.clear();
        }
        let deals = classes.into_values().flatten().map(|(tariff, offer)| {
            let year = offer.year(tariff.term_months).unwrap_or(offer.month * 12);
            Deal::new(tariff, usize::from(offer.tariff), year, suppliers.number(&tariff.supplier))
        });
        Some(Table { deals: deals.collect(), class, class_starts })
    }

    /// The tariff of each deal, by position in the market.
    pub fn tariffs(&self) -> impl ExactSizeIterator<Item = usize> {
        self.deals.iter().map(|deal| deal.tariff)
    }

    /// The tariff of a deal, by position in the market.
    pub fn tariff(&self, deal: usize) -> usize {
        self.deals[deal].tariff
    }

    /// Prices and ranks the deals for four visits whose present deals are worth `present_pence` a year: what they cost, less
    /// the fee for leaving them.
    #[inline]
    pub fn show(&self, used: Used, present_pence: f32x4, shown: &mut Shown) {
        shown.deals = self.deals.len();
        let rows = shown.saving_pence.iter_mut().zip(shown.order.iter_mut());
        for (number, (deal, (saving, key))) in self.deals.iter().zip(rows).enumerate() {
            let exact = f64x4::splat(deal.fixed)
                + f64x4::splat(deal.day) * used.day
                + f64x4::splat(deal.night) * used.night
                + f64x4::splat(deal.gas) * used.gas;
            let pence = round_to_pence(exact);
            *saving = present_pence - pence;
            // 2²³ plus a whole number below it has that number in its low bits; the shift drops the rest.
            let bits: i32x4 = bytemuck::cast(pence + f32x4::splat(8_388_608.0));
            *key = (bits << DEAL_BITS as i32) | i32x4::splat(number as i32);
        }
        rank::sort(&mut shown.order, self.deals.len());
        if !self.class.is_empty() {
            rank::group_by_class(&mut shown.order[..self.deals.len()], &self.class, &self.class_starts);
        }
    }

    /// The position of one deal in each visit's order, from 0. Call after [`show`](Self::show).
    pub fn places_of(&self, deal: usize, shown: &Shown) -> [u8; LANES] {
        let mut places = [0; LANES];
        for (place, keys) in shown.order[..shown.deals].iter().enumerate() {
            for (at, key) in places.iter_mut().zip(keys.to_array()) {
                if usize::from(key as u8) == deal {
                    *at = place as u8;
                }
            }
        }
        places
    }
}

impl Deals for Table {
    fn count(&self) -> usize {
        self.deals.len()
    }

    fn value(&self, variable: Variable, deal: usize) -> Option<f64> {
        let at = ATTRIBUTES.iter().position(|known| *known == variable)?;
        Some(self.deals[deal].attributes[at])
    }

    fn supplier(&self, deal: usize) -> f32 {
        self.deals[deal].supplier
    }
}

impl Deal {
    fn new(tariff: &Tariff, position: usize, year: Cost, supplier: f32) -> Deal {
        let yes = |is: bool| if is { 1.0 } else { 0.0 };
        let attributes = ATTRIBUTES.map(|variable| match variable {
            Variable::TermMonths => f64::from(tariff.term_months.unwrap_or(0)),
            Variable::Fixed => yes(tariff.kind == Kind::Fixed),
            Variable::Tracker => yes(tariff.kind == Kind::Tracker),
            Variable::ExitFeeGbp => tariff.exit_fee_gbp * tariff.fuel.count() as f64,
            Variable::SupplierRating => tariff.supplier_rating,
            _ => yes(tariff.green),
        });
        let [fixed, day, night, gas] = year.columns();
        Deal { tariff: position, fixed, day, night, gas, attributes, supplier }
    }
}

/// The suppliers of a market, by number.
pub struct Suppliers<'a>(BTreeMap<&'a str, usize>);

impl<'a> Suppliers<'a> {
    /// Numbers the suppliers of a market.
    pub fn new(market: &'a PricedMarket) -> Suppliers<'a> {
        let mut numbers = BTreeMap::new();
        for tariff in &market.tariffs {
            let next = numbers.len();
            numbers.entry(tariff.supplier.as_str()).or_insert(next);
        }
        Suppliers(numbers)
    }

    /// A supplier's number; −1 for an unknown one.
    pub fn number(&self, supplier: &str) -> f32 {
        self.0.get(supplier).map_or(-1.0, |number| *number as f32)
    }
}

/// Rounds costs in units of 1/[`UNITS_PER_PENNY`] p half up to whole pence.
///
/// The half unit added breaks exact ties upwards and outweighs the rounding of the product while the bill is below £18,000;
/// a larger one may be a penny off when it lies within a billionth of a penny of a tie.
#[inline]
pub fn round_to_pence(exact: f64x4) -> f32x4 {
    const TO_INTEGER: f64 = 4_503_599_627_370_496.0;
    let pence = (exact + f64x4::splat(0.5)) * f64x4::splat(1.0 / UNITS_PER_PENNY as f64) + f64x4::splat(TO_INTEGER);
    let whole = (pence - f64x4::splat(TO_INTEGER)).to_array();
    f32x4::new(whole.map(|pence| pence as f32))
}
