//! What the local host prints: where it is, its keys, and what to do next.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this is what the terminal is told")]

use super::Arguments;
use app::Failure;
use local::start::first_start::Keys;
use std::io;
use std::path::Path;

/// The greeting, with commands that run when pasted.
pub(crate) fn greet(url: &str, arguments: &Arguments, keys: Option<&Keys>, known: &[String]) {
    let data = if arguments.in_memory { "in memory".into() } else { arguments.data.display().to_string() };
    println!("Countersign is listening on {url} (data: {data})");
    println!("People look and decide at {url}/console.");
    if arguments.allow_insecure_endpoints || arguments.slack_api_url.starts_with("http://") {
        println!("Connectors may reach http and loopback addresses: for development only.");
    }
    if arguments.slack_bot_token.is_none() {
        println!("Without SLACK_BOT_TOKEN nothing is posted to Slack; requests wait in the inbox.");
    }
    let Some(keys) = keys else {
        println!("{}", old_keys(known));
        return;
    };
    println!("\n  admin     {}\n  agent     {}\n  approver  {}", keys.admin, keys.agent, keys.approver);
    println!("\nAsk, as the agent (the answer has a wait token and a requestId):\n");
    println!("  curl -s {url}/api/guard/request \\");
    println!("    -H 'Authorization: Bearer {}' -H 'Content-Type: application/json' \\", keys.agent);
    println!("    -d '{EXAMPLE}'");
    println!("\nSee what waits, and approve it, as the approver: at {url}/console with the approver's key, or\n");
    println!("  curl -s {url}/approvals -H 'Authorization: Bearer {}'", keys.approver);
    println!("  curl -s {url}/approvals/REQUEST_ID/resolve \\");
    println!("    -H 'Authorization: Bearer {}' -H 'Content-Type: application/json' \\", keys.approver);
    println!("    -d '{{\"decision\":\"approved\",\"comment\":\"Looks good, send it\"}}'");
    println!("\nLearn the outcome, as the agent:\n");
    println!("  curl -s {url}/api/guard/wait -H 'Content-Type: application/json' -d '{{\"token\":\"TOKEN\"}}'");
    println!("  curl -N '{url}/api/guard/wait?token=TOKEN'");
    println!("\nOr on a WebSocket: ws{}/ws?token=TOKEN\n", url.trim_start_matches("http"));
}

/// What is said of keys that were shown before: only their hashes are kept.
fn old_keys(known: &[String]) -> String {
    let more = "`--keys FILE` makes three new ones and writes them to FILE";
    match known {
        [] => format!("No key that was made in the workspace default works any more. {more}."),
        known => format!(
            "The keys from before still work ({}); they cannot be shown again. {more}, and leaves those as they are.",
            known.join(", ")
        ),
    }
}

/// A token that Slack does not take, or a Slack that cannot be asked.
pub(crate) fn slack_said(why: &vendors::Failure) {
    match why.is_transient() {
        true => {
            eprintln!("countersign: Slack could not be asked whose SLACK_BOT_TOKEN is ({why}); cards are tried again.")
        }
        false => eprintln!(
            "countersign: Slack does not take SLACK_BOT_TOKEN ({why}). Nothing can be posted there and requests wait in the console; put in the \
             bot token of the installed app (xoxb-…, docs/run/slack.md) and start again."
        ),
    }
}

/// The port is taken, or may not be opened.
pub(crate) fn no_port(port: u16, why: &io::Error) -> String {
    let todo = match why.kind() {
        io::ErrorKind::AddrInUse => {
            ": another countersign, or another program, has it. Stop that, or choose another with --port"
        }
        _ => ": choose another with --port",
    };
    format!("port {port} of 127.0.0.1 cannot be opened ({why}){todo}")
}

/// The folder cannot be made or written.
pub(crate) fn no_folder(folder: &Path, why: &io::Error) -> String {
    format!(
        "the data folder {} cannot be used ({why}): it must be a folder that you may write to; choose it with --data",
        folder.display()
    )
}

/// A request under the starter policy.
const EXAMPLE: &str = concat!(
    r#"{"action":"gmail.send","params":{"to":"jane@acme.com","subject":"Hello","body":"Hi Jane"},"#,
    r#""meta":{"origin":{"repo":"acme/outreach"},"requester":{"id":"demo","source":"agent"},"#,
    r#""justification":"Jane asked for a quote"}}"#,
);

/// Why the host could not start.
pub(crate) fn complain(problem: &str) {
    eprintln!("countersign: {problem}");
}

/// Every fault of a policy, a line each.
pub(crate) fn policy_faults(failure: &Failure) -> String {
    match failure {
        Failure::Invalid(faults) => {
            let lines = faults.iter().map(|fault| format!("\n  {fault}"));
            format!("the policy has faults:{}", lines.collect::<String>())
        }
        other => other.to_string(),
    }
}
