//! The operators and how tightly they bind.

use crate::tree::{Comparison, Operation};

/// How tightly a ternary, a choice and the operand of a sign bind; the operators are between.
pub(crate) const TERNARY: u8 = 1;
pub(crate) const CHOICE: u8 = 2;
pub(crate) const PREFIX: u8 = 7;

/// How tightly an operator binds.
pub(crate) fn power(sign: &str) -> Option<u8> {
    Some(match sign {
        "?" => TERNARY,
        "||" => CHOICE,
        "&&" => 3,
        "+" | "-" => 5,
        "*" | "/" | "%" => 6,
        _ => return comparison(sign).map(|_| 4),
    })
}

pub(crate) fn comparison(sign: &str) -> Option<Comparison> {
    Some(match sign {
        "==" => Comparison::Equal,
        "!=" => Comparison::NotEqual,
        "<" => Comparison::Less,
        "<=" => Comparison::LessOrEqual,
        ">" => Comparison::Greater,
        ">=" => Comparison::GreaterOrEqual,
        "in" => Comparison::In,
        _ => return None,
    })
}

pub(crate) fn operation(sign: &str) -> Option<Operation> {
    Some(match sign {
        "+" => Operation::Add,
        "-" => Operation::Subtract,
        "*" => Operation::Multiply,
        "/" => Operation::Divide,
        "%" => Operation::Remainder,
        _ => return None,
    })
}
