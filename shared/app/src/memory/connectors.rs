//! The connectors of each workspace as this process last read them.

use domain::{Timestamp, Workspace};
use jiff::SignedDuration;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use store::connectors::{Connector, Defaults};
use tokio::sync::OnceCell;

/// How old the knowledge of connectors may be that an approval is delivered by.
const STALE_AFTER: SignedDuration = SignedDuration::from_secs(5);

/// A workspace's connectors in the order they were made, and what holds where they do not say.
#[derive(Clone, Debug, Default)]
pub(crate) struct Connectors {
    pub(crate) all: Vec<Connector>,
    pub(crate) defaults: Defaults,
}

impl Connectors {
    /// The connector of a name, whatever its case.
    pub(crate) fn named(&self, name: &str) -> Option<&Connector> {
        self.all.iter().find(|c| c.name.eq_ignore_ascii_case(name))
    }
}

/// Connectors as they were when last asked, and the Slack teams they turned out to be of.
#[derive(Debug, Default)]
pub struct ConnectorCache {
    known: Mutex<HashMap<Workspace, (Timestamp, Arc<Connectors>)>>,
    teams: Mutex<HashMap<AsOf, Team>>,
}

/// A connector as of a version.
type AsOf = (String, u64);

/// A Slack team, once it was asked for.
type Team = Arc<OnceCell<String>>;

impl ConnectorCache {
    pub(crate) fn recent(&self, workspace: &Workspace, now: Timestamp) -> Option<Arc<Connectors>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, connectors) = known.get(workspace)?;
        let age = now.duration_since(*at);
        (!age.is_negative() && age < STALE_AFTER).then(|| connectors.clone())
    }

    pub(crate) fn remember(&self, workspace: &Workspace, now: Timestamp, connectors: Arc<Connectors>) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(workspace.clone(), (now, connectors));
    }

    /// Forgets what they were: the next delivery reads them afresh.
    pub(crate) fn forget(&self, workspace: &Workspace) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).remove(workspace);
    }

    /// The team that a Slack connector, as of a version, turned out to be of.
    pub(crate) fn team(&self, connector: &Connector) -> Team {
        let mut teams = self.teams.lock().unwrap_or_else(PoisonError::into_inner);
        teams.entry((connector.id.clone(), connector.version)).or_default().clone()
    }
}
