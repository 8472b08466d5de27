//! Signatures as others make and check them: the reference library of Standard Webhooks, Slack's own SDK, and PyJWT.

use crate::harness::{PATIENCE, Start};
use crate::journeys::slack::stage::{Stage, mail};
use app::Clock;
use identity::algorithm::Algorithm;
use serde_json::{Value, json};
use standins::issuer::{IssuerStandin, machine, with};
use standins::slack::SignedRequest;
use standins::webhook::WebhookStandin;
use std::process::Stdio;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;
use tokio::time::timeout;

const VERIFY_WEBHOOK: &str = r#"
import json, sys
from standardwebhooks import Webhook, WebhookVerificationError
given = json.load(sys.stdin)
hook = Webhook(given["secret"])
assert hook.verify(given["body"], given["headers"])["type"] == "approval.requested"
try:
    hook.verify(given["body"].replace("jane", "eve"), given["headers"])
    print("believed what was altered")
except WebhookVerificationError:
    print("good")
"#;

const SIGN_AS_SLACK: &str = r#"
import json, sys
from slack_sdk.signature import SignatureVerifier
given = json.load(sys.stdin)
verifier = SignatureVerifier(given["secret"])
made = verifier.generate_signature(timestamp=given["timestamp"], body=given["body"])
assert verifier.is_valid(body=given["body"], timestamp=given["timestamp"], signature=given["ours"])
print(made)
"#;

const MAKE_TOKENS: &str = r#"
import json, sys
import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
given = json.load(sys.stdin)
pairs = {
    "RS": rsa.generate_private_key(public_exponent=65537, key_size=2048),
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "ES384": ec.generate_private_key(ec.SECP384R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate(),
}
pairs["PS"] = pairs["RS"]
made = {"keys": [], "tokens": {}}
for alg in given["algorithms"]:
    pair = pairs.get(alg) or pairs[alg[:2]]
    to_jwk = jwt.get_algorithm_by_name(alg).to_jwk
    made["keys"].append(to_jwk(pair.public_key(), as_dict=True) | {"kid": alg, "alg": alg, "use": "sig"})
    made["tokens"][alg] = jwt.encode(given["claims"], pair, algorithm=alg, headers={"kid": alg})
print(json.dumps(made))
"#;

/// What a script of the reference says, given JSON.
async fn python(script: &str, given: &Value) -> String {
    let mut child = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.venv/bin/python"))
        .args(["-c", script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|e| panic!("{e}; `make test` installs it"));
    child.stdin.take().unwrap().write_all(given.to_string().as_bytes()).await.unwrap();
    let ended = timeout(PATIENCE, child.wait_with_output()).await.expect("it does not end").unwrap();
    assert!(ended.status.success());
    String::from_utf8(ended.stdout).unwrap().trim().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_reference_library_of_standard_webhooks_believes_us_and_not_whoever_alters_us() {
    let policy = "actions: { a.b: { approvers: { anyOf: [\"user:approver@localhost\"] } } }";
    let system = Start::fresh().under(policy).start().await;
    let receiver = WebhookStandin::start().await.unwrap();
    let connector = json!({
        "name": "hook", "endpoint": receiver.url(), "headers": { "X-Webhook-Secret": receiver.secret() },
    });
    let path = "/api/settings/approval-connectors";
    assert_eq!(system.call(&system.keys.admin, "POST", path, connector).await.0, 201);
    system.ask("a.b", json!({ "to": "jane@acme.com" })).await;
    assert!(receiver.wait_until(|hook| !hook.deliveries().is_empty()).await);
    let delivery = receiver.deliveries().remove(0);
    let headers: serde_json::Map<String, Value> =
        delivery.headers.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    let given = json!({ "secret": receiver.secret(), "body": delivery.body.to_string(), "headers": headers });
    assert_eq!(python(VERIFY_WEBHOOK, &given).await, "good");
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_click_that_slacks_own_sdk_signed_is_believed() {
    let stage = Stage::open().await;
    let (asked, card) = stage.ask("gmail.send", mail()).await;
    let click = stage.slack.click(&card, "approve", "UJANE").unwrap();
    let now = Clock::Wall.now().as_second().to_string();
    let signed = click.clone().resigned(stage.slack.signing_secret(), now.parse().unwrap());
    let header = |name: &str| signed.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).unwrap().1.clone();
    let given = json!({
        "secret": stage.slack.signing_secret(), "timestamp": now, "body": click.body, "ours": header("x-slack-signature"),
    });
    let theirs = python(SIGN_AS_SLACK, &given).await;
    let form = ("content-type".into(), "application/x-www-form-urlencoded".into());
    let headers = vec![form, ("x-slack-request-timestamp".into(), now), ("x-slack-signature".into(), theirs)];
    stage.send(&SignedRequest { body: click.body.clone(), headers }).await;
    assert_eq!(stage.system.poll(&asked.token).await["status"], "approved");
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_that_pyjwt_made_are_believed_by_every_algorithm() {
    let issuer = IssuerStandin::start(&[]).await;
    // The library knows Ed25519 by its older name alone.
    let algorithms: Vec<_> = Algorithm::names().into_iter().filter(|name| *name != "Ed25519").collect();
    let configured = with(issuer.configured(), json!({ "algorithms": algorithms }));
    let system = Start::fresh().believing(json!([configured])).start().await;
    let claims = machine(Clock::Wall.now(), "bot");
    let made = python(MAKE_TOKENS, &json!({ "algorithms": algorithms, "claims": claims })).await;
    let made: Value = serde_json::from_str(&made).unwrap();
    issuer.publish(made["keys"].as_array().unwrap());
    for alg in algorithms {
        let token = made["tokens"][alg].as_str().unwrap();
        assert_eq!(system.get(token, "/approvals").await.0, 200, "{alg}: {token}");
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let other = format!("{signed}.{}", signature.chars().rev().collect::<String>());
        assert_eq!(system.get(&other, "/approvals").await.0, 401, "{alg}");
    }
    system.stop().await;
}
