//! What Countersign is held to, from the outside in: `routes` mirrors the URLs, `journeys` has stories across functions, `domain` has the
//! grid of the state machine.

mod delivery_grid;
mod domain_grid;
mod harness;
mod journeys;
mod release;
mod routes;
mod rules_grid;
mod simulation;
