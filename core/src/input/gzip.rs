//! Files that are compressed: unpacked wherever a file of the user's is read.

use std::io::Read;

use flate2::read::MultiGzDecoder;

use crate::input::{InputError, Result};

/// The largest file that is unpacked: what a server takes as one body. A few kilobytes can say that they are terabytes.
const UNPACKED_MAX: u64 = 512 << 20;

/// The bytes of a file, unpacked if they are gzip's.
pub(crate) fn unpacked(file: &str, bytes: Vec<u8>) -> Result<Vec<u8>> {
    if bytes.starts_with(&[0x1f, 0x8b]) { unpack(file, &bytes, UNPACKED_MAX) } else { Ok(bytes) }
}

#[inline(never)]
fn unpack(file: &str, bytes: &[u8], max: u64) -> Result<Vec<u8>> {
    let mut unpacked = Vec::new();
    let read = MultiGzDecoder::new(bytes).take(max + 1).read_to_end(&mut unpacked);
    match read {
        Ok(length) if length as u64 > max => {
            Err(InputError::new(file, format!("a gzip file of at most {max} bytes unpacked")))
        }
        Ok(_) => Ok(unpacked),
        Err(error) => Err(InputError::new(file, format!("a whole gzip file ({error})"))),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    #[test]
    fn gzip_is_unpacked_whole_and_within_bounds() {
        let packed = |bytes: &[u8]| {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
            encoder.write_all(bytes).expect("to memory");
            encoder.finish().expect("to memory")
        };
        let twice = [packed(b"a,b\n"), packed(b"1,2\n")].concat();
        assert_eq!(unpacked("t", twice), Ok(b"a,b\n1,2\n".to_vec()), "files put together are a file");
        assert_eq!(unpacked("t", b"a,b\n".to_vec()), Ok(b"a,b\n".to_vec()));
        let text = |result: Result<Vec<u8>>| result.expect_err("no whole file").to_string();
        let bomb = text(unpack("t.gz", &packed(&[0; 10_000]), 9_999));
        assert_eq!(bomb, "t.gz: expected a gzip file of at most 9999 bytes unpacked");
        let whole = packed(b"a,b\n1,2\n");
        assert!(
            text(unpacked("t.gz", whole[..whole.len() - 3].to_vec())).starts_with("t.gz: expected a whole gzip file (")
        );
        let mut spoilt = whole;
        *spoilt.last_mut().expect("bytes") ^= 1;
        assert!(text(unpacked("t.gz", spoilt)).starts_with("t.gz: expected a whole gzip file ("));
    }
}
