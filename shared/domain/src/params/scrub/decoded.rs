//! A text with one kind of escapes undone, byte by byte, with where in the text each byte came from: a hidden value is found however
//! many of its characters were escaped.

/// Bytes, and for each of them where it begins and ends in the text that was reported.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct View {
    pub(super) bytes: Vec<u8>,
    pub(super) from: Vec<(usize, usize)>,
}

/// How a text may have been escaped.
#[derive(Clone, Copy, Debug)]
pub(super) enum Escapes {
    /// `%2B`.
    Percent,
    /// `%2B`, and `+` for a space.
    Form,
    /// `\"`, `\n`, `\u00e9`, `\x1b`.
    Backslash,
    /// `&amp;`, `&#39;`, `&#x27;`.
    Entity,
}

impl Escapes {
    pub(super) const ALL: [Self; 4] = [Self::Percent, Self::Form, Self::Backslash, Self::Entity];

    /// What an escape stands for, and how many bytes it has; none where none begins here.
    fn at(self, rest: &[u8]) -> Option<(Vec<u8>, usize)> {
        match (self, rest) {
            (Self::Percent | Self::Form, [b'%', hex @ ..]) => Some((vec![number(hex.get(..2)?, 16)? as u8], 3)),
            (Self::Form, [b'+', ..]) => Some((vec![b' '], 1)),
            (Self::Backslash, [b'\\', b'u', ..]) => unicode(rest),
            (Self::Backslash, [b'\\', b'x', hex @ ..]) => Some((vec![number(hex.get(..2)?, 16)? as u8], 4)),
            (Self::Backslash, [b'\\', c, ..]) => Some((vec![simple(*c)?], 2)),
            (Self::Entity, [b'&', name @ ..]) => entity(name),
            _ => None,
        }
    }
}

impl View {
    /// A text as it is.
    pub(super) fn of(text: &str) -> Self {
        Self { bytes: text.as_bytes().to_vec(), from: (0..text.len()).map(|at| (at, at + 1)).collect() }
    }

    /// With one kind of escapes undone; none where there are none.
    pub(super) fn decoded(&self, escapes: Escapes) -> Option<Self> {
        let mut decoded = Self { bytes: Vec::new(), from: Vec::new() };
        let mut at = 0;
        while let Some(byte) = self.bytes.get(at) {
            let rest = self.bytes.get(at..).unwrap_or_default();
            let (bytes, length) = escapes.at(rest).unwrap_or_else(|| (vec![*byte], 1));
            let last = self.from.get(at + length - 1).map_or(0, |(_, end)| *end);
            let whole = (self.from.get(at).map_or(0, |(start, _)| *start), last);
            decoded.from.extend(bytes.iter().map(|_| whole));
            decoded.bytes.extend(bytes);
            at += length;
        }
        (decoded.bytes != self.bytes).then_some(decoded)
    }
}

fn number(digits: &[u8], radix: u32) -> Option<u32> {
    let good = !digits.is_empty() && digits.iter().all(|d| char::from(*d).is_digit(radix));
    good.then(|| u32::from_str_radix(std::str::from_utf8(digits).ok()?, radix).ok())?
}

fn simple(c: u8) -> Option<u8> {
    match c {
        b'"' | b'\'' | b'\\' | b'/' => Some(c),
        b'n' => Some(b'\n'),
        b'r' => Some(b'\r'),
        b't' => Some(b'\t'),
        b'b' => Some(8),
        b'f' => Some(12),
        _ => None,
    }
}

fn utf8(c: char) -> Vec<u8> {
    c.to_string().into_bytes()
}

/// `\u00e9`, or the two halves of a character beyond 16 bits.
fn unicode(rest: &[u8]) -> Option<(Vec<u8>, usize)> {
    let unit = |at: usize| rest.get(at..).filter(|r| r.starts_with(b"\\u")).and_then(|r| number(r.get(2..6)?, 16));
    let first = unit(0)?;
    if let Some(c) = char::from_u32(first) {
        return Some((utf8(c), 6));
    }
    let units = [first as u16, unit(6)? as u16];
    let c = char::decode_utf16(units).next()?.ok()?;
    Some((utf8(c), 12))
}

fn entity(name: &[u8]) -> Option<(Vec<u8>, usize)> {
    let end = name.iter().take(10).position(|b| *b == b';')?;
    let c = match name.get(..end)? {
        b"amp" => '&',
        b"lt" => '<',
        b"gt" => '>',
        b"quot" => '"',
        b"apos" => '\'',
        [b'#', b'x' | b'X', hex @ ..] => char::from_u32(number(hex, 16)?)?,
        [b'#', digits @ ..] => char::from_u32(number(digits, 10)?)?,
        _ => return None,
    };
    Some((utf8(c), end + 2))
}
