//! From text to tree. `token.rs` cuts the text with `literal.rs`, `cursor.rs` walks over the tokens, `names.rs` knows what a name means,
//! `operator.rs` what an operator means, and `expression.rs` puts the tree together. Only `condition.rs` comes in, through `parse`.

mod cursor;
mod expression;
mod literal;
mod names;
mod operator;
mod token;

pub(crate) use expression::parse;
