//! Counts by row of breakdowns: how probable the visits of a row were to go to each destination, and what they saved.

use wide::{f32x4, i32x4};

use crate::choice::logit::{CERTAIN, LANES};
use crate::replay::tally::{Money, Probability, Row};

/// One market's counts by row and destination, while a task is replayed.
pub(super) struct Rows {
    destinations: usize,
    /// Destinations in blocks of four: so many a row.
    blocks: usize,
    /// By row, in blocks: sums that hold [`ADDITIONS_MAX`] additions, as numbers without sign.
    units: Vec<i32x4>,
    /// By row, how many additions there were.
    added: Vec<u32>,
    /// By row, in blocks, what the sums have overflowed to: those of a task are far below 2⁶⁴.
    totals: Vec<u64>,
    /// By row, in the units of [`Money`].
    saving: Vec<i64>,
}

/// So many additions of certainty stay below 2³².
const ADDITIONS_MAX: u32 = ((1 << 32) / CERTAIN as u64) as u32 - 1;

/// Four visits' units by destination, and each one's saving in the units of [`Money`].
pub(super) struct ByDestination {
    /// As many as there are destinations, and up to a whole number of blocks.
    pub(super) units: Vec<i32x4>,
    pub(super) saving: [i64; LANES],
}

impl ByDestination {
    /// For so many destinations.
    pub(super) fn new(destinations: usize) -> ByDestination {
        ByDestination { units: vec![i32x4::ZERO; destinations.next_multiple_of(LANES)], saving: [0; LANES] }
    }

    /// Visit by visit, in blocks of destinations.
    pub(super) fn turn(&self, turned: &mut Vec<[i32x4; LANES]>) {
        turned.clear();
        turned.extend(self.units.chunks_exact(LANES).map(|block| {
            // Nothing is calculated: it moves bits.
            let block = [block[0], block[1], block[2], block[3]].map(bytemuck::cast::<i32x4, f32x4>);
            f32x4::transpose(block).map(bytemuck::cast::<f32x4, i32x4>)
        }));
    }
}

impl Rows {
    pub(super) fn new(rows: usize, destinations: usize) -> Rows {
        let blocks = destinations.div_ceil(LANES);
        Rows {
            destinations,
            blocks,
            units: vec![i32x4::ZERO; rows * blocks],
            added: vec![0; rows],
            totals: vec![0; rows * blocks * LANES],
            saving: vec![0; rows],
        }
    }

    /// Adds one of four visits to a row.
    #[inline]
    pub(super) fn add(&mut self, row: usize, lane: usize, turned: &[[i32x4; LANES]], saving: i64) {
        if self.added[row] == ADDITIONS_MAX {
            self.carry(row);
        }
        self.added[row] += 1;
        self.saving[row] += saving;
        let units = &mut self.units[row * self.blocks..][..self.blocks];
        units.iter_mut().zip(turned).for_each(|(sum, block)| *sum += block[lane]);
    }

    /// Adds sums of many visits to a row.
    pub(super) fn add_sums(&mut self, row: usize, units: &[u64], saving: i64) {
        self.saving[row] += saving;
        let totals = &mut self.totals[row * self.blocks * LANES..];
        totals.iter_mut().zip(units).for_each(|(total, units)| *total += units);
    }

    #[cold]
    fn carry(&mut self, row: usize) {
        let units: &mut [u32] = bytemuck::cast_slice_mut(&mut self.units[row * self.blocks..][..self.blocks]);
        for (total, units) in self.totals[row * self.blocks * LANES..].iter_mut().zip(units) {
            *total += u64::from(std::mem::take(units));
        }
        self.added[row] = 0;
    }

    /// What the rows come to.
    pub(super) fn finish(mut self) -> Vec<Row> {
        (0..self.added.len()).for_each(|row| self.carry(row));
        let rows = self.totals.chunks_exact(self.blocks * LANES).zip(&self.saving);
        let row = |(totals, saving): (&[u64], &i64)| {
            let expected = totals[..self.destinations].iter().map(|total| Probability::from(*total));
            let is_empty = totals.iter().all(|total| *total == 0);
            Row { expected: if is_empty { Vec::new() } else { expected.collect() }, saving: Money::from(*saving) }
        };
        rows.map(row).collect()
    }
}
