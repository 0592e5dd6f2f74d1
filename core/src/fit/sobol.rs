//! Sobol's sequence in up to twenty dimensions, and the scramble that makes it random without unbalancing it.

/// One dimension of the sequence.
#[derive(Clone, Debug)]
pub(crate) struct Directions([u32; 32]);

/// The direction numbers of a dimension, the first being 0.
pub(crate) fn directions(dimension: usize) -> Directions {
    let mut v = [0; 32];
    let Some((polynomial, initial)) = dimension.checked_sub(1).map(|at| TABLE[at]) else {
        return Directions(std::array::from_fn(|bit| 1 << (31 - bit)));
    };
    let degree = initial.len();
    for (bit, m) in initial.iter().enumerate() {
        v[bit] = m << (31 - bit);
    }
    for bit in degree..32 {
        let last = v[bit - degree];
        v[bit] = last ^ (last >> degree);
        for step in 1..degree {
            if polynomial >> (degree - 1 - step) & 1 == 1 {
                v[bit] ^= v[bit - step];
            }
        }
    }
    Directions(v)
}

impl Directions {
    /// The point of an index, in units of 2⁻³².
    #[inline]
    pub(crate) fn point(&self, index: u32) -> u32 {
        let (mut rest, mut point) = (index, 0);
        while rest != 0 {
            point ^= self.0[rest.trailing_zeros() as usize];
            rest &= rest - 1;
        }
        point
    }
}

/// Owen's nested uniform scramble, by Laine and Karras' hash: each bit is flipped as a function of those above it.
/// Source: Burley, Practical hash-based Owen scrambling, JCGT 9 (2020).
#[inline]
pub(crate) fn scramble(bits: u32, seed: u32) -> u32 {
    let mut x = bits.reverse_bits().wrapping_add(seed);
    // Even factors: a bit changes only those above it, which the reversal makes those below.
    for factor in [0x6C50_B47C, 0xB82F_1E52, 0xC7AF_E638, 0x8D22_F6E6] {
        x ^= x.wrapping_mul(factor);
    }
    x.reverse_bits()
}

/// Of dimensions 1 to 19, the primitive polynomial's inner coefficients and the initial direction numbers.
/// Source: Joe and Kuo, SIAM J. Sci. Comput. 30 (2008), table new-joe-kuo-6.
const TABLE: [(u32, &[u32]); 19] = [
    (0, &[1]),
    (1, &[1, 3]),
    (1, &[1, 3, 1]),
    (2, &[1, 1, 1]),
    (1, &[1, 1, 3, 3]),
    (4, &[1, 3, 5, 13]),
    (2, &[1, 1, 5, 5, 17]),
    (4, &[1, 1, 5, 5, 5]),
    (7, &[1, 1, 7, 11, 19]),
    (11, &[1, 1, 5, 1, 1]),
    (13, &[1, 1, 1, 3, 11]),
    (14, &[1, 3, 5, 5, 31]),
    (1, &[1, 3, 3, 9, 7, 49]),
    (13, &[1, 1, 1, 15, 21, 21]),
    (16, &[1, 3, 1, 13, 27, 49]),
    (19, &[1, 1, 1, 15, 7, 5]),
    (22, &[1, 3, 1, 15, 13, 25]),
    (25, &[1, 1, 5, 5, 19, 61]),
    (1, &[1, 3, 7, 11, 23, 15, 103]),
];
