//! The tree of a condition: the parser makes it, the checks and the evaluation read it.

use crate::function::Function;
use crate::kind::Kind;
use crate::pattern::Pattern;
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use std::ops::Range;
use wildmatch::WildMatch;

/// An expression of the text.
#[derive(Debug)]
pub(crate) struct Expr {
    /// The byte where it begins, with the brackets around it.
    pub at: usize,
    /// The bytes that a message quotes: those within the brackets.
    pub quote: Range<usize>,
    /// How many expressions are within each other here.
    pub height: usize,
    pub node: Node,
}

#[derive(Debug)]
pub(crate) enum Node {
    Constant(Constant),
    Variable(Variable),
    /// A variable of a macro, by its place among those that are in scope, the outermost first.
    Local(usize),
    /// A name that is not known; this is a fault already.
    Unknown,
    Field(Box<Expr>, String),
    Has(Box<Expr>, String),
    Index(Box<[Expr; 2]>),
    List(Vec<Expr>),
    Map(Vec<[Expr; 2]>),
    Not(Box<Expr>),
    Negative(Box<Expr>),
    And(Vec<Expr>),
    Or(Vec<Expr>),
    Compare(Comparison, Box<[Expr; 2]>),
    Compute(Operation, Box<[Expr; 2]>),
    If(Box<[Expr; 3]>),
    Call(Function, Vec<Expr>, Option<Prepared>),
    Fold(Box<Fold>),
}

/// A value that stands in the text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Constant {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Double(f64),
    Text(String),
    Bytes(Vec<u8>),
    Time(Timestamp),
    Span(SignedDuration),
    Kind(Kind),
}

/// A variable of every condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Variable {
    Action,
    Params,
    Agent,
    Workspace,
    Requester,
    Origin,
    Justification,
    Now,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

/// What a call needs and its literal arguments give already.
#[derive(Debug)]
pub(crate) enum Prepared {
    Pattern(Pattern),
    Glob(WildMatch),
    Zone(TimeZone),
}

/// A macro over the items of a list or the keys of an object.
#[derive(Debug)]
pub(crate) struct Fold {
    pub fold: Folding,
    pub range: Expr,
    /// What is asked of each item; `map` may have none.
    pub test: Option<Expr>,
    /// What `map` makes of each item.
    pub each: Option<Expr>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Folding {
    All,
    Exists,
    ExistsOne,
    Map,
    Filter,
}

impl Variable {
    /// The names, as a condition has them.
    pub(crate) const NAMES: [(&str, Self); 8] = [
        ("action", Self::Action),
        ("params", Self::Params),
        ("agent", Self::Agent),
        ("workspace", Self::Workspace),
        ("requester", Self::Requester),
        ("origin", Self::Origin),
        ("justification", Self::Justification),
        ("now", Self::Now),
    ];

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, variable)| *variable)
    }

    pub(crate) fn kind(self) -> Kind {
        match self {
            Self::Params | Self::Requester | Self::Origin => Kind::Map,
            Self::Now => Kind::Time,
            Self::Action | Self::Agent | Self::Workspace | Self::Justification => Kind::Text,
        }
    }

    /// The fields of a variable that has no others.
    pub(crate) fn fields(self) -> Option<&'static [&'static str]> {
        match self {
            Self::Requester => Some(&["id", "source", "display"]),
            Self::Origin => Some(&["repo", "branch", "pr", "run_id"]),
            _ => None,
        }
    }
}

impl Folding {
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "all" => Self::All,
            "exists" => Self::Exists,
            "exists_one" | "existsOne" => Self::ExistsOne,
            "map" => Self::Map,
            "filter" => Self::Filter,
            _ => return None,
        })
    }
}

impl Constant {
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
        }
    }
}

impl Expr {
    /// The text, if it is a literal one.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.node {
            Node::Constant(Constant::Text(text)) => Some(text),
            _ => None,
        }
    }
}

impl Node {
    /// The expressions directly within.
    pub(crate) fn children(&self) -> Vec<&Expr> {
        match self {
            Self::Constant(_) | Self::Variable(_) | Self::Local(_) | Self::Unknown => Vec::new(),
            Self::Field(of, _) | Self::Has(of, _) | Self::Not(of) | Self::Negative(of) => vec![of],
            Self::Index(two) | Self::Compare(_, two) | Self::Compute(_, two) => two.iter().collect(),
            Self::If(three) => three.iter().collect(),
            Self::List(all) | Self::And(all) | Self::Or(all) | Self::Call(_, all, _) => all.iter().collect(),
            Self::Map(entries) => entries.iter().flatten().collect(),
            Self::Fold(fold) => std::iter::once(&fold.range).chain(&fold.test).chain(&fold.each).collect(),
        }
    }
}
