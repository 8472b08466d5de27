//! A gate for functions that change approvals: it sends a hint to the WebSockets that wait. Every change also arrives without the hint, a
//! moment later.

use crate::Keyed;
use sockets::Connections;
use std::ops::Deref;

/// For use cases that change an approval.
#[derive(Clone, Debug)]
pub struct Deciding {
    gate: Keyed,
    /// The connections that get hints; none if no hints are sent.
    pub hints: Option<Connections>,
}

impl Deciding {
    /// A gate that posts hints to these connections.
    pub fn new(gate: Keyed, hints: Option<Connections>) -> Self {
        Self { gate, hints }
    }
}

impl Deref for Deciding {
    type Target = Keyed;

    fn deref(&self) -> &Keyed {
        &self.gate
    }
}
