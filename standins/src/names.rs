//! Names whose owner changes what they stand for from one look-up to the next, as an attacker's DNS server does.

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Public, and out of reach: see [`LOOPBACK`].
pub const PUBLIC: &str = "8.8.8.8";
/// Where connections come from in these tests: from loopback the system lets nothing out to a public address.
pub const LOOPBACK: Option<IpAddr> = Some(IpAddr::V4(Ipv4Addr::LOCALHOST));

/// What every name stands for.
#[derive(Clone, Debug)]
pub struct Names {
    answers: Arc<Vec<Vec<IpAddr>>>,
    asked: Arc<AtomicUsize>,
}

impl Names {
    /// Answers look-ups with these in turn, over and over.
    pub fn standing_for(answers: &[&[&str]]) -> Self {
        let read = |answer: &&[&str]| answer.iter().map(|ip| ip.parse().unwrap()).collect();
        Self { answers: Arc::new(answers.iter().map(read).collect()), asked: Arc::default() }
    }

    /// How many look-ups there were.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

impl Resolve for Names {
    fn resolve(&self, _: Name) -> Resolving {
        let turn = self.asked.fetch_add(1, Ordering::SeqCst);
        let answer = self.answers[turn % self.answers.len()].clone();
        let found = answer.into_iter().map(|ip| SocketAddr::new(ip, 0));
        Box::pin(async move { Ok(Box::new(found) as Addrs) })
    }
}
