//! The replay itself: simulated visits walk through the result tables of one or more markets with common random numbers.
//!
//! Visits are taken four at a time from one cell (a segment and usage band), so that four lanes look at the same deals.
//! A visit's numbers depend on its own draws only; which three it shares lanes with changes nothing.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use wide::{f32x4, f64x4, i32x4};

use crate::choice::logit::{CERTAIN, DEALS_MAX, LANES, Shown, Utility, random_count};
use crate::choice::model::Model;
use crate::choice::normal::inverse_cdf_of_two;
use crate::choice::random::{Purpose, Stream};
use crate::energy::cost::Metered;
use crate::energy::market::{PricedMarket, Segment};
use crate::energy::terms::{Fuel, Kind, Meter};
use crate::energy::typical::TypicalConsumption;
use crate::energy::usage::{Band, Bounds, Usage};
use crate::input::{InputError, Result, Word};
use crate::replay::own::OwnColumn;
use crate::replay::profile::Profile;
use crate::replay::sample::{Drawn, dimension};
use crate::replay::sellers::Sellers;
use crate::replay::table::{Linear, Order, Rounding, Suppliers, Table, Used};

/// The observed visits, arranged for replaying.
#[derive(Serialize, Deserialize)]
pub struct Population {
    profiles: Vec<Profile>,
    /// The distinct segments, sorted.
    segments: Vec<Segment>,
    /// Each profile's segment, by position.
    segment_of: Vec<u16>,
    /// By segment, the bounds between its usage bands.
    bounds: Vec<Bounds>,
    /// The columns of the visits file that are the user's own, as far as somebody asks for them.
    own: Vec<OwnColumn>,
}

/// A market as the population sees it.
pub struct Stage {
    /// By segment of the population.
    tables: Vec<Table>,
    /// By profile.
    present: Vec<Present>,
    /// The tariffs' ids, in the market's order.
    tariffs: Vec<String>,
    sellers: Sellers,
}

/// A profile's present deal.
struct Present {
    /// Its projected year.
    year: Linear,
    /// The fee for leaving it.
    leaving_pence: f32,
    /// Its supplier's number.
    supplier: f32,
}

/// Four visits of one cell; a lane beyond the last visit repeats it with weight zero.
pub struct Four {
    /// 1 for a visit, 0 for a repetition.
    pub weight: f32x4,
    /// How many lanes hold visits.
    pub count: usize,
    /// Each lane's visit, by number.
    pub visits: [u64; LANES],
    /// Each lane's profile, by number.
    pub profiles: [usize; LANES],
    /// A uniform draw for the choice, from 0 to [`CERTAIN`] exclusive.
    pub choice: i32x4,
}

/// Takes what the walk finds.
pub trait Absorb {
    /// A new cell begins: a segment, by its number in the population, and a usage band. `tables` are those of the coming calls.
    fn begin(&mut self, _segment: usize, _band: Band, _tables: &[&Table]) {}
    /// Four visits have seen one market under one set of parameters. `units` are each deal's probabilities, in whole units of
    /// 1/[`CERTAIN`].
    fn absorb(&mut self, four: &Four, at: At<'_>, units: &[i32x4; DEALS_MAX]);
    /// The cell has ended.
    fn end(&mut self, _tables: &[&Table]) {}
}

/// Where in an experiment a result belongs.
#[derive(Clone, Copy)]
pub struct At<'a> {
    /// Number of the market among those walked.
    pub market: usize,
    /// Number of the parameter set.
    pub model: usize,
    /// The table the visits saw.
    pub table: &'a Table,
    /// What they saw on it.
    pub shown: &'a Shown,
}

impl Population {
    /// Arranges profiles, and what columns of the user's own say of them.
    pub fn new(profiles: Vec<Profile>, own: Vec<OwnColumn>) -> Population {
        let mut segments: BTreeSet<Segment> = BTreeSet::new();
        for profile in &profiles {
            segments.insert(profile.segment);
        }
        let segments: Vec<Segment> = segments.into_iter().collect();
        let find = |segment| segments.binary_search(&segment).unwrap_or_default() as u16;
        let segment_of = profiles.iter().map(|profile| find(profile.segment)).collect();
        Population { profiles, segments, segment_of, bounds: Vec::new(), own }.measured_by(TypicalConsumption::LATEST)
    }

    /// With the usage bands of these typical values; without, those of the latest.
    pub fn measured_by(self, typical: TypicalConsumption) -> Population {
        let bounds = self.segments.iter().map(|segment| typical.of(segment.fuel, segment.meter).bounds()).collect();
        Population { bounds, ..self }
    }

    /// The profiles, in the order of their ids.
    pub fn profiles(&self) -> &[Profile] {
        &self.profiles
    }

    /// The distinct segments, in order.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// A profile's segment, by number.
    pub fn segment_of(&self, profile: usize) -> usize {
        usize::from(self.segment_of[profile])
    }

    /// The columns of the user's own that were asked for.
    pub fn own(&self) -> &[OwnColumn] {
        &self.own
    }

    /// The observed visits as they were: each profile once, in their order, with its own consumption.
    pub fn observed(&self) -> Vec<Drawn> {
        let visits = self.profiles.iter().zip(0..).map(|(Profile { usage, .. }, profile)| Drawn {
            profile,
            electricity_kwh: usage.electricity_kwh,
            gas_kwh: usage.gas_kwh,
        });
        visits.collect()
    }

    /// How many deals a visit is shown in a market.
    pub fn deals_shown(&self, visit: &Drawn, stage: &Stage) -> usize {
        stage.tables[usize::from(self.segment_of[visit.profile as usize])].tariffs().len()
    }

    /// Checks that everyone has a table in this market, called `name`: neither nothing on sale nor more than a table holds.
    /// `file` is the visits'.
    pub fn check_tables(&self, file: &str, name: &str, market: &PricedMarket) -> Result<()> {
        let mut counts = self.segments.iter().map(|segment| market.on_sale(*segment).count());
        let Some(at) = counts.position(|count| count == 0 || count > DEALS_MAX) else { return Ok(()) };
        let expected =
            format!("1 to {DEALS_MAX} deals on sale in the {name} market for {}", self.segments[at].describe());
        let error = InputError::new(file, expected).value(market.on_sale(self.segments[at]).count());
        let lines = self.profiles.iter().zip(&self.segment_of).filter(|(_, segment)| usize::from(**segment) == at);
        Err(error.at(lines.map(|(profile, _)| profile.line).min().unwrap_or_default().into()))
    }

    /// Lays out a market for this population. Check with [`check_tables`](Self::check_tables) first: segments without
    /// deals, or with too many, get empty tables. `unchanged` is the market that it is an edited one of, or itself: the
    /// prices that present fixes keep.
    pub fn stage(&self, market: &PricedMarket, unchanged: &PricedMarket, order: Order) -> Stage {
        let suppliers = Suppliers::new(market);
        let table = |segment: &Segment| Table::new(market, *segment, order, &suppliers).unwrap_or_default();
        let tables = self.segments.iter().map(table);
        let mut stage = Stage {
            tables: tables.collect(),
            present: Vec::with_capacity(self.profiles.len()),
            tariffs: market.tariffs.iter().map(|tariff| tariff.id.clone()).collect(),
            sellers: Sellers::new(&market.tariffs),
        };
        let numbers: Vec<f32> = market.tariffs.iter().map(|tariff| suppliers.number(&tariff.supplier)).collect();
        for profile in &self.profiles {
            let tariff = &market.tariffs[usize::from(profile.tariff)];
            let offer = market.in_force(unchanged, usize::from(profile.tariff), profile.segment);
            let year = offer.and_then(|offer| offer.year(profile.months_left));
            // No exit fee in the last 49 days of a contract (Ofgem, supply licence condition 24).
            let leaves_early = tariff.kind != Kind::Variable && profile.months_left.is_some_and(|months| months > 1);
            let fee_gbp = if leaves_early { tariff.exit_fee_gbp * tariff.fuel.count() as f64 } else { 0.0 };
            stage.present.push(Present {
                year: year.unwrap_or_default().into(),
                leaving_pence: libm::round(fee_gbp * 100.0) as f32,
                supplier: numbers[usize::from(profile.tariff)],
            });
        }
        stage
    }

    /// Walks visits `first..` through all `stages` under all `models`, common random numbers throughout. The sink is a trait
    /// object so that there is one walk: an engine that compiles it while it runs has a third of the work.
    pub fn walk(
        &self,
        seed: u64,
        first: u64,
        drawn: &[Drawn],
        stages: &[&Stage],
        models: &[Model],
        sink: &mut dyn Absorb,
    ) {
        let stream = Stream::new(seed, Purpose::Visit);
        let randoms = models.first().map_or(0, random_count);
        let mut scratch = Scratch { shown: Shown::new(), units: Box::new([i32x4::ZERO; DEALS_MAX]) };
        for (slab, visits) in drawn.chunks(SLAB).enumerate() {
            let first = first + (slab * SLAB) as u64;
            let order = self.by_cell(visits);
            for segment in order.chunk_by(|a, b| a.0 / BANDS == b.0 / BANDS) {
                let at = (segment[0].0 / BANDS) as usize;
                let meter = self.segments[at].meter;
                let tables: Vec<&Table> = stages.iter().map(|stage| &stage.tables[at]).collect();
                let utilities = Utilities::new(models, &tables);
                for cell in segment.chunk_by(|a, b| a.0 == b.0) {
                    sink.begin(at, Band::WORDS[(cell[0].0 % BANDS) as usize].0, &tables);
                    for visits_of_four in cell.chunks(LANES) {
                        let lanes = self.load(stream, first, visits, visits_of_four, meter);
                        let normals = &mut scratch.shown.normals[..randoms];
                        draw_tastes(stream, &lanes.four.visits, normals);
                        self.show_four(&lanes, stages, &tables, &utilities, &mut scratch, sink);
                    }
                    sink.end(&tables);
                }
            }
        }
    }

    fn show_four(
        &self,
        lanes: &Lanes,
        stages: &[&Stage],
        tables: &[&Table],
        utilities: &Utilities,
        scratch: &mut Scratch,
        sink: &mut dyn Absorb,
    ) {
        let rounding = Rounding::default();
        for (market, (stage, table)) in stages.iter().zip(tables).enumerate() {
            let [a, b, c, d] = lanes.four.profiles.map(|at| &stage.present[at]);
            let year = Linear::of_four([&a.year, &b.year, &c.year, &d.year], lanes.used);
            let leaving_pence = f32x4::new([a.leaving_pence, b.leaving_pence, c.leaving_pence, d.leaving_pence]);
            scratch.shown.supplier = f32x4::new([a.supplier, b.supplier, c.supplier, d.supplier]);
            let worth = rounding.to_pence(year).round_float() - leaving_pence;
            table.show(lanes.used, worth, rounding, &mut scratch.shown);
            let alike = utilities.of_market[market];
            for (model, utilities) in utilities.of_model.iter().enumerate() {
                utilities[alike].probabilities(&scratch.shown, lanes.four.weight, &mut scratch.units);
                let at = At { market, model, table, shown: &scratch.shown };
                sink.absorb(&lanes.four, at, &scratch.units);
            }
        }
    }

    /// The visits with their cells, cell by cell. A visit is its position in `drawn`.
    fn by_cell(&self, drawn: &[Drawn]) -> Vec<(u32, u32)> {
        let cell = |visit: &Drawn| {
            // Not the profile's own segment: these are few, and stay at hand.
            let at = self.segment_of[visit.profile as usize];
            u32::from(at) * BANDS + self.band_in(usize::from(at), visit) as u32
        };
        let cells: Vec<u32> = drawn.iter().map(cell).collect();
        let mut starts = vec![0u32; self.segments.len() * BANDS as usize + 1];
        cells.iter().for_each(|cell| starts[*cell as usize + 1] += 1);
        (1..starts.len()).for_each(|at| starts[at] += starts[at - 1]);
        let mut order = vec![(0, 0); drawn.len()];
        for (visit, cell) in cells.iter().enumerate() {
            let slot = &mut starts[*cell as usize];
            order[*slot as usize] = (*cell, visit as u32);
            *slot += 1;
        }
        order
    }

    /// The usage band of a visit: by its electricity, or by its gas where it compares gas alone.
    pub fn band(&self, visit: &Drawn) -> Band {
        self.band_in(usize::from(self.segment_of[visit.profile as usize]), visit)
    }

    #[inline]
    fn band_in(&self, segment: usize, visit: &Drawn) -> Band {
        let is_gas = self.segments[segment].fuel == Fuel::Gas;
        Band::of(if is_gas { visit.gas_kwh } else { visit.electricity_kwh }, self.bounds[segment])
    }

    /// What a visit uses: its own consumption, split as its profile's.
    #[inline]
    pub fn usage(&self, visit: &Drawn) -> Usage {
        Usage {
            electricity_kwh: visit.electricity_kwh,
            gas_kwh: visit.gas_kwh,
            ..self.profiles[visit.profile as usize].usage
        }
    }

    #[inline]
    fn load(&self, stream: Stream, first: u64, drawn: &[Drawn], visits: &[(u32, u32)], meter: Meter) -> Lanes {
        let (mut profiles, mut numbers, mut weight, mut choice) = ([0; LANES], [0; LANES], [0.0; LANES], [0; LANES]);
        let (mut electricity, mut night, mut gas) = ([0.0; LANES], [0.0; LANES], [0.0; LANES]);
        for lane in 0..LANES {
            let at = visits[lane.min(visits.len() - 1)].1;
            let Drawn { profile, electricity_kwh, gas_kwh } = drawn[at as usize];
            profiles[lane] = profile as usize;
            numbers[lane] = first + u64::from(at);
            weight[lane] = if lane < visits.len() { 1.0 } else { 0.0 };
            choice[lane] = (stream.item(numbers[lane]).bits(dimension::CHOICE) % CERTAIN as u64) as i32;
            (electricity[lane], gas[lane]) = (f64::from(electricity_kwh * 100), f64::from(gas_kwh * 100));
            // On other meters a night's rate is the day's, and one look at the profile is saved.
            if meter == Meter::Economy7 {
                let night_percent = self.profiles[profile as usize].usage.night_percent;
                night[lane] = f64::from(electricity_kwh * night_percent);
            }
        }
        Lanes {
            used: Used { electricity: f64x4::new(electricity), night: f64x4::new(night), gas: f64x4::new(gas) },
            four: Four {
                weight: f32x4::new(weight),
                count: visits.len(),
                visits: numbers,
                profiles,
                choice: i32x4::new(choice),
            },
        }
    }
}

/// Draws the visits' normals of as many random coefficients as there is room for.
#[inline]
fn draw_tastes(stream: Stream, visits: &[u64; LANES], normals: &mut [f32x4]) {
    for (normal, dimension) in normals.iter_mut().zip(dimension::TASTE..) {
        let uniform = |lane: usize| stream.item(visits[lane]).uniform(dimension);
        let [a, b] = inverse_cdf_of_two([uniform(0), uniform(1)]).to_array();
        let [c, d] = inverse_cdf_of_two([uniform(2), uniform(3)]).to_array();
        *normal = f32x4::new([a as f32, b as f32, c as f32, d as f32]);
    }
}

impl Stage {
    /// How many tariffs the market has.
    pub fn tariffs(&self) -> usize {
        self.tariffs.len()
    }

    /// Who sells them.
    pub fn sellers(&self) -> &Sellers {
        &self.sellers
    }

    /// Their ids, in the market's order.
    pub fn tariff_ids(&self) -> &[String] {
        &self.tariffs
    }

    /// What a profile's present deal costs in a year of this consumption, and the fee for leaving it: pence.
    pub fn present_deal(&self, profile: usize, used: Metered) -> [f64; 2] {
        let [electricity, night, gas] =
            [used.day + used.night, used.night, used.gas].map(|kwh| f64x4::splat(kwh as f64));
        let Present { year, leaving_pence, .. } = self.present[profile];
        let pence = Rounding::default().to_pence(year.of::<true>(Used { electricity, night, gas }));
        [f64::from(pence.to_array()[0]), f64::from(leaving_pence)]
    }
}

/// The models over the tables of a segment. Markets that differ in prices alone share theirs: making one takes as long as several
/// visits.
struct Utilities {
    /// By model, then kind of table.
    of_model: Vec<Vec<Utility>>,
    /// By market, the kind of its table.
    of_market: Vec<usize>,
}

impl Utilities {
    fn new(models: &[Model], tables: &[&Table]) -> Utilities {
        let (mut kinds, mut of_market): (Vec<&Table>, Vec<usize>) = Default::default();
        for &table in tables {
            let known = kinds.iter().position(|kind| kind.has_deals_of(table));
            of_market.push(known.unwrap_or(kinds.len()));
            if known.is_none() {
                kinds.push(table);
            }
        }
        let of_model = models.iter().map(|model| kinds.iter().map(|table| Utility::new(model, *table)).collect());
        Utilities { of_model: of_model.collect(), of_market }
    }
}

struct Lanes {
    used: Used,
    four: Four,
}

struct Scratch {
    shown: Box<Shown>,
    units: Box<[i32x4; DEALS_MAX]>,
}

/// Visits arranged at a time: few enough for sums of 2⁻³² to stay exact in doubles, many enough to fill lanes.
const SLAB: usize = 1 << 16;

const BANDS: u32 = Band::WORDS.len() as u32;
