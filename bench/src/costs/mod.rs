//! What one approval costs: `table` lists what it takes of the table, `ledger` what it takes of everything that AWS charges for, by each of
//! the `ways` of waiting.

mod counts;
pub mod ledger;
pub mod table;
mod ways;
