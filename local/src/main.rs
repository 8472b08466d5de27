//! `cargo run`: the gate on a laptop.

mod hello;

use app::Slack;
use app::memory::issuers::Issuers;
use clap::Parser;
use local::host::{Host, Options};
use local::start::first_start::{
    Keys, STARTER_POLICY, is_first_start, keep_keys, known_keys, make_keys, put_policy, read_keys, write_keys,
};
use std::fs::{self, DirBuilder, File};
use std::io::IsTerminal as _;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;
use vendors::Http;
use vendors::slack::Client;

/// The human gate for AI agents, whole, in one process.
///
/// Serves the functions of template.yaml on 127.0.0.1 with an embedded table, event bus and scheduler.
#[derive(Debug, Parser)]
#[command(name = "countersign", version)]
struct Arguments {
    /// Port on 127.0.0.1
    #[arg(long, default_value_t = 8787, value_name = "N")]
    port: u16,
    /// Folder for the data: the table, the root secret
    #[arg(long, default_value = ".countersign", value_name = "DIR")]
    data: PathBuf,
    /// Keep nothing: all data is gone when the process ends
    #[arg(long)]
    in_memory: bool,
    /// Put this policy (YAML or JSON) in force in the default workspace at start
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Write the three keys to this file (mode 0600); if it exists, use its keys
    #[arg(long, value_name = "FILE")]
    keys: Option<PathBuf>,
    /// Believe bearer tokens of the issuers in this file, a JSON list (docs/run/jwt.md)
    #[arg(long, value_name = "FILE")]
    jwt_issuers: Option<PathBuf>,
    /// Let connectors reach http and loopback addresses: for development only
    #[arg(long)]
    allow_insecure_endpoints: bool,
    /// Base address of Slack's Web API
    #[arg(long, env = "SLACK_API_URL", default_value = "https://slack.com/api", value_name = "URL")]
    slack_api_url: String,
    /// Slack bot token; without it nothing is posted and requests wait in the inbox
    #[arg(long, env = "SLACK_BOT_TOKEN", hide_env_values = true, value_name = "TOKEN")]
    slack_bot_token: Option<String>,
    /// Slack signing secret; without it no interaction is believed
    #[arg(long, env = "SLACK_SIGNING_SECRET", hide_env_values = true, value_name = "SECRET")]
    slack_signing_secret: Option<String>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // On a terminal NO_COLOR says whether there are colours; elsewhere there are none.
    if std::io::stderr().is_terminal() {
        log.init()
    } else {
        log.with_ansi(false).init()
    }
    match run(arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            hello::complain(&problem);
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), String> {
    let policy = arguments.policy.as_deref().map(|file| read("the policy", file)).transpose()?;
    let listener =
        TcpListener::bind(("127.0.0.1", arguments.port)).await.map_err(|e| hello::no_port(arguments.port, &e))?;
    let address = listener.local_addr().map_err(|e| e.to_string())?;
    let url = format!("http://{address}");
    let (options, _lock) = options(&arguments)?;
    let host = Host::build(options, &url).await?;
    let (keys, known) = (keys(&host, arguments.keys.as_deref()).await?, known_keys(&host.gate).await);
    let known = known.map_err(|e| e.to_string())?;
    let text = match &policy {
        Some(text) => Some(text.as_str()),
        None => has_no_policy(&host).await?.then_some(STARTER_POLICY),
    };
    if let Some(text) = text {
        put_policy(&host.gate, text).await.map_err(|e| hello::policy_faults(&e))?;
    }
    let stop = stop()?;
    hello::greet(&url, &arguments, keys.as_ref(), &known);
    tokio::spawn(ask_slack(host.gate.couriers.slack_client()));
    // The first minute is swept too: what fell due while nothing ran does not wait for the second.
    host.schedules.trigger_now("SweepFunction");
    host.serve(listener, stop).await;
    Ok(())
}

/// Whether Slack knows the bot's token: asked beside everything else, for the gate works without.
async fn ask_slack(client: Option<Client>) {
    let Some(client) = client else { return };
    if let Err(why) = client.auth_test().await {
        hello::slack_said(&why);
    }
}

/// What the host is started with, and the lock that keeps a second process off its data.
fn options(arguments: &Arguments) -> Result<(Options, Option<File>), String> {
    // An http address for Slack means a stand-in.
    let allow_insecure = arguments.allow_insecure_endpoints || arguments.slack_api_url.starts_with("http://");
    let http = Http::new(allow_insecure).map_err(|e| e.to_string())?;
    let issuers = match &arguments.jwt_issuers {
        Some(file) => Issuers::read(&read("the issuers", file)?, allow_insecure)?,
        None => Issuers::default(),
    };
    let slack = Slack {
        api_url: arguments.slack_api_url.clone(),
        bot_token: arguments.slack_bot_token.clone().filter(|t| !t.is_empty()),
        signing_secret: arguments.slack_signing_secret.clone().filter(|s| !s.is_empty()),
        team: Default::default(),
    };
    let (kept, lock) = data(arguments, http)?;
    Ok((Options { issuers, slack: Some(slack), ..kept }, lock))
}

fn data(arguments: &Arguments, http: Http) -> Result<(Options, Option<File>), String> {
    if arguments.in_memory {
        return Ok((Options::in_memory(http), None));
    }
    let folder = &arguments.data;
    let problem = |e: std::io::Error| hello::no_folder(folder, &e);
    // What agents ask for is nobody else's to read.
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(problem)?;
    let lock = File::create(folder.join("lock")).map_err(problem)?;
    let taken = |_| {
        format!(
            "the data folder {} is in use by another countersign: stop that, or give this one another --data folder",
            folder.display()
        )
    };
    lock.try_lock().map_err(taken)?;
    Ok((Options::in_folder(folder, http)?, Some(lock)))
}

/// The keys to show: new ones at the first start, or where a file is to be written; none where they were shown before.
async fn keys(host: &Host, file: Option<&Path>) -> Result<Option<Keys>, String> {
    let gate = &host.gate;
    let in_file = file.map(read_keys).transpose()?.flatten();
    if let Some(keys) = in_file {
        keep_keys(gate, &keys).await.map_err(|e| e.to_string())?;
        return Ok(Some(keys));
    }
    if file.is_none() && !is_first_start(gate).await.map_err(|e| e.to_string())? {
        return Ok(None);
    }
    let keys = make_keys(gate).await.map_err(|e| e.to_string())?;
    if let Some(file) = file {
        write_keys(file, &keys)?;
    }
    Ok(Some(keys))
}

async fn has_no_policy(host: &Host) -> Result<bool, String> {
    let head = host.gate.store.get_policy_head(&domain::Workspace::default_name(), true).await;
    Ok(head.map_err(|e| e.to_string())?.is_none())
}

fn read(what: &str, file: &Path) -> Result<String, String> {
    fs::read_to_string(file).map_err(|e| format!("{what} {}: {e}", file.display()))
}

/// SIGINT or SIGTERM. The host listens from this call on, so a process that has read the first line may stop the host immediately.
fn stop() -> Result<impl Future<Output = ()>, String> {
    let heard = |kind| signal(kind).map_err(|e| format!("signals cannot be heard: {e}"));
    let (mut interrupt, mut terminate) = (heard(SignalKind::interrupt())?, heard(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}
