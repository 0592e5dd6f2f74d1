//! Files that are compressed, unpacked wherever a file of the user's is read. What gzip adds to deflate (RFC 1952) is read here: a
//! library of formats would add five times as much to the module as the inflater alone.

use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF as INTO_ONE_BUFFER;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};

use crate::input::{InputError, Result};

/// The largest file that is unpacked: what a server takes as one body. A few kilobytes can say that they are terabytes.
const UNPACKED_MAX: usize = 512 << 20;
/// Of the first buffer: files are about so much larger than what they are packed into.
const RATIO: usize = 4;

/// The bytes of a file, unpacked if they are gzip's.
pub(crate) fn unpacked(file: &str, bytes: Vec<u8>) -> Result<Vec<u8>> {
    if bytes.starts_with(&[0x1f, 0x8b]) { unpack(file, &bytes, UNPACKED_MAX) } else { Ok(bytes) }
}

/// A file is one packed file or several, one after the other, and perhaps zeros.
#[inline(never)]
fn unpack(file: &str, mut packed: &[u8], max: usize) -> Result<Vec<u8>> {
    let mut unpacked = Vec::new();
    while packed.iter().any(|byte| *byte != 0) {
        packed = match after_header(packed).map(|deflated| inflate(deflated, &mut unpacked, max)) {
            Some(Inflated::All { rest }) => rest,
            Some(Inflated::TooMuch) => {
                return Err(InputError::new(file, format!("a gzip file of at most {max} bytes unpacked")));
            }
            Some(Inflated::Damaged) | None => {
                return Err(InputError::new(file, "a whole gzip file, and this one is cut off or damaged"));
            }
        }
    }
    Ok(unpacked)
}

/// What follows the header: it may have fields that nobody needs.
fn after_header(packed: &[u8]) -> Option<&[u8]> {
    let [0x1f, 0x8b, 8, flags, _, _, _, _, _, _, rest @ ..] = packed else { return None };
    let mut rest = rest;
    if flags & 4 != 0 {
        let [low, high, ..] = rest else { return None };
        rest = rest.get(2 + usize::from(u16::from_le_bytes([*low, *high]))..)?;
    }
    // A name and a comment, each with a zero at its end.
    for _ in 0..((flags >> 3) & 3).count_ones() {
        rest = &rest[1 + rest.iter().position(|byte| *byte == 0)?..];
    }
    if flags & 2 == 0 { Some(rest) } else { rest.get(2..) }
}

enum Inflated<'p> {
    All { rest: &'p [u8] },
    TooMuch,
    Damaged,
}

/// Adds what is packed to `all`, checked by what stands after it.
fn inflate<'p>(mut packed: &'p [u8], all: &mut Vec<u8>, max: usize) -> Inflated<'p> {
    let (start, mut written) = (all.len(), 0);
    let mut state = Box::<DecompressorOxide>::default();
    loop {
        let length = (start + RATIO * packed.len()).max(start + 2 * written).min(max);
        all.resize(length.max(start), 0);
        let (status, read, more) = decompress(&mut state, packed, &mut all[start..], written, INTO_ONE_BUFFER);
        packed = packed.get(read..).unwrap_or_default();
        written += more;
        match status {
            TINFLStatus::Done => break,
            TINFLStatus::HasMoreOutput if start + written < max => {}
            TINFLStatus::HasMoreOutput => return Inflated::TooMuch,
            _ => return Inflated::Damaged,
        }
    }
    all.truncate(start + written);
    let Some((check, rest)) = packed.split_at_checked(8) else { return Inflated::Damaged };
    let told = [crc32(&all[start..]), written as u32].map(u32::to_le_bytes).concat();
    if told == check { Inflated::All { rest } } else { Inflated::Damaged }
}

/// The checksum of gzip, with the reflected polynomial 0xEDB88320.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| CRC[usize::from(crc as u8 ^ byte)] ^ (crc >> 8))
}

const CRC: [u32; 256] = {
    let mut table = [0; 256];
    let mut at = 0;
    while at < 256 {
        let (mut crc, mut bit) = (at as u32, 0);
        while bit < 8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
            bit += 1;
        }
        table[at] = crc;
        at += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, GzBuilder};

    use super::*;

    fn packed(bytes: &[u8], named: GzBuilder) -> Vec<u8> {
        let mut encoder = named.write(Vec::new(), Compression::default());
        encoder.write_all(bytes).expect("to memory");
        encoder.finish().expect("to memory")
    }

    #[test]
    fn gzip_is_unpacked_whole() {
        let long: Vec<u8> = (0..200_000u32).flat_map(|at| (at % 977 * at % 251).to_le_bytes()).collect();
        let named = GzBuilder::new().filename("a.csv").comment("of ours").extra("x".repeat(300));
        for bytes in [&b""[..], b"a,b\n", &long, &[7; 100_000]] {
            assert_eq!(unpacked("t", packed(bytes, GzBuilder::new())), Ok(bytes.to_vec()));
            assert_eq!(unpacked("t", bytes.to_vec()), Ok(bytes.to_vec()), "as it is");
        }
        let two = [packed(&long, named), packed(b"1,2\n", GzBuilder::new()), vec![0; 512]].concat();
        assert_eq!(unpacked("t", two), Ok([&long[..], b"1,2\n"].concat()), "files put together are a file");
    }

    #[test]
    fn what_is_cut_off_damaged_or_a_bomb_is_refused() {
        let whole = packed(&b"a,b\n1,2\n".repeat(99), GzBuilder::new());
        for length in 2..whole.len() {
            let error = unpacked("t.gz", whole[..length].to_vec()).expect_err("cut off").to_string();
            assert_eq!(error, "t.gz: expected a whole gzip file, and this one is cut off or damaged");
            let mut damaged = whole.clone();
            // Time, system and so on say nothing of the bytes.
            damaged[if (4..10).contains(&length) { 10 } else { length }] ^= 0x55;
            assert!(unpacked("t.gz", damaged).is_err(), "byte {length}");
        }
        let bomb = packed(&[0; 10_000], GzBuilder::new());
        assert_eq!(unpack("t.gz", &bomb, 10_000).map(|bytes| bytes.len()), Ok(10_000));
        let error = unpack("t.gz", &bomb, 9_999).expect_err("too much").to_string();
        assert_eq!(error, "t.gz: expected a gzip file of at most 9999 bytes unpacked");
        assert!(unpack("t.gz", &[bomb.clone(), bomb].concat(), 15_000).is_err(), "together too much");
    }
}
