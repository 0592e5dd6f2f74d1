//! Where in a JSON document a place is, as a path: `edits[0].add.tariff.fuel`.
//!
//! Found from the text after an error, and only then: deserialisers that keep track of it all along made the module 70 kB
//! larger, and lose the path within untagged enums.

/// The path of the value at, or just before, a line and column (both from 1). Empty at the top level.
pub(super) fn at(text: &str, line: usize, column: usize) -> String {
    let line_start: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let end = (line_start + column).min(text.len());
    let mut open: Vec<Place> = Vec::new();
    let mut bytes = text.as_bytes()[..end].iter().enumerate();
    while let Some((start, byte)) = bytes.next() {
        match (byte, open.last_mut()) {
            (b'{', _) => open.push(Place::Field("")),
            (b'[', _) => open.push(Place::Item(0)),
            (b',', Some(Place::Item(item))) => *item += 1,
            // A container that closes at the very end is the one the error is about.
            (b'}' | b']', Some(_)) if start + 1 < end => drop(open.pop()),
            (b'"', place) => {
                let mut escaped = false;
                let close = bytes.by_ref().find(|(_, byte)| {
                    let closes = **byte == b'"' && !escaped;
                    escaped = **byte == b'\\' && !escaped;
                    closes
                });
                let string = &text[start + 1..close.map_or(end, |(close, _)| close)];
                if let Some(place @ Place::Field(_)) = place
                    && follows_brace_or_comma(&text[..start])
                {
                    *place = Place::Field(string);
                }
            }
            _ => {}
        }
    }
    let mut path = String::new();
    for place in open {
        match place {
            Place::Item(item) => path.push_str(&format!("[{item}]")),
            Place::Field("") => {}
            Place::Field(name) if path.is_empty() => path.push_str(name),
            Place::Field(name) => path.push_str(&format!(".{name}")),
        }
    }
    path
}

/// Where in an open object or array.
enum Place<'a> {
    Field(&'a str),
    Item(usize),
}

/// A string in an object is a field's name where it follows the brace or a comma, and a value where it follows a colon.
fn follows_brace_or_comma(before: &str) -> bool {
    before.trim_ascii_end().ends_with(['{', ','])
}

#[cfg(test)]
mod tests {
    use super::at;

    #[test]
    fn names_the_place_of_a_character() {
        let text = "{\"a\": [1, {\"b\": \"x, \\\" {\", \"c\": 2}],\n \"d\": {\"e\": 3}}";
        let path_of = |needle: &str| {
            let offset = text.find(needle).expect(needle) + needle.len();
            let before = &text[..offset];
            let line = 1 + before.matches('\n').count();
            at(text, line, offset - before.rfind('\n').map_or(0, |newline| newline + 1))
        };
        assert_eq!(path_of("[1"), "a[0]");
        assert_eq!(path_of("x, "), "a[1].b");
        assert_eq!(path_of("2"), "a[1].c");
        assert_eq!(path_of("3"), "d.e");
        assert_eq!(path_of("{"), "");
    }
}
