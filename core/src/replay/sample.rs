//! Draws simulated visits from observed ones: a weighted bootstrap of profiles, their consumption jittered.

use serde::{Deserialize, Serialize};
use wide::f64x2;

use crate::choice::normal::inverse_cdf_of_two;
use crate::choice::random::Stream;
use crate::energy::usage::{ELECTRICITY_KWH_MAX, GAS_KWH_MAX};
use crate::replay::profile::Profile;

/// Which of a visit's random numbers serves what. Tastes take as many dimensions as the model has random coefficients.
pub mod dimension {
    /// Which observed visit.
    pub const PROFILE: u32 = 0;
    /// Jitter of electricity consumption.
    pub const ELECTRICITY: u32 = 1;
    /// Jitter of gas consumption.
    pub const GAS: u32 = 2;
    /// Which deal is chosen.
    pub const CHOICE: u32 = 3;
    /// The first random coefficient.
    pub const TASTE: u32 = 4;
}

/// A simulated visit: an observed profile with consumption of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drawn {
    /// Number of the observed visit.
    pub profile: u32,
    /// Electricity, kWh a year.
    pub electricity_kwh: u32,
    /// Gas, kWh a year.
    pub gas_kwh: u32,
}

/// Draws profiles in proportion to their weights, in constant time (Walker's alias method, tables by Vose 1991).
pub struct Sampler {
    slots: Vec<Slot>,
    /// By profile, its electricity and gas.
    kwh: Vec<[u32; 2]>,
    jitter_sd: f64,
}

/// A profile, and another that shares its slot: with probability `keep` it is the one that is drawn.
#[derive(Clone, Copy)]
struct Slot {
    keep: f64,
    alias: u32,
}

impl Sampler {
    /// For these profiles, at least one of positive weight. `jitter_percent` is the coefficient of variation, about, of the
    /// lognormal factor by which consumption varies around the observed one; its mean is one.
    pub fn new(profiles: &[Profile], jitter_percent: f64) -> Sampler {
        let count = profiles.len();
        let total: f64 = profiles.iter().map(|profile| profile.weight).sum();
        let slot = |(profile, alias): (&Profile, u32)| Slot { keep: profile.weight * count as f64 / total, alias };
        let mut slots: Vec<Slot> = profiles.iter().zip(0..).map(slot).collect();
        let (mut small, mut large): (Vec<usize>, Vec<usize>) = (0..count).partition(|at| slots[*at].keep < 1.0);
        while let (Some(low), Some(&high)) = (small.pop(), large.last()) {
            slots[low].alias = high as u32;
            slots[high].keep -= 1.0 - slots[low].keep;
            if slots[high].keep < 1.0 {
                large.pop();
                small.push(high);
            }
        }
        // What is left differs from one by rounding only.
        small.into_iter().chain(large).for_each(|at| {
            if slots[at].alias == at as u32 {
                slots[at].keep = 1.0;
            }
        });
        let kwh = profiles.iter().map(|profile| [profile.usage.electricity_kwh, profile.usage.gas_kwh]).collect();
        Sampler { slots, kwh, jitter_sd: jitter_percent / 100.0 }
    }

    /// Simulated visit number `visit`.
    #[inline]
    pub fn draw(&self, stream: Stream, visit: u64) -> Drawn {
        let draws = stream.item(visit);
        let position = draws.uniform(dimension::PROFILE) * self.slots.len() as f64;
        let at = (position as u32).min(self.slots.len() as u32 - 1);
        let Slot { keep, alias } = self.slots[at as usize];
        self.again(if position - f64::from(at) < keep { at } else { alias }, stream, visit)
    }

    /// A simulated visit of this profile.
    #[inline]
    pub fn again(&self, profile: u32, stream: Stream, visit: u64) -> Drawn {
        let draws = stream.item(visit);
        let mut kwh = self.kwh[profile as usize];
        if self.jitter_sd > 0.0 {
            let uniforms = [draws.uniform(dimension::ELECTRICITY), draws.uniform(dimension::GAS)];
            kwh = jittered(kwh, inverse_cdf_of_two(uniforms), self.jitter_sd);
        }
        let [electricity_kwh, gas_kwh] = kwh;
        Drawn { profile, electricity_kwh, gas_kwh }
    }
}

/// Electricity and gas, each times a lognormal factor: whole numbers from 1 to the most; of no consumption comes none.
#[inline]
fn jittered(kwh: [u32; 2], normals: f64x2, sd: f64) -> [u32; 2] {
    const MOST: [f64; 2] = [ELECTRICITY_KWH_MAX as f64, GAS_KWH_MAX as f64];
    let factor = exp(f64x2::splat(sd) * normals - sd * sd / 2.0);
    let exact = f64x2::new([f64::from(kwh[0]), f64::from(kwh[1])]) * factor;
    let bounded = exact.fast_max(f64x2::splat(1.0)).fast_min(f64x2::new(MOST));
    // Half and more up: what this adds is the double below ½, so that nothing below a half gets there by rounding.
    let (raised, to_integer) = (bounded + 0.499_999_999_999_999_94, f64x2::splat(4_503_599_627_370_496.0));
    let nearest = (raised + to_integer) - to_integer;
    let floor = nearest - (nearest.simd_gt(raised) & f64x2::splat(1.0));
    let [electricity, gas]: [u64; 2] = bytemuck::cast(floor + to_integer);
    [if kwh[0] == 0 { 0 } else { electricity as u32 }, if kwh[1] == 0 { 0 } else { gas as u32 }]
}

/// libm's `exp` of two numbers at once: its own way for numbers between 2⁻²⁷ and ½ ln 2, as all but a few are here.
#[inline]
fn exp(x: f64x2) -> f64x2 {
    const LEAST: f64 = 1.0 / (1 << 27) as f64;
    const MOST: f64 = 0.346_573;
    let size = x.abs();
    if !(size.simd_ge(f64x2::splat(LEAST)) & size.simd_le(f64x2::splat(MOST))).all() {
        return f64x2::new(x.to_array().map(libm::exp));
    }
    let square = x * x;
    let mut sum = f64x2::splat(REMEZ[4]);
    for coefficient in REMEZ[..4].iter().rev() {
        sum = sum * square + *coefficient;
    }
    let c = x - square * sum;
    x * c / (f64x2::splat(2.0) - c) + x + 1.0
}

/// P1 to P5 of fdlibm's e_exp.c (Sun Microsystems 1993), Remez's approximation that libm's is too.
const REMEZ: [f64; 5] = [
    1.666_666_666_666_660_2e-1,
    -2.777_777_777_701_559_3e-3,
    6.613_756_321_437_934e-5,
    -1.653_390_220_546_525_2e-6,
    4.138_136_797_057_238_5e-8,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_has_the_bits_of_libm() {
        for step in -500_000..=500_000 {
            let (x, tiny) = (f64::from(step) * 1e-6, f64::from(step) * 1e-12);
            for x in [[x, tiny], [x, 0.1], [0.1, tiny]] {
                assert_eq!(exp(f64x2::new(x)).to_array().map(f64::to_bits), x.map(|x| libm::exp(x).to_bits()), "{x:?}");
            }
        }
    }

    #[test]
    fn jitter_rounds_half_up_and_keeps_within_bounds() {
        let one = |kwh: u32, z: f64, sd: f64, most: u32| match kwh {
            0 => 0,
            _ => libm::round(f64::from(kwh) * libm::exp(sd * z - sd * sd / 2.0)).clamp(1.0, f64::from(most)) as u32,
        };
        for step in 0..100_000 {
            let (kwh, z) =
                ([step % 97, step * 7 % 60_001], [f64::from(step % 801) / 100.0 - 4.0, f64::from(step % 77) / 20.0]);
            for sd in [0.08, 1.0] {
                let expected = [one(kwh[0], z[0], sd, ELECTRICITY_KWH_MAX), one(kwh[1], z[1], sd, GAS_KWH_MAX)];
                assert_eq!(jittered(kwh, f64x2::new(z), sd), expected, "{kwh:?} {z:?} {sd}");
            }
        }
    }
}
