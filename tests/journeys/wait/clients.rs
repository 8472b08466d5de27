//! The documents' clients as pasted, and the reference `EventSource`. `checks/run-recipes.py` runs the documents' shell commands.

use crate::harness::{Asked, PATIENCE, Start, System};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader, Lines, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, ChildStdout, Command};
use tokio::sync::oneshot;
use tokio::time::timeout;

const JAVASCRIPT: &str = include_str!("../../../docs/use/wait-in-javascript.md");
const PYTHON: &str = include_str!("../../../docs/use/wait-in-python.md");

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

/// The documents' clients of the WebSocket with an address and a token in place of the examples': JavaScript over `ws` and as Node has it
/// from 22 on, and Python.
fn websockets(address: &str, token: &str) -> [Command; 3] {
    let block = |page: &str, language: &str, i: usize| {
        let after = page.split(&format!("```{language}\n")).nth(i).unwrap();
        after.split("\n```").next().unwrap().replace("127.0.0.1:8787", address).replace("TOKEN", token)
    };
    let javascript = block(JAVASCRIPT, "js", 2);
    let (mut ws, mut undici, mut python) = (node(), node(), Command::new(root().join(".venv/bin/python")));
    ws.args(["--input-type=module", "--eval", &javascript]);
    undici.args(["--import", "./tests/clients/undici.mjs", "--input-type=module", "--eval", &javascript]);
    python.args(["-u", "-c", &block(PYTHON, "python", 1)]);
    [ws, undici, python]
}

/// The page's event stream, with the host's address and a token in place of the examples'.
fn event_source(system: &System, asked: &Asked) -> String {
    let after = JAVASCRIPT.split("```js\n").nth(1).unwrap();
    let script = after.split("\n```").next().unwrap();
    script.replace("127.0.0.1:8787", system.url.trim_start_matches("http://")).replace("TOKEN", &asked.token)
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
async fn the_documents_javascript_waits_as_pasted() {
    let system = System::start().await;
    let asked = system.ask("gmail.send", json!({ "to": "jane@acme.com" })).await;
    let script = event_source(&system, &asked);
    let program = Program::start(node().args(["--input-type=module", "--eval", &script]));
    learns(&system, &asked, program, true).await;
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_documents_websockets_wait_as_pasted() {
    let system = System::start().await;
    for i in 0..3 {
        let asked = system.ask("gmail.send", json!({ "to": "jane@acme.com" })).await;
        let program = Program::start(&mut websockets(system.url.trim_start_matches("http://"), &asked.token)[i]);
        learns(&system, &asked, program, false).await;
    }
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_documents_websockets_say_that_nobody_knows_a_token() {
    let system = System::start().await;
    let mut clients = websockets(system.url.trim_start_matches("http://"), "cwt_1_appr_01j9xk8q4rkc8v2m5t7w9y1b3d_0");
    let [ws, undici, python] = clients.each_mut().map(|client| timeout(PATIENCE, client.current_dir(root()).output()));
    let (ws, undici, python) = tokio::join!(ws, undici, python);
    for (ended, says) in [(ws, "Error: "), (undici, "Error: "), (python, "HTTP 404")] {
        let ended = ended.expect("it hangs").unwrap();
        let said = String::from_utf8(ended.stderr).unwrap();
        assert!(!ended.status.success() && said.contains(says), "{said}");
        assert!(says == "HTTP 404" || said.to_lowercase().contains("token."), "{said}");
    }
    system.stop().await;
}

/// A way to the host that is closed for the first two connections; the third breaks off after the first state, and the test learns that.
async fn unsteady(host: String) -> (String, oneshot::Receiver<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (broke, breaks) = oneshot::channel();
    let steady = async move {
        for _ in 0..2 {
            let (mut asks, _) = listener.accept().await.unwrap();
            asks.read_u8().await.unwrap();
        }
        let (mut client, _) = listener.accept().await.unwrap();
        let mut server = TcpStream::connect(&host).await.unwrap();
        let (mut seen, mut bytes) = (Vec::new(), [0; 4_096]);
        while !String::from_utf8_lossy(&seen).contains("ready_for_approval") {
            tokio::select! {
                read = client.read(&mut bytes) => server.write_all(&bytes[..read.unwrap()]).await.unwrap(),
                read = server.read_buf(&mut seen) => {
                    let read = read.unwrap();
                    client.write_all(&seen[seen.len() - read..]).await.unwrap();
                }
            }
        }
        drop(client);
        broke.send(()).unwrap();
        loop {
            let (mut client, _) = listener.accept().await.unwrap();
            let mut server = TcpStream::connect(&host).await.unwrap();
            tokio::spawn(async move { copy_bidirectional(&mut client, &mut server).await });
        }
    };
    tokio::spawn(steady);
    (address, breaks)
}

async fn comes_back(system: &System, i: usize) {
    let asked = system.ask("gmail.send", json!({ "to": "jane@acme.com" })).await;
    let (address, breaks) = unsteady(system.url.trim_start_matches("http://").to_owned()).await;
    let program = Program::start(&mut websockets(&address, &asked.token)[i]);
    timeout(PATIENCE, breaks).await.expect("it never came back").unwrap();
    learns(system, &asked, program, false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_documents_websockets_come_back_after_an_outage() {
    let system = System::start().await;
    tokio::join!(comes_back(&system, 0), comes_back(&system, 1), comes_back(&system, 2));
    system.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_for_which_each_blank_line_ends_an_event_sees_states_alone() {
    let system = System::start().await;
    let asked = system.ask("quorum.two", json!({})).await;
    let address = format!("{}/api/guard/wait?token={}", system.url, asked.token);
    let mut python = Command::new(root().join(".venv/bin/python"));
    let mut program = Program::start(python.args(["./tests/clients/server_sent_events.py", &address]));
    let mut said = Vec::new();
    for voter in ["jane", "omar"] {
        said.push(program.json().await);
        let key = system.key(&format!("user:{voter}@acme.com"), &["approver"]).await;
        system.resolve(&key, &asked.id, json!({ "decision": "approved" })).await;
    }
    said.extend([program.json().await, program.json().await]);
    let ids: Vec<&Value> = said.iter().map(|event| &event["id"]).collect();
    assert_eq!(ids, [&json!("1"), &json!("2"), &json!("3"), &Value::Null], "{said:?}");
    assert_eq!((&said[0]["retry"], &said[3]["closed"]), (&json!(1000), &json!(true)), "{said:?}");
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
    // One request a state, and one whose answer is that nothing more follows: no busy loop.
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
