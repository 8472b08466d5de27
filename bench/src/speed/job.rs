//! One kind of work, done once: creating, polling, deciding, and all three until the agent knows.

use clap::ValueEnum;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::host::http::Client;
use crate::host::system::System;
use crate::problem::Problem;

/// One kind of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Scene {
    /// An agent asks.
    Create,
    /// An agent polls one of the open requests.
    Poll,
    /// A person approves one of them.
    Decide,
    /// An agent asks, a person approves, the agent polls and learns the outcome.
    Cycle,
    /// The same operations with a thousand and a million approvals stored.
    Scale,
    /// Two hours of mixed load in ten minutes (`--seconds 600`), before vendors that fail at random.
    Soak,
    /// How long after an approval's deadline its expiry is seen.
    Deadlines,
    /// What a round of the sweep takes with many workspaces.
    Sweeps,
    /// The writers of a card in any order, simulated: how many schedules went wrong.
    Schedules,
    /// How the functions of `--package` start, and what they take once they have.
    Start,
}

impl Scene {
    /// In the order they are measured: what is created is polled, then decided.
    pub const ALL: [Self; 4] = [Self::Create, Self::Poll, Self::Decide, Self::Cycle];

    pub fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Poll => "poll",
            Self::Decide => "decide",
            Self::Cycle => "create, approve, observe",
            Self::Scale => "scale",
            Self::Soak => "soak",
            Self::Deadlines => "deadlines",
            Self::Sweeps => "sweeps",
            Self::Schedules => "schedules",
            Self::Start => "start",
        }
    }
}

impl std::fmt::Display for Scene {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.to_possible_value().as_ref().map_or("", |value| value.get_name()))
    }
}

/// Requests that wait for a decision: ids and tokens.
#[derive(Default)]
pub struct Open {
    requests: Mutex<Vec<(String, String)>>,
    turn: AtomicUsize,
}

/// A scene on a host.
pub struct Job {
    /// The host.
    pub system: Arc<System>,
    /// Which.
    pub scene: Scene,
    /// What waits for a decision.
    pub open: Arc<Open>,
}

impl Job {
    /// Does the work once; `false` where there is no more to do.
    pub async fn once(&self, client: &mut Client) -> Result<bool, Problem> {
        match self.scene {
            Scene::Create => self.open.put(self.system.create(client).await?),
            Scene::Poll => {
                let Some(token) = self.open.next_token() else { return Ok(false) };
                self.system.poll(client, &token).await?;
            }
            Scene::Decide => {
                let Some((id, _)) = self.open.take() else { return Ok(false) };
                self.system.approve(client, &id).await?;
            }
            Scene::Scale | Scene::Soak | Scene::Deadlines | Scene::Sweeps | Scene::Schedules | Scene::Start => {
                return Ok(false);
            }
            Scene::Cycle => {
                let (id, token) = self.system.create(client).await?;
                self.system.approve(client, &id).await?;
                while self.system.poll(client, &token).await? != "approved" {}
            }
        }
        Ok(true)
    }
}

impl Open {
    fn put(&self, request: (String, String)) {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).push(request);
    }

    fn take(&self) -> Option<(String, String)> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    fn next_token(&self) -> Option<String> {
        let requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = self.turn.fetch_add(1, Ordering::Relaxed) % requests.len().max(1);
        requests.get(turn).map(|(_, token)| token.clone())
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }
}
