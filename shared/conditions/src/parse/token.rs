//! The tokens of a condition.

use super::literal::{self, Style};
use crate::flaw::Flaw;
use crate::number::decimal;

/// A token, and the bytes of the text that it stands in.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub at: usize,
    pub end: usize,
    pub word: Word,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Word {
    /// A whole number without its sign.
    Whole(u64),
    Unsigned(u64),
    Decimal(f64),
    Text(String),
    Bytes(Vec<u8>),
    Name(String),
    /// A field's name in backticks.
    Quoted(String),
    Sign(&'static str),
    End,
}

/// Signs. The longer of two with the same beginning stands first, because the first match counts.
const SIGNS: [&str; 25] = [
    "&&", "||", "==", "!=", "<=", ">=", "<", ">", "!", "-", "+", "*", "/", "%", "?", ":", ".", ",", "(", ")", "[", "]",
    "{", "}", "=",
];

/// All tokens of a text; the last is the end.
pub(crate) fn tokens(text: &str) -> Result<Vec<Token>, Flaw> {
    let mut cutter = Cutter { text, at: 0 };
    let mut tokens = Vec::new();
    loop {
        cutter.skip_blanks();
        let at = cutter.at;
        let word = cutter.word()?;
        let done = word == Word::End;
        tokens.push(Token { at, end: cutter.at, word });
        if done {
            return Ok(tokens);
        }
    }
}

struct Cutter<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Cutter<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Takes the longest beginning of such characters.
    fn take(&mut self, such: impl Fn(char) -> bool) -> &'t str {
        let rest = self.rest();
        let (taken, _) = rest.split_at(rest.find(|c| !such(c)).unwrap_or(rest.len()));
        self.at += taken.len();
        taken
    }

    fn skip_blanks(&mut self) {
        self.take(|c| matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{c}'));
        while self.rest().starts_with("//") {
            self.take(|c| c != '\n');
            self.take(|c| matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{c}'));
        }
    }

    fn word(&mut self) -> Result<Word, Flaw> {
        let rest = self.rest();
        let next = |n: usize| rest.chars().nth(n).unwrap_or('\0');
        if rest.is_empty() {
            return Ok(Word::End);
        }
        if let Some((style, prefix)) = quoted(rest) {
            return self.quoted(style, prefix);
        }
        if next(0).is_ascii_digit() || next(0) == '.' && next(1).is_ascii_digit() {
            return self.number();
        }
        if next(0).is_ascii_alphabetic() || next(0) == '_' {
            return Ok(Word::Name(self.take(|c| c.is_ascii_alphanumeric() || c == '_').to_owned()));
        }
        if next(0) == '`' {
            return self.field_name();
        }
        let sign = SIGNS.iter().find(|sign| rest.starts_with(**sign));
        let sign = sign.ok_or_else(|| Flaw::new(self.at, format!("{:?} is no part of a condition", next(0))))?;
        self.at += sign.len();
        Ok(Word::Sign(sign))
    }

    fn field_name(&mut self) -> Result<Word, Flaw> {
        let at = self.at;
        self.at += 1;
        let name = self.take(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | '/' | ' '));
        let closed = self.rest().starts_with('`') && !name.is_empty();
        self.at += 1;
        if closed {
            Ok(Word::Quoted(name.to_owned()))
        } else {
            Err(Flaw::new(at, "this name in backticks does not end"))
        }
    }

    /// A text or bytes behind a prefix such as `rb`.
    fn quoted(&mut self, style: Style, prefix: usize) -> Result<Word, Flaw> {
        let at = self.at;
        let opened = self.rest().get(prefix..).unwrap_or_default();
        let quote = ["\"\"\"", "'''", "\"", "'"].into_iter().find(|quote| opened.starts_with(quote)).unwrap_or("\"");
        let inside = opened.get(quote.len()..).unwrap_or_default();
        let length = closing(inside, quote, style).ok_or_else(|| Flaw::new(at, "this text does not end"))?;
        let start = at + prefix + quote.len();
        self.at = start + length + quote.len();
        let bytes = literal::bytes(inside.get(..length).unwrap_or_default(), style, start)?;
        if style.bytes {
            return Ok(Word::Bytes(bytes));
        }
        String::from_utf8(bytes).map(Word::Text).map_err(|_| Flaw::new(at, "this text is not UTF-8"))
    }

    fn number(&mut self) -> Result<Word, Flaw> {
        let at = self.at;
        let wrong = |problem: &str| Flaw::new(at, format!("this number {problem}"));
        if self.rest().starts_with("0x") || self.rest().starts_with("0X") {
            self.at += 2;
            let digits = self.take(|c| c.is_ascii_hexdigit());
            let read = u64::from_str_radix(digits, 16).map_err(|_| wrong("is too large or has no digits"))?;
            return self.whole(read);
        }
        self.take(|c| c.is_ascii_digit());
        let fraction = self.rest().starts_with('.') && self.rest().chars().nth(1).is_some_and(|c| c.is_ascii_digit());
        if fraction {
            self.at += 1;
            self.take(|c| c.is_ascii_digit());
        }
        let power = self.power();
        let written = self.text.get(at..self.at).unwrap_or_default();
        if fraction || power {
            return self.ended(Word::Decimal(decimal(written).map_err(wrong)?));
        }
        let read =
            written.parse().map_err(|_| wrong("is too large for a whole number; with .0 it is a decimal one"))?;
        self.whole(read)
    }

    /// Takes an exponent, if there is one.
    fn power(&mut self) -> bool {
        let digits = self.rest().strip_prefix(['e', 'E']).map(|rest| rest.strip_prefix(['+', '-']).unwrap_or(rest));
        match digits {
            Some(digits) if digits.starts_with(|c: char| c.is_ascii_digit()) => {
                self.at = self.text.len() - digits.len();
                self.take(|c| c.is_ascii_digit());
                true
            }
            _ => false,
        }
    }

    fn whole(&mut self, read: u64) -> Result<Word, Flaw> {
        let unsigned = self.rest().starts_with(['u', 'U']);
        self.at += usize::from(unsigned);
        self.ended(if unsigned { Word::Unsigned(read) } else { Word::Whole(read) })
    }

    /// A number's word, unless a name follows immediately.
    fn ended(&self, word: Word) -> Result<Word, Flaw> {
        let glued = self.rest().starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
        if glued { Err(Flaw::new(self.at, "a number ends here and a name begins")) } else { Ok(word) }
    }
}

/// The style of a quoted text that begins here, and the length of its prefix.
fn quoted(rest: &str) -> Option<(Style, usize)> {
    let length = rest.bytes().take(3).position(|b| matches!(b, b'"' | b'\''))?;
    let (raw, bytes) = match rest.get(..length)? {
        "" => (false, false),
        "r" | "R" => (true, false),
        "b" | "B" => (false, true),
        "rb" | "rB" | "Rb" | "RB" | "br" | "bR" | "Br" | "BR" => (true, true),
        _ => return None,
    };
    Some((Style { raw, bytes }, length))
}

/// Where the closing quotation mark is.
fn closing(inside: &str, quote: &str, style: Style) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in inside.char_indices() {
        if !escaped && inside.get(at..).is_some_and(|rest| rest.starts_with(quote)) {
            return Some(at);
        }
        if quote.len() == 1 && matches!(c, '\n' | '\r') {
            return None;
        }
        escaped = c == '\\' && !escaped && !style.raw;
    }
    None
}
