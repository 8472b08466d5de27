//! Stories across functions.

mod an_agent_asks;
mod killed;
mod ledger;
mod races;
