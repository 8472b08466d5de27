//! Clients that others wrote: the README's as pasted, and the reference `EventSource`.

use crate::harness::{Asked, PATIENCE, Start, System};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

const README: &str = include_str!("../../README.md");

fn root() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// A program under way, and what it says.
struct Program {
    _child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Program {
    fn start(command: &mut Command) -> Self {
        let child = command.current_dir(root()).stdout(Stdio::piped()).kill_on_drop(true).spawn();
        let mut child = child.unwrap_or_else(|e| panic!("{command:?}: {e}; `make test` installs it"));
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { _child: child, lines }
    }

    async fn line(&mut self) -> String {
        let line = timeout(PATIENCE, self.lines.next_line()).await.expect("it says nothing").unwrap();
        line.expect("it ended")
    }

    async fn json(&mut self) -> Value {
        serde_json::from_str(&self.line().await).unwrap()
    }
}

fn node() -> Command {
    let mut node = Command::new("node");
    node.args(["--no-warnings", "--import", "./tests/clients/browser.mjs"]);
    node
}

/// The README's blocks of a language, with the host's address and a token in place of the examples'.
fn blocks(language: &str, system: &System, asked: &Asked) -> Vec<String> {
    let fence = format!("```{language}\n");
    let after = README.split(&fence).skip(1);
    let blocks = after.map(|rest| rest.split("\n```").next().unwrap());
    let here = |block: &str| {
        let address = system.url.trim_start_matches("http://");
        block.replace("127.0.0.1:8787", address).replace("TOKEN", &asked.token).replace("REQUEST_ID", &asked.id)
    };
    blocks.map(here).collect()
}

/// A script waits; the request is approved while it does; the first words of the line it ends with.
async fn learns(system: &System, asked: &Asked, mut program: Program, says_first: bool) {
    if says_first {
        assert!(program.line().await.starts_with("ready_for_approval"));
    }
    let (status, answer) = system.resolve(&system.keys.approver, &asked.id, json!({ "decision": "approved" })).await;
    assert_eq!(status, 200, "{answer}");
    let line = program.line().await;
    assert!(line.starts_with("approved") && line.contains("jane@acme.com"), "{line}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_readmes_javascript_waits_as_pasted() {
    let system = System::start().await;
    for (i, streams) in [(0, true), (1, false)] {
        let asked = system.ask("gmail.send", json!({ "to": "jane@acme.com" })).await;
        let script = blocks("js", &system, &asked).remove(i);
        let program = Program::start(node().args(["--input-type=module", "--eval", &script]));
        learns(&system, &asked, program, streams).await;
    }
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_readmes_python_waits_as_pasted() {
    let system = System::start().await;
    let asked = system.ask("gmail.send", json!({ "to": "jane@acme.com" })).await;
    let script = blocks("python", &system, &asked).remove(0);
    let program = Program::start(Command::new(root().join(".venv/bin/python")).args(["-u", "-c", &script]));
    learns(&system, &asked, program, false).await;
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_readmes_curl_works_as_pasted() {
    let system = System::start().await;
    let asked = system.ask("gmail.send", json!({ "to": "jane@acme.com" })).await;
    let first_minute = blocks("sh", &system, &asked).into_iter().find(|block| block.contains("export AGENT")).unwrap();
    let keys = format!("export AGENT={} APPROVER={}", system.keys.agent, system.keys.approver);
    let commands = first_minute.replace("export AGENT=csk_… APPROVER=csk_…", &keys);
    let ran = Command::new("bash").args(["-euo", "pipefail", "-c", &commands]).output().await.unwrap();
    let said = String::from_utf8(ran.stdout).unwrap();
    assert!(ran.status.success(), "{said}{}", String::from_utf8_lossy(&ran.stderr));
    // It asks, lists, approves, polls and streams; what was approved can be neither taken back nor asked again.
    for told in ["\"token\":", "\"approvals\":[", "\"decision\":\"approved\"", "event: state", "INVALID_STATE"] {
        assert!(said.contains(told), "{told}: {said}");
    }
    system.stop().await;
}

/// The votes of two people, one after the other, as an `EventSource` sees them; everything it said.
async fn two_votes(system: &System) -> Vec<Value> {
    let asked = system.ask("quorum.two", json!({})).await;
    let address = format!("{}/api/guard/wait?token={}", system.url, asked.token);
    let mut program = Program::start(node().args(["./tests/clients/events.mjs", &address]));
    let mut said: Vec<Value> = Vec::new();
    let mut voters = ["jane", "omar"].into_iter();
    loop {
        let line = program.json().await;
        let (state, closed) = (line["status"].is_string(), line["closed"] == true);
        said.push(line);
        if closed {
            return said;
        }
        if state && let Some(voter) = voters.next() {
            let key = system.key(&format!("user:{voter}@acme.com"), &["approver"]).await;
            system.resolve(&key, &asked.id, json!({ "decision": "approved" })).await;
        }
    }
}

fn states(said: &[Value]) -> Vec<(&str, &str)> {
    let states = said.iter().filter_map(|line| Some((line["id"].as_str()?, line["status"].as_str()?)));
    states.collect()
}

const ALL: [(&str, &str); 3] = [("1", "ready_for_approval"), ("2", "ready_for_approval"), ("3", "approved")];

#[tokio::test(flavor = "multi_thread")]
async fn an_event_source_on_a_buffering_gateway_misses_no_state_and_stops_after_the_end() {
    let system = Start::fresh().buffering().start().await;
    let said = two_votes(&system).await;
    assert_eq!(states(&said), ALL);
    // One request a state, and one that is told there is nothing more: no busy loop.
    let asked: Vec<(&Value, &Value)> =
        said.iter().filter(|line| line.get("asked").is_some()).map(|line| (&line["asked"], &line["status"])).collect();
    let (none, ok) = (Value::Null, json!(200));
    let expected = [(&none, &ok), (&json!("1"), &ok), (&json!("2"), &ok), (&json!("3"), &json!(204))];
    assert_eq!(asked, expected);
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_source_on_a_stream_needs_one_connection_and_one_to_learn_that_it_is_over() {
    let system = System::start().await;
    let said = two_votes(&system).await;
    assert_eq!(states(&said), ALL);
    let asked = said.iter().filter(|line| line.get("asked").is_some()).count();
    assert_eq!(asked, 2);
    system.stop().await;
}
