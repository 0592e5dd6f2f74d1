//! Random numbers as a pure function of what they are for: (seed, stream, item, dimension). No state, so that any split of
//! the work draws the same numbers.

/// An independent family of draws under one seed.
#[derive(Clone, Copy, Debug)]
pub struct Stream(u64);

/// What draws are for. Two streams of one seed never share a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A simulated visit: profile, usage, tastes and choice.
    Visit = 1,
    /// A draw of the model's parameters from their covariance.
    Parameters = 2,
    /// The tastes that an estimation integrates over.
    Tastes = 3,
    /// Which people stand for others.
    Panel = 4,
}

/// 2⁶⁴ divided by the golden ratio, odd.
const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

impl Stream {
    /// The stream for a purpose under a seed.
    pub fn new(seed: u64, purpose: Purpose) -> Stream {
        Stream(mix(mix(seed.wrapping_add(GOLDEN)) ^ (purpose as u64)))
    }

    /// The draws of one item (a visit, a parameter draw).
    #[inline]
    pub fn item(self, item: u64) -> Draws {
        Draws(mix(self.0.wrapping_add(item.wrapping_mul(GOLDEN))))
    }
}

/// The draws of one item, by dimension.
#[derive(Clone, Copy, Debug)]
pub struct Draws(u64);

impl Draws {
    /// 64 random bits.
    #[inline]
    pub fn bits(self, dimension: u32) -> u64 {
        mix(self.0.wrapping_add((u64::from(dimension) + 1).wrapping_mul(GOLDEN)))
    }

    /// Uniform on the open interval (0, 1): a multiple of 2⁻⁵³ plus 2⁻⁵⁴.
    #[inline]
    pub fn uniform(self, dimension: u32) -> f64 {
        // The upper 53 bits as a signed number, which wasm engines make a double of in one instruction, and back up again.
        let signed = ((self.bits(dimension) ^ (1 << 63)) as i64 >> 11) as f64;
        ((signed + (1u64 << 52) as f64) + 0.5) * (1.0 / (1u64 << 53) as f64)
    }

    /// Standard normal.
    #[inline]
    pub fn normal(self, dimension: u32) -> f64 {
        crate::choice::normal::inverse_cdf(self.uniform(dimension))
    }
}

/// The finaliser of SplitMix64 (Steele, Lea and Flood 2014; constants: Stafford's variant 13): a bijection of 64 bits.
#[inline]
fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uniforms_are_uniform_and_uncorrelated_between_dimensions() {
        let stream = Stream::new(7, Purpose::Visit);
        let n = 200_000;
        let pairs = (0..n).map(|item| (stream.item(item).uniform(0), stream.item(item).uniform(1)));
        let (mut a, mut b, mut aa, mut ab) = (0.0, 0.0, 0.0, 0.0);
        for (x, y) in pairs {
            (a, b, aa, ab) = (a + x, b + y, aa + x * x, ab + x * y);
        }
        let n = n as f64;
        // Four standard errors: sqrt(1/12/n) for a mean, about sqrt(7/144/n) for a mean product.
        assert!((a / n - 0.5).abs() < 4.0 * libm::sqrt(1.0 / 12.0 / n));
        assert!((aa / n - 1.0 / 3.0).abs() < 4.0 * libm::sqrt(4.0 / 45.0 / n));
        assert!((ab / n - a * b / n / n).abs() < 4.0 * libm::sqrt(1.0 / 144.0 / n));
    }

    #[test]
    fn seeds_purposes_items_and_dimensions_all_matter() {
        let bits = |seed, purpose, item, dimension| Stream::new(seed, purpose).item(item).bits(dimension);
        let base = bits(1, Purpose::Visit, 1, 1);
        assert_eq!(base, bits(1, Purpose::Visit, 1, 1));
        for other in [
            bits(2, Purpose::Visit, 1, 1),
            bits(1, Purpose::Parameters, 1, 1),
            bits(1, Purpose::Visit, 2, 1),
            bits(1, Purpose::Visit, 1, 2),
        ] {
            assert_ne!(base, other);
        }
    }
}
