//! Eight draws at once, in doubles: arithmetic that gives the same bits on every platform. No fused multiply-add, and nothing
//! is added across lanes but where the name says so.

use std::ops::{Add, AddAssign, Div, Mul, Sub, SubAssign};

use wide::{f64x2, u64x2};

/// Draws in a tile.
pub(crate) const WIDTH: usize = 8;

/// One number for each of eight draws: four vectors of 128 bits, the most that SSE2, Neon and wasm have in common.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lanes([f64x2; WIDTH / 2]);

impl Lanes {
    pub(crate) const ZERO: Lanes = Lanes([f64x2::ZERO; WIDTH / 2]);
    pub(crate) const ONE: Lanes = Lanes([f64x2::ONE; WIDTH / 2]);

    #[inline(always)]
    pub(crate) fn splat(value: f64) -> Lanes {
        Lanes([f64x2::splat(value); WIDTH / 2])
    }

    #[inline(always)]
    pub(crate) fn from_array(values: [f64; WIDTH]) -> Lanes {
        Lanes(bytemuck::cast(values))
    }

    #[inline(always)]
    pub(crate) fn to_array(self) -> [f64; WIDTH] {
        bytemuck::cast(self.0)
    }

    /// Puts a number into a lane.
    #[inline]
    pub(crate) fn set(&mut self, lane: usize, value: f64) {
        let lanes: &mut [f64] = bytemuck::cast_slice_mut(&mut self.0);
        lanes[lane] = value;
    }

    #[inline(always)]
    fn map(self, of: impl Fn(f64x2) -> f64x2) -> Lanes {
        Lanes([of(self.0[0]), of(self.0[1]), of(self.0[2]), of(self.0[3])])
    }

    #[inline(always)]
    fn zip(self, other: Lanes, of: impl Fn(f64x2, f64x2) -> f64x2) -> Lanes {
        let (a, b) = (self.0, other.0);
        Lanes([of(a[0], b[0]), of(a[1], b[1]), of(a[2], b[2]), of(a[3], b[3])])
    }

    /// The sums of the even and of the odd lanes.
    #[inline(always)]
    pub(crate) fn pair_sum(self) -> f64x2 {
        (self.0[0] + self.0[1]) + (self.0[2] + self.0[3])
    }

    /// The first two lanes.
    #[inline(always)]
    pub(crate) fn first_pair(self) -> f64x2 {
        self.0[0]
    }

    /// At most `bound`.
    #[inline(always)]
    pub(crate) fn min(self, bound: f64) -> Lanes {
        self.map(|x| x.fast_min(f64x2::splat(bound)))
    }

    /// `exp(x)` to within two units in the last place for `x` from −700 to 700; what lies outside is taken as these bounds.
    ///
    /// Splits x = k ln 2 + r with |r| ≤ ½ ln 2 (Cody and Waite's reduction), and scales 1 + r + r² q(r) by 2ᵏ, q interpolating
    /// (exp(r) − 1 − r)/r² at ten Chebyshev nodes: an error of 2⁻⁵⁵ besides rounding.
    #[inline(always)]
    pub(crate) fn exp(self) -> Lanes {
        self.map(|x| {
            let x = x.fast_max(f64x2::splat(-EXPONENT_MAX)).fast_min(f64x2::splat(EXPONENT_MAX));
            let shifted = x * f64x2::splat(std::f64::consts::LOG2_E) + f64x2::splat(ROUNDER);
            let k = shifted - f64x2::splat(ROUNDER);
            let r = (x - k * f64x2::splat(LN_2_HIGH)) - k * f64x2::splat(LN_2_LOW);
            let mut sum = f64x2::splat(SERIES[0]);
            for coefficient in &SERIES[1..] {
                sum = sum * r + f64x2::splat(*coefficient);
            }
            let exponent: u64x2 = bytemuck::cast(shifted);
            let scale: f64x2 = bytemuck::cast((exponent << 52) + u64x2::splat(1023 << 52));
            sum * scale
        })
    }

    /// Splits numbers of at least 1 into mantissas from 1 to below 2, which stay here, and exponents, which are added to `sum`.
    #[inline(always)]
    pub(crate) fn split_exponent(&mut self, sum: &mut Lanes) {
        let exponents = self.map(|x| {
            let bits: u64x2 = bytemuck::cast(x);
            // Put into the low bits of 2⁵², an integer becomes a double.
            let shifted: f64x2 = bytemuck::cast((bits >> 52) | u64x2::splat(TWO_52.to_bits()));
            shifted - f64x2::splat(TWO_52 + 1023.0)
        });
        *self = self.map(|x| {
            let bits: u64x2 = bytemuck::cast(x);
            bytemuck::cast((bits & u64x2::splat((1 << 52) - 1)) | u64x2::splat(1023 << 52))
        });
        *sum += exponents;
    }

    /// 2ⁿ for whole `n` ≤ 0; below −1000, as for −1000.
    #[inline(always)]
    pub(crate) fn power_of_two(self) -> Lanes {
        self.map(|n| {
            let shifted = n.fast_max(f64x2::splat(-1000.0)) + f64x2::splat(TWO_52 + 1023.0);
            let bits: u64x2 = bytemuck::cast(shifted);
            bytemuck::cast(bits << 52)
        })
    }
}

/// exp(700) is about 10³⁰⁴.
const EXPONENT_MAX: f64 = 700.0;

/// Adding 1.5 × 2⁵² rounds to an integer and leaves it in the low bits of the sum.
const ROUNDER: f64 = 6_755_399_441_055_744.0;

const TWO_52: f64 = 4_503_599_627_370_496.0;

/// ln 2 in two parts; the first has its lowest 20 bits zero, so that its product with |k| ≤ 1023 is exact.
const LN_2_HIGH: f64 = 0.693_147_180_485_539_1;
const LN_2_LOW: f64 = 7.440_617_110_012_397e-11;

/// q's coefficients from r⁹ down to r⁰, then those of r and 1.
const SERIES: [f64; 12] = [
    2.510_038_549_551_032e-8,
    2.762_008_844_540_974_6e-7,
    2.755_726_845_999_706_4e-6,
    2.480_152_129_595_437_6e-5,
    1.984_126_986_305_361_8e-4,
    1.388_888_891_721_371_7e-3,
    8.333_333_333_330_062e-3,
    4.166_666_666_662_413e-2,
    1.666_666_666_666_666_9e-1,
    0.5,
    1.0,
    1.0,
];

impl Add for Lanes {
    type Output = Lanes;
    #[inline(always)]
    fn add(self, other: Lanes) -> Lanes {
        self.zip(other, |a, b| a + b)
    }
}

impl Sub for Lanes {
    type Output = Lanes;
    #[inline(always)]
    fn sub(self, other: Lanes) -> Lanes {
        self.zip(other, |a, b| a - b)
    }
}

impl Mul for Lanes {
    type Output = Lanes;
    #[inline(always)]
    fn mul(self, other: Lanes) -> Lanes {
        self.zip(other, |a, b| a * b)
    }
}

impl Mul<f64> for Lanes {
    type Output = Lanes;
    #[inline(always)]
    fn mul(self, other: f64) -> Lanes {
        let other = f64x2::splat(other);
        self.map(|a| a * other)
    }
}

impl Div for Lanes {
    type Output = Lanes;
    #[inline(always)]
    fn div(self, other: Lanes) -> Lanes {
        self.zip(other, |a, b| a / b)
    }
}

impl AddAssign for Lanes {
    #[inline(always)]
    fn add_assign(&mut self, other: Lanes) {
        *self = *self + other;
    }
}

impl SubAssign for Lanes {
    #[inline(always)]
    fn sub_assign(&mut self, other: Lanes) {
        *self = *self - other;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_is_within_two_units_in_the_last_place() {
        for step in -700_000..=700_000 {
            let x = f64::from(step) * 1e-3;
            let got = Lanes::splat(x).exp().to_array()[5];
            let reference = libm::exp(x);
            assert!(got.to_bits().abs_diff(reference.to_bits()) <= 2, "{x}: {got:e} {reference:e}");
        }
        assert_eq!(Lanes::splat(0.0).exp().to_array().map(f64::to_bits), [1f64.to_bits(); WIDTH]);
        assert!(Lanes::splat(-1e9).exp().to_array()[0] < 1e-300 && Lanes::splat(1e9).exp().to_array()[0].is_finite());
    }

    #[test]
    fn exponents_are_split_off_and_put_back() {
        let numbers = [1.0, 1.5, 2.0, 3.0, 1e9, 1e300, 7.25, 1023.999];
        let (mut mantissas, mut exponents) = (Lanes::from_array(numbers), Lanes::ZERO);
        mantissas.split_exponent(&mut exponents);
        assert!(mantissas.to_array().iter().all(|m| (1.0..2.0).contains(m)));
        let back = (mantissas / (Lanes::ZERO - exponents).power_of_two()).to_array();
        assert_eq!(back.map(f64::to_bits), numbers.map(f64::to_bits));
    }
}
