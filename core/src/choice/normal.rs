//! The standard normal quantile function, the same bits on every platform (libm, no fused multiply-add).

use std::ops::{Add, Div, Mul};

use wide::f64x2;

/// Half a 95 % interval, in standard errors.
pub(crate) const Z_95: f64 = 1.959_963_984_540_054;

/// Inverse of the standard normal distribution function for `p` in (0, 1), to about 1 part in 10¹⁶.
/// Source: Wichura, algorithm AS 241 (PPND16), Applied Statistics 37 (1988).
#[inline]
pub fn inverse_cdf(p: f64) -> f64 {
    let q = p - 0.5;
    if q.abs() <= 0.425 {
        let r = 0.180_625 - q * q;
        return q * ratio(r, &CENTRE, |c| c);
    }
    let tail = if q < 0.0 { p } else { 1.0 - p };
    // The processor's square root, which is exact everywhere; libm's is made of integers.
    let r = (-libm::log(tail)).sqrt();
    let z = if r <= 5.0 { ratio(r - 1.6, &MIDDLE, |c| c) } else { ratio(r - 5.0, &FAR, |c| c) };
    if q < 0.0 { -z } else { z }
}

/// The same of two at once: of seven pairs in ten neither is in a tail.
#[inline]
pub fn inverse_cdf_of_two(p: [f64; 2]) -> f64x2 {
    let q = f64x2::new(p) - 0.5;
    if !q.abs().simd_le(f64x2::splat(0.425)).all() {
        return f64x2::new([inverse_cdf(p[0]), inverse_cdf(p[1])]);
    }
    let r = f64x2::splat(0.180_625) - q * q;
    q * ratio(r, &CENTRE, f64x2::splat)
}

/// Coefficients of a numerator and a denominator of degree seven, constant terms first.
type Rational = [[f64; 8]; 2];

#[inline]
fn ratio<T>(x: T, rational: &Rational, constant: impl Fn(f64) -> T) -> T
where
    T: Copy + Add<Output = T> + Mul<Output = T> + Div<Output = T>,
{
    let polynomial = |c: &[f64; 8]| {
        let mut sum = constant(c[7]);
        for c in c[..7].iter().rev() {
            sum = sum * x + constant(*c);
        }
        sum
    };
    polynomial(&rational[0]) / polynomial(&rational[1])
}

/// |p − ½| ≤ 0.425.
const CENTRE: Rational = [
    [
        3.387_132_872_796_366_5,
        133.141_667_891_784_38,
        1_971.590_950_306_551_3,
        13_731.693_765_509_46,
        45_921.953_931_549_87,
        67_265.770_927_008_7,
        33_430.575_583_588_13,
        2_509.080_928_730_122_7,
    ],
    [
        1.0,
        42.313_330_701_600_91,
        687.187_007_492_057_9,
        5_394.196_021_424_751,
        21_213.794_301_586_597,
        39_307.895_800_092_71,
        28_729.085_735_721_943,
        5_226.495_278_852_854,
    ],
];

/// Further out, to sqrt(−ln p) ≤ 5.
const MIDDLE: Rational = [
    [
        1.423_437_110_749_683_5,
        4.630_337_846_156_546,
        5.769_497_221_460_691,
        3.647_848_324_763_204_5,
        1.270_458_252_452_368_4,
        0.241_780_725_177_450_6,
        0.022_723_844_989_269_184,
        7.745_450_142_783_414e-4,
    ],
    [
        1.0,
        2.053_191_626_637_759,
        1.676_384_830_183_803_8,
        0.689_767_334_985_1,
        0.148_103_976_427_480_08,
        0.015_198_666_563_616_457,
        5.475_938_084_995_345e-4,
        1.050_750_071_644_416_9e-9,
    ],
];

/// The far tail.
const FAR: Rational = [
    [
        6.657_904_643_501_103,
        5.463_784_911_164_114,
        1.784_826_539_917_291_3,
        0.296_560_571_828_504_87,
        0.026_532_189_526_576_124,
        0.001_242_660_947_388_078_4,
        2.711_555_568_743_487_6e-5,
        2.010_334_399_292_288_1e-7,
    ],
    [
        1.0,
        0.599_832_206_555_888,
        0.136_929_880_922_735_8,
        0.014_875_361_290_850_615,
        7.868_691_311_456_133e-4,
        1.846_318_317_510_054_7e-5,
        1.421_511_758_316_446e-7,
        2.044_263_103_389_939_8e-15,
    ],
];

#[cfg(test)]
mod tests {
    use super::{inverse_cdf, inverse_cdf_of_two};

    #[test]
    fn two_at_once_have_the_same_bits() {
        for step in 1..100_000 {
            let p = [f64::from(step) * 1e-5, 1.0 - 1e-4 / f64::from(step)];
            for p in [p, [p[0], 0.5], [0.9, p[0]]] {
                let alone = p.map(|p| inverse_cdf(p).to_bits());
                assert_eq!(inverse_cdf_of_two(p).to_array().map(f64::to_bits), alone, "{p:?}");
            }
        }
    }

    #[test]
    fn agrees_with_tabulated_quantiles() {
        // Quantiles to 15 digits, as in the tables of the standard normal distribution.
        for (p, z) in [
            (0.5, 0.0),
            (0.975, 1.959_963_984_540_054),
            (0.995, 2.575_829_303_548_901),
            (0.25, -0.674_489_750_196_081_7),
            (0.001, -3.090_232_306_167_813_5),
            (1e-10, -6.361_340_902_404_056),
            (1e-20, -9.262_340_089_798_408),
        ] {
            let got = inverse_cdf(p);
            assert!((got - z).abs() < 2e-14, "{p}: {got} {z}");
        }
    }
}
