//! Standard normal draws of tastes: a function of (person, draw, dimension), so that any split of the people has the same.

use crate::choice::normal::inverse_cdf;
use crate::choice::random::{Purpose, Stream};
use crate::fit::lanes::{Lanes, WIDTH};
use crate::fit::sobol::{Directions, directions, scramble};
use crate::fit::spec::{DrawKind, DrawsSpec, RANDOM_MAX};

/// Makes the draws of one person after another.
#[derive(Clone, Debug)]
pub(crate) struct Draws {
    spec: DrawsSpec,
    dimensions: usize,
    sequence: Sequence,
}

#[derive(Clone, Debug)]
enum Sequence {
    Halton(Vec<RadicalInverse>),
    Sobol(Vec<(Directions, u32)>),
    Mlhs(Stream),
}

/// Halton points of the highest quality are not at the beginning (Train 2009, 9.3.3).
const HALTON_DROPPED: u64 = 100;

const PRIMES: [u32; RANDOM_MAX] = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71];

impl Draws {
    pub(crate) fn new(spec: DrawsSpec, dimensions: usize) -> Draws {
        let stream = Stream::new(spec.seed, Purpose::Tastes);
        let sequence = match spec.kind {
            DrawKind::Halton => {
                Sequence::Halton(PRIMES[..dimensions].iter().map(|p| RadicalInverse::new(*p)).collect())
            }
            DrawKind::Sobol => Sequence::Sobol(
                (0..dimensions).map(|at| (directions(at), stream.item(at as u64).bits(0) as u32)).collect(),
            ),
            DrawKind::Mlhs => Sequence::Mlhs(stream),
        };
        Draws { spec, dimensions, sequence }
    }

    /// Tiles that hold so many draws, in [`Lanes`].
    pub(crate) fn tile_size(&self, count: u32) -> usize {
        (count as usize).div_ceil(WIDTH) * self.dimensions
    }

    /// Writes the first `count` normal draws of a person: tile after tile of [`WIDTH`] draws, in each the dimensions in order.
    /// Lanes beyond `count` are zero.
    pub(crate) fn write(&self, person: usize, count: u32, to: &mut [Lanes]) {
        to.fill(Lanes::ZERO);
        for dimension in 0..self.dimensions {
            let mut put = |draw: usize, uniform: f64| {
                let tile = draw / WIDTH * self.dimensions + dimension;
                to[tile].set(draw % WIDTH, inverse_cdf(uniform));
            };
            self.each_uniform(person, dimension, count, &mut put);
        }
    }

    fn each_uniform(&self, person: usize, dimension: usize, count: u32, put: &mut dyn FnMut(usize, f64)) {
        // People share one sequence, each having the next so many of its points: what one lacks another has.
        let first = person as u64 * u64::from(self.spec.count);
        match &self.sequence {
            Sequence::Halton(inverses) => inverses[dimension].each(HALTON_DROPPED + first, count, put),
            Sequence::Sobol(dimensions) => {
                let (directions, seed) = &dimensions[dimension];
                for draw in 0..count {
                    let bits = scramble(directions.point((first as u32).wrapping_add(draw)), *seed);
                    put(draw as usize, (f64::from(bits) + 0.5) / 4_294_967_296.0);
                }
            }
            Sequence::Mlhs(stream) => {
                let strata = self.spec.count;
                let random = stream.item(person as u64 * RANDOM_MAX as u64 + dimension as u64);
                let shift = random.uniform(0);
                let mut order: Vec<u32> = (0..strata).collect();
                for at in (1..strata).rev() {
                    // The upper half of a product of 64 random bits and a bound is uniform below the bound.
                    let other = (u128::from(random.bits(at)) * u128::from(at + 1)) >> 64;
                    order.swap(at as usize, other as usize);
                }
                for (draw, stratum) in order.into_iter().take(count as usize).enumerate() {
                    put(draw, (f64::from(stratum) + shift) / f64::from(strata));
                }
            }
        }
    }
}

/// Van der Corput's radical inverse: the digits of a number mirrored at the point.
#[derive(Clone, Debug)]
struct RadicalInverse {
    base: u32,
    /// Those of the numbers below a power of the base.
    low: Vec<f64>,
}

impl RadicalInverse {
    fn new(base: u32) -> RadicalInverse {
        let mut low = vec![0.0];
        let mut place = 1.0;
        while low.len() * (base as usize) <= 2_048 {
            place /= f64::from(base);
            let smaller = low.clone();
            low.extend((1..base).flat_map(|digit| smaller.iter().map(move |x| x + f64::from(digit) * place)));
        }
        RadicalInverse { base, low }
    }

    /// The inverses of `count` numbers from `first` on.
    fn each(&self, first: u64, count: u32, put: &mut dyn FnMut(usize, f64)) {
        let period = self.low.len() as u64;
        let mut high = self.of(first / period) / period as f64;
        for (draw, index) in (first..first + u64::from(count)).enumerate() {
            let low = index % period;
            if low == 0 {
                high = self.of(index / period) / period as f64;
            }
            put(draw, self.low[low as usize] + high);
        }
    }

    fn of(&self, mut number: u64) -> f64 {
        let base = u64::from(self.base);
        let (mut inverse, mut place) = (0.0, 1.0);
        while number > 0 {
            place /= base as f64;
            inverse += (number % base) as f64 * place;
            number /= base;
        }
        inverse
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The uniform draws of some people, by dimension.
    fn uniforms(kind: DrawKind, people: usize, count: u32, dimension: usize) -> Vec<f64> {
        let draws = Draws::new(DrawsSpec { count, kind, seed: 9 }, RANDOM_MAX);
        let mut all = Vec::new();
        for person in 0..people {
            draws.each_uniform(person, dimension, count, &mut |_, uniform| all.push(uniform));
        }
        all
    }

    #[test]
    fn halton_draws_are_the_mirrored_digits() {
        // 100 is 1100100 in base 2 and 10201 in base 3; 101 is 1100101 and 10202.
        let two = uniforms(DrawKind::Halton, 2, 1, 0);
        assert_eq!(two, [0b0010011 as f64 / 128.0, 0b1010011 as f64 / 128.0]);
        let three = uniforms(DrawKind::Halton, 2, 1, 1);
        for (got, digits) in three.iter().zip([[1, 0, 2, 0, 1], [2, 0, 2, 0, 1]]) {
            let mirrored = digits.iter().rev().fold(0.0, |sum, digit| (sum + f64::from(*digit)) / 3.0);
            assert!((got - mirrored).abs() < 1e-15);
        }
        // The table and the loop agree where one hands over to the other.
        let inverse = RadicalInverse::new(7);
        inverse.each(2_390, 50, &mut |draw, got| assert!((got - inverse.of(2_390 + draw as u64)).abs() < 1e-15));
    }

    #[test]
    fn sobol_draws_are_balanced_in_every_dimension_and_plane() {
        for dimension in 0..RANDOM_MAX {
            let mut strata: Vec<u32> =
                uniforms(DrawKind::Sobol, 4, 64, dimension).iter().map(|u| (u * 256.0) as u32).collect();
            strata.sort_unstable();
            assert!(strata.into_iter().eq(0..256), "dimension {dimension}: one in each 256th");
        }
        let (x, y) = (uniforms(DrawKind::Sobol, 1, 256, 0), uniforms(DrawKind::Sobol, 1, 256, 1));
        let mut cells: Vec<u32> = x.iter().zip(&y).map(|(x, y)| (x * 16.0) as u32 * 16 + (y * 16.0) as u32).collect();
        cells.sort_unstable();
        assert!(cells.into_iter().eq(0..256), "one in each of 16 × 16 cells");
    }

    #[test]
    fn mlhs_draws_have_one_in_each_stratum_at_one_distance() {
        let draws = uniforms(DrawKind::Mlhs, 1, 50, 3);
        let mut strata: Vec<u32> = draws.iter().map(|u| (u * 50.0) as u32).collect();
        assert!(!strata.is_sorted());
        strata.sort_unstable();
        assert!(strata.into_iter().eq(0..50));
        let within = |u: f64| u * 50.0 - libm::floor(u * 50.0);
        assert!(draws.iter().all(|u| (within(*u) - within(draws[0])).abs() < 1e-9));
    }

    #[test]
    fn fewer_draws_are_the_first_of_more() {
        let draws = Draws::new(DrawsSpec { count: 20, kind: DrawKind::Mlhs, seed: 1 }, 2);
        let (mut few, mut all) = (vec![Lanes::ZERO; draws.tile_size(8)], vec![Lanes::ZERO; draws.tile_size(20)]);
        draws.write(3, 8, &mut few);
        draws.write(3, 20, &mut all);
        assert_eq!(
            few.iter().map(|tile| tile.to_array()).collect::<Vec<_>>(),
            all[..2].iter().map(|tile| tile.to_array()).collect::<Vec<_>>()
        );
    }
}
