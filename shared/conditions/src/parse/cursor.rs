//! Where the parser is among the tokens.

use super::token::{Token, Word};
use crate::flaw::Flaw;

/// The tokens and the place of the next.
pub(crate) struct Cursor {
    tokens: Vec<Token>,
    next: usize,
}

impl Cursor {
    pub(crate) fn new(tokens: Vec<Token>) -> Self {
        Self { tokens, next: 0 }
    }

    pub(crate) fn peek(&self) -> &Word {
        self.tokens.get(self.next).map_or(&Word::End, |token| &token.word)
    }

    pub(crate) fn at(&self) -> usize {
        self.tokens.get(self.next).or(self.tokens.last()).map_or(0, |token| token.at)
    }

    /// Where the token before ends.
    pub(crate) fn end_before(&self) -> usize {
        self.next.checked_sub(1).and_then(|before| self.tokens.get(before)).map_or(0, |token| token.end)
    }

    pub(crate) fn take(&mut self) -> Word {
        let word = self.peek().clone();
        self.next += 1;
        word
    }

    pub(crate) fn sign(&self) -> &'static str {
        match self.peek() {
            Word::Sign(sign) => sign,
            Word::Name(name) if name == "in" => "in",
            _ => "",
        }
    }

    pub(crate) fn accept(&mut self, sign: &str) -> bool {
        let found = self.sign() == sign;
        self.next += usize::from(found);
        found
    }

    pub(crate) fn need(&mut self, sign: &str) -> Result<(), Flaw> {
        if self.accept(sign) { Ok(()) } else { Err(self.unexpected(&format!("{sign} is expected"))) }
    }

    pub(crate) fn end(&self) -> Result<(), Flaw> {
        if *self.peek() == Word::End { Ok(()) } else { Err(self.unexpected("the condition should end")) }
    }

    pub(crate) fn unexpected(&self, wanted: &str) -> Flaw {
        let found = match self.peek() {
            Word::End => "the condition ends".into(),
            Word::Sign("=") => "there is =; write == to compare".into(),
            Word::Sign(sign) => format!("there is {sign}"),
            Word::Name(name) | Word::Quoted(name) => format!("there is {name}"),
            Word::Text(_) | Word::Bytes(_) => "there is a text".into(),
            Word::Whole(_) | Word::Unsigned(_) | Word::Decimal(_) => "there is a number".into(),
        };
        Flaw::new(self.at(), format!("{wanted} where {found}"))
    }
}
