//! The part that requests and re-requests share: makes the approval under the policy, takes a token of the rate, stores the timers, and
//! then stores the approval under the condition that it does not exist. That condition is the idempotency.

use crate::decide::escalate_approval::escalates_at;
use crate::decide::recognise_refusal::refusal_for;
use crate::gate::sealing::{must_fit, retired};
use crate::{Failure, Keyed, noted};
use domain::approval::Lineage;
use domain::approval::request::{Admission, Ask, Asks, request};
use domain::digest::Digest;
use domain::policy::{Policy, Rule, Ruling};
use domain::secret::Label;
use domain::token::WaitToken;
use domain::{Approval, ApprovalId, Principal, Refusal, Timestamp, Workspace};
use sha2::{Digest as _, Sha256};
use std::time::Duration;
use store::Write;
use store::due::{Due, DueKind};
use store::rates::{Bucket, Rate, Taken};

/// How often a request that finds the rate used up looks for the approval of the same request.
const LOOKS_FOR_TWIN: u32 = 5;

/// A request on its way in.
pub(crate) struct Incoming<'a> {
    pub(crate) id: ApprovalId,
    pub(crate) workspace: &'a Workspace,
    pub(crate) asked_by: &'a Principal,
    pub(crate) owner: Option<&'a Principal>,
    pub(crate) ask: Ask,
    pub(crate) fingerprint: String,
    pub(crate) lineage: Option<Lineage>,
    /// When it is made: conditions are evaluated for this moment.
    pub(crate) at: Timestamp,
}

impl Incoming<'_> {
    /// What a policy says of the request.
    ///
    /// # Errors
    /// It denies the request, or knows no such action.
    pub(crate) fn judge(&self, policy: &Policy) -> Result<Ruling, Refusal> {
        let asks = Asks { agent: self.asked_by, workspace: self.workspace, at: self.at };
        let ruling = policy.judge(&self.ask.facts(asks, policy))?;
        ruling.not_denied()?;
        Ok(ruling)
    }
}

/// The result of storing an approval.
pub(crate) enum Put {
    /// It is new; so many tokens of the rate are left.
    New(Box<Approval>, u64),
    /// There was one under its id.
    Twin(Box<Approval>),
    /// The rate is used up.
    TooMany(Failure),
}

impl Keyed {
    /// The approval that is asked for, under the rule that governs it.
    pub(crate) async fn admit(
        &self,
        incoming: Incoming<'_>,
        policy: &Policy,
        ruling: Ruling,
    ) -> Result<Approval, Failure> {
        let Incoming { id, workspace, asked_by, owner, ask, fingerprint, lineage, at } = incoming;
        let fields = fields_of(&ruling, policy)?;
        self.check_callback(policy, &ask)?;
        let number = self.root.current();
        let token = WaitToken::issue(&self.root, number, &id).ok_or_else(retired)?;
        let (view, sealed) = self.split(&id, &ask.params, &fields.redaction)?;
        // Read only if needed, because most rules set a time.
        let agent_timeout_sec = match fields.timeout_sec {
            Some(_) => None,
            None => self.agent_timeout_sec(workspace, asked_by.name()).await?,
        };
        let admission = Admission {
            workspace: workspace.clone(),
            asked_by: asked_by.clone(),
            owner: owner.cloned(),
            policy,
            ruling,
            fields,
            sealed,
            view,
            digest: Digest::of(&ask.action, &self.nonce(number, &id)?, &ask.params),
            token_number: number,
            token_hash: token.hash(),
            fingerprint,
            agent_timeout_sec,
            lineage,
            id,
        };
        let approval = request(ask, admission, at);
        must_fit(&approval)?;
        Ok(approval)
    }

    /// Puts a new approval, at the price of a token; a token taken for nothing is given back.
    pub(crate) async fn put_admitted(
        &self,
        mut approval: Approval,
        rule: &Rule,
        (bucket, rate): (Bucket<'_>, Rate),
    ) -> Result<Put, Failure> {
        let (left, refusals) = match self.store.take_token(bucket, rate, self.clock.now()).await? {
            Taken::Yes { left, refusals } => (left, refusals),
            Taken::No { wait_ms } => return Ok(Put::TooMany(too_many(rate, wait_ms))),
        };
        // A rule that lets a request through does not undo what a person has refused shortly before.
        if (refusals || approval.is_let_through())
            && let Some(refused) = self.refused_before(&approval, &self.original_params(&approval)?, rule).await?
        {
            if !rule.allow_re_request || approval.is_let_through() {
                self.store.return_token(bucket, rate, self.clock.now()).await?;
                // A twin of this request may have been put, and refused, since it was looked for.
                let twin = self.store.get_approval(&approval.workspace, &approval.id).await?;
                let refusal = || refusal_for(&refused, rule, self.clock.now());
                return twin.map(|first| Put::Twin(Box::new(first))).ok_or_else(|| refusal().into());
            }
            approval.refused_before = Some(refused);
        }
        noted::approval(&approval);
        if approval.status.is_open() {
            self.put_what_is_due(&approval, rule).await?;
        }
        match self.store.put_new_approval(&approval).await? {
            Write::Done => Ok(Put::New(Box::new(approval), left)),
            Write::Lost(Some(first)) => {
                self.store.return_token(bucket, rate, self.clock.now()).await?;
                Ok(Put::Twin(Box::new(first)))
            }
            Write::Lost(None) => Err(Failure::Internal("an id of another workspace came up".into())),
        }
    }

    /// INVARIANT 9: A timer is stored before the approval it protects.
    async fn put_what_is_due(&self, approval: &Approval, rule: &Rule) -> Result<(), Failure> {
        let due = |kind, at| Due { kind, workspace: approval.workspace.clone(), id: approval.id.clone(), at };
        if let Some(escalation) = &rule.escalation {
            let at = escalates_at(escalation, approval.created_at, approval.expires_at);
            self.store.put_due(&due(DueKind::Escalation, at)).await?;
        }
        Ok(self.store.put_due(&due(DueKind::Deadline, approval.expires_at)).await?)
    }

    /// The rate is used up, and a twin of this request may be the reason: sent at the same time, its answer is this one's too, and
    /// free.
    pub(crate) async fn find_twin(&self, workspace: &Workspace, id: &ApprovalId) -> Result<Option<Approval>, Failure> {
        for look in 0..LOOKS_FOR_TWIN {
            if let Some(first) = self.store.get_approval(workspace, id).await? {
                return Ok(Some(first));
            }
            tokio::time::sleep(Duration::from_millis(20 << look)).await;
        }
        Ok(None)
    }

    /// Keyed, because a body can have values that the policy hides.
    pub(crate) fn fingerprint(&self, number: u32, body: &[u8]) -> Result<String, Failure> {
        let mac = self.root.mac(Label::Fingerprint, number, body).ok_or_else(retired)?;
        let (half, _) = mac.split_at(16);
        Ok(data_encoding::BASE64URL_NOPAD.encode(half))
    }

    pub(crate) fn check_callback(&self, policy: &Policy, ask: &Ask) -> Result<(), Failure> {
        let Some(address) = &ask.callback else { return Ok(()) };
        let insecure = || Failure::invalid("callback.url", "must be an https address");
        let url = url::Url::parse(address).map_err(|_| insecure())?;
        let host = url.host_str().unwrap_or_default();
        match policy.routing.callback_hosts.iter().any(|h| h.eq_ignore_ascii_case(host)) {
            _ if url.scheme() != "https" && !(self.http.allows_insecure() && url.scheme() == "http") => Err(insecure()),
            true => Ok(()),
            false => Err(Failure::Forbidden(format!("the policy's callbackHosts do not name {host:?}"))),
        }
    }
}

/// The fields that hold for a request, in the policy that made the ruling.
pub(crate) fn fields_of<'p>(ruling: &Ruling, policy: &'p Policy) -> Result<&'p Rule, Failure> {
    ruling.fields(policy).ok_or_else(|| Failure::Internal("a ruling without fields".into()))
}

/// The id that a text stands for, always the same.
pub(crate) fn id_of(text: &str) -> ApprovalId {
    let hash: [u8; 32] = Sha256::digest(text.as_bytes()).into();
    let (half, _) = hash.split_at(16);
    ApprovalId::from_bits(half.try_into().unwrap_or_default())
}

/// The id that an `Idempotency-Key` stands for.
pub(crate) fn id_of_key(workspace: &Workspace, subject: &Principal, key: &str) -> ApprovalId {
    id_of(&format!("{workspace}\n{subject}\n{key}"))
}

fn too_many(rate: Rate, wait_ms: i64) -> Failure {
    Failure::TooMany { rate, retry_after_sec: (wait_ms.max(1) as u64).div_ceil(1_000) }
}
