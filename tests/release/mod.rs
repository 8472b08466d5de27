//! The programs that are deployed, each a process behind Lambda's Runtime API, in the place of the local host's own functions.

mod binaries;
mod stories;
mod transcript;

use crate::harness::{Start, System};
use binaries::Binaries;
use local::start::first_start::new_root_secret;
use serde_json::{Value, json};
use standins::deployed::aws::Aws;
use standins::slack::SlackStandin;
use standins::tls::Authority;
use std::collections::{BTreeMap, BTreeSet};
use transcript::{Transcript, must_be_alike};

/// A host whose functions are programs.
struct Deployed {
    system: System,
    binaries: Binaries,
    aws: Aws,
    secrets: BTreeMap<String, String>,
}

/// The deployment's secrets, by their logical ids.
fn secrets(slack: &SlackStandin) -> BTreeMap<String, String> {
    let app = json!({ "bot_token": slack.bot_token(), "signing_secret": slack.signing_secret() }).to_string();
    let [root, connectors, bootstrap] = [new_root_secret(), new_root_secret(), new_root_secret()];
    [("RootSecret", root), ("ConnectorsSecret", connectors), ("BootstrapSecret", bootstrap), ("SlackSecret", app)]
        .map(|(name, text)| (name.to_owned(), text))
        .into()
}

/// Started like another host, but for one function that stays the host's own.
async fn deploy(start: Start, but: &str, slack: &SlackStandin) -> Deployed {
    let secrets = secrets(slack);
    let aws = Aws::start(secrets.clone()).await;
    let binaries = Binaries::find(&aws);
    let start = start.with_secrets(&secrets["RootSecret"], &secrets["ConnectorsSecret"]);
    let system = start.with_handlers(binaries.handlers(but)).start().await;
    binaries.reach(&system.url, &slack.url());
    aws.connect(system.engine.clone(), system.bus.clone(), system.sockets.clone());
    Deployed { system, binaries, aws, secrets }
}

fn start() -> Start {
    Start::fresh().under(&stories::policy())
}

impl Deployed {
    /// What was called for, after everything went as AWS wants it, no secret was logged, and each line has the id of an invocation.
    async fn end(&self) -> BTreeSet<String> {
        assert_eq!(self.binaries.faults(), Vec::<String>::new());
        for program in self.binaries.end().await {
            let (name, log, invoked) = (program.name(), program.log(), program.invoked());
            for (secret, text) in &self.secrets {
                assert!(!log.contains(text.as_str()), "{secret} is in the log of {name}");
            }
            let lines: Vec<Value> = log.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
            let lines: Vec<&Value> = lines.iter().filter(|line| line["message"] == "request").collect();
            let known = |line: &&Value| invoked.iter().any(|id| line["request_id"] == *id);
            assert!(!lines.is_empty() && lines.iter().all(known), "{name} was invoked as {invoked:?}: {lines:#?}");
        }
        self.aws.calls()
    }
}

/// The folder for the permissions that were needed; `checks/check-roles.py` compares them with the roles.
const CALLS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/calls");

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the programs of `make stories`"]
async fn the_deployed_functions_answer_as_the_local_host_does() {
    let slack = SlackStandin::start().await.unwrap();
    let alike = || start().strictly().with_slack(&slack);
    let local = alike().start().await;
    let streaming = deploy(alike(), "", &slack).await;
    let (told, own) = tokio::join!(stories::all(&streaming.system), stories::all(&local));
    must_be_alike(&told, &own);
    bootstraps(&streaming).await;

    let local = alike().buffering().start().await;
    let buffering = deploy(alike().buffering(), "", &slack).await;
    let (mut told, mut own) = (Transcript::of(&buffering.system), Transcript::of(&local));
    stories::asks_and_learns(&mut told).await;
    stories::asks_and_learns(&mut own).await;
    must_be_alike(&told.end(), &own.end());

    let clicking = click_in_slack(&slack).await;
    let all = [&streaming, &buffering, &clicking];
    let idle = all.iter().map(|deployed| deployed.binaries.idle());
    let idle = idle.reduce(|a, b| a.intersection(&b).copied().collect()).unwrap();
    assert_eq!(idle, BTreeSet::new(), "functions that no story needs");
    let mut calls = BTreeSet::new();
    for deployed in all {
        calls.extend(deployed.end().await);
    }
    std::fs::create_dir_all(CALLS).unwrap();
    std::fs::write(format!("{CALLS}/release.txt"), calls.into_iter().map(|call| call + "\n").collect::<String>())
        .unwrap();
}

/// The host itself posts the cards, because a deployed function would not reach this machine.
async fn click_in_slack(slack: &SlackStandin) -> Deployed {
    let theirs = SlackStandin::start().await.unwrap();
    let local = start().with_slack(&theirs).start().await;
    let deployed = deploy(start().with_slack(slack), "dispatch", slack).await;
    let (mut told, mut own) = (Transcript::of(&deployed.system), Transcript::of(&local));
    stories::clicks_in_slack(&mut told, slack).await;
    stories::clicks_in_slack(&mut own, &theirs).await;
    must_be_alike(&told.end(), &own.end());
    deployed
}

/// The first key of a workspace, by the bootstrap secret, which the local host has none of.
async fn bootstraps(deployed: &Deployed) {
    let bootstrap = &deployed.secrets["BootstrapSecret"];
    let first = json!({ "name": "first", "subject": "user:first@acme.com", "roles": ["admin"] });
    let post = deployed.system.request("POST", "/api/settings/keys").bearer_auth(bootstrap).json(&first);
    let answer = post.header("x-workspace-namespace", "another").send().await.unwrap();
    assert_eq!(answer.status(), 201, "{}", answer.text().await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the programs of `make stories`"]
async fn a_function_that_cannot_have_its_secret_tells_lambda_so_and_ends() {
    let slack = SlackStandin::start().await.unwrap();
    for (function, secret, text, why) in [
        ("ConnectorsFunction", "ConnectorsSecret", None, "CONNECTORS_SECRET_ARN cannot be read"),
        ("CreateFunction", "RootSecret", Some("tooshort-to-be-a-secret"), "root secret"),
        ("SlackFunction", "SlackSecret", Some("xoxb-this-is-not-json"), "the Slack secret is not JSON"),
    ] {
        let mut secrets = secrets(&slack);
        assert!(secrets.remove(secret).is_some());
        secrets.extend(text.map(|text| (secret.to_owned(), text.to_owned())));
        let binaries = Binaries::find(&Aws::start(secrets).await);
        binaries.reach("http://127.0.0.1:9", &slack.url());
        must_fail_to_start(&binaries, function, &[], why).await;
    }
}

/// The function must report the reason to Lambda, in a sentence without a secret, and end.
async fn must_fail_to_start(binaries: &Binaries, function: &str, more: &[(&str, &str)], why: &str) {
    let (ended, told, log) = binaries.program(function).fail_to_start(more).await;
    let told = told.unwrap_or_else(|| panic!("{function} told Lambda nothing\n{log}"));
    assert!(!ended.success() && told["errorMessage"].as_str().unwrap().contains(why), "{function} {ended} {told}");
    let everything = format!("{told}{log}");
    assert!(!everything.contains("xoxb-") && !everything.contains("tooshort"), "{everything}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the programs of `make stories`"]
async fn a_function_reaches_aws_over_tls_by_the_roots_of_a_bundle_and_not_without_them() {
    let (slack, authority) = (SlackStandin::start().await.unwrap(), Authority::new());
    let secrets = secrets(&slack);
    let aws = Aws::start_over_tls(secrets.clone(), &authority).await;
    let system = start().with_secrets(&secrets["RootSecret"], &secrets["ConnectorsSecret"]).start().await;
    aws.connect(system.engine.clone(), system.bus.clone(), system.sockets.clone());
    let binaries = Binaries::find(&aws);
    binaries.reach(&system.url, &slack.url());
    let folder = tempfile::tempdir().unwrap();
    let bundle = folder.path().join("bundle.pem");
    std::fs::write(&bundle, authority.pem()).unwrap();
    let bundle = [("AWS_CA_BUNDLE", bundle.to_str().unwrap())];
    binaries.program("CreateFunction").start(&bundle).await.starts().await;
    must_fail_to_start(&binaries, "CreateFunction", &[], "ROOT_SECRET_ARN cannot be read").await;
    let absent = [("AWS_CA_BUNDLE", "/absent.pem")];
    must_fail_to_start(&binaries, "CreateFunction", &absent, "AWS_CA_BUNDLE names /absent.pem").await;
}
