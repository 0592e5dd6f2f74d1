//! Choice probabilities that come from elsewhere, in place of the model's: everything else of the replay is as it always is.

use wide::i32x4;

use crate::choice::logit::{DEALS_MAX, LANES};
use crate::energy::usage::Band;
use crate::replay::experiment::{Absorb, At, Four};
use crate::replay::listing::Layout;
use crate::replay::table::Table;

/// Probabilities for every row of a long table.
pub struct Given<'a> {
    /// In whole units of 1/[`CERTAIN`](crate::choice::logit::CERTAIN), by row of `layout`. Those of outside options do not
    /// count: no switch has the rest, so a visit's deals have at most certainty.
    pub units: &'a [u32],
    /// The rows, of the visits from `first` on.
    pub layout: &'a Layout,
    /// Number of the first visit.
    pub first: u64,
}

/// Hands on what a walk finds, with the given probabilities.
pub struct WithGiven<'a> {
    given: &'a Given<'a>,
    sink: &'a mut dyn Absorb,
    units: Box<[i32x4; DEALS_MAX]>,
}

impl<'a> WithGiven<'a> {
    /// To this sink.
    pub fn new(given: &'a Given<'a>, sink: &'a mut dyn Absorb) -> WithGiven<'a> {
        WithGiven { given, sink, units: Box::new([i32x4::ZERO; DEALS_MAX]) }
    }
}

impl Absorb for WithGiven<'_> {
    fn begin(&mut self, segment: usize, band: Band, tables: &[&Table]) {
        self.sink.begin(segment, band, tables);
    }

    fn absorb(&mut self, four: &Four, at: At<'_>, _: &[i32x4; DEALS_MAX]) {
        let Given { units, layout, first } = self.given;
        let lanes: &mut [[i32; LANES]] = bytemuck::cast_slice_mut(&mut self.units[..at.shown.deals]);
        lanes.fill([0; LANES]);
        for (lane, visit) in four.visits.iter().take(four.count).enumerate() {
            let deals = layout.start((visit - first) as usize, at.market) + 1;
            for (place, units) in units[deals..deals + at.shown.deals].iter().enumerate() {
                lanes[at.shown.deal_at(place, lane)][lane] = *units as i32;
            }
        }
        self.sink.absorb(four, at, &self.units);
    }

    fn end(&mut self, tables: &[&Table]) {
        self.sink.end(tables);
    }
}
