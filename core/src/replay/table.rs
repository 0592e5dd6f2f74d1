//! A result table: the deals open to one segment, priced and ranked for four visits at once.

use std::collections::BTreeMap;
use std::hint::black_box;

use serde::{Deserialize, Serialize};
use wide::{f32x4, f64x4, i8x16, i32x4};

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

/// Four visits' consumption, in hundredths of a kWh (see [`Metered`](crate::energy::cost::Metered)).
#[derive(Clone, Copy)]
pub struct Used {
    /// Electricity, by day and night.
    pub electricity: f64x4,
    /// Of which by night.
    pub night: f64x4,
    /// Gas.
    pub gas: f64x4,
}

/// The deals of one segment, in the order of their numbers: a deal's number is its position here.
#[derive(Default)]
pub struct Table {
    deals: Vec<Deal>,
    /// Each deal's cost, by number.
    costs: Vec<Linear>,
    /// Whether a deal costs another rate by night than by day.
    has_night_rates: bool,
    /// Each deal's class, by number: the declared order goes by class before cost. Empty where there is one class only.
    class: Vec<u8>,
    /// The position at which each class begins.
    class_starts: Vec<u8>,
}

#[derive(PartialEq)]
struct Deal {
    /// Position of the tariff in the market.
    tariff: usize,
    attributes: [f64; ATTRIBUTES.len()],
    supplier: f32,
}

/// A year's cost as a linear function of [`Used`], in units of 1/[`UNITS_PER_PENNY`] p.
#[derive(Clone, Copy)]
pub struct Linear {
    /// And half a unit, see [`Rounding`].
    fixed: f64,
    electricity: f64,
    /// By night, more or less than by day.
    night: f64,
    gas: f64,
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
        let (mut deals, mut costs) = (Vec::new(), Vec::new());
        for (tariff, offer) in classes.into_values().flatten() {
            deals.push(Deal::new(tariff, usize::from(offer.tariff), suppliers.number(&tariff.supplier)));
            costs.push(Linear::from(offer.year(tariff.term_months).unwrap_or(offer.month * 12)));
        }
        let has_night_rates = costs.iter().any(|cost| cost.night.abs() > 0.0);
        Some(Table { deals, costs, has_night_rates, class, class_starts })
    }

    /// Whether the deals are those of another table, at whatever prices.
    pub fn has_deals_of(&self, other: &Table) -> bool {
        self.deals == other.deals
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
    pub fn show(&self, used: Used, present_pence: f32x4, rounding: Rounding, shown: &mut Shown) {
        shown.deals = self.deals.len();
        let lay_out = if self.has_night_rates { Self::price::<true> } else { Self::price::<false> };
        lay_out(self, used, present_pence, rounding, shown);
        rank::sort(&mut shown.order, self.deals.len());
        if !self.class.is_empty() {
            rank::group_by_class(&mut shown.order[..self.deals.len()], &self.class, &self.class_starts);
        }
    }

    /// Writes each deal's saving, and its bill with its number below as its key.
    fn price<const NIGHT: bool>(&self, used: Used, present_pence: f32x4, rounding: Rounding, shown: &mut Shown) {
        let (mut number, one) = (i32x4::ZERO, i32x4::splat(black_box(1)));
        for (cost, (saving, key)) in self.costs.iter().zip(shown.saving_pence.iter_mut().zip(&mut shown.order)) {
            let pence = rounding.to_pence(cost.of::<NIGHT>(used));
            *saving = present_pence - pence.round_float();
            *key = (pence << DEAL_BITS as i32) | number;
            number += one;
        }
    }

    /// The position of one deal in each visit's order, from 0. Call after [`show`](Self::show).
    pub fn places_of(&self, deal: usize, shown: &Shown) -> [u8; LANES] {
        // In the lowest byte of each lane: whether it has come, and at how many places it had, which are those from its own on.
        let (sought, mut has_come, mut count) = (i8x16::splat(deal as i8), i8x16::ZERO, i8x16::ZERO);
        for keys in &shown.order[..shown.deals] {
            has_come |= bytemuck::cast::<i32x4, i8x16>(*keys).simd_eq(sought);
            count -= has_come;
        }
        let counts: i32x4 = bytemuck::cast(count);
        counts.to_array().map(|count| (shown.deals as u8).wrapping_sub(count as u8))
    }
}

impl From<Cost> for Linear {
    fn from(cost: Cost) -> Linear {
        let [fixed, day, night, gas] = cost.columns();
        Linear { fixed: fixed + 0.5, electricity: day, night: night - day, gas }
    }
}

impl Linear {
    /// What it comes to, and half a unit. Without `NIGHT`, of one that is the same by night as by day.
    ///
    /// Every sum is exact: the dearest electricity with its half unit is below 2⁵² (`energy::cost`'s test), gas is whole.
    #[inline(always)]
    pub fn of<const NIGHT: bool>(self, used: Used) -> f64x4 {
        let mut sum = f64x4::splat(self.fixed) + f64x4::splat(self.electricity) * used.electricity;
        if NIGHT {
            sum += f64x4::splat(self.night) * used.night;
        }
        sum + f64x4::splat(self.gas) * used.gas
    }

    /// The same, of each lane's own.
    #[inline(always)]
    pub fn of_four(four: [&Linear; LANES], used: Used) -> f64x4 {
        let [a, b, c, d] = four;
        f64x4::new([a.fixed, b.fixed, c.fixed, d.fixed])
            + f64x4::new([a.electricity, b.electricity, c.electricity, d.electricity]) * used.electricity
            + f64x4::new([a.night, b.night, c.night, d.night]) * used.night
            + f64x4::new([a.gas, b.gas, c.gas, d.gas]) * used.gas
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
    fn new(tariff: &Tariff, position: usize, supplier: f32) -> Deal {
        let yes = |is: bool| if is { 1.0 } else { 0.0 };
        let attributes = ATTRIBUTES.map(|variable| match variable {
            Variable::TermMonths => f64::from(tariff.term_months.unwrap_or(0)),
            Variable::Fixed => yes(tariff.kind == Kind::Fixed),
            Variable::Tracker => yes(tariff.kind == Kind::Tracker),
            Variable::ExitFeeGbp => tariff.exit_fee_gbp * tariff.fuel.count() as f64,
            Variable::SupplierRating => tariff.supplier_rating,
            _ => yes(tariff.green),
        });
        Deal { tariff: position, attributes, supplier }
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

/// Rounds costs in units of 1/[`UNITS_PER_PENNY`] p, to which half a unit was added, half up to whole pence.
///
/// The half unit breaks exact ties upwards and outweighs the rounding of the product while the bill is below £18,000;
/// a larger one may be a penny off when it lies within a billionth of a penny of a tie.
#[derive(Clone, Copy)]
pub struct Rounding {
    pence_per_unit: f64x4,
    to_integer: f64x4,
}

impl Default for Rounding {
    /// Its constants, hidden from the compiler: where it sees one, wasm engines make it anew in every turn of a loop.
    fn default() -> Rounding {
        Rounding {
            pence_per_unit: f64x4::splat(black_box(1.0 / UNITS_PER_PENNY as f64)),
            to_integer: f64x4::splat(black_box(4_503_599_627_370_496.0)),
        }
    }
}

impl Rounding {
    /// Whole pence below 2²³.
    #[inline(always)]
    pub fn to_pence(self, and_half: f64x4) -> i32x4 {
        // 2⁵² plus a whole number below it has that number in its low bits.
        let pence = and_half * self.pence_per_unit + self.to_integer;
        let [a, b, c, d]: [u64; LANES] = bytemuck::cast(pence);
        i32x4::new([a as i32, b as i32, c as i32, d as i32])
    }
}
