//! What the local host says at a terminal, or into a file: what is wrong, where, and what to do.

use crate::harness::process::binary;
use standins::slack::SlackStandin;
use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Output, Stdio};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::process::Command;

fn command(data: &Path) -> Command {
    command_at(data, "0")
}

fn command_at(data: &Path, port: &str) -> Command {
    let mut command = Command::new(binary());
    command.args(["--port", port, "--data"]).arg(data).env_remove("RUST_LOG").env_remove("SLACK_BOT_TOKEN");
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

/// A start that must fail, with these words, and without a word of the program's own.
async fn fails(mut command: Command, words: &[&str]) {
    let Output { status, stderr, .. } = command.output().await.unwrap();
    let said = String::from_utf8(stderr).unwrap();
    assert_eq!(status.code(), Some(1), "{said}");
    assert!(words.iter().all(|word| said.contains(word)), "{words:?}\n{said}");
    assert!(!said.contains("panicked") && !said.contains("RUST_BACKTRACE") && !said.contains('\u{1b}'), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_that_fails_says_what_is_wrong_where_and_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let text = |name: &str| at(name).display().to_string();

    let data = at("broken");
    fs::create_dir(&data).unwrap();
    for name in ["root-secret", "connectors-secret"] {
        fs::write(data.join(name), "0123456789abcdef".repeat(4)).unwrap();
    }
    fs::write(data.join("countersign.db"), "this is no database".repeat(1_000)).unwrap();
    let database = data.join("countersign.db").display().to_string();
    fails(command(&data), &["the database", &database, "Put back a copy", "--data"]).await;

    // Data without one of its secrets: nobody makes a new one beside it.
    for name in ["root-secret", "connectors-secret"] {
        let kept = fs::read(data.join(name)).unwrap();
        fs::remove_file(data.join(name)).unwrap();
        fails(command(&data), &[&text("broken"), name, "is missing", "Put the file back"]).await;
        assert!(!data.join(name).exists());
        fs::write(data.join(name), kept).unwrap();
    }

    fs::write(at("file"), "").unwrap();
    fails(command(&at("file")), &["the data folder", &text("file"), "you may write to", "--data"]).await;

    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    fails(command_at(&at("busy"), &port), &[&format!("port {port}"), "another countersign", "--port"]).await;

    for (name, content) in [
        ("keys.json", "{ \"admin\": csk_secret"),
        ("short.json", r#"{"admin":"csk_secret","agent":"a","approver":"b"}"#),
    ] {
        fs::write(at(name), content).unwrap();
        let mut with_keys = command(&at("keys"));
        with_keys.arg("--keys").arg(at(name));
        fails(with_keys, &["the keys file", &text(name), "it must be JSON"]).await;
    }
}

/// A host at work, until its lines say what they must; what it said on either output.
async fn says(mut command: Command, act: impl AsyncFnOnce(String)) -> (String, String) {
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut out = lines.next_line().await.unwrap().expect("it did not start");
    let url = out.split_whitespace().find(|word| word.starts_with("http://")).unwrap().to_owned();
    act(url).await;
    let pid = child.id().unwrap().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().await.unwrap().success());
    while let Some(line) = lines.next_line().await.unwrap() {
        out = format!("{out}\n{line}");
    }
    let mut err = String::new();
    child.stderr.take().unwrap().read_to_string(&mut err).await.unwrap();
    assert!(child.wait().await.unwrap().success(), "{err}");
    (out, err)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_at_work_leaves_a_line_a_request_and_says_which_keys_still_work() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let slack = SlackStandin::start().await.unwrap();
    let mut first = command(&data);
    first.env("SLACK_API_URL", slack.url()).env("SLACK_BOT_TOKEN", "xoxb-nobody-knows");
    let (out, err) = says(first, async |url| {
        // Which installs what TLS is done with.
        drop(crate::harness::http());
        let roots: [reqwest::Certificate; 0] = [];
        let http = reqwest::Client::builder().no_proxy().tls_certs_only(roots);
        let http = http.redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let home = http.get(&url).send().await.unwrap();
        assert_eq!((home.status().as_u16(), &home.headers()["location"].to_str().unwrap()), (303, &"/console"));
        for path in ["/approvals?secret=1", "/api/guard/wait/cwt_1_secret", "/console/decide/a-secret-link"] {
            http.get(format!("{url}{path}")).send().await.unwrap();
        }
        assert!(slack.wait_until(|slack| slack.calls().contains(&"auth.test".to_owned())).await);
    })
    .await;
    assert!(out.contains("agent     csk_"), "{out}");
    for line in ["GET / 303 ", "GET /approvals 401 ", "GET /api/guard/wait/… 404 ", "GET /console/decide/… "] {
        assert!(err.contains(line), "{line}\n{err}");
    }
    assert!(!err.contains("secret") && !err.contains('\u{1b}') && err.contains(" ms"), "{err}");
    assert!(err.contains("Slack does not take SLACK_BOT_TOKEN (auth.test: invalid_auth)"), "{err}");
    assert!(!err.contains("xoxb-nobody"), "{err}");

    let (out, _) = says(command(&data), async |_| {}).await;
    let kept = "The keys from before still work (agent:demo, user:admin@localhost, user:approver@localhost)";
    assert!(out.contains(kept) && !out.contains("csk_"), "{out}");

    // Another secret in the place of the data's own.
    fs::write(data.join("root-secret"), "0123456789abcdef".repeat(4)).unwrap();
    fails(command(&data), &["the root secret number 1 is not the one that the data was made with", "put the former"])
        .await;
}
