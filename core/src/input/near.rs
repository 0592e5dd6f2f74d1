//! What somebody may have meant who wrote a name that is not known.

use std::cell::RefCell;
use std::collections::BTreeMap;

/// Names of the user's own, such as ids or suppliers, in which others of the user's are looked up.
pub(crate) struct Names<'a> {
    known: Vec<&'a str>,
    /// What is said of those that were not found: a file may have them in many rows.
    said: RefCell<BTreeMap<String, String>>,
}

impl<'a> Names<'a> {
    pub(crate) fn new(known: impl IntoIterator<Item = &'a str>) -> Names<'a> {
        Names { known: known.into_iter().collect(), said: RefCell::default() }
    }

    /// What was expected in place of a name that is none of these, and the one that may be meant.
    pub(crate) fn expected(&self, expected: &str, name: &str) -> String {
        let mut said = self.said.borrow_mut();
        let hint = said.entry(name.to_owned()).or_insert_with(|| {
            let near = nearest(name, self.known.iter().copied());
            near.map_or(String::new(), |near| format!("; did you mean `{near}`?"))
        });
        format!("{expected}{hint}")
    }
}

/// The known name that is nearest, if one is near: two slips at most, and fewer than one in three letters.
pub(crate) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // What is longer is no name.
    if name.len() > 80 {
        return None;
    }
    let name = name.trim().to_lowercase();
    let like_it = known.into_iter().filter(|known| known.len().abs_diff(name.len()) <= 2);
    let distances = like_it.map(|known| (distance(&name, &known.to_lowercase()), known));
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
        let names = Names::new(["Bolt", "acme-variable"]);
        for (name, meant) in [("bolt", "Bolt"), ("Bolt ", "Bolt"), ("acme-varable", "acme-variable")] {
            assert_eq!(names.expected("a name", name), format!("a name; did you mean `{meant}`?"));
        }
        assert_eq!(names.expected("a name", "Crow"), "a name");
    }
}
