//! Who may issue tokens, and whom their claims make of a caller. What is configured is read strictly: [`read`].

mod claims;
mod known;
mod read;
#[cfg(test)]
mod tests;

pub use claims::{Holder, of};
pub use read::read;

use crate::algorithm::Algorithm;
use domain::principal::Kind;
use domain::{Principal, Role, Workspace};
use std::collections::BTreeMap;

/// An issuer as it is configured.
#[derive(Clone, Debug, PartialEq)]
pub struct Issuer {
    /// `iss`, to the letter.
    pub issuer: String,
    /// One of these must be in `aud`; or be the `client_id` of Cognito's access tokens, which have no `aud`.
    pub audience: Vec<String>,
    /// Where its keys are.
    pub jwks: String,
    /// The only algorithms that its tokens may be signed by.
    pub algorithms: Vec<Algorithm>,
    /// Where its tokens hold.
    workspaces: Workspaces,
    /// How its people are known.
    people: Option<People>,
    /// How its machines are known.
    agents: Option<Agents>,
    /// The machines that get tokens of the same `iss`, by this entry or by another for a different audience.
    machines: Vec<Agents>,
}

/// The workspaces in which a token holds.
#[derive(Clone, Debug, PartialEq)]
enum Workspaces {
    These(Vec<Workspace>),
    Claim(String),
}

/// A token with an e-mail address is a person's.
#[derive(Clone, Debug, PartialEq)]
struct People {
    /// The claim that has the address.
    claim: String,
    /// The claim that says whether it is verified.
    verified: String,
    /// In lower case; others are nobody here.
    domains: Vec<String>,
    roles: Roles,
}

/// What people may do.
#[derive(Clone, Debug, PartialEq)]
enum Roles {
    These(Vec<Role>),
    /// A claim, and what its values stand for.
    Claim(String, BTreeMap<String, Role>),
}

/// A machine asks, and may do nothing else.
#[derive(Clone, Debug, PartialEq)]
struct Agents {
    /// The claim that says which one it is.
    claim: String,
    /// The values that are known, and which agents they stand for; without it each stands for itself.
    names: Option<BTreeMap<String, Principal>>,
    /// Claims that a machine's token must have, with these values. They distinguish it from a person's token.
    when: BTreeMap<String, String>,
    owner: Option<Owner>,
}

/// On whose behalf an agent acts: a claim that can only exclude.
#[derive(Clone, Debug, PartialEq)]
struct Owner {
    claim: String,
    kind: Kind,
}
