//! The order of ids. Where the order of a file's rows says nothing, results are those of this order.

use std::cmp::Ordering;

/// The positions of ids in their order: as numbers where all of them are, else in natural order, in which `v9` comes before
/// `v10`. It is the same wherever they stand, as long as they differ.
pub fn order_of<S: AsRef<str>>(ids: &[S]) -> Vec<usize> {
    let number = |id: &S| id.as_ref().parse::<f64>().ok().filter(|number| number.is_finite());
    let numbers: Option<Vec<f64>> = ids.iter().map(number).collect();
    let mut order: Vec<usize> = (0..ids.len()).collect();
    order.sort_by(|a, b| {
        // Equal too are numbers that differ beyond what a double holds.
        let by_number = numbers.as_ref().and_then(|numbers| numbers[*a].partial_cmp(&numbers[*b]));
        let by_text = || natural(ids[*a].as_ref(), ids[*b].as_ref());
        by_number.unwrap_or(Ordering::Equal).then_with(by_text)
    });
    order
}

/// Natural order: runs of digits compare as the whole numbers that they are. Equal are only equal texts.
pub fn natural(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a.as_bytes(), b.as_bytes());
    loop {
        let order = match (left, right) {
            ([], _) | (_, []) => return left.len().cmp(&right.len()).then_with(|| a.cmp(b)),
            ([x, ..], [y, ..]) if x.is_ascii_digit() && y.is_ascii_digit() => {
                let (x, y) = (whole_number(&mut left), whole_number(&mut right));
                (x.len(), x).cmp(&(y.len(), y))
            }
            ([x, after @ ..], [y, after_y @ ..]) => {
                (left, right) = (after, after_y);
                x.cmp(y)
            }
        };
        if order.is_ne() {
            return order;
        }
    }
}

/// Takes the digits off the front of a text; what they are without leading zeros.
fn whole_number<'a>(text: &mut &'a [u8]) -> &'a [u8] {
    let end = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    *text = rest;
    let zeros = digits.iter().position(|digit| *digit != b'0').unwrap_or(digits.len());
    &digits[zeros..]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ordered<'a>(ids: &[&'a str]) -> Vec<&'a str> {
        order_of(ids).into_iter().map(|at| ids[at]).collect()
    }

    #[test]
    fn numbers_are_ordered_as_numbers_and_texts_naturally() {
        assert_eq!(ordered(&["10", "9", "-1", "1.5", "1.10"]), ["-1", "1.10", "1.5", "9", "10"]);
        assert_eq!(ordered(&["v10", "v9", "v09", "V9", "v9b2", "v"]), ["V9", "v", "v09", "v9", "v9b2", "v10"]);
        assert_eq!(ordered(&["10", "9", "x", "1.10", "1.5"]), ["1.5", "1.10", "9", "10", "x"], "not all are numbers");
        let beyond_doubles = ["9007199254740993", "9007199254740992"];
        assert_eq!(ordered(&beyond_doubles), [beyond_doubles[1], beyond_doubles[0]]);
    }

    proptest! {
        #[test]
        fn any_arrangement_gives_the_same_order(ids in prop::collection::btree_set("[a0-2.-]{0,4}", 0..9), shift in 0usize..9) {
            let one: Vec<&str> = ids.iter().map(String::as_str).collect();
            let mut other = one.clone();
            other.rotate_left(shift % one.len().max(1));
            other.reverse();
            prop_assert_eq!(ordered(&one), ordered(&other));
        }
    }
}
