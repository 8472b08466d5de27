//! The local host as a process of its own, to be killed.

use local::start::first_start::{Keys, read_keys};
use standins::slack::SlackStandin;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::OnceLock;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

/// A `countersign` at work.
pub struct Process {
    child: Child,
    /// `http://127.0.0.1:<port>`
    pub url: String,
    /// Its three keys.
    pub keys: Keys,
}

/// The binary, built once by this run of the tests: another crate's is not built for us. It is built with the
/// tests of its package, whose dependencies have the features that this test's have: else most of them would be built again.
pub fn binary() -> &'static PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let built = std::process::Command::new(env!("CARGO"))
            .args(["test", "--quiet", "--no-run", "--workspace", "--test", "main"])
            .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
            .status();
        assert!(built.unwrap().success());
        let mut path = std::env::current_exe().unwrap();
        path.pop();
        path.pop();
        path.join("countersign")
    })
}

impl Process {
    /// Starts on a folder's data, under a policy, with a Slack; returns once it listens.
    pub async fn start(folder: &Path, policy: &Path, slack: &SlackStandin) -> Self {
        let keys = folder.join("keys.json");
        let mut child = Command::new(binary())
            .args(["--port", "0", "--allow-insecure-endpoints", "--data"])
            .arg(folder.join("data"))
            .arg("--keys")
            .arg(&keys)
            .arg("--policy")
            .arg(policy)
            .env("SLACK_API_URL", slack.url())
            .env("SLACK_BOT_TOKEN", slack.bot_token())
            .env("SLACK_SIGNING_SECRET", slack.signing_secret())
            .env("RUST_LOG", "error")
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let first = lines.next_line().await.unwrap().expect("it did not start");
        let url = first.split_whitespace().find(|word| word.starts_with("http://")).unwrap().to_owned();
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Self { child, url, keys: read_keys(&keys).unwrap().unwrap() }
    }

    /// SIGKILL.
    pub async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }

    /// SIGTERM; whether it ended well.
    pub async fn terminate(mut self) -> bool {
        let pid = self.child.id().unwrap().to_string();
        Command::new("kill").args(["-TERM", &pid]).status().await.unwrap();
        self.child.wait().await.unwrap().success()
    }
}
