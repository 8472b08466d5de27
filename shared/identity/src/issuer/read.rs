//! Reads the configured issuers: strictly, with every fault named.

use super::known::cannot_tell;
use super::{Agents, Issuer, Owner, People, Roles, Workspaces};
use crate::algorithm::Algorithm;
use domain::fault::Object;
use domain::params::json;
use domain::principal::Kind;
use domain::{Fault, Faults, Principal, Role, Workspace};
use serde_json::Value;
use std::collections::BTreeMap;
use url::Url;

/// Reads a JSON list of issuers. With `allow_insecure`, for a laptop, keys may be fetched by http.
///
/// # Errors
/// Every fault, by its path.
pub fn read(text: &str, allow_insecure: bool) -> Result<Vec<Issuer>, Vec<Fault>> {
    let faults = Faults::default();
    let document = json::parse(text.as_bytes()).unwrap_or_else(|problem| {
        faults.add("", format!("is not JSON: {problem}"));
        Value::Array(Vec::new())
    });
    let Some(list) = document.as_array() else {
        faults.add("", "must be a list of issuers");
        return faults.or(Vec::new());
    };
    let read = |(i, value)| issuer(&faults, faults.object(&format!("[{i}]"), value), allow_insecure);
    let issuers: Vec<Issuer> = list.iter().enumerate().map(read).collect();
    for (i, one) in issuers.iter().enumerate() {
        let kin = |other: &&Issuer| other.issuer == one.issuer;
        let same = |other: &Issuer| other.audience.iter().any(|a| one.audience.contains(a));
        if issuers.iter().take(i).filter(kin).any(same) {
            faults.add(format!("[{i}].audience"), "is shared with an earlier entry of the same issuer");
        }
        let nameless = one.agents.as_ref().is_some_and(|agents| agents.names.is_none());
        if let Some(problem) = one.agents.as_ref().and_then(|agents| cannot_tell(&one.issuer, agents)) {
            faults.add(format!("[{i}].agents.claim"), problem);
        }
        if nameless && issuers.iter().filter(kin).any(|other| other.people.is_some()) {
            faults.add(format!("[{i}].agents.names"), "is required: people come with tokens of the same issuer");
        }
    }
    faults.or(acquainted(issuers))
}

/// Each knows the machines of all entries of the same issuer.
fn acquainted(mut issuers: Vec<Issuer>) -> Vec<Issuer> {
    let all: Vec<_> = issuers.iter().filter_map(|one| Some((one.issuer.clone(), one.agents.clone()?))).collect();
    for one in &mut issuers {
        let kin = all.iter().filter(|(issuer, _)| *issuer == one.issuer);
        one.machines = kin.map(|(_, agents)| agents.clone()).collect();
    }
    issuers
}

fn issuer(faults: &Faults, mut o: Object<'_>, allow_insecure: bool) -> Issuer {
    let issuer = o.need_text("issuer", 1);
    let audience = one_or_more(faults, &mut o, "audience");
    let jwks = o.need_text("jwks", 1);
    if !jwks.is_empty() && !is_address(&jwks, allow_insecure) {
        o.fault("jwks", "must be an https:// address without credentials or fragment");
    }
    let algorithms = words(faults, &mut o, "algorithms", Algorithm::parse, &Algorithm::names());
    let workspaces = workspaces(faults, &mut o);
    let people = o.object("people").map(|people| people_of(faults, people));
    let agents = o.object("agents").map(|agents| agents_of(faults, agents));
    if people.is_none() && agents.is_none() {
        o.fault("people", "or agents must be there: else nobody is known by its tokens");
    }
    o.nothing_else();
    Issuer { issuer, audience, jwks, algorithms, workspaces, people, agents, machines: Vec::new() }
}

fn is_address(text: &str, allow_insecure: bool) -> bool {
    Url::parse(text).is_ok_and(|url| {
        let scheme = url.scheme() == "https" || (allow_insecure && url.scheme() == "http");
        let bare = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
        scheme && bare && url.has_host()
    })
}

fn workspaces(faults: &Faults, o: &mut Object<'_>) -> Workspaces {
    match o.need("workspaces") {
        Some(Value::Object(_)) => Workspaces::Claim(claim_of(o, "workspaces").unwrap_or_default().0),
        _ => {
            let kind = ["1 to 63 of a-z, 0-9 and -"];
            Workspaces::These(words(faults, o, "workspaces", Workspace::parse, &kind))
        }
    }
}

fn people_of(faults: &Faults, mut o: Object<'_>) -> People {
    let claim = if o.has("claim") { claim_name(&mut o, "claim") } else { "email".into() };
    let verified = if o.has("verified") { claim_name(&mut o, "verified") } else { format!("{claim}_verified") };
    let domain = |text: &str| {
        let plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.');
        plain.then(|| text.to_ascii_lowercase())
    };
    let domains = words(faults, &mut o, "domains", domain, &["a domain such as acme.com"]);
    let roles = match o.need("roles") {
        Some(Value::Object(_)) => claimed_roles(faults, &mut o),
        _ => Roles::These(words(faults, &mut o, "roles", Role::parse, &Role::words())),
    };
    o.nothing_else();
    People { claim, verified, domains, roles }
}

fn claimed_roles(faults: &Faults, o: &mut Object<'_>) -> Roles {
    let (claim, names) = claim_of(o, "roles").unwrap_or_default();
    if names.is_none() {
        o.fault("roles", "must have names: which of the claim's values stands for which role");
    }
    let known = |(value, path, word): (String, String, String)| {
        let role = Role::parse(&word);
        if role.is_none() {
            faults.add(path, format!("must be {}", said(&Role::words())));
        }
        Some((value, role?))
    };
    Roles::Claim(claim, names.unwrap_or_default().into_iter().filter_map(known).collect())
}

fn agents_of(faults: &Faults, mut o: Object<'_>) -> Agents {
    let claim = claim_name(&mut o, "claim");
    let names = names_of(&mut o).map(|names| {
        let known = |(value, path, slug): (String, String, String)| {
            let agent = Principal::parse(&format!("agent:{slug}")).map_err(|problem| faults.add(path, problem));
            Some((value, agent.ok()?))
        };
        names.into_iter().filter_map(known).collect::<BTreeMap<_, _>>()
    });
    let when = o.object("when").map(when_of);
    let owner = o.object("owner").map(|mut owner| {
        let claim = claim_name(&mut owner, "claim");
        let kind = owner.one_of("kind", &["user", "github"]);
        owner.nothing_else();
        Owner { claim, kind: if kind == Some("github") { Kind::Github } else { Kind::User } }
    });
    o.nothing_else();
    Agents { claim, names, when: when.unwrap_or_default(), owner }
}

/// Claims and the values that they must have. Two spellings of one claim are a fault: only one of their values would be asked for.
fn when_of(mut when: Object<'_>) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for spelled in when.keys().into_iter().cloned().collect::<Vec<String>>() {
        let value = when.need_text(&spelled, 1);
        if all.insert(top_level(&spelled), value).is_some() {
            when.fault(&spelled, "is another spelling of a claim that is there already; name the claim once");
        }
    }
    all
}

/// The claim that a field names.
fn claim_name(o: &mut Object<'_>, key: &str) -> String {
    top_level(&o.need_text(key, 1))
}

/// A JSON Pointer of one step (RFC 6901) as the name of the claim. Local invariant: a claim has one spelling, because what is known of a
/// claim (that it names a client, a person or a grant) is looked up by its name. A name that begins with `/` would be read as a pointer
/// again.
fn top_level(claim: &str) -> String {
    let step = claim.strip_prefix('/').filter(|step| !step.contains('/'));
    let name = step.map(|step| step.replace("~1", "/").replace("~0", "~"));
    name.filter(|name| !name.is_empty() && !name.starts_with('/')).unwrap_or_else(|| claim.to_owned())
}

/// Values of a claim, each with its path and with what it stands for.
type Names = Vec<(String, String, String)>;

/// `{claim, names?}`.
fn claim_of(o: &mut Object<'_>, key: &str) -> Option<(String, Option<Names>)> {
    let mut inner = o.object(key)?;
    let (claim, names) = (claim_name(&mut inner, "claim"), if key == "roles" { names_of(&mut inner) } else { None });
    inner.nothing_else();
    Some((claim, names))
}

fn names_of(o: &mut Object<'_>) -> Option<Names> {
    let mut names = o.object("names")?;
    let keys: Vec<String> = names.keys().into_iter().cloned().collect();
    if keys.is_empty() {
        o.fault("names", "must not be empty");
    }
    Some(keys.into_iter().map(|value| (value.clone(), names.at(&value), names.need_text(&value, 1))).collect())
}

/// A text, or a list of them.
fn one_or_more(faults: &Faults, o: &mut Object<'_>, key: &str) -> Vec<String> {
    match o.need(key) {
        Some(Value::String(_)) => vec![o.need_text(key, 1)],
        _ => words(faults, o, key, |text| Some(text.to_owned()), &[]),
    }
}

/// A list of at least one word, each of which must be known.
fn words<T>(
    faults: &Faults,
    o: &mut Object<'_>,
    key: &str,
    read: impl Fn(&str) -> Option<T>,
    known: &[&str],
) -> Vec<T> {
    let given = o.need(key);
    if given.and_then(Value::as_array).is_some_and(Vec::is_empty) {
        o.fault(key, "must not be empty");
    }
    let mut found = Vec::new();
    for (i, word) in o.numbered_texts(key).unwrap_or_default() {
        match read(&word) {
            Some(value) => found.push(value),
            None => faults.add(format!("{}[{i}]", o.at(key)), format!("must be {}", said(known))),
        }
    }
    found
}

fn said(known: &[&str]) -> String {
    match known {
        [one] => (*one).into(),
        many => format!("one of {}", many.join(", ")),
    }
}
