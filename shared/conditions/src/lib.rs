//! Conditions of a policy's rules: `when`, in CEL, and the calendars that `during` asks. Pure: no I/O, no clock, no environment.
//!
//! [`Condition::compile`] reports every fault that can be found without facts; [`Condition::holds`] evaluates the condition for one request.
//! Local invariant: a doubt is never `true` and never `false`: a missing field, a mismatch of kinds, an overflow and a used-up budget are each
//! [`Undecided`]. *Why*: A rule must not allow, or fail to deny, because of something that nobody foresaw.
//!
//! Rooms, from the outside in: `condition.rs` is the interface; `parse/` makes the tree, `check/` finds comparisons that can never hold and
//! the parameters that are read, `eval/` evaluates within a budget of steps. All of them share the files beside this one: the tree, the
//! kinds, the functions, and readers of numbers, moments, patterns and zones.

mod calendar;
mod check;
mod condition;
mod eval;
mod facts;
mod flaw;
mod function;
mod kind;
mod moment;
mod number;
mod parse;
mod pattern;
#[cfg(test)]
mod tests;
mod tree;
mod zone;

pub use calendar::{Calendar, CalendarFault, Calendars};
pub use condition::{Condition, Undecided};
pub use eval::Budget;
pub use facts::{Facts, OriginFacts, RequesterFacts};
pub use flaw::Problem;
