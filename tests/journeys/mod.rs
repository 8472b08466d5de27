//! Stories across functions.

mod an_agent_asks;
mod races;
