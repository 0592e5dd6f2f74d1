//! Draws simulated visits from observed ones: a weighted bootstrap of profiles, their consumption jittered.

use serde::{Deserialize, Serialize};

use crate::choice::random::Stream;
use crate::energy::usage::{ELECTRICITY_KWH_MAX, GAS_KWH_MAX};
use crate::replay::visits::Profile;

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
    keep: Vec<f64>,
    alias: Vec<u32>,
    jitter_sd: f64,
}

impl Sampler {
    /// For these profiles, at least one of positive weight. `jitter_percent` is the coefficient of variation, about, of the
    /// lognormal factor by which consumption varies around the observed one; its mean is one.
    pub fn new(profiles: &[Profile], jitter_percent: f64) -> Sampler {
        let count = profiles.len();
        let total: f64 = profiles.iter().map(|profile| profile.weight).sum();
        let mut keep: Vec<f64> = profiles.iter().map(|profile| profile.weight * count as f64 / total).collect();
        let mut alias: Vec<u32> = (0..count as u32).collect();
        let (mut small, mut large): (Vec<usize>, Vec<usize>) = (0..count).partition(|at| keep[*at] < 1.0);
        while let (Some(low), Some(&high)) = (small.pop(), large.last()) {
            alias[low] = high as u32;
            keep[high] -= 1.0 - keep[low];
            if keep[high] < 1.0 {
                large.pop();
                small.push(high);
            }
        }
        // What is left differs from one by rounding only.
        small.into_iter().chain(large).for_each(|at| {
            if alias[at] == at as u32 {
                keep[at] = 1.0;
            }
        });
        Sampler { keep, alias, jitter_sd: jitter_percent / 100.0 }
    }

    /// Simulated visit number `visit`.
    #[inline]
    pub fn draw(&self, stream: Stream, visit: u64, profiles: &[Profile]) -> Drawn {
        let draws = stream.item(visit);
        let position = draws.uniform(dimension::PROFILE) * self.keep.len() as f64;
        let slot = (position as usize).min(self.keep.len() - 1);
        let profile = if position - (slot as f64) < self.keep[slot] { slot } else { self.alias[slot] as usize };
        let usage = profiles[profile].usage;
        let jittered = |kwh: u32, dimension: u32, max: u32| {
            if kwh == 0 || self.jitter_sd == 0.0 {
                return kwh;
            }
            let sd = self.jitter_sd;
            let factor = libm::exp(sd * draws.normal(dimension) - sd * sd / 2.0);
            libm::round(f64::from(kwh) * factor).clamp(1.0, f64::from(max)) as u32
        };
        Drawn {
            profile: profile as u32,
            electricity_kwh: jittered(usage.electricity_kwh, dimension::ELECTRICITY, ELECTRICITY_KWH_MAX),
            gas_kwh: jittered(usage.gas_kwh, dimension::GAS, GAS_KWH_MAX),
        }
    }
}
