//! Stories across functions.

mod an_agent_asks;
mod killed;
mod races;
