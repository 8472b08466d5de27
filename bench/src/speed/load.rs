//! Load: so many clients, each at the same work again and again until the time is over.

use serde::Serialize;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

use crate::host::http::Client;
use crate::problem::Problem;
use crate::speed::job::Job;

/// What came of one measurement; times in milliseconds.
#[derive(Clone, Debug, Serialize)]
pub struct Measured {
    /// What was done.
    pub scene: &'static str,
    /// Where the data lived.
    pub location: &'static str,
    /// Clients at once.
    pub clients: usize,
    /// How often it was done.
    pub count: usize,
    /// How often a second.
    pub per_second: f64,
    /// Half of them took at most this.
    pub p50: f64,
    /// Nine of ten.
    pub p90: f64,
    /// 99 of 100.
    pub p99: f64,
    /// The longest.
    pub max: f64,
}

/// How long each piece of work took, shortest first, and all together.
#[derive(Default)]
pub struct Times {
    took: Vec<Duration>,
    elapsed: Duration,
}

/// Does a job on so many connections for a time, or until there is no more to do.
pub async fn run(job: &Arc<Job>, clients: usize, time: Duration) -> Result<Times, Problem> {
    let mut connections = Vec::new();
    for _ in 0..clients {
        connections.push(Client::connect(&job.system.address).await?);
    }
    let began = Instant::now();
    let mut at_work = JoinSet::new();
    for client in connections {
        at_work.spawn(work(job.clone(), client, began + time));
    }
    let mut times = Times::default();
    while let Some(took) = at_work.join_next().await {
        times.took.extend(took??);
    }
    times.elapsed = began.elapsed();
    Ok(times)
}

async fn work(job: Arc<Job>, mut client: Client, until: Instant) -> Result<Vec<Duration>, Problem> {
    let mut took = Vec::new();
    let mut began = Instant::now();
    while began < until && job.once(&mut client).await? {
        let ended = Instant::now();
        took.push(ended - began);
        began = ended;
    }
    Ok(took)
}

impl Times {
    /// As it is reported.
    pub fn measured(&self, scene: &'static str, location: &'static str, clients: usize) -> Measured {
        let count = self.took.len();
        Measured {
            scene,
            location,
            clients,
            count,
            per_second: count as f64 / self.elapsed.as_secs_f64(),
            p50: percentile(&self.took, 50),
            p90: percentile(&self.took, 90),
            p99: percentile(&self.took, 99),
            max: percentile(&self.took, 100),
        }
    }
}

/// Milliseconds that so many of a hundred took at most.
pub fn percentile(times: &[Duration], percent: usize) -> f64 {
    let mut times = times.to_vec();
    times.sort_unstable();
    let rank = (times.len() * percent).div_ceil(100).saturating_sub(1);
    times.get(rank).map_or(0.0, |took| took.as_secs_f64() * 1_000.0)
}
