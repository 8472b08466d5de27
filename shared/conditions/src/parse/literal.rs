//! The inside of quoted text and bytes: escapes.

use crate::flaw::Flaw;

/// How a quoted text is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Style {
    /// `r"…"`: a backslash is a backslash.
    pub raw: bool,
    /// `b"…"`: the escapes `\x` and `\ooo` are bytes.
    pub bytes: bool,
}

/// The bytes that the inside of a quoted text stands for; `at` is its first byte in the condition.
pub(crate) fn bytes(inside: &str, style: Style, at: usize) -> Result<Vec<u8>, Flaw> {
    let mut out = Vec::with_capacity(inside.len());
    let mut rest = inside;
    while let Some((plain, escaped)) = rest.split_once('\\').filter(|_| !style.raw) {
        out.extend(plain.as_bytes());
        let here = at + inside.len() - escaped.len() - 1;
        let (meant, after) = escape(escaped, style).ok_or_else(|| Flaw::new(here, "this escape is not known"))?;
        match meant {
            Escaped::Char(c) => out.extend(c.encode_utf8(&mut [0; 4]).as_bytes()),
            Escaped::Byte(byte) => out.push(byte),
        }
        rest = after;
    }
    out.extend(rest.as_bytes());
    Ok(out)
}

enum Escaped {
    Char(char),
    Byte(u8),
}

/// What the escape behind a backslash means, and what follows it.
fn escape(text: &str, style: Style) -> Option<(Escaped, &str)> {
    let mut chars = text.chars();
    let simple = match chars.next()? {
        'a' => '\u{7}',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\u{b}',
        same @ ('\\' | '?' | '"' | '\'' | '`') => same,
        'x' | 'X' => return coded(text, (1, 2), 16, style),
        'u' if !style.bytes => return coded(text, (1, 4), 16, style),
        'U' if !style.bytes => return coded(text, (1, 8), 16, style),
        '0'..='3' => return coded(text, (0, 3), 8, style),
        _ => return None,
    };
    Some((Escaped::Char(simple), chars.as_str()))
}

/// A number of so many digits, behind so many letters.
fn coded(text: &str, (skip, digits): (usize, usize), radix: u32, style: Style) -> Option<(Escaped, &str)> {
    let number = text.get(skip..skip + digits).filter(|n| n.chars().all(|c| c.is_digit(radix)))?;
    let code = u32::from_str_radix(number, radix).ok()?;
    let meant =
        if style.bytes { Escaped::Byte(u8::try_from(code).ok()?) } else { Escaped::Char(char::from_u32(code)?) };
    Some((meant, text.get(skip + digits..)?))
}
