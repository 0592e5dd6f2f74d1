//! What somebody may have meant who wrote a name that is not known.

/// The known name that is nearest, if one is near: two slips at most, and fewer than one in three letters.
pub(crate) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // No name of ours is longer.
    if name.len() > 40 {
        return None;
    }
    let distances = known.into_iter().map(|known| (distance(&name.to_lowercase(), known), known));
    let (slips, nearest) = distances.min_by_key(|(slips, _)| *slips)?;
    (slips <= 2 && 3 * slips < nearest.len()).then_some(nearest)
}

/// How many letters are to be put in, left out, replaced, or swapped with the next (the optimal string alignment).
fn distance(a: &str, b: &str) -> usize {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let replaced = rows[i][j] + usize::from(x != y);
            let mut least = replaced.min(rows[i][j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                least = least.min(rows[i - 1][j - 1] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_of_a_finger_are_near() {
        let known = ["weight", "night_percent", "visitor_id", "like"];
        for (name, meant) in
            [("wieght", "weight"), ("Weights", "weight"), ("visiter_id", "visitor_id"), ("liek", "like")]
        {
            assert_eq!(nearest(name, known), Some(meant));
        }
        for name in ["note", "night", "id", "height_m", ""] {
            assert_eq!(nearest(name, known), None, "{name}");
        }
    }
}
