//! What a host is started with.

use app::memory::issuers::Issuers;
use app::{Clock, Slack};
use lambda::Lines;
use std::path::Path;
use vendors::wire::http::Http;

use crate::engine::Location;
use crate::handlers::Handlers;
use crate::observe::calls::Calls;
use crate::observe::ledger::Ledger;
use crate::start::first_start::{new_root_secret, root_secret};

/// What a host is started with.
#[derive(Debug)]
pub struct Options {
    /// Where the data lives.
    pub location: Location,
    /// What time it is, for everything in the process.
    pub clock: Clock,
    /// The text of the root secret.
    pub root_secret: String,
    /// The text of the root secret of connectors' credentials.
    pub connectors_secret: String,
    /// Who else than we may say who calls.
    pub issuers: Issuers,
    /// The deployment's Slack app.
    pub slack: Option<Slack>,
    /// What connectors are reached through.
    pub http: Http,
    /// Whether event streams are answered in bursts, as behind the deployed HTTP API.
    pub buffer_streams: bool,
    /// Whether a deciding function posts to WebSockets at once, beside what comes through the stream.
    pub hints: bool,
    /// Where what the table's operations cost, and the functions' invocations, are written down.
    pub ledger: Option<Ledger>,
    /// Where it is written down which function calls what of AWS.
    pub calls: Option<Calls>,
    /// Where each invocation's line goes, and what it counted.
    pub lines: Lines,
    /// Functions that run other code than the house's own.
    pub instead: Handlers,
}

impl Options {
    /// All data in a folder, with the two root secrets beside it: they are made where there is no data yet.
    ///
    /// # Errors
    /// A secret cannot be read or written, or is missing beside its data.
    pub fn in_folder(folder: &Path, http: Http) -> Result<Self, String> {
        let secret = |name: &str| root_secret(folder, name);
        let secrets = (secret("root-secret")?, secret("connectors-secret")?);
        Ok(Self::new(Location::Folder(folder.to_owned()), secrets, http))
    }

    /// All is gone when the process ends.
    #[must_use]
    pub fn in_memory(http: Http) -> Self {
        Self::new(Location::Memory, (new_root_secret(), new_root_secret()), http)
    }

    fn new(location: Location, (root_secret, connectors_secret): (String, String), http: Http) -> Self {
        Self {
            location,
            clock: Clock::Wall,
            root_secret,
            connectors_secret,
            issuers: Issuers::default(),
            slack: None,
            http,
            buffer_streams: false,
            hints: true,
            ledger: None,
            calls: None,
            lines: Lines::Log,
            instead: Handlers::default(),
        }
    }
}
