//! What Countersign is held to, from the outside in: `routes` mirrors the URLs, `journeys` tells stories across functions, `domain`
//! has the grid of the state machine.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests, whose helpers are outside of the functions that clippy.toml knows as such"
)]

mod domain_grid;
mod harness;
mod journeys;
mod routes;
mod standins;
