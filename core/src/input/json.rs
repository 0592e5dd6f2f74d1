//! JSON documents. What the parser says of them is told in the words of whoever wrote the file, and by the path of the field.

use std::fmt;

use serde::de::{DeserializeOwned, Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};

use crate::input::json_path::Place;
use crate::input::near::nearest;
use crate::input::row::{YES_NO, yes_or_no};
use crate::input::text::utf8;
use crate::input::{InputError, Result, json_path, quoted};

/// Parses a JSON document, naming the line and the path of a field that does not fit.
pub fn json<T: DeserializeOwned>(file: &str, bytes: &[u8]) -> Result<T> {
    let text = utf8(file, bytes)?;
    // The parser skips what nobody asks for however deep it is; others that get it may not.
    if let Some(at) = too_deep(text) {
        let line = 1 + text[..at].matches('\n').count();
        return Err(InputError::new(file, TOO_DEEP).at(line as u64));
    }
    serde_json::from_str(text).map_err(|error| told(file, text, &error, &|text| serde_json::from_str::<T>(text).err()))
}

const LEVELS_MAX: u32 = 127;
const TOO_DEEP: &str = "at most 127 levels of [ and {";

/// Where a document is nested deeper than any of ours.
fn too_deep(text: &str) -> Option<usize> {
    let (mut level, mut is_quoted) = (0u32, false);
    let mut bytes = text.bytes().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'"' => is_quoted = !is_quoted,
            b'\\' if is_quoted => drop(bytes.next()),
            b'[' | b'{' if !is_quoted => level += 1,
            b']' | b'}' if !is_quoted => level = level.saturating_sub(1),
            _ => {}
        }
        if level > LEVELS_MAX {
            return Some(at);
        }
    }
    None
}

/// A whole number that may be absent, however it is written.
pub(crate) fn some_whole<'de, D, T>(from: D) -> std::result::Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: TryFrom<u64>,
{
    let some = Option::<Written<T>>::deserialize(from)?;
    Ok(some.map(|Written(whole)| whole))
}

struct Written<T>(T);

impl<'de, T: TryFrom<u64>> Deserialize<'de> for Written<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> std::result::Result<Written<T>, D::Error> {
        whole(from).map(Written)
    }
}

/// A whole number however it is written: `2000000`, `2e6`, `2000000.0`.
pub(crate) fn whole<'de, D: Deserializer<'de>, T: TryFrom<u64>>(from: D) -> std::result::Result<T, D::Error> {
    let whole = from.deserialize_u64(Whole)?;
    T::try_from(whole).map_err(|_| D::Error::invalid_value(Unexpected::Unsigned(whole), &"a smaller whole number"))
}

const WHOLE: &str = "a whole number, 0 or more";

struct Whole;

impl Visitor<'_> for Whole {
    type Value = u64;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(WHOLE)
    }

    fn visit_u64<E>(self, whole: u64) -> std::result::Result<u64, E> {
        Ok(whole)
    }

    fn visit_f64<E: Error>(self, number: f64) -> std::result::Result<u64, E> {
        // 2⁶³ is far beyond what is asked for anywhere.
        let is_whole = (0.0..9.2e18).contains(&number) && libm::trunc(number).total_cmp(&number).is_eq();
        if is_whole { Ok(number as u64) } else { Err(E::invalid_value(Unexpected::Float(number), &self)) }
    }
}

/// Yes or no, as in a table: true and false, or a word in quotes.
pub(crate) fn yes_no<'de, D: Deserializer<'de>>(from: D) -> std::result::Result<bool, D::Error> {
    // A binary form does not describe itself.
    if from.is_human_readable() { from.deserialize_any(YesNo) } else { bool::deserialize(from) }
}

struct YesNo;

impl Visitor<'_> for YesNo {
    type Value = bool;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(YES_NO)
    }

    fn visit_bool<E>(self, yes: bool) -> std::result::Result<bool, E> {
        Ok(yes)
    }

    fn visit_u64<E: Error>(self, number: u64) -> std::result::Result<bool, E> {
        yes_or_no(&number.to_string()).ok_or_else(|| E::invalid_value(Unexpected::Unsigned(number), &self))
    }

    fn visit_str<E: Error>(self, word: &str) -> std::result::Result<bool, E> {
        yes_or_no(word).ok_or_else(|| E::invalid_value(Unexpected::Str(word), &self))
    }
}

#[inline(never)]
fn told(
    file: &str,
    text: &str,
    error: &serde_json::Error,
    again: &dyn Fn(&str) -> Option<serde_json::Error>,
) -> InputError {
    let message = error.to_string();
    let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(message, _)| message);
    let place = json_path::at(text, error.line(), error.column());
    let within = |line: usize, path: String| {
        let located = InputError::new(file, "").at(line as u64);
        if path.is_empty() { located } else { located.field(path) }
    };
    let here = within(error.line(), place.path.clone());
    let expecting = |expected: String, error: InputError| InputError { expected, ..error };
    if let Some(name) = between(message, "missing field `", "`") {
        return expecting("a value, and the field is missing".to_owned(), within(place.object_line, place.field(name)));
    }
    if let Some(name) = between(message, "duplicate field `", "`") {
        return expecting("each field once".to_owned(), within(error.line(), place.field(name)));
    }
    if let Some(name) = between(message, "unknown field `", "`, ") {
        let known = listed(message.split_once("`, expected ").map_or("", |(_, known)| known));
        let expected = match nearest(name, known.iter().copied()) {
            Some(near) => format!("another name: `{near}`?"),
            None if known.is_empty() => "no fields".to_owned(),
            None => format!("another name: one of {}", known.join(", ")),
        };
        return expecting(expected, within(error.line(), place.field(&quoted(name))));
    }
    if let Some(name) = between(message, "unknown variant `", "`, ") {
        let known = listed(message.split_once("`, expected ").map_or("", |(_, known)| known));
        return expecting(format!("one of {}", known.join(", ")), here.value(name));
    }
    if let Some(expected) = message.strip_prefix(['}', ']']) {
        let path = place.whole(text, message.as_bytes()[0]);
        return expecting(expected.to_owned(), within(error.line(), path.to_owned()));
    }
    // Serde's structs can be read from lists: one that ends too soon is told by its length.
    if message.starts_with("invalid length ") && message.contains(", expected struct ") {
        return expecting(in_words("a map").to_owned(), within(place.object_line, place.container).value("[ … ]"));
    }
    for of in ["invalid type: ", "invalid value: ", "invalid length "] {
        if let Some((got, expected)) = message.strip_prefix(of).and_then(|rest| rest.rsplit_once(", expected ")) {
            return expecting(in_words(expected).to_owned(), here.value(value(got)));
        }
    }
    expecting(choices(message, text, &place, again).unwrap_or_else(|| syntax(message, place.byte)), here)
}

/// What an empty object should have, one of which it has to have: a field that nobody knows makes the parser tell.
fn choices(
    message: &str,
    text: &str,
    place: &Place,
    again: &dyn Fn(&str) -> Option<serde_json::Error>,
) -> Option<String> {
    let (before, after) = text.split_at_checked(place.end.checked_sub(1)?)?;
    if message != "expected value" || place.byte != b'}' || !before.trim_ascii_end().ends_with('{') {
        return None;
    }
    let told = again(&format!("{before}\"?\": 0{after}"))?.to_string();
    let known = listed(told.strip_prefix("unknown variant `?`, expected ")?).join(", ");
    Some(format!("one of the fields {known}"))
}

/// What to tell serde that was expected of an object as a whole: of which fields, say.
pub(crate) fn of_object(expected: impl fmt::Display) -> String {
    format!("}}{expected}")
}

/// The same of a list.
pub(crate) fn of_list(expected: impl fmt::Display) -> String {
    format!("]{expected}")
}

/// What the grammar wants, by serde_json's message and the byte at which it stopped.
fn syntax(message: &str, at: u8) -> String {
    let said = match message {
        "expected value" if at == b'"' || at.is_ascii_digit() || b"-[{tfn".contains(&at) => "a word in quotes",
        "expected value" => "a value: text in quotes, a number, true, false, null, [ or {",
        "expected ident" => "true, false or null",
        "invalid number" => "a number",
        "number out of range" => "a number of at most 1.8e308 either way",
        "trailing comma" => "another item after the comma, or none",
        "trailing characters" => "nothing after the end of the document",
        "key must be a string" => "the name of a field in quotes",
        "unexpected end of hex escape" | "lone leading surrogate in hex escape" | "invalid unicode code point" => {
            "an escape of a whole character: \\ud800 to \\udfff are halves of one, in pairs"
        }
        "invalid escape" => "an escape that JSON has, such as \\\\ for a backslash",
        _ if message.starts_with("EOF") => "more: the file ends within a value",
        _ if message.starts_with("control character") => "text that ends on its line, without tabs",
        _ => message.strip_prefix("expected ").unwrap_or(message),
    };
    said.to_owned()
}

/// What serde calls the types.
fn in_words(expected: &str) -> &str {
    match expected {
        "f64" => "a number",
        "u64" | "u32" | "usize" => WHOLE,
        "a string" => "text in quotes",
        "a boolean" => "true or false",
        "a sequence" => "a list: [ … ]",
        "a map" => "an object: { … }",
        "unit" => "nothing",
        _ if expected.starts_with("struct ") => "an object: { … }",
        _ => expected.strip_prefix("expected ").unwrap_or(expected),
    }
}

/// The value in serde's words, such as ``floating point `1.5` `` or `string "x"`.
fn value(got: &str) -> &str {
    match got {
        "map" => "{ … }",
        "sequence" => "[ … ]",
        _ => between(got, "`", "`").unwrap_or(got.strip_prefix("string ").unwrap_or(got)),
    }
}

/// The names in `` `a`, `b` `` or `` one of `a`, `b` ``.
fn listed(names: &str) -> Vec<&str> {
    names.split('`').skip(1).step_by(2).collect()
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(before)?;
    rest.split_once(after).map(|(inner, _)| inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only parsed")]
    struct Inner {
        mean: f64,
        #[serde(default, deserialize_with = "whole")]
        visits: u32,
        #[serde(default)]
        kind: Kind,
        #[serde(default)]
        lost: Option<Lost>,
        #[serde(default)]
        names: Vec<String>,
    }

    #[derive(Debug, Default, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Kind {
        #[default]
        Halton,
        Sobol,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "snake_case")]
    #[expect(dead_code, reason = "only parsed")]
    enum Lost {
        Count(u64),
        Percent(f64),
    }

    #[test]
    fn errors_are_told_in_the_words_of_whoever_wrote_the_file() {
        for (text, told) in [
            ("[{\"mean\":1},\n{\"maen\":1}]", "s.json, line 2, [1].maen: expected another name: `mean`?"),
            ("[{\"x\":1}]", "s.json, line 1, [0].x: expected another name: one of mean, visits, kind, lost, names"),
            ("[\n{\"kind\":\"sobol\"\n}]", "s.json, line 2, [0].mean: expected a value, and the field is missing"),
            ("[{\"mean\":1,\"mean\":1}]", "s.json, line 1, [0].mean: expected each field once"),
            ("[{\"mean\":\"1\"}]", "s.json, line 1, [0].mean: got `\"1\"`, expected a number"),
            (
                "[{\"mean\":1,\"visits\":1.5}]",
                "s.json, line 1, [0].visits: got `1.5`, expected a whole number, 0 or more",
            ),
            (
                "[{\"mean\":1,\"visits\":-1}]",
                "s.json, line 1, [0].visits: got `-1`, expected a whole number, 0 or more",
            ),
            (
                "[{\"mean\":1,\"visits\":5e9}]",
                "s.json, line 1, [0].visits: got `5000000000`, expected a smaller whole number",
            ),
            (
                "[{\"mean\":1,\"visits\":\"2\"}]",
                "s.json, line 1, [0].visits: got `\"2\"`, expected a whole number, 0 or more",
            ),
            ("[{\"mean\":1,\"kind\":\"hal\"}]", "s.json, line 1, [0].kind: got `hal`, expected one of halton, sobol"),
            ("[{\"mean\":1,\"kind\":3}]", "s.json, line 1, [0].kind: expected a word in quotes"),
            ("[{\"mean\":1,\"names\":\"a\"}]", "s.json, line 1, [0].names: got `\"a\"`, expected a list: [ … ]"),
            ("[{\"mean\":1,\"lost\":{ }}]", "s.json, line 1, [0].lost: expected one of the fields count, percent"),
            ("[{\"mean\":[]}]", "s.json, line 1, [0].mean: got `[ … ]`, expected a number"),
            ("[\n[]]", "s.json, line 2, [0]: got `[ … ]`, expected an object: { … }"),
            (
                "[{\"names\":[\"\\ud800\"]}]",
                "s.json, line 1, [0].names[0]: expected an escape of a whole character: \\ud800 to \\udfff are halves of one, in pairs",
            ),
            ("{}", "s.json, line 1: got `{ … }`, expected a list: [ … ]"),
            ("[7]", "s.json, line 1, [0]: got `7`, expected an object: { … }"),
            (
                "[{\"mean\":NaN}]",
                "s.json, line 1, [0].mean: expected a value: text in quotes, a number, true, false, null, [ or {",
            ),
            ("[{\"mean\":1e999}]", "s.json, line 1, [0].mean: expected a number of at most 1.8e308 either way"),
            ("[{\"mean\":1}", "s.json, line 1, [0].mean: expected more: the file ends within a value"),
            ("[{mean:1}]", "s.json, line 1, [0]: expected the name of a field in quotes"),
            ("[] 7", "s.json, line 1: expected nothing after the end of the document"),
        ] {
            let error = json::<Vec<Inner>>("s.json", text.as_bytes()).expect_err(text);
            assert_eq!(error.to_string(), told, "{text}");
        }
    }

    #[test]
    fn whole_numbers_may_have_a_point_or_an_exponent() {
        for (text, number) in [("2000000", 2_000_000), ("2e6", 2_000_000), ("2000000.0", 2_000_000), ("0", 0)] {
            let text = format!("{{\"mean\":1,\"visits\":{text}}}");
            assert_eq!(json::<Inner>("s.json", text.as_bytes()).expect("valid").visits, number);
        }
    }

    #[test]
    fn what_is_nested_deep_is_refused_and_overflows_nothing() {
        let deep = |levels: usize| format!("{}\"\\\"{}\"{}", "[".repeat(levels), "[".repeat(200), "]".repeat(levels));
        for skipped in [false, true] {
            let read = |levels: usize| match skipped {
                true => json::<serde::de::IgnoredAny>("s.json", deep(levels).as_bytes()).map(drop),
                false => json::<serde_json::Value>("s.json", deep(levels).as_bytes()).map(drop),
            };
            assert_eq!(read(127), Ok(()));
            let error = read(20_000).expect_err("deep").to_string();
            assert_eq!(error, "s.json, line 1: expected at most 127 levels of [ and {");
        }
    }
}
