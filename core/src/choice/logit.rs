//! Choice probabilities of four choosers at once, each before the same deals in an order and with tastes of their own.
//!
//! Lanes are choosers, so nothing is summed across lanes and every chooser's result is independent of their neighbours.
//! Utilities are single precision: a probability is good to a few 10⁻⁶ of itself against a scalar reference in doubles
//! (`core/tests/it/replay_properties.rs`), far below the Monte-Carlo error of a million visits.

use wide::{f32x4, i32x4};

use crate::choice::exp::exp;
use crate::choice::model::{self, Distribution, Model, Variable};

/// Choosers evaluated at once.
pub const LANES: usize = 4;

/// Most deals that one table may have: their numbers fit a byte, and sorting keys keep them in their lowest eight bits.
pub const DEALS_MAX: usize = 256;

/// Probabilities are counted in whole units of 2⁻²²: sums of them are exact, whatever their order.
pub const CERTAIN: i32 = 1 << 22;

/// What four choosers see: the same deals, at prices and in an order of their own.
pub struct Shown {
    /// How many deals.
    pub deals: usize,
    /// Each deal's saving, pence; a whole number.
    pub saving_pence: [f32x4; DEALS_MAX],
    /// The deals from the top of the list down; a deal's number is in the lowest eight bits.
    pub order: [i32x4; DEALS_MAX],
    /// Each chooser's present supplier, by number.
    pub supplier: f32x4,
    /// Of each random coefficient, the chooser's standard normal draw.
    pub normals: [f32x4; TASTES_MAX],
}

impl Shown {
    /// Nothing shown yet.
    pub fn new() -> Box<Shown> {
        Box::new(Shown {
            deals: 0,
            saving_pence: [f32x4::ZERO; DEALS_MAX],
            order: [i32x4::ZERO; DEALS_MAX],
            supplier: f32x4::ZERO,
            normals: [f32x4::ZERO; TASTES_MAX],
        })
    }

    /// The number of the deal that a chooser sees at a place, from 0 at the top.
    pub fn deal_at(&self, place: usize, lane: usize) -> usize {
        usize::from(self.order[place].to_array()[lane] as u8)
    }
}

/// What is known of a deal whoever looks at it.
pub trait Deals {
    /// How many.
    fn count(&self) -> usize;
    /// The value of a variable that is the same for everybody; `None` for those that are not.
    fn value(&self, variable: Variable, deal: usize) -> Option<f64>;
    /// The supplier's number.
    fn supplier(&self, deal: usize) -> f32;
}

/// A model's utilities over one table's deals, arranged for evaluation.
pub struct Utility {
    tastes: Vec<Taste>,
    loadings: Vec<Loading>,
    known: Vec<Known>,
    varied: Vec<(usize, Vec<f32>)>,
    saving: Weight,
    own_supplier: Weight,
    no_switch: Weight,
    /// By position.
    places: Vec<f32>,
    varied_places: Vec<(usize, Vec<f32>)>,
    ranked: bool,
}

/// What is the same for all choosers about a deal.
#[derive(Clone, Copy)]
struct Known {
    utility: f32,
    supplier: f32,
}

/// A coefficient: a number, or the chooser's taste by number.
#[derive(Clone, Copy)]
enum Weight {
    Fixed(f64),
    Taste(usize),
}

#[derive(Clone, Copy)]
struct Taste {
    mean: f32,
    sd: f32,
    distribution: Distribution,
}

/// By how much another taste's normal moves a taste; both by number.
#[derive(Clone, Copy)]
struct Loading {
    of: usize,
    on: usize,
    value: f32,
}

impl Taste {
    /// The underlying normal, as far as the taste's own moves it.
    #[inline]
    fn own(self, normal: f32x4) -> f32x4 {
        f32x4::splat(self.mean) + f32x4::splat(self.sd) * normal
    }

    /// The taste of an underlying normal.
    #[inline]
    fn of(self, linear: f32x4) -> f32x4 {
        // exp(20) is 5 × 10⁸: beyond any sane taste, and small enough that utilities stay finite.
        let positive = || exp(linear.fast_min(f32x4::splat(20.0)));
        match self.distribution {
            Distribution::Fixed | Distribution::Normal => linear,
            Distribution::Lognormal => positive(),
            Distribution::NegativeLognormal => -positive(),
        }
    }
}

/// How many random coefficients a model has: each visit needs as many normal draws.
pub fn random_count(model: &Model) -> usize {
    randoms_before(model, model.coefficients.len())
}

/// How many of the model's first coefficients are random: the number of the next one's taste.
fn randoms_before(model: &Model, coefficient: usize) -> usize {
    model.coefficients[..coefficient].iter().filter(|c| c.distribution != Distribution::Fixed).count()
}

impl Utility {
    /// Arranges `model` for the deals of one table.
    pub fn new(model: &Model, deals: &impl Deals) -> Utility {
        let count = deals.count();
        let number = |coefficient| randoms_before(model, coefficient);
        let loading =
            |given: &model::Loading| Loading { of: number(given.of), on: number(given.on), value: given.value as f32 };
        let mut utility = Utility {
            tastes: Vec::new(),
            loadings: model.loadings.iter().map(loading).collect(),
            known: Vec::new(),
            varied: Vec::new(),
            saving: Weight::Fixed(0.0),
            own_supplier: Weight::Fixed(0.0),
            no_switch: Weight::Fixed(0.0),
            places: Vec::new(),
            varied_places: Vec::new(),
            ranked: false,
        };
        // Summed in doubles, rounded once.
        let (mut base, mut places) = (vec![0.0; count], vec![0.0; count]);
        for coefficient in &model.coefficients {
            let weight = match coefficient.distribution {
                Distribution::Fixed => Weight::Fixed(coefficient.mean),
                distribution => {
                    let (mean, sd) = (coefficient.mean as f32, coefficient.sd as f32);
                    utility.tastes.push(Taste { mean, sd, distribution });
                    Weight::Taste(utility.tastes.len() - 1)
                }
            };
            let place = |of: fn(f64) -> f64| (0..count).map(|at| of(at as f64 + 1.0)).collect::<Vec<f64>>();
            match coefficient.variable {
                Variable::NoSwitch => utility.no_switch = weight,
                Variable::SavingGbp => utility.saving = weight,
                Variable::OwnSupplier => utility.own_supplier = weight,
                Variable::Position => utility.add_places(weight, &place(|at| at), &mut places),
                Variable::LogPosition => utility.add_places(weight, &place(libm::log), &mut places),
                Variable::FirstPosition => {
                    utility.add_places(weight, &place(|at| if at < 1.5 { 1.0 } else { 0.0 }), &mut places);
                }
                variable => {
                    let column: Vec<f64> = (0..count).map(|at| deals.value(variable, at).unwrap_or(0.0)).collect();
                    add_column(weight, &column, &mut base, &mut utility.varied);
                }
            }
        }
        let known = |(deal, base): (usize, &f64)| Known { utility: *base as f32, supplier: deals.supplier(deal) };
        utility.known = base.iter().enumerate().map(known).collect();
        utility.places = places.iter().map(|utility| *utility as f32).collect();
        utility
    }

    fn add_places(&mut self, weight: Weight, column: &[f64], fixed: &mut [f64]) {
        self.ranked = true;
        add_column(weight, column, fixed, &mut self.varied_places);
    }

    /// The probability of each deal for the four choosers, into `units`, in whole units of 1/[`CERTAIN`]. The outside option
    /// has the rest. A chooser of weight 0 instead of 1 has zeros.
    #[inline]
    pub fn probabilities(&self, shown: &Shown, weight: f32x4, units: &mut [i32x4; DEALS_MAX]) {
        let tastes = self.tastes(&shown.normals);
        let value = |weight| match weight {
            Weight::Fixed(value) => f32x4::splat(value as f32),
            Weight::Taste(at) => tastes[at],
        };
        // Utilities where the units will be.
        let utilities: &mut [f32x4; DEALS_MAX] = bytemuck::cast_mut(units);
        self.deal_utilities(shown, &tastes, value(self.saving), value(self.own_supplier), utilities);
        let utilities = &mut utilities[..shown.deals.min(DEALS_MAX)];
        let outside = value(self.no_switch);
        let best = utilities.iter().fold(outside, |best, utility| best.fast_max(*utility));
        let outside = exp(outside - best);
        let mut sum = outside;
        for utility in utilities.iter_mut() {
            *utility = exp(*utility - best);
            sum += *utility;
        }
        let scale = weight * f32x4::splat(CERTAIN as f32) / sum;
        for utility in utilities.iter_mut() {
            let rounded: i32x4 = bytemuck::cast(*utility * scale + f32x4::splat(TO_INTEGER));
            *utility = bytemuck::cast(rounded - i32x4::splat(TO_INTEGER.to_bits() as i32));
        }
        // The deals' roundings and those of their sum come to less than a unit for each deal and one more.
        if (outside * scale).simd_lt(f32x4::splat(shown.deals as f32 + 1.0)).any() {
            take_excess(bytemuck::cast_slice_mut(utilities));
        }
    }

    #[inline]
    fn tastes(&self, normals: &[f32x4; TASTES_MAX]) -> [f32x4; TASTES_MAX] {
        let mut tastes = [f32x4::ZERO; TASTES_MAX];
        for ((to, taste), normal) in tastes.iter_mut().zip(&self.tastes).zip(normals) {
            *to = taste.own(*normal);
        }
        for loading in &self.loadings {
            tastes[loading.of] += f32x4::splat(loading.value) * normals[loading.on];
        }
        for (to, taste) in tastes.iter_mut().zip(&self.tastes) {
            *to = taste.of(*to);
        }
        tastes
    }

    #[inline]
    fn deal_utilities(
        &self,
        shown: &Shown,
        tastes: &[f32x4; TASTES_MAX],
        saving: f32x4,
        own_supplier: f32x4,
        utilities: &mut [f32x4; DEALS_MAX],
    ) {
        if self.ranked {
            self.write_places(shown, tastes, bytemuck::cast_mut(utilities));
        } else {
            utilities.fill(f32x4::ZERO);
        }
        let per_penny = saving * f32x4::splat(0.01);
        let rows = utilities.iter_mut().zip(&self.known).zip(&shown.saving_pence);
        for ((utility, known), pence) in rows {
            let own = f32x4::splat(known.supplier).simd_eq(shown.supplier) & own_supplier;
            *utility = (*utility + f32x4::splat(known.utility)) + (per_penny * *pence + own);
        }
        for (taste, column) in &self.varied {
            for (utility, x) in utilities.iter_mut().zip(column) {
                *utility += tastes[*taste] * f32x4::splat(*x);
            }
        }
    }

    /// Writes each deal's utility of position, which differs by chooser, at the deal's number.
    #[inline]
    fn write_places(&self, shown: &Shown, tastes: &[f32x4; TASTES_MAX], rows: &mut [[f32; LANES]; DEALS_MAX]) {
        let order: &[[i32; LANES]; DEALS_MAX] = bytemuck::cast_ref(&shown.order);
        if self.varied_places.is_empty() {
            for (keys, fixed) in order.iter().zip(&self.places) {
                (0..LANES).for_each(|lane| rows[usize::from(keys[lane] as u8)][lane] = *fixed);
            }
            return;
        }
        for (place, (keys, fixed)) in order.iter().zip(&self.places).enumerate() {
            let mut utility = f32x4::splat(*fixed);
            for (taste, column) in &self.varied_places {
                utility += tastes[*taste] * f32x4::splat(column[place]);
            }
            let utility = utility.to_array();
            (0..LANES).for_each(|lane| rows[usize::from(keys[lane] as u8)][lane] = utility[lane]);
        }
    }
}

/// Makes the units of four choosers' deals come to certainty at most, as those that were rounded one by one may not.
#[cold]
#[inline(never)]
fn take_excess(units: &mut [[i32; LANES]]) {
    for lane in 0..LANES {
        if let Some((deal, more)) = excess(units.iter().map(|units| units[lane])) {
            units[deal][lane] -= more;
        }
    }
}

/// The likeliest of a chooser's deals, and what is to be taken off its units so that all come to certainty, if they come to more.
pub fn excess(units: impl Iterator<Item = i32> + Clone) -> Option<(usize, i32)> {
    let more = units.clone().sum::<i32>() - CERTAIN;
    let (deal, _) = units.enumerate().max_by_key(|(_, units)| *units)?;
    (more > 0).then_some((deal, more))
}

/// Adding 2²³ to a non-negative number below it rounds it to an integer, and leaves that in the low bits.
const TO_INTEGER: f32 = 8_388_608.0;

/// As many as there are variables.
pub const TASTES_MAX: usize = 12;

fn add_column(weight: Weight, column: &[f64], fixed: &mut [f64], varied: &mut Vec<(usize, Vec<f32>)>) {
    match weight {
        Weight::Fixed(value) => fixed.iter_mut().zip(column).for_each(|(sum, x)| *sum += value * x),
        Weight::Taste(at) => varied.push((at, column.iter().map(|x| *x as f32).collect())),
    }
}
