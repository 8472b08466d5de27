//! An issuer of tokens: publishes its keys by HTTP, exchanges them, and signs what the test asks, with real keys.

use super::vendor::{Fault, Reply, Speaks, Taken, Vendor};
use data_encoding::BASE64URL_NOPAD;
use jiff::Timestamp;
use ring::rand::SystemRandom;
use ring::rsa::PublicKeyComponents;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _,
    RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512, RsaEncoding,
    RsaKeyPair,
};
use serde_json::{Value, json};

/// What it calls itself.
pub const NAME: &str = "https://id.acme.com";
/// What it calls us.
pub const AUDIENCE: &str = "countersign";
/// Made once with openssl: making one takes too long for a test.
const RSA: &[u8] = include_bytes!("issuer/rsa.der");

/// A key that it signs with.
pub struct SigningKey {
    /// Its id.
    pub kid: String,
    pair: Pair,
}

enum Pair {
    Ed25519(Ed25519KeyPair),
    Ecdsa(EcdsaKeyPair),
    Rsa(RsaKeyPair),
}

impl SigningKey {
    /// A key for an algorithm; all but RSA's are new.
    pub fn new(kid: &str, alg: &str) -> Self {
        let random = SystemRandom::new();
        let ecdsa = |how| {
            let made = EcdsaKeyPair::generate_pkcs8(how, &random).unwrap();
            Pair::Ecdsa(EcdsaKeyPair::from_pkcs8(how, made.as_ref(), &random).unwrap())
        };
        let pair = match alg {
            "EdDSA" => {
                let made = Ed25519KeyPair::generate_pkcs8(&random).unwrap();
                Pair::Ed25519(Ed25519KeyPair::from_pkcs8(made.as_ref()).unwrap())
            }
            "ES256" => ecdsa(&ECDSA_P256_SHA256_FIXED_SIGNING),
            "ES384" => ecdsa(&ECDSA_P384_SHA384_FIXED_SIGNING),
            _ => Pair::Rsa(RsaKeyPair::from_pkcs8(RSA).unwrap()),
        };
        Self { kid: kid.into(), pair }
    }

    /// As it is published.
    pub fn jwk(&self) -> Value {
        let text = |bytes: &[u8]| BASE64URL_NOPAD.encode(bytes);
        let mut jwk = match &self.pair {
            Pair::Ed25519(pair) => json!({ "kty": "OKP", "crv": "Ed25519", "x": text(pair.public_key().as_ref()) }),
            Pair::Ecdsa(pair) => {
                let (x, y) = pair.public_key().as_ref()[1..].split_at(pair.public_key().as_ref().len() / 2);
                let crv = if x.len() == 32 { "P-256" } else { "P-384" };
                json!({ "kty": "EC", "crv": crv, "x": text(x), "y": text(y) })
            }
            Pair::Rsa(pair) => {
                let public = PublicKeyComponents::<Vec<u8>>::from(pair.public());
                json!({ "kty": "RSA", "n": text(&public.n), "e": text(&public.e) })
            }
        };
        (jwk["kid"], jwk["use"]) = (json!(self.kid), json!("sig"));
        jwk
    }

    /// A token with this header and these claims, to the letter.
    pub fn token_of(&self, header: &str, claims: &str) -> String {
        let part = |text: &str| BASE64URL_NOPAD.encode(text.as_bytes());
        let alg = serde_json::from_str::<Value>(header).map_or(Value::Null, |header| header["alg"].clone());
        let signed = format!("{}.{}", part(header), part(claims));
        let signature = BASE64URL_NOPAD.encode(&self.sign(alg.as_str().unwrap_or_default(), signed.as_bytes()));
        format!("{signed}.{signature}")
    }

    /// A token with these claims.
    pub fn token(&self, alg: &str, claims: &Value) -> String {
        self.token_of(&json!({ "alg": alg, "kid": self.kid, "typ": "JWT" }).to_string(), &claims.to_string())
    }

    /// A signature; an RSA key signs by any of its algorithms.
    fn sign(&self, alg: &str, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::Ed25519(pair) => pair.sign(message).as_ref().to_vec(),
            Pair::Ecdsa(pair) => pair.sign(&random, message).unwrap().as_ref().to_vec(),
            Pair::Rsa(pair) => {
                let how: &dyn RsaEncoding = match alg {
                    "RS384" => &RSA_PKCS1_SHA384,
                    "RS512" => &RSA_PKCS1_SHA512,
                    "PS256" => &RSA_PSS_SHA256,
                    "PS384" => &RSA_PSS_SHA384,
                    "PS512" => &RSA_PSS_SHA512,
                    _ => &RSA_PKCS1_SHA256,
                };
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(how, &random, message, &mut signature).unwrap();
                signature
            }
        }
    }
}

/// What it publishes.
#[derive(Default)]
pub struct Publisher {
    keys: Vec<Value>,
    headers: Vec<(&'static str, String)>,
    moved: bool,
}

impl Speaks for Publisher {
    fn answer(&mut self, call: &Taken) -> Reply {
        let status = match call.path.as_str() {
            "/keys" if self.moved => 302,
            "/keys" | "/moved" => 200,
            _ => 404,
        };
        Reply { headers: self.headers.clone(), ..Reply::new(status, json!({ "keys": self.keys })) }
    }
}

/// The issuer.
pub struct IssuerStandin {
    server: Vendor<Publisher>,
}

impl IssuerStandin {
    /// An issuer that publishes these keys.
    pub async fn start(keys: &[&SigningKey]) -> Self {
        let server = Vendor::start().await.unwrap();
        let issuer = Self { server };
        issuer.publish(&keys.iter().map(|key| key.jwk()).collect::<Vec<_>>());
        issuer
    }

    /// As tests configure it: what it claims, it claims of everything.
    pub fn configured(&self) -> Value {
        let groups =
            json!({ "approvers": "approver", "auditors": "auditor", "admins": "admin", "developers": "agent" });
        let names = json!({ "bot": "bot", "deployer": "deployer", "other": "other" });
        json!({
            "issuer": NAME,
            "audience": AUDIENCE,
            "jwks": self.jwks(),
            "algorithms": ["ES256", "EdDSA", "RS256"],
            "workspaces": { "claim": "workspaces" },
            "people": { "domains": ["acme.com"], "roles": { "claim": "groups", "names": groups } },
            "agents": { "claim": "azp", "names": names, "owner": { "claim": "owner" } },
        })
    }

    /// Where it publishes them.
    pub fn jwks(&self) -> String {
        format!("{}/keys", self.server.origin())
    }

    /// Publishes these keys and no others.
    pub fn publish(&self, keys: &[Value]) {
        self.server.with(|publisher| publisher.keys = keys.to_vec());
    }

    /// Says how long its keys are fresh.
    pub fn calls_fresh(&self, cache_control: &str) {
        self.server.with(|publisher| publisher.headers = vec![("cache-control", cache_control.into())]);
    }

    /// Answers with a redirect to another address, which has the keys.
    pub fn move_away(&self) {
        let location = format!("{}/moved", self.server.origin());
        self.server.with(|publisher| (publisher.moved, publisher.headers) = (true, vec![("location", location)]));
    }

    /// Makes the next fetch fail.
    pub fn fail_next(&self, fault: Fault) {
        self.server.fail_next(fault);
    }

    /// Lets fetches that are late be done.
    pub fn let_go(&self) {
        self.server.let_go();
    }

    /// The paths that were asked for.
    pub fn fetched(&self) -> Vec<String> {
        self.server.taken().into_iter().map(|call| call.path).collect()
    }

    /// Waits until so many fetches have begun.
    pub async fn wait_for(&self, fetches: usize) {
        assert!(self.server.wait_until(|server| server.taken().len() >= fetches).await);
    }
}

/// What it claims of a machine, for five minutes from now on.
pub fn machine(now: Timestamp, slug: &str) -> Value {
    let now = now.as_second();
    json!({ "iss": NAME, "aud": [AUDIENCE], "iat": now, "exp": now + 300, "workspaces": ["default"], "azp": slug, "owner": "ops@acme.com" })
}

/// What it claims of a person.
pub fn person(now: Timestamp, email: &str, groups: &[&str]) -> Value {
    with(machine(now, "console"), json!({ "email": email, "email_verified": true, "groups": groups }))
}

/// With further or other claims; null takes one away.
pub fn with(mut claims: Value, more: Value) -> Value {
    for (name, value) in more.as_object().unwrap() {
        match value {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
            value => claims[name] = value.clone(),
        }
    }
    claims
}
