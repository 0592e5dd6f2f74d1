//! Ranks the deals of a table for four visits at once: a bitonic sorting network, four sorts side by side in SIMD lanes.
//!
//! A comparison is a minimum and a maximum without a branch, so the time does not depend on the prices. The network works on
//! blocks of eight that fit the registers (Batcher 1968, in the form where every exchange puts the smaller key first).

use wide::i32x4;

use crate::choice::logit::{DEALS_MAX, LANES};

/// Bits of a key that hold the deal's number; the bill in pence stands above them, so ties go to the lower number.
pub const DEAL_BITS: u32 = 8;

/// Keys that fit the registers of any 128-bit machine.
const BLOCK: usize = 8;
type Block = [i32x4; BLOCK];

/// Sorts the first `count` keys of each lane, ascending. Keys must be below `i32::MAX`; those beyond are overwritten.
#[inline]
pub fn sort(keys: &mut [i32x4; DEALS_MAX], count: usize) {
    let padded = count.next_multiple_of(BLOCK).min(DEALS_MAX);
    keys[count.min(padded)..padded].fill(i32x4::splat(i32::MAX));
    let blocks: &mut [Block] = bytemuck::cast_slice_mut(&mut keys[..padded]);
    blocks.iter_mut().for_each(sort_block);
    let mut sorted = 1;
    while sorted < blocks.len() {
        for group in blocks.chunks_mut(2 * sorted) {
            fold_halves(group, sorted);
        }
        let mut apart = sorted / 2;
        while apart >= 1 {
            for group in blocks.chunks_mut(2 * apart) {
                exchange_halves(group, apart);
            }
            apart /= 2;
        }
        blocks.iter_mut().for_each(merge_block);
        sorted *= 2;
    }
}

/// Brings deals of a lower class before those of a higher one, keeping their order within: each lane's stable partition.
/// `class` is each deal's, by number; `starts` is where each class begins.
pub fn group_by_class(keys: &mut [i32x4], class: &[u8], starts: &[u8]) {
    let mut grouped = [[0i32; LANES]; DEALS_MAX];
    let mut next = [[0u8; DEALS_MAX]; LANES];
    next.iter_mut().for_each(|next| next[..starts.len()].copy_from_slice(starts));
    for row in keys.iter() {
        for (lane, (key, next)) in row.to_array().into_iter().zip(&mut next).enumerate() {
            let slot = &mut next[usize::from(class[usize::from(key as u8)])];
            grouped[usize::from(*slot)][lane] = key;
            *slot = slot.wrapping_add(1);
        }
    }
    keys.iter_mut().zip(grouped).for_each(|(key, grouped)| *key = i32x4::new(grouped));
}

#[inline(always)]
fn exchange(low: &mut i32x4, high: &mut i32x4) {
    let (a, b) = (*low, *high);
    (*low, *high) = (a.min(b), a.max(b));
}

/// The first exchange of a merge: the i-th key from the front against the i-th from the back of twice `half` blocks.
/// What is missing at the back counts as largest.
#[inline]
fn fold_halves(group: &mut [Block], half: usize) {
    let Some((front, back)) = group.split_at_mut_checked(half) else { return };
    for (at, high) in back.iter_mut().enumerate() {
        let low = &mut front[half - 1 - at];
        for key in 0..BLOCK {
            exchange(&mut low[BLOCK - 1 - key], &mut high[key]);
        }
    }
}

/// A later exchange of a merge: each key against the one `half` blocks further on.
#[inline]
fn exchange_halves(group: &mut [Block], half: usize) {
    let Some((front, back)) = group.split_at_mut_checked(half) else { return };
    for (low, high) in front.iter_mut().zip(back) {
        for key in 0..BLOCK {
            exchange(&mut low[key], &mut high[key]);
        }
    }
}

/// The last three exchanges of a merge, within a block.
#[inline]
fn merge_block(block: &mut Block) {
    let mut keys = *block;
    exchange_pairs(&mut keys, &[(0, 4), (1, 5), (2, 6), (3, 7)]);
    exchange_pairs(&mut keys, &[(0, 2), (1, 3), (4, 6), (5, 7)]);
    exchange_pairs(&mut keys, &[(0, 1), (2, 3), (4, 5), (6, 7)]);
    *block = keys;
}

/// Sorts eight keys with 19 exchanges, the fewest possible.
#[inline]
fn sort_block(block: &mut Block) {
    let mut keys = *block;
    exchange_pairs(&mut keys, &[(0, 2), (1, 3), (4, 6), (5, 7)]);
    exchange_pairs(&mut keys, &[(0, 4), (1, 5), (2, 6), (3, 7)]);
    exchange_pairs(&mut keys, &[(0, 1), (2, 3), (4, 5), (6, 7)]);
    exchange_pairs(&mut keys, &[(2, 4), (3, 5)]);
    exchange_pairs(&mut keys, &[(1, 4), (3, 6)]);
    exchange_pairs(&mut keys, &[(1, 2), (3, 4), (5, 6)]);
    *block = keys;
}

#[inline(always)]
fn exchange_pairs<const N: usize>(keys: &mut Block, pairs: &[(usize, usize); N]) {
    for &(low, high) in pairs {
        let (a, b) = (keys[low], keys[high]);
        (keys[low], keys[high]) = (a.min(b), a.max(b));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_block_sorts_all_zero_one_inputs() {
        // By the 0-1 principle this proves the 19 exchanges.
        for bits in 0..256 {
            let mut block: Block = std::array::from_fn(|at| i32x4::splat(bits >> at & 1));
            sort_block(&mut block);
            assert!(block.is_sorted_by_key(|key| key.to_array()[0]), "{bits:08b}");
        }
    }

    fn column(keys: &[i32x4], lane: usize) -> Vec<i32> {
        keys.iter().map(|key| key.to_array()[lane]).collect()
    }

    fn lanes(keys: &[i32]) -> [i32x4; DEALS_MAX] {
        let mut lanes = [i32x4::ZERO; DEALS_MAX];
        for (lane, key) in lanes.iter_mut().zip(keys.chunks_exact(LANES)) {
            *lane = i32x4::new([key[0], key[1], key[2], key[3]]);
        }
        lanes
    }

    proptest! {
        #[test]
        fn sorts_any_keys(keys in prop::collection::vec(0..i32::MAX, 0..=LANES * DEALS_MAX)) {
            let count = keys.len() / LANES;
            let before = lanes(&keys);
            let mut after = before;
            sort(&mut after, count);
            for lane in 0..LANES {
                let mut expected = column(&before[..count], lane);
                expected.sort_unstable();
                prop_assert_eq!(column(&after[..count], lane), expected);
            }
        }

        #[test]
        fn grouping_is_a_stable_partition(keys in prop::collection::vec(0i32..1000, 4 * 40)) {
            let numbered: Vec<i32> = keys.iter().enumerate().map(|(at, key)| key << 8 | (at / LANES) as i32).collect();
            let class: Vec<u8> = (0..40u8).map(|deal| if deal < 7 { 0 } else if deal < 30 { 1 } else { 2 }).collect();
            let mut after = lanes(&numbered);
            sort(&mut after, 40);
            let sorted = after;
            group_by_class(&mut after[..40], &class, &[0, 7, 30]);
            for lane in 0..LANES {
                let mut expected = column(&sorted[..40], lane);
                expected.sort_by_key(|key| class[usize::from(*key as u8)]);
                prop_assert_eq!(column(&after[..40], lane), expected);
            }
        }
    }
}
