//! The replay itself: simulated visits walk through the result tables of one or more markets with common random numbers.
//!
//! Visits are taken four at a time from one cell (a segment and usage band), so that four lanes look at the same deals.
//! A visit's numbers depend on its own draws only; which three it shares lanes with changes nothing.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use wide::{f32x4, f64x4, i32x4};

use crate::choice::logit::{CERTAIN, DEALS_MAX, LANES, Shown, TASTES_MAX, Utility, random_count};
use crate::choice::model::Model;
use crate::choice::random::{Purpose, Stream};
use crate::energy::cost::Metered;
use crate::energy::market::{PricedMarket, Segment};
use crate::energy::terms::Kind;
use crate::energy::usage::{Band, Usage};
use crate::input::{InputError, Result, Word};
use crate::replay::sample::{Drawn, dimension};
use crate::replay::table::{Order, Suppliers, Table, Used, round_to_pence};
use crate::replay::visits::Profile;

/// The observed visits, arranged for replaying.
#[derive(Serialize, Deserialize)]
pub struct Population {
    profiles: Vec<Profile>,
    /// The distinct segments, sorted.
    segments: Vec<Segment>,
    /// Each profile's segment, by position.
    segment_of: Vec<u16>,
}

/// A market as the population sees it.
pub struct Stage {
    /// By segment of the population.
    tables: Vec<Table>,
    /// By profile: the present deal's projected year, in units of 1/UNITS_PER_PENNY p.
    present: Vec<[f64; 4]>,
    /// By profile: the fee for leaving the present deal, pence.
    leaving_pence: Vec<f32>,
    /// By profile: the present supplier's number.
    supplier: Vec<f32>,
    /// The tariffs' ids, in the market's order.
    tariffs: Vec<String>,
}

/// Four visits of one cell; a lane beyond the last visit repeats it with weight zero.
pub struct Four {
    /// 1 for a visit, 0 for a repetition.
    pub weight: f32x4,
    /// How many lanes hold visits.
    pub count: usize,
    /// Each lane's visit, by number.
    pub visits: [u64; LANES],
    /// A uniform draw for the choice, from 0 to [`CERTAIN`] exclusive.
    pub choice: i32x4,
}

/// Takes what the walk finds.
pub trait Absorb {
    /// A new cell begins; `market` and `table` are those of the coming calls.
    fn begin(&mut self, _segment: Segment, _band: Band, _tables: &[&Table]) {}
    /// Four visits have seen one market under one set of parameters.
    fn absorb(&mut self, four: &Four, at: At<'_>, probability: &[f32x4; DEALS_MAX]);
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
    /// Arranges profiles.
    pub fn new(profiles: Vec<Profile>) -> Population {
        let mut segments: BTreeSet<Segment> = BTreeSet::new();
        for profile in &profiles {
            segments.insert(profile.segment);
        }
        let segments: Vec<Segment> = segments.into_iter().collect();
        let find = |segment| segments.binary_search(&segment).unwrap_or_default() as u16;
        let segment_of = profiles.iter().map(|profile| find(profile.segment)).collect();
        Population { profiles, segments, segment_of }
    }

    /// The profiles, in file order.
    pub fn profiles(&self) -> &[Profile] {
        &self.profiles
    }

    /// The observed visits as they were: each profile once, in file order, with its own consumption.
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
        let first = self.segment_of.iter().position(|segment| usize::from(*segment) == at).unwrap_or_default();
        Err(error.at(self.profiles[first].line.into()))
    }

    /// Lays out a market for this population. Check with [`check_tables`](Self::check_tables) first: segments without
    /// deals, or with too many, get empty tables.
    pub fn stage(&self, market: &PricedMarket, order: Order) -> Stage {
        let suppliers = Suppliers::new(market);
        let table = |segment: &Segment| Table::new(market, *segment, order, &suppliers).unwrap_or_default();
        let tables = self.segments.iter().map(table);
        let mut stage = Stage {
            tables: tables.collect(),
            present: Vec::with_capacity(self.profiles.len()),
            leaving_pence: Vec::with_capacity(self.profiles.len()),
            supplier: Vec::with_capacity(self.profiles.len()),
            tariffs: market.tariffs.iter().map(|tariff| tariff.id.clone()).collect(),
        };
        let numbers: Vec<f32> = market.tariffs.iter().map(|tariff| suppliers.number(&tariff.supplier)).collect();
        for profile in &self.profiles {
            let tariff = &market.tariffs[usize::from(profile.tariff)];
            let offer = market.offer(usize::from(profile.tariff), profile.segment);
            let year = offer.and_then(|offer| offer.year(profile.months_left));
            stage.present.push(year.unwrap_or_default().columns());
            // No exit fee in the last 49 days of a contract (Ofgem, supply licence condition 24).
            let leaves_early = tariff.kind != Kind::Variable && profile.months_left.is_some_and(|months| months > 1);
            let fee_gbp = if leaves_early { tariff.exit_fee_gbp * tariff.fuel.count() as f64 } else { 0.0 };
            stage.leaving_pence.push(libm::round(fee_gbp * 100.0) as f32);
            stage.supplier.push(numbers[usize::from(profile.tariff)]);
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
        let mut scratch = Scratch { shown: Shown::new(), probability: Box::new([f32x4::ZERO; DEALS_MAX]) };
        for (slab, visits) in drawn.chunks(SLAB).enumerate() {
            let first = first + (slab * SLAB) as u64;
            let order = self.by_cell(visits);
            for segment in order.chunk_by(|a, b| a.0 / BANDS == b.0 / BANDS) {
                let at = (segment[0].0 / BANDS) as usize;
                let tables: Vec<&Table> = stages.iter().map(|stage| &stage.tables[at]).collect();
                let utility = |model| move |table: &&Table| Utility::new(model, *table);
                let utilities: Vec<Vec<Utility>> =
                    models.iter().map(|model| tables.iter().map(utility(model)).collect()).collect();
                for cell in segment.chunk_by(|a, b| a.0 == b.0) {
                    sink.begin(self.segments[at], Band::WORDS[(cell[0].0 % BANDS) as usize].0, &tables);
                    for visits_of_four in cell.chunks(LANES) {
                        let lanes = self.load(stream, first, visits, visits_of_four, randoms);
                        scratch.shown.normals = lanes.normals;
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
        utilities: &[Vec<Utility>],
        scratch: &mut Scratch,
        sink: &mut dyn Absorb,
    ) {
        for (market, (stage, table)) in stages.iter().zip(tables).enumerate() {
            let present = stage.present_pence(lanes);
            let profile = lanes.profiles;
            scratch.shown.supplier = f32x4::new(profile.map(|at| stage.supplier[at]));
            table.show(lanes.used, present, &mut scratch.shown);
            for (model, utilities) in utilities.iter().enumerate() {
                utilities[market].probabilities(&scratch.shown, lanes.four.weight, &mut scratch.probability);
                let at = At { market, model, table, shown: &scratch.shown };
                sink.absorb(&lanes.four, at, &scratch.probability);
            }
        }
    }

    /// The visits with their cells, cell by cell. A visit is its position in `drawn`.
    fn by_cell(&self, drawn: &[Drawn]) -> Vec<(u32, u32)> {
        let cell = |visit: &Drawn| {
            let at = visit.profile as usize;
            let segment = self.profiles[at].segment;
            let band = self.usage(visit).band(segment.fuel, segment.meter);
            u32::from(self.segment_of[at]) * BANDS + band as u32
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

    /// What a visit uses: its own consumption, split as its profile's.
    pub fn usage(&self, visit: &Drawn) -> Usage {
        Usage {
            electricity_kwh: visit.electricity_kwh,
            gas_kwh: visit.gas_kwh,
            ..self.profiles[visit.profile as usize].usage
        }
    }

    #[inline]
    fn load(&self, stream: Stream, first: u64, drawn: &[Drawn], visits: &[(u32, u32)], randoms: usize) -> Lanes {
        let visit: [usize; LANES] = std::array::from_fn(|lane| visits[lane.min(visits.len() - 1)].1 as usize);
        let draws = visit.map(|at| stream.item(first + at as u64));
        let metered = visit.map(|at| Metered::from(self.usage(&drawn[at])));
        let weight = std::array::from_fn(|lane| if lane < visits.len() { 1.0 } else { 0.0 });
        let mut normals = [f32x4::ZERO; TASTES_MAX];
        for (at, normal) in normals[..randoms].iter_mut().enumerate() {
            *normal = f32x4::new(draws.map(|draws| draws.normal(dimension::TASTE + at as u32) as f32));
        }
        Lanes {
            used: Used {
                day: f64x4::new(metered.map(|used| used.day as f64)),
                night: f64x4::new(metered.map(|used| used.night as f64)),
                gas: f64x4::new(metered.map(|used| used.gas as f64)),
            },
            profiles: visit.map(|at| drawn[at].profile as usize),
            normals,
            four: Four {
                weight: f32x4::new(weight),
                count: visits.len(),
                visits: visit.map(|at| first + at as u64),
                choice: i32x4::new(draws.map(|draws| (draws.bits(dimension::CHOICE) % CERTAIN as u64) as i32)),
            },
        }
    }
}

impl Stage {
    /// How many tariffs the market has.
    pub fn tariffs(&self) -> usize {
        self.tariffs.len()
    }

    /// Their ids, in the market's order.
    pub fn tariff_ids(&self) -> &[String] {
        &self.tariffs
    }

    /// What a profile's present deal costs in a year of this consumption, and the fee for leaving it: pence.
    pub fn present_deal(&self, profile: usize, used: Metered) -> [f64; 2] {
        let [fixed, day, night, gas] = self.present[profile];
        let exact = fixed + day * used.day as f64 + night * used.night as f64 + gas * used.gas as f64;
        let pence = round_to_pence(f64x4::splat(exact)).to_array()[0];
        [f64::from(pence), f64::from(self.leaving_pence[profile])]
    }

    /// What the four visits' present deals are worth: their year's cost less the fee for leaving, pence.
    #[inline]
    fn present_pence(&self, lanes: &Lanes) -> f32x4 {
        let present = lanes.profiles.map(|at| &self.present[at]);
        let column = |at: usize| f64x4::new(present.map(|cost| cost[at]));
        let exact = column(0) + column(1) * lanes.used.day + column(2) * lanes.used.night + column(3) * lanes.used.gas;
        round_to_pence(exact) - f32x4::new(lanes.profiles.map(|at| self.leaving_pence[at]))
    }
}

struct Lanes {
    used: Used,
    profiles: [usize; LANES],
    normals: [f32x4; TASTES_MAX],
    four: Four,
}

struct Scratch {
    shown: Box<Shown>,
    probability: Box<[f32x4; DEALS_MAX]>,
}

/// Visits arranged at a time: few enough for sums of 2⁻³² to stay exact in doubles, many enough to fill lanes.
const SLAB: usize = 1 << 16;

const BANDS: u32 = Band::WORDS.len() as u32;
