//! The kinds of values, and how they are named.

/// A kind of value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Null,
    Bool,
    Int,
    Uint,
    Double,
    Text,
    Bytes,
    List,
    Map,
    Time,
    Span,
    Type,
}

impl Kind {
    /// The kind that a name of CEL means, as in `type(x) == int`.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "null_type" => Self::Null,
            "bool" => Self::Bool,
            "int" => Self::Int,
            "uint" => Self::Uint,
            "double" => Self::Double,
            "string" => Self::Text,
            "bytes" => Self::Bytes,
            "list" => Self::List,
            "map" => Self::Map,
            "type" => Self::Type,
            _ => return None,
        })
    }

    /// For people.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool => "true or false",
            Self::Int | Self::Uint | Self::Double => "a number",
            Self::Text => "text",
            Self::Bytes => "bytes",
            Self::List => "a list",
            Self::Map => "an object",
            Self::Time => "a timestamp",
            Self::Span => "a duration",
            Self::Type => "a type",
        }
    }

    pub(crate) fn is_number(self) -> bool {
        matches!(self, Self::Int | Self::Uint | Self::Double)
    }

    /// Whether a value of this kind can equal one of the other.
    pub(crate) fn may_equal(self, other: Self) -> bool {
        self == other || self.is_number() && other.is_number()
    }

    /// Whether values of this kind have an order.
    pub(crate) fn has_order(self) -> bool {
        self.is_number() || matches!(self, Self::Bool | Self::Text | Self::Bytes | Self::Time | Self::Span)
    }
}
