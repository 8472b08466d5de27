//! Bearer tokens of configured issuers: every way one can be wrong, and what one may be used for.

use crate::harness::{Start, System, body};
use crate::routes::{approvals, bearer, clock, error, everything, header, refused, send};
use data_encoding::BASE64URL_NOPAD;
use domain::Timestamp;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;
use standins::issuer::{AUDIENCE, IssuerStandin, NAME, SigningKey, machine, person, with};
use std::fmt::Write as _;
use std::io::Write;
use std::sync::{Arc, Mutex};
use tracing::Dispatch;

const LIST: (&str, &str) = ("GET", "/approvals");
/// The challenge to a wrong token (RFC 6750 §3.1).
const INVALID: &str = "Bearer error=\"invalid_token\"";
const OTHER: &str = "https://other.example";

/// What this thread logs.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Log {
    fn listener(&self) -> Dispatch {
        let log = self.clone();
        let subscriber = tracing_subscriber::fmt().with_env_filter("app=debug").with_ansi(false);
        Dispatch::new(subscriber.with_writer(move || log.clone()).finish())
    }

    fn take(&self) -> String {
        String::from_utf8(std::mem::take(&mut self.0.lock().unwrap())).unwrap()
    }
}

/// Two issuers, and a host that believes both.
struct Stage {
    system: System,
    now: Timestamp,
    key: SigningKey,
    rsa: SigningKey,
    others: SigningKey,
    _issuers: [IssuerStandin; 2],
}

impl Stage {
    async fn open() -> Self {
        let (key, rsa) = (SigningKey::new("one", "ES256"), SigningKey::new("rsa", "RS256"));
        let others = SigningKey::new("two", "EdDSA");
        let issuers = [IssuerStandin::start(&[&key, &rsa]).await, IssuerStandin::start(&[&others]).await];
        let other = with(issuers[1].configured(), json!({ "issuer": OTHER, "algorithms": ["EdDSA", "ES256"] }));
        let clock = clock();
        let now = clock.now();
        let system = Start::fresh().at(clock).believing(json!([issuers[0].configured(), other])).start().await;
        Self { system, now, key, rsa, others, _issuers: issuers }
    }

    /// A good machine's token, but for these claims.
    fn bot(&self, more: Value) -> String {
        self.key.token("ES256", &with(machine(self.now, "bot"), more))
    }

    /// A good person's token, but for these claims.
    fn jane(&self, more: Value) -> String {
        self.key.token("ES256", &with(person(self.now, "jane@acme.com", &["approvers"]), more))
    }

    /// A good token, but for its header.
    fn headed(&self, header: &str) -> String {
        self.key.token_of(header, &machine(self.now, "bot").to_string())
    }

    /// Every token that is wrong in its form, its header or its signature.
    fn forged(&self) -> Vec<(&'static str, String)> {
        let (good, claims) = (self.bot(json!({})), machine(self.now, "bot"));
        let (signed, signature) = good.rsplit_once('.').unwrap();
        let part = |text: &str| BASE64URL_NOPAD.encode(text.as_bytes());
        let unsigned = |header: &str| format!("{}.{}.", part(header), part(&claims.to_string()));
        let thief = SigningKey::new("one", "ES256");
        let jwk = json!({ "alg": "ES256", "jwk": thief.jwk() }).to_string();
        vec![
            ("nonsense", "nonsense".into()),
            ("dots", "..".into()),
            ("no signature", format!("{signed}.")),
            ("two parts", signed.into()),
            ("four parts", format!("{good}.{signature}")),
            ("encrypted: five parts", format!("{good}.{signature}.{signature}")),
            ("padding", format!("{good}==")),
            ("no base64url", good.replace('.', "+.")),
            ("too long", self.bot(json!({ "groups": "x".repeat(8_192) }))),
            ("a header that is no JSON", self.headed("{")),
            ("a header that is a list", self.headed("[]")),
            ("a header that says its algorithm twice", self.headed(r#"{"alg":"ES256","alg":"ES256","kid":"one"}"#)),
            ("no algorithm", self.headed(r#"{"kid":"one"}"#)),
            ("alg none", unsigned(r#"{"alg":"none"}"#)),
            ("alg none, and signed all the same", self.headed(r#"{"alg":"none","kid":"one"}"#)),
            ("alg NONE", unsigned(r#"{"alg":"NONE"}"#)),
            ("the public key as a shared secret", self.shared_secret(&claims)),
            ("an algorithm that is not the issuer's", self.rsa.token("PS256", &claims)),
            ("the algorithm of another key", self.headed(r#"{"alg":"EdDSA","kid":"one"}"#)),
            ("the kid of another key", self.headed(r#"{"alg":"ES256","kid":"rsa"}"#)),
            ("an unknown kid", self.headed(r#"{"alg":"ES256","kid":"three"}"#)),
            ("a kid with a path", self.headed(r#"{"alg":"ES256","kid":"../../one"}"#)),
            ("a kid that is a number", self.headed(r#"{"alg":"ES256","kid":1}"#)),
            ("something critical", self.headed(r#"{"alg":"ES256","kid":"one","crit":["exp"]}"#)),
            ("another type", self.headed(r#"{"alg":"ES256","kid":"one","typ":"dpop+jwt"}"#)),
            ("a thief's key under the same kid", thief.token("ES256", &claims)),
            ("a thief's key in the header", thief.token_of(&jwk, &claims.to_string())),
            (
                "the signature of another token",
                format!("{signed}.{}", self.jane(json!({})).rsplit_once('.').unwrap().1),
            ),
            ("half a signature", format!("{signed}.{}", &signature[..44])),
            ("another issuer's key", self.others.token("EdDSA", &claims)),
            ("another issuer's name", self.bot(json!({ "iss": OTHER }))),
        ]
    }

    /// Signed with HMAC under what everybody knows.
    fn shared_secret(&self, claims: &Value) -> String {
        let text = self.rsa.token_of(r#"{"alg":"HS256","kid":"rsa"}"#, &claims.to_string());
        let signed = text.rsplit_once('.').unwrap().0;
        let secret = self.rsa.jwk()["n"].as_str().unwrap().to_owned();
        let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap().chain_update(signed).finalize();
        format!("{signed}.{}", BASE64URL_NOPAD.encode(&mac.into_bytes()))
    }

    /// Every token that is well signed and claims something wrong.
    fn wrong(&self) -> Vec<(&'static str, String)> {
        let now = self.now.as_second();
        let twice = r#"{"alg":"ES256","kid":"one"}"#;
        let claims = machine(self.now, "bot").to_string();
        vec![
            ("claims that are a list", self.key.token_of(twice, "[]")),
            ("a claim twice", self.key.token_of(twice, &claims.replacen('{', r#"{"azp":"admin","#, 1))),
            ("no issuer", self.bot(json!({ "iss": null }))),
            ("an unknown issuer", self.bot(json!({ "iss": "https://id.acme.com/" }))),
            ("a list of issuers", self.bot(json!({ "iss": [NAME] }))),
            ("no audience", self.bot(json!({ "aud": null }))),
            ("another audience", self.bot(json!({ "aud": "payroll" }))),
            ("audiences without ours", self.bot(json!({ "aud": ["payroll", "Countersign"] }))),
            ("audiences that are not all text", self.bot(json!({ "aud": [AUDIENCE, 7] }))),
            ("ended a minute ago", self.bot(json!({ "exp": now - 60 }))),
            ("no end", self.bot(json!({ "exp": null }))),
            ("an end in words", self.bot(json!({ "exp": "2030-01-01T00:00:00Z" }))),
            ("not before more than a minute from now", self.bot(json!({ "nbf": now + 61 }))),
            ("issued more than a minute from now", self.bot(json!({ "iat": now + 61 }))),
            ("bound to a key", self.bot(json!({ "cnf": { "jkt": "x" } }))),
            ("nobody", self.bot(json!({ "azp": null }))),
            ("a list of agents", self.bot(json!({ "azp": ["bot"] }))),
            ("an agent with a space", self.bot(json!({ "azp": "a bot" }))),
            ("an owner that cannot be read", self.bot(json!({ "owner": "jane" }))),
            ("no owner", self.bot(json!({ "owner": null }))),
            ("a person's, with which somebody else acts", self.jane(json!({ "act": { "sub": "bot" } }))),
            ("an e-mail that is not verified", self.jane(json!({ "email_verified": false }))),
            ("an e-mail of which nobody says so", self.jane(json!({ "email_verified": null }))),
            ("an e-mail that is verified in words", self.jane(json!({ "email_verified": "true" }))),
            ("an e-mail of another domain", self.jane(json!({ "email": "jane@evil.com" }))),
            ("an e-mail of a domain below", self.jane(json!({ "email": "jane@mail.acme.com" }))),
            ("an e-mail with two domains", self.jane(json!({ "email": "jane@evil.com@acme.com" }))),
            ("an e-mail that looks like another", self.jane(json!({ "email": "\u{212a}im@acme.com" }))),
            ("a list of e-mails", self.jane(json!({ "email": ["jane@acme.com"] }))),
        ]
    }

    /// What is answered to a token.
    async fn listed(&self, token: &str) -> u16 {
        send(&self.system, LIST, &[("authorization", &bearer(token))], "").await.0
    }
}

/// Everything happens on this one thread, so that its log is ours alone.
#[tokio::test]
async fn every_way_a_token_can_be_wrong_is_the_same_401_and_only_the_log_says_which() {
    let log = Log::default();
    // Two listeners: of a single one tracing asks only the thread that comes by first, which may be another test's.
    let (listener, _second) = (log.listener(), log.listener());
    let _listening = tracing::dispatcher::set_default(&listener);
    let stage = Stage::open().await;
    for good in [stage.bot(json!({})), stage.jane(json!({})), stage.rsa.token("RS256", &machine(stage.now, "bot"))] {
        assert_eq!(stage.listed(&good).await, 200, "{good}");
    }
    let (status, answered, unknown) = send(&stage.system, LIST, &[("authorization", "Bearer csk_unknown")], "").await;
    assert_eq!((status, header(&answered, "www-authenticate").as_str()), (401, INVALID));
    let (mut table, before) = (format!("{status} {unknown}\n\n"), everything(&stage.system).await);
    log.take();
    for (what, token) in stage.forged().into_iter().chain(stage.wrong()) {
        let (status, answered, told) = send(&stage.system, LIST, &[("authorization", &bearer(&token))], "").await;
        assert_eq!((status, told.as_str()), (401, unknown.as_str()), "{what}: {token}");
        assert_eq!(header(&answered, "www-authenticate"), INVALID);
        let lines = log.take();
        assert!(token.split('.').all(|part| part.len() < 16 || !lines.contains(part)), "{what} is in the log: {lines}");
        let why: Vec<&str> = lines.lines().filter_map(|line| Some(line.split_once("why=")?.1)).collect();
        writeln!(table, "{what}: {}", why.join(" ")).unwrap();
    }
    assert_eq!(everything(&stage.system).await, before);
    insta::assert_snapshot!(table);
}

#[tokio::test(flavor = "multi_thread")]
async fn clocks_may_differ_by_a_minute_either_way() {
    let stage = Stage::open().await;
    let now = stage.now.as_second();
    for (claims, status) in [
        (json!({ "exp": now - 59 }), 200),
        (json!({ "exp": now - 60 }), 401),
        (json!({ "nbf": now + 60, "iat": now + 60 }), 200),
        (json!({ "nbf": now + 61 }), 401),
        (json!({ "iat": now + 61 }), 401),
    ] {
        assert_eq!(stage.listed(&stage.bot(claims.clone())).await, status, "{claims}");
    }
    let good = stage.bot(json!({}));
    stage.system.clock.advance(jiff::SignedDuration::from_millis(359_999));
    assert_eq!(stage.listed(&good).await, 200);
    stage.system.clock.advance(jiff::SignedDuration::from_millis(1));
    assert_eq!(stage.listed(&good).await, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_holds_in_its_own_workspaces_only() {
    let stage = Stage::open().await;
    let asking = |token: String, workspace: &'static str| {
        let request = stage.system.request("GET", "/approvals").bearer_auth(token);
        async move {
            let answer = request.header("x-workspace-namespace", workspace).send().await.unwrap();
            (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
        }
    };
    let both = stage.jane(json!({ "workspaces": ["sales", "default"] }));
    assert_eq!(asking(both.clone(), "sales").await.0, 200);
    assert_eq!(asking(both.clone(), "default").await.0, 200);
    assert_eq!(refused(asking(both.clone(), "legal").await), error(403, "NOT_AUTHORIZED"));
    assert_eq!(refused(asking(both, "../etc").await), error(400, "INVALID_PAYLOAD"));
    let away = stage.jane(json!({ "workspaces": "sales" }));
    assert_eq!(asking(away.clone(), "sales").await.0, 200);
    let default = stage.system.get(&away, "/approvals").await;
    assert_eq!(
        default.1["error"],
        "This token may not use the workspace default; name one of its own in X-Workspace-Namespace."
    );
    for none in [json!(null), json!([]), json!("Sales"), json!([7])] {
        let nowhere = stage.jane(json!({ "workspaces": none }));
        assert_eq!(refused(stage.system.get(&nowhere, "/approvals").await), error(403, "NOT_AUTHORIZED"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_may_do_what_its_roles_may() {
    let stage = Stage::open().await;
    let system = &stage.system;
    let ask = body("plain.post", json!({}));
    for groups in [json!([]), json!(null), json!("nothing"), json!({ "approvers": true }), json!(["Approvers"])] {
        let nothing = stage.jane(json!({ "groups": groups }));
        let told = system.get(&nothing, "/approvals").await;
        assert_eq!(told.1["error"], "This token gives its holder no role.", "{groups}");
        assert_eq!(refused(told), error(403, "NOT_AUTHORIZED"));
    }
    let as_role = |group: &str| stage.jane(json!({ "groups": [group] }));
    for (token, asks, reads, makes) in [
        (stage.bot(json!({ "groups": ["admins"] })), 200, 200, 403),
        (as_role("developers"), 200, 200, 403),
        (as_role("approvers"), 403, 200, 403),
        (as_role("auditors"), 403, 200, 403),
        (as_role("admins"), 403, 200, 201),
    ] {
        let new = json!({ "name": "k", "subject": "agent:x", "roles": ["agent"] });
        let asked = system.call(&token, "POST", "/api/guard/request", ask.clone()).await.0;
        let made = system.call(&token, "POST", "/api/settings/keys", new).await.0;
        assert_eq!((asked, system.get(&token, "/approvals").await.0, made), (asks, reads, makes));
    }
    assert_eq!(approvals(system).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_believed_where_no_issuer_is_configured() {
    let (key, system) = (SigningKey::new("one", "ES256"), System::start().await);
    let token = key.token("ES256", &machine(system.clock.now(), "bot"));
    assert_eq!(refused(system.get(&token, "/approvals").await), error(401, "UNAUTHENTICATED"));
}
