//! What a token claims, held against its issuer's configuration. The signature is checked elsewhere.

use super::known::{CLIENTS, clients, has_clients_for_audience, is_personal};
use super::{Agents, Issuer, Owner, People, Roles, Workspaces};
use crate::jwt::Token;
use domain::{Principal, Role, Timestamp, Workspace};
use serde_json::Value;

/// Seconds by which an issuer's clock and ours may differ.
const SKEW: f64 = 60.0;

/// Whom a token speaks of.
#[derive(Clone, Debug, PartialEq)]
pub struct Holder {
    /// `user:<email>` or `agent:<slug>`.
    pub subject: Principal,
    /// On whose behalf they act.
    pub owner: Option<Principal>,
    /// Where the token holds; none where its claim names none.
    pub workspaces: Vec<Workspace>,
    /// What they may do; none where no claim gives any.
    pub roles: Vec<Role>,
}

/// The issuer that a token says it is by, if it says that it is for us.
///
/// # Errors
/// What it says instead, for the log.
pub fn of<'i>(issuers: &'i [Issuer], token: &Token<'_>) -> Result<&'i Issuer, &'static str> {
    let name = token.claim("iss").ok_or("it names no issuer")?.as_str().ok_or("its issuer cannot be read")?;
    let mut known = issuers.iter().filter(|one| one.issuer == name).peekable();
    known.peek().ok_or("its issuer is none that is configured")?;
    let audiences = audiences(name, token)?;
    let ours = |one: &&Issuer| one.audience.iter().any(|ours| audiences.contains(&ours.as_str()));
    known.find(ours).ok_or("its audience is another")
}

fn audiences<'t>(issuer: &str, token: &'t Token<'_>) -> Result<Vec<&'t str>, &'static str> {
    let client = token.claim("client_id").filter(|_| has_clients_for_audience(issuer));
    let audience = token.claim("aud").or(client).ok_or("it names no audience")?;
    texts(audience).ok_or("its audience cannot be read")
}

impl Issuer {
    /// Whom a token of this issuer speaks of, as long as it holds.
    ///
    /// # Errors
    /// Why it does not, for the log.
    pub fn holder(&self, token: &Token<'_>, now: Timestamp) -> Result<Holder, &'static str> {
        if !self.algorithms.contains(&token.algorithm) {
            return Err("its algorithm is not among the issuer's");
        }
        in_time(token, now)?;
        if token.claims.get("cnf").is_some() {
            return Err("it is bound to a key, which a bearer does not prove to have");
        }
        if token.claims.get("act").is_some() {
            return Err("somebody else acts with it");
        }
        let workspaces = self.workspaces(token);
        // A token with an e-mail address is a person's. If the address does not count, the token names nobody; it never names a machine.
        let person = self.people.as_ref().and_then(|people| Some((people, token.claim(&people.claim)?)));
        match (person, &self.agents) {
            // An agent may come by a person's token where its client has people sign in.
            (Some(_), _) if self.machines.iter().any(|agents| agents.knows(token)) => Err("it was issued to an agent"),
            (Some((people, email)), _) => Ok(Holder {
                subject: people.person(token, email)?,
                owner: None,
                workspaces,
                roles: people.roles(token),
            }),
            (None, Some(agents)) => {
                let (subject, owner) = (agents.agent(token, &self.issuer)?, agents.owner(token)?);
                Ok(Holder { subject, owner, workspaces, roles: vec![Role::Agent] })
            }
            (None, None) => Err("it names no person"),
        }
    }

    fn workspaces(&self, token: &Token<'_>) -> Vec<Workspace> {
        match &self.workspaces {
            Workspaces::These(these) => these.clone(),
            Workspaces::Claim(claim) => {
                let named = token.claim(claim).and_then(texts).unwrap_or_default();
                named.into_iter().filter_map(Workspace::parse).collect()
            }
        }
    }
}

impl People {
    /// An address counts where the issuer says that it is verified and its domain is one of theirs. Beyond ASCII two addresses may look
    /// alike, or become one in lower case.
    fn person(&self, token: &Token<'_>, email: &Value) -> Result<Principal, &'static str> {
        if token.claim(&self.verified) != Some(&Value::Bool(true)) {
            return Err("its e-mail is not verified");
        }
        let email = email.as_str().filter(|email| email.bytes().all(|b| b.is_ascii_graphic()));
        let email = email.ok_or("its e-mail is none")?.to_ascii_lowercase();
        match email.split_once('@') {
            Some((name, domain)) if !name.is_empty() && self.domains.iter().any(|d| d == domain) => {
                Principal::parse(&format!("user:{email}")).map_err(|_| "its e-mail is none")
            }
            _ => Err("its e-mail is of another domain"),
        }
    }

    fn roles(&self, token: &Token<'_>) -> Vec<Role> {
        let mut roles: Vec<Role> = match &self.roles {
            Roles::These(these) => these.clone(),
            Roles::Claim(claim, names) => {
                let values = token.claim(claim).and_then(texts).unwrap_or_default();
                // RFC 6749 §3.3: a scope is words.
                let words = values.into_iter().flat_map(|value| match claim.as_str() {
                    "scope" | "scp" => value.split(' ').collect(),
                    _ => vec![value],
                });
                words.filter_map(|word| names.get(word).copied()).collect()
            }
        };
        roles.sort();
        roles.dedup();
        roles
    }
}

impl Agents {
    /// Whether a token was issued to one of the agents that have a name here.
    fn knows(&self, token: &Token<'_>) -> bool {
        let Some(names) = &self.names else { return false };
        let named = token.claim(&self.claim).and_then(Value::as_str);
        named.is_some_and(|name| names.contains_key(name)) || clients(token).any(|client| names.contains_key(&client))
    }

    fn agent(&self, token: &Token<'_>, issuer: &str) -> Result<Principal, &'static str> {
        let name = token.claim(&self.claim).and_then(Value::as_str).ok_or("it names no agent")?;
        let as_it_must = |(claim, value): (&String, &String)| token.claim(claim).is_some_and(|v| v == value.as_str());
        if !self.when.iter().all(as_it_must) {
            return Err("it lacks what tells an agent's token from a person's");
        }
        // A name that is configured is a machine's, unless it is a client's.
        let unsure = self.names.is_none() || CLIENTS.contains(&self.claim.as_str());
        if unsure && is_personal(token, issuer, self) {
            return Err("a person signed in to its client");
        }
        match &self.names {
            Some(names) => names.get(name).cloned().ok_or("its agent is none that is known"),
            None if name.bytes().all(|b| b.is_ascii_graphic()) => {
                Principal::parse(&format!("agent:{name}")).map_err(|_| "its agent has no valid name")
            }
            None => Err("its agent has no valid name"),
        }
    }

    /// Whom a claim excludes must be there and understood: an agent whose owner is not known would be approved by its owner.
    fn owner(&self, token: &Token<'_>) -> Result<Option<Principal>, &'static str> {
        let Some(Owner { claim, kind }) = &self.owner else { return Ok(None) };
        let text = token.claim(claim).ok_or("it names no owner")?.as_str().ok_or("its owner cannot be read")?;
        Principal::entered(&format!("{}:{text}", kind.word())).map(Some).map_err(|_| "its owner cannot be read")
    }
}

/// Whether it is in force: it must say until when.
fn in_time(token: &Token<'_>, now: Timestamp) -> Result<(), &'static str> {
    let now = now.as_millisecond() as f64 / 1_000.0;
    let time = |name: &str| token.claims.get(name).map(|value| value.as_f64().ok_or("one of its times is no number"));
    let (exp, nbf, iat) = (time("exp").transpose()?, time("nbf").transpose()?, time("iat").transpose()?);
    match exp {
        None => return Err("it says no end"),
        Some(exp) if now >= exp + SKEW => return Err("it has ended"),
        _ => {}
    }
    let begins = |at: Option<f64>| at.is_some_and(|at| now < at - SKEW);
    if begins(nbf) || begins(iat) { Err("it is of a time to come") } else { Ok(()) }
}

/// A text, or a list of nothing but texts.
fn texts(value: &Value) -> Option<Vec<&str>> {
    match value {
        Value::String(text) => Some(vec![text]),
        Value::Array(list) => list.iter().map(Value::as_str).collect(),
        _ => None,
    }
}
