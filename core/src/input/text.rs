//! The text of a file, whatever wrote it: UTF-8, or what has one meaning otherwise.

use std::borrow::Cow;

use crate::input::{Findings, InputError, Note, Result};

/// The text of a CSV file, without a byte-order mark. What cannot be UTF-8 but can be Windows-1252 is read as that, with a note.
pub(super) fn text<'a>(file: &str, bytes: &'a [u8], found: &mut Findings) -> Result<Cow<'a, str>> {
    if let Some((_, what)) = BINARY.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return Err(InputError::new(file, format!("text, and this is {what}: save it as CSV")));
    }
    let text = utf8(file, bytes);
    if let (Err(_), Some(text)) = (&text, windows_1252(bytes)) {
        found.note(note(file, &text));
        return Ok(Cow::Owned(text));
    }
    text.map(Cow::Borrowed)
}

/// How files begin that people take for CSV.
const BINARY: [(&[u8], &str); 4] = [
    (b"PK\x03\x04", "a spreadsheet or another zip file"),
    (b"\xd0\xcf\x11\xe0", "an old spreadsheet (.xls)"),
    (b"PAR1", "a Parquet file"),
    (b"%PDF", "a PDF"),
];

/// The text of a file in UTF-8, without a byte-order mark.
pub(super) fn utf8<'a>(file: &str, bytes: &'a [u8]) -> Result<&'a str> {
    if let Some(what) = with_zeros(bytes) {
        return Err(InputError::new(file, format!("UTF-8 text, and this {what}")));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let (before, rest) = bytes.split_at(error.valid_up_to());
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        let byte = rest.first().copied().unwrap_or_default();
        let expected = match bytes.utf8_chunks().find_map(|chunk| chunk.valid().chars().find(|c| !c.is_ascii())) {
            Some(other) => format!("UTF-8 text, as `{other}` elsewhere is: the file mixes encodings"),
            None => "UTF-8 text".to_owned(),
        };
        InputError::new(file, expected).at(line as u64).value(format!("byte 0x{byte:02X}"))
    })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// What a file is that begins with zeros, or as UTF-16 and UTF-32 do.
fn with_zeros(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => Some("is UTF-32: save it as UTF-8"),
        [0, 0, 0, (1..), ..] | [(1..), 0, 0, 0, ..] => Some("is UTF-32: save it as UTF-8"),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Some("is UTF-16: save it as UTF-8"),
        [0, 0, ..] => Some("begins with zeros: it is no text, or was damaged"),
        [0, _, ..] | [_, 0, ..] => Some("is UTF-16: save it as UTF-8"),
        _ => None,
    }
}

/// What Windows calls ANSI, unless some of it is UTF-8, or bytes have no meaning in it.
fn windows_1252(bytes: &[u8]) -> Option<String> {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        // No text has zeros; UTF-16 does.
        if !chunk.valid().is_ascii() || chunk.valid().contains('\0') {
            return None;
        }
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            text.push(match byte {
                0x80..=0x9f => SPECIAL[usize::from(byte - 0x80)]?,
                _ => char::from(*byte),
            });
        }
    }
    Some(text)
}

fn note(file: &str, text: &str) -> Note {
    let mut lines = (1u64..).zip(text.lines()).filter(|(_, line)| !line.is_ascii());
    let (line, first) = lines.next().unwrap_or_default();
    let word = first.split([' ', ',', '"']).find(|word| !word.is_ascii()).unwrap_or_default();
    let said = format!("it is not UTF-8: read as Windows-1252 (ANSI), in which this line says `{word}`");
    Note { line: Some(line), ..Note::new(file, said) }
}

/// Windows-1252 from 0x80 to 0x9F; the rest is Latin 1. Source: the Encoding Standard's index of windows-1252, less the controls.
#[rustfmt::skip]
const SPECIAL: [Option<char>; 32] = [
    Some('€'), None, Some('‚'), Some('ƒ'), Some('„'), Some('…'), Some('†'), Some('‡'),
    Some('ˆ'), Some('‰'), Some('Š'), Some('‹'), Some('Œ'), None, Some('Ž'), None,
    None, Some('‘'), Some('’'), Some('“'), Some('”'), Some('•'), Some('–'), Some('—'),
    Some('˜'), Some('™'), Some('š'), Some('›'), Some('œ'), None, Some('ž'), Some('Ÿ'),
];

#[cfg(test)]
mod tests {
    use crate::input;

    #[test]
    fn ansi_is_read_where_it_can_be_nothing_else() {
        let read = |bytes: &[u8]| {
            let read = input::read(|found| {
                let text = super::text("t.csv", bytes, found);
                found.take(text.map(|text| text.into_owned()))
            });
            read.map(|(text, notes)| (text, notes.first().map(ToString::to_string))).map_err(|error| error.to_string())
        };
        let said = "t.csv, line 2: it is not UTF-8: read as Windows-1252 (ANSI), in which this line says `Café`";
        assert_eq!(read(b"id\na,Caf\xe9 \x80\n"), Ok(("id\na,Café €\n".to_owned(), Some(said.to_owned()))));
        assert_eq!(read("\u{feff}Café".as_bytes()), Ok(("Café".to_owned(), None)));
        let none = "t.csv, line 1: got `byte 0xE9`, expected UTF-8 text, as `é` elsewhere is: the file mixes encodings";
        assert_eq!(read(b"Caf\xe9 Caf\xc3\xa9"), Err(none.to_owned()), "both in one file");
        assert!(read(b"\x81").is_err(), "no character");
        let utf16 = "t.csv: expected UTF-8 text, and this is UTF-16: save it as UTF-8";
        assert_eq!(read(b"\xff\xfei\0d\0"), Err(utf16.to_owned()));
        assert_eq!(read(b"i\0d\0"), Err(utf16.to_owned()));
        let binary = |what: &str| Err(format!("t.csv: expected text, and this is {what}: save it as CSV"));
        assert_eq!(read(b"PK\x03\x04\x14\0"), binary("a spreadsheet or another zip file"));
        assert_eq!(read(b"PAR1\x15"), binary("a Parquet file"));
        assert_eq!(read(b"i\0\0\0d\0\0\0"), Err(utf16.replace("16", "32")));
        assert!(read(b"\0\0\0\0").expect_err("zeros").contains("begins with zeros"));
    }
}
