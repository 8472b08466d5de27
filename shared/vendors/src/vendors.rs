//! The five vendors behind one face: which of them a connector's settings mean, and what all of them can do.

use crate::connector::{Kind, Notice, Settings, header_fault};
use crate::{Failure, Http};
use domain::delivery::Address;
use domain::params::visible;
use domain::{Fault, Timestamp};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::OnceCell;

/// What is written once for all vendors. A module has `MAX_PER_SECOND`, `LEAST_WAIT`, a client (`new`, `show`, `probe`) and a `config` (`check`,
/// `masked`, `HEADERS`, `PUBLIC_HEADERS`).
macro_rules! vendors {
    ($($kind:ident => $module:ident :: $client:ident),* $(,)?) => {
        #[derive(Clone, Debug)]
        enum Speaks {
            $($kind(crate::$module::$client),)*
        }

        impl Speaks {
            fn new(http: &Http, settings: &Settings) -> Self {
                match settings.kind {
                    $(Kind::$kind => Self::$kind(crate::$module::$client::new(http, settings)),)*
                }
            }

            async fn show(&self, notice: &Notice<'_>, before: Option<&Address>) -> Result<Address, Failure> {
                match self {
                    $(Self::$kind(client) => client.show(notice, before).await,)*
                }
            }

            async fn probe(&self, suffix: &str, now: Timestamp) -> Result<(), Failure> {
                match self {
                    $(Self::$kind(client) => client.probe(suffix, now).await,)*
                }
            }

            fn per_second(&self) -> usize {
                match self {
                    $(Self::$kind(_) => crate::$module::MAX_PER_SECOND,)*
                }
            }

            fn least_wait(&self) -> Duration {
                match self {
                    $(Self::$kind(_) => crate::$module::LEAST_WAIT,)*
                }
            }
        }

        fn faults_of_its_own(settings: &Settings, allow_insecure: bool) -> Vec<Fault> {
            match settings.kind {
                $(Kind::$kind => crate::$module::config::check(settings, allow_insecure),)*
            }
        }

        /// The headers that connectors of a kind have; none where any others are sent along.
        pub fn known_headers(kind: Kind) -> Option<&'static [&'static str]> {
            match kind {
                $(Kind::$kind => crate::$module::config::HEADERS,)*
            }
        }

        /// An endpoint as it may be shown: what in it is a secret is masked.
        pub fn masked_endpoint(kind: Kind, endpoint: &str) -> String {
            match kind {
                $(Kind::$kind => crate::$module::config::masked(endpoint),)*
            }
        }

        fn public_headers(kind: Kind) -> &'static [&'static str] {
            match kind {
                $(Kind::$kind => crate::$module::config::PUBLIC_HEADERS,)*
            }
        }
    };
}

// A further vendor is one more line here; docs/build/changes.md lists the other places.
vendors! {
    Webhook => webhook::Client,
    Slack => slack::Channel,
    Teams => teams::Client,
    Jira => jira::Client,
    Pagerduty => pagerduty::Client,
}

/// A vendor, ready to be called.
#[derive(Clone, Debug)]
pub struct Vendor {
    speaks: Speaks,
    timeout: Duration,
}

impl Vendor {
    /// The vendor of a connector's settings. `slack_team` is shared by all who call the same Slack connector.
    pub fn new(http: &Http, settings: &Settings, slack_api_url: &str, slack_team: Arc<OnceCell<String>>) -> Self {
        let speaks = match Speaks::new(http, settings) {
            Speaks::Slack(channel) => Speaks::Slack(channel.reached_at(slack_api_url, slack_team)),
            other => other,
        };
        Self { speaks, timeout: settings.timeout }
    }

    /// How long one attempt may take.
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    /// How many a second it takes of what comes back after it was away.
    pub fn per_second(&self) -> usize {
        self.speaks.per_second()
    }

    /// How long to wait at least before a post is repeated whose answer was lost: sooner, a vendor without idempotency keys does not find
    /// what it may have taken.
    pub fn least_wait(&self) -> Duration {
        self.speaks.least_wait()
    }

    /// Shows an approval: posts it the first time, later brings what is shown up to date.
    ///
    /// # Errors
    /// A [`Failure`], which knows whether trying again can help; also where the attempt takes too long.
    pub async fn show(&self, notice: &Notice<'_>, before: Option<&Address>) -> Result<Address, Failure> {
        // Some vendors take several calls: together they take no longer than one attempt may.
        let late = |_| Failure::transient(format!("no answer within {} s", self.timeout.as_secs_f32()), None);
        tokio::time::timeout(self.timeout, self.speaks.show(notice, before)).await.map_err(late)?
    }

    /// Proves that the vendor takes the credentials: by a harmless call where there is one, else by a message marked as a test, to
    /// which the suffix may give a name of its own.
    ///
    /// # Errors
    /// A [`Failure`].
    pub async fn probe(&self, suffix: &str, now: Timestamp) -> Result<(), Failure> {
        self.speaks.probe(suffix, now).await
    }
}

/// Every fault of a connector's settings.
pub fn check(settings: &Settings, allow_insecure: bool) -> Vec<Fault> {
    let mut faults = faults_of_its_own(settings, allow_insecure);
    faults.extend(known_headers(settings.kind).into_iter().flat_map(|known| unknown_headers(settings, known)));
    if settings.strict && settings.kind != Kind::Slack {
        faults.push(Fault::new("slack_security_mode", "is for Slack alone"));
    }
    faults
}

/// A header that nobody reads is a typing error.
fn unknown_headers(settings: &Settings, known: &[&str]) -> Vec<Fault> {
    let strange = settings.headers.keys().filter(|name| !known.iter().any(|known| known.eq_ignore_ascii_case(name)));
    let takes = if known.is_empty() { "no headers".to_owned() } else { known.join(", ") };
    let problem = format!("is not known: {} takes {takes}", settings.kind.word());
    strange.map(|name| header_fault(&visible::cut(&visible::line(name), 100), &problem)).collect()
}

/// Whether a header's value is no secret.
pub fn is_public_header(kind: Kind, name: &str) -> bool {
    public_headers(kind).iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// A secret as it may be shown: what it begins with where that says only its kind, and never how long it is.
pub fn masked_value(value: &str) -> String {
    let known = ["xoxb-", "xoxp-", "whsec_", "Bearer ", "Basic "];
    let prefix = known.into_iter().find(|prefix| value.starts_with(prefix)).unwrap_or_default();
    format!("{prefix}...")
}
