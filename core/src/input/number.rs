//! Numbers as files have them: exact, however a program or a spreadsheet wrote them.

/// A decimal number as an integer count of `10^-decimals`. Further digits are rounded, half away from zero; exponents are
/// understood. `None` for anything else.
pub(crate) fn decimal(text: &str, decimals: usize) -> Option<i64> {
    let (negative, digits) =
        text.strip_prefix('-').map_or((false, text.strip_prefix('+').unwrap_or(text)), |rest| (true, rest));
    let (mantissa, exponent) = match digits.find(['e', 'E']) {
        None => (digits, 0),
        Some(at) => (&digits[..at], digits[at + 1..].parse::<i16>().ok()?.into()),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let count = (whole.len() + fraction.len()) as i64;
    if count == 0 {
        return None;
    }
    // So many of the digits count.
    let kept = whole.len() as i64 + exponent + decimals as i64;
    let mut value = 0i64;
    for (at, byte) in (0i64..).zip(whole.bytes().chain(fraction.bytes())) {
        let digit = i64::from(byte.wrapping_sub(b'0'));
        if digit > 9 {
            return None;
        }
        if at < kept {
            value = value.checked_mul(10)?.checked_add(digit)?;
        } else if at == kept && digit >= 5 {
            value += 1;
        }
    }
    if value != 0 {
        for _ in count..kept {
            value = value.checked_mul(10)?;
        }
    }
    Some(if negative { -value } else { value })
}

/// What a program that counts in binary leaves of a whole number is gone at so many decimals.
const NOISE_DECIMALS: usize = 9;

/// A number that a cell may hold.
pub(crate) trait Number: PartialOrd + Copy {
    /// `None` if the text is none.
    fn read(text: &str) -> Option<Self>;

    /// As in messages.
    fn text(&self) -> String;
}

impl Number for f64 {
    fn read(text: &str) -> Option<f64> {
        text.parse().ok()
    }

    fn text(&self) -> String {
        number_text(*self)
    }
}

/// A whole number is whole however it is written: `12896.0`, `1.2896e4`.
impl Number for u32 {
    fn read(text: &str) -> Option<u32> {
        text.parse().ok().or_else(|| {
            let one = 10i64.pow(NOISE_DECIMALS as u32);
            let count = decimal(text, NOISE_DECIMALS).filter(|count| count % one == 0)?;
            u32::try_from(count / one).ok()
        })
    }

    fn text(&self) -> String {
        self.to_string()
    }
}

/// A number as a person would write it, for messages. By way of serde_json, whose formatting is in the module anyway.
pub fn number_text(value: f64) -> String {
    let text = serde_json::to_string(&value).unwrap_or_default();
    text.strip_suffix(".0").unwrap_or(&text).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_exact() {
        for (text, decimals, count) in [
            ("5.96295", 6, 5_962_950),
            ("24.0520000", 4, 240_520),
            ("-0.5", 6, -500_000),
            ("26.179650000000003", 6, 26_179_650),
            ("24.05205", 4, 240_521),
            ("24.05204999", 4, 240_520),
            ("1e3", 0, 1_000),
            ("2.5E-2", 4, 250),
            ("+.5", 1, 5),
            ("7.", 0, 7),
            ("0e30000", 6, 0),
            ("4e-30000", 6, 0),
        ] {
            assert_eq!(decimal(text, decimals), Some(count), "{text}");
        }
        for wrong in
            ["", ".", "-", "--1", "1,5", "NaN", "1e", "1e5e5", "0x1", "1 2", "1_0", "1e30000", "99999999999999999999"]
        {
            assert_eq!(decimal(wrong, 4), None, "{wrong}");
        }
    }

    #[test]
    fn a_whole_number_is_whole_however_it_is_written() {
        for (text, number) in [("8", 8), ("12896.0", 12_896), ("1.2896e4", 12_896), ("7.999999999999999", 8), ("+3", 3)]
        {
            assert_eq!(u32::read(text), Some(number), "{text}");
        }
        for wrong in ["7.5", "-1", "4294967296", "", "0.001"] {
            assert_eq!(u32::read(wrong), None, "{wrong}");
        }
    }
}
