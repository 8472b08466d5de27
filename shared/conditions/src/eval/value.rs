//! Values while a condition is evaluated. Values of the facts and of the condition are borrowed (`Lent`), never copied; computed values
//! are owned (`Made`).

use super::doubt::Fail;
use crate::kind::Kind;
use crate::number::EXACT;
use crate::tree::Constant;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Number, Value as Json};
use std::ops::Deref;
use std::rc::Rc;

#[derive(Clone, Debug)]
pub(crate) enum Value<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    /// Local invariant: finite.
    Double(f64),
    Text(Shared<'a, str>),
    Bytes(Shared<'a, [u8]>),
    Time(Timestamp),
    Span(SignedDuration),
    Kind(Kind),
    List(List<'a>),
    Map(Dict<'a>),
}

/// A text or bytes: borrowed from the facts or the condition, or computed.
#[derive(Debug)]
pub(crate) enum Shared<'a, T: ?Sized> {
    Lent(&'a T),
    Made(Rc<T>),
}

#[derive(Clone, Debug)]
pub(crate) enum List<'a> {
    Lent(&'a [Json]),
    Made(Rc<[Value<'a>]>),
}

#[derive(Clone, Debug)]
pub(crate) enum Dict<'a> {
    Lent(&'a Map<String, Json>),
    Made(Rc<[(Value<'a>, Value<'a>)]>),
}

impl<T: ?Sized> Clone for Shared<'_, T> {
    fn clone(&self) -> Self {
        match self {
            Self::Lent(lent) => Self::Lent(lent),
            Self::Made(made) => Self::Made(Rc::clone(made)),
        }
    }
}

impl<T: ?Sized> Deref for Shared<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        match self {
            Self::Lent(lent) => lent,
            Self::Made(made) => made,
        }
    }
}

impl<'a> Value<'a> {
    /// A value of JSON. Local invariant: a number has the same value however it is written: `50.0` is the whole number 50.
    pub(crate) fn of(json: &'a Json) -> Self {
        match json {
            Json::Null => Self::Null,
            Json::Bool(b) => Self::Bool(*b),
            Json::Number(number) => Self::number(number),
            Json::String(text) => Self::Text(Shared::Lent(text)),
            Json::Array(items) => Self::List(List::Lent(items)),
            Json::Object(map) => Self::Map(Dict::Lent(map)),
        }
    }

    fn number(number: &Number) -> Self {
        if let Some(int) = number.as_i64() {
            return Self::Int(int);
        }
        if let Some(uint) = number.as_u64() {
            return Self::Uint(uint);
        }
        let double = number.as_f64().unwrap_or_default();
        let whole = double.fract() == 0.0 && double.abs() < EXACT;
        if whole { Self::Int(double as i64) } else { Self::Double(double) }
    }

    pub(crate) fn constant(constant: &'a Constant) -> Self {
        match constant {
            Constant::Null => Self::Null,
            Constant::Bool(b) => Self::Bool(*b),
            Constant::Int(n) => Self::Int(*n),
            Constant::Uint(n) => Self::Uint(*n),
            Constant::Double(n) => Self::Double(*n),
            Constant::Text(text) => Self::Text(Shared::Lent(text)),
            Constant::Bytes(bytes) => Self::Bytes(Shared::Lent(bytes)),
            Constant::Time(time) => Self::Time(*time),
            Constant::Span(span) => Self::Span(*span),
            Constant::Kind(kind) => Self::Kind(*kind),
        }
    }

    /// A borrowed text.
    pub(crate) fn lent(text: &'a str) -> Self {
        Self::Text(Shared::Lent(text))
    }

    /// A computed text.
    pub(crate) fn made(text: String) -> Self {
        Self::Text(Shared::Made(text.into()))
    }

    /// An object of those texts that have a value.
    pub(crate) fn record(fields: &[(&'static str, Option<&'a str>)]) -> Self {
        let there = fields.iter().filter_map(|(name, text)| Some((Self::lent(name), Self::lent((*text)?))));
        Self::Map(Dict::Made(there.collect()))
    }

    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::Null => Kind::Null,
            Self::Bool(_) => Kind::Bool,
            Self::Int(_) => Kind::Int,
            Self::Uint(_) => Kind::Uint,
            Self::Double(_) => Kind::Double,
            Self::Text(_) => Kind::Text,
            Self::Bytes(_) => Kind::Bytes,
            Self::Time(_) => Kind::Time,
            Self::Span(_) => Kind::Span,
            Self::Kind(_) => Kind::Type,
            Self::List(_) => Kind::List,
            Self::Map(_) => Kind::Map,
        }
    }

    pub(crate) fn boolean(&self) -> Result<bool, Fail> {
        match self {
            Self::Bool(b) => Ok(*b),
            other => Err(Fail::kind(other.kind(), Kind::Bool.word())),
        }
    }

    /// The double that a computation gave, or a doubt where it is infinite or not a number.
    pub(crate) fn double(double: f64) -> Result<Self, Fail> {
        if double.is_finite() { Ok(Self::Double(double)) } else { Err(Fail::doubt("{} is too large a number")) }
    }
}

impl<'a> List<'a> {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Lent(items) => items.len(),
            Self::Made(items) => items.len(),
        }
    }

    pub(crate) fn get(&self, at: usize) -> Option<Value<'a>> {
        match self {
            Self::Lent(items) => items.get(at).map(Value::of),
            Self::Made(items) => items.get(at).cloned(),
        }
    }
}

impl<'a> Dict<'a> {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Lent(map) => map.len(),
            Self::Made(entries) => entries.len(),
        }
    }

    /// Keys and values, in order.
    pub(crate) fn entries(&self) -> Box<dyn Iterator<Item = (Value<'a>, Value<'a>)> + '_> {
        match self {
            Self::Lent(map) => Box::new(map.iter().map(|(key, value)| (Value::lent(key), Value::of(value)))),
            Self::Made(entries) => Box::new(entries.iter().cloned()),
        }
    }

    /// The keys as a list.
    pub(crate) fn keys(&self) -> List<'a> {
        List::Made(self.entries().map(|(key, _)| key).collect())
    }
}
