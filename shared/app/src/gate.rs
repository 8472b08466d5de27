//! The gate: what every use case works with. Its seams are addresses: the table's, the bus's, Slack's.

use crate::changes::Changes;
use crate::configure_agent::AgentCache;
use crate::connectors::ConnectorCache;
use crate::facts::Facts;
use crate::holds::Holds;
use crate::message_rates::MessageRates;
use crate::policies::PolicyCache;
use crate::signing_keys::Issuers;
use crate::sweeps::Sweeps;
use crate::{Clock, Failure, Random};
use domain::redact::{Redaction, redact};
use domain::scrub::Scrub;
use domain::secret::{Label, RootSecret};
use domain::view::Links;
use domain::{Approval, ApprovalId};
use serde_json::{Map, Value};
use signals::{Connections, Signals};
use std::fmt;
use std::sync::{Arc, OnceLock};
use store::Store;
use vendors::http::Http;

/// Bytes that an approval may have when it is asked for or edited: an item of the table takes 400 KB, and it must still be possible
/// to decide, which adds votes and words.
const MOST_KEPT: usize = 320_000;

/// What every use case works with.
#[derive(Debug)]
pub struct Gate {
    /// The table.
    pub store: Store,
    /// The bus; only for functions that publish.
    pub signals: Option<Signals>,
    /// The WebSocket connections; only for functions that post to them.
    pub connections: Option<Connections>,
    /// Whether a deciding function posts at once, as a hint: everything arrives without it, a moment later.
    pub hints: bool,
    /// What time it is.
    pub clock: Clock,
    /// Where random bytes come from.
    pub random: Random,
    /// The deployment's root secrets; only for functions that make or read tokens and sealed values.
    pub root: Option<RootSecret>,
    /// SHA-256, in hexadecimal, of the secret that makes a workspace's first key.
    pub bootstrap_hash: Option<String>,
    /// Who else than we may say who calls.
    pub issuers: Issuers,
    /// The root secret of connectors' credentials; only for functions that deliver or manage them.
    pub vault: Option<RootSecret>,
    /// The deployment's Slack app.
    pub slack: Option<Slack>,
    /// The client for vendors.
    pub http: Http,
    /// Where agents wait. It may say `{api}`, as [`Gate::console_url`] may.
    pub links: Links,
    /// Where people look, for links on cards. A function behind the API cannot be given the API's id, so it may say `{api}`.
    pub console_url: Option<String>,
    /// The API's id, once a request has told it.
    pub api: OnceLock<String>,
    /// Parsed policies.
    pub policies: PolicyCache,
    /// Agents' settings.
    pub agents: AgentCache,
    /// Connectors.
    pub connectors: ConnectorCache,
    /// Who waits in this process.
    pub changes: Changes,
    /// Answers that are held.
    pub holds: Holds,
    /// How fast WebSocket connections send.
    pub messages: MessageRates,
    /// What sweeps remember of each other.
    pub sweeps: Sweeps,
    /// What happened and is to be counted.
    pub facts: Facts,
}

/// The deployment's Slack app.
#[derive(Default)]
pub struct Slack {
    /// `https://slack.com/api`.
    pub api_url: String,
    /// `xoxb-…`; without it nothing is posted.
    pub bot_token: Option<String>,
    /// Without it no interaction is believed.
    pub signing_secret: Option<String>,
    /// Which team the token turned out to be of.
    pub team: Arc<tokio::sync::OnceCell<String>>,
}

impl fmt::Debug for Slack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Slack({})", self.api_url)
    }
}

impl Gate {
    /// Where people look; none as long as that is not known whole.
    pub(crate) fn console(&self) -> Option<String> {
        whole(self.console_url.as_ref()?, self.api.get().map(String::as_str))
    }

    /// Where agents wait.
    pub(crate) fn links(&self) -> Links {
        let api = self.api.get().map(String::as_str);
        let stream = whole(&self.links.stream, api).unwrap_or_else(|| self.links.stream.clone());
        Links { stream, ..self.links.clone() }
    }

    pub(crate) fn root(&self) -> Result<&RootSecret, Failure> {
        self.root.as_ref().ok_or_else(|| Failure::missing("the root secret"))
    }

    pub(crate) fn random<const N: usize>(&self) -> Result<[u8; N], Failure> {
        self.random.bytes().ok_or_else(|| Failure::Internal("the operating system gave no random bytes".into()))
    }

    /// The nonce inside an approval's digest: derived, so that nobody stores it.
    pub(crate) fn nonce(&self, number: u32, id: &ApprovalId) -> Result<String, Failure> {
        let mac = self.root()?.mac(Label::Nonce, number, id.as_str().as_bytes()).ok_or_else(retired)?;
        let (half, _) = mac.split_at(16);
        Ok(data_encoding::HEXLOWER.encode(half))
    }

    /// The parameters with their original values.
    pub(crate) fn original_params(&self, approval: &Approval) -> Result<Map<String, Value>, Failure> {
        let leaves = self.open_sealed(approval, approval.sealed.as_deref())?;
        Ok(domain::redact::reveal(&approval.params, &leaves))
    }

    /// The parameters that were asked for, with their original values; none where no edit changed them.
    pub(crate) fn original_asked(&self, approval: &Approval) -> Result<Option<Map<String, Value>>, Failure> {
        let Some((asked, params)) = approval.asked.as_ref().zip(approval.asked_params()) else { return Ok(None) };
        let leaves = self.open_sealed(approval, asked.sealed.as_deref())?;
        Ok(Some(domain::redact::reveal(&params, &leaves)))
    }

    /// What nobody may be shown again: the redacted values of what the approval is, and of what was asked for.
    ///
    /// # Errors
    /// They were sealed under a root secret that is retired.
    pub(crate) fn scrub(&self, approval: &Approval) -> Result<Scrub, Failure> {
        let asked = approval.asked.as_ref().and_then(|asked| asked.sealed.as_deref());
        let all = [approval.sealed.as_deref(), asked].map(|sealed| self.open_sealed(approval, sealed));
        let mut scrub = Scrub::default();
        for leaves in all {
            leaves?.iter().for_each(|(pointer, value)| scrub.hide(pointer, value));
        }
        Ok(scrub.ready())
    }

    /// Redacted values by their JSON Pointer.
    fn open_sealed(&self, approval: &Approval, sealed: Option<&str>) -> Result<Map<String, Value>, Failure> {
        let Some(sealed) = sealed else { return Ok(Map::new()) };
        let opened = self.root()?.open(&seal_context(approval), sealed).ok_or_else(retired)?;
        serde_json::from_slice(&opened).map_err(|e| Failure::Internal(format!("sealed values: {e}")))
    }

    /// Splits parameters into what may be shown and, sealed, what may not.
    pub(crate) fn split(
        &self,
        id: &ApprovalId,
        params: &Map<String, Value>,
        how: &Redaction,
    ) -> Result<(Map<String, Value>, Option<String>), Failure> {
        let redacted = redact(params, how);
        let sealed = self.seal(id, &redacted.leaves)?;
        Ok((redacted.view, sealed))
    }

    fn seal(&self, id: &ApprovalId, leaves: &Map<String, Value>) -> Result<Option<String>, Failure> {
        if leaves.is_empty() {
            return Ok(None);
        }
        let text = serde_json::to_vec(leaves).map_err(|e| Failure::Internal(format!("sealed values: {e}")))?;
        self.root()?.seal(id.as_str(), self.random()?, &text).map(Some).ok_or_else(retired)
    }
}

/// An address in which `{api}` stands for the API's id; none where that is needed and not known.
fn whole(url: &str, api: Option<&str>) -> Option<String> {
    match url.contains("{api}") {
        true => api.map(|api| url.replace("{api}", api)),
        false => Some(url.to_owned()),
    }
}

/// What a session's seal is for.
const SESSION: &str = "console session";

impl Gate {
    /// Seals what a session's cookie says.
    ///
    /// # Errors
    /// This function has no root secret.
    pub fn seal_session(&self, text: &str) -> Result<String, Failure> {
        let sealed = self.root()?.seal(SESSION, self.random()?, text.as_bytes()).ok_or_else(retired)?;
        Ok(data_encoding::BASE64URL_NOPAD.encode(sealed.as_bytes()))
    }

    /// Opens a session's cookie; none where it is not ours.
    ///
    /// # Errors
    /// This function has no root secret.
    pub fn open_session(&self, cookie: &str) -> Result<Option<String>, Failure> {
        let root = self.root()?;
        let sealed = data_encoding::BASE64URL_NOPAD.decode(cookie.as_bytes()).ok();
        let opened = sealed.and_then(|sealed| root.open(SESSION, std::str::from_utf8(&sealed).ok()?));
        Ok(opened.and_then(|opened| String::from_utf8(opened).ok()))
    }

    /// What a form of a session must bring along: the first of these, or one of the others where it was drawn before another root
    /// secret was put in use, or by a process that knows of that already.
    ///
    /// # Errors
    /// This function has no root secret.
    pub fn csrf_of(&self, cookie: &str) -> Result<Vec<String>, Failure> {
        let root = self.root()?;
        let macs = root.numbers().filter_map(|number| root.mac(Label::Csrf, number, cookie.as_bytes()));
        Ok(macs.map(|mac| data_encoding::BASE64URL_NOPAD.encode(&mac)).collect())
    }
}

/// # Errors
/// `TooLarge` where an approval would not fit an item with everything that may still happen to it.
pub(crate) fn must_fit(approval: &Approval) -> Result<(), Failure> {
    let kept = serde_json::to_vec(approval).map_or(usize::MAX, |text| text.len());
    if kept > MOST_KEPT { Err(Failure::TooLarge) } else { Ok(()) }
}

fn seal_context(approval: &Approval) -> String {
    approval.id.to_string()
}

pub(crate) fn retired() -> Failure {
    Failure::Internal("made under a root secret that is retired".into())
}

#[cfg(test)]
mod tests {
    use super::whole;

    #[test]
    fn the_consoles_address_holds_the_apis_id_once_a_request_has_told_it() {
        let deployed = "https://{api}.execute-api.eu-central-1.amazonaws.com/console";
        let known = "https://a1b2c3.execute-api.eu-central-1.amazonaws.com/console";
        assert_eq!(whole(deployed, Some("a1b2c3")).as_deref(), Some(known));
        assert_eq!(whole(deployed, None), None, "half an address is none");
        let own = "https://gate.acme.com/console";
        assert_eq!((whole(own, None), whole(own, Some("x"))), (Some(own.into()), Some(own.into())));
    }
}
