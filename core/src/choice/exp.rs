//! The exponential function of four numbers at once, the same bits on every platform.

use wide::{f32x4, i32x4};

/// `exp(x)` for each of four `x` from −87 to 88, to a relative error of 2⁻²³; values below are taken as −87.
///
/// Splits x = k ln 2 + r with |r| ≤ ½ ln 2, sums the Taylor series of exp(r) to r⁷ and scales by 2ᵏ. Only additions and
/// multiplications in a fixed order: no fused multiply-add, no table, no libm.
#[inline(always)]
pub fn exp(x: f32x4) -> f32x4 {
    let x = x.fast_max(f32x4::splat(-87.0));
    // Adding 1.5 × 2²³ rounds to an integer and leaves it in the low bits of the sum.
    let shifted = x * f32x4::splat(std::f32::consts::LOG2_E) + f32x4::splat(ROUNDER);
    let k = shifted - f32x4::splat(ROUNDER);
    let r = (x - k * f32x4::splat(LN_2_HIGH)) - k * f32x4::splat(LN_2_LOW);
    let mut sum = f32x4::splat(SERIES[0]);
    for coefficient in &SERIES[1..] {
        sum = sum * r + f32x4::splat(*coefficient);
    }
    let exponent: i32x4 = bytemuck::cast(shifted);
    let scale: f32x4 = bytemuck::cast((exponent << 23) + i32x4::splat(127 << 23));
    sum * scale
}

const ROUNDER: f32 = 12_582_912.0;

/// The high part has its lowest 15 bits zero, so that its product with |k| ≤ 127 is exact (Cody and Waite's reduction).
const LN_2_HIGH: f32 = 0.693_359_4;
const LN_2_LOW: f32 = -2.121_944_4e-4;

/// 1/7! down to 1/0!.
const SERIES: [f32; 8] = [1.0 / 5_040.0, 1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_libm() {
        for step in -86_900..=86_900 {
            let x = step as f32 * 1e-3;
            let got = f64::from(exp(f32x4::splat(x)).to_array()[0]);
            let reference = libm::exp(f64::from(x));
            assert!((got - reference).abs() <= f64::from(f32::EPSILON) * reference, "{x}: {got} {reference}");
        }
        assert_eq!(exp(f32x4::splat(0.0)).to_array().map(f32::to_bits), [1f32.to_bits(); 4]);
        assert!(exp(f32x4::splat(-1e9)).to_array()[0] < 1e-37);
    }
}
