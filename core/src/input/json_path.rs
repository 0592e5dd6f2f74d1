//! Where in a JSON document a place is, as a path: `edits[0].add.tariff.fuel`.
//!
//! Found from the text after an error, and only then: deserialisers that keep track of it all along made the module 70 kB
//! larger, and lose the path within untagged enums.

use crate::input::quoted;

/// A place in a document.
pub(super) struct Place {
    /// Its path, empty at the top level.
    pub(super) path: String,
    /// The byte that is there, and where in the text it ends.
    pub(super) byte: u8,
    pub(super) end: usize,
    /// The path of the innermost object or list around it.
    pub(super) container: String,
    /// The line on which that begins, from 1.
    pub(super) object_line: usize,
}

impl Place {
    /// The path of a field of the object that it is in.
    pub(super) fn field(&self, name: &str) -> String {
        if self.container.is_empty() { name.to_owned() } else { format!("{}.{name}", self.container) }
    }

    /// The path of the object or list as a whole, by its closing bracket, that an error is about: the parser tells of it where it
    /// closes, or where what it is the last of does.
    pub(super) fn whole(&self, text: &str, close: u8) -> &str {
        let before = text.as_bytes()[..self.end.saturating_sub(1)].trim_ascii_end().last();
        if self.byte == close && before != Some(&close) { &self.container } else { &self.path }
    }
}

/// The place of the value at, or just before, a line and column (both from 1).
pub(super) fn at(text: &str, line: usize, column: usize) -> Place {
    let line_start: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let end = (line_start + column).min(text.len());
    let mut open: Vec<Within<'_>> = Vec::new();
    let mut bytes = text.as_bytes()[..end].iter().enumerate();
    while let Some((start, byte)) = bytes.next() {
        match (byte, open.last_mut()) {
            (b'{', _) => open.push(Within { start, at: At::Field("") }),
            (b'[', _) => open.push(Within { start, at: At::Item(0) }),
            (b',', Some(Within { at: At::Item(item), .. })) => *item += 1,
            // A container that closes at the very end is the one the error is about.
            (b'}' | b']', Some(_)) if start + 1 < end => drop(open.pop()),
            (b'"', within) => {
                let mut escaped = false;
                let close = bytes.by_ref().find(|(_, byte)| {
                    let closes = **byte == b'"' && !escaped;
                    escaped = **byte == b'\\' && !escaped;
                    closes
                });
                let string = &text[start + 1..close.map_or(end, |(close, _)| close)];
                if let Some(Within { at: at @ At::Field(_), .. }) = within
                    && follows_brace_or_comma(&text[..start])
                {
                    *at = At::Field(string);
                }
            }
            _ => {}
        }
    }
    let mut path = String::new();
    let (mut container, mut object_start) = (String::new(), 0);
    for Within { start, at } in open.iter().take(PATH_MAX) {
        (container, object_start) = (path.clone(), *start);
        match at {
            At::Item(item) => path.push_str(&format!("[{item}]")),
            At::Field("") => {}
            At::Field(name) if path.is_empty() => path.push_str(&quoted(name)),
            At::Field(name) => path.push_str(&format!(".{}", quoted(name))),
        }
    }
    if open.len() > PATH_MAX {
        path.push('…');
    }
    let object_line = 1 + text[..object_start].matches('\n').count();
    let byte = end.checked_sub(1).map_or(0, |last| text.as_bytes()[last]);
    Place { path, byte, end, container, object_line }
}

/// Levels that a path names: no format of ours has as many.
const PATH_MAX: usize = 12;

/// An open object or list: where it begins, and where in it we are.
struct Within<'a> {
    start: usize,
    at: At<'a>,
}

enum At<'a> {
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
            at(text, line, offset - before.rfind('\n').map_or(0, |newline| newline + 1)).path
        };
        assert_eq!(path_of("[1"), "a[0]");
        assert_eq!(path_of("x, "), "a[1].b");
        assert_eq!(path_of("2"), "a[1].c");
        assert_eq!(path_of("3"), "d.e");
        assert_eq!(path_of("{"), "");
    }
}
