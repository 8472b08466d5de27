//! The text of server-sent events.

use domain::view::WaitAnswer;

/// How soon a client that lost its stream comes back, in milliseconds.
pub(crate) const RETRY: &str = "retry: 1000\n\n";
/// The same for one that is not held, in seconds as `app::holds::ASK_AGAIN_SEC` has it.
pub(crate) const RETRY_LATER: &str = "retry: 5000\n\n";
/// A comment: keeps the connection from being taken for dead.
pub(crate) const HEARTBEAT: &str = ": still waiting\n\n";

/// One state.
pub(crate) fn state(answer: &WaitAnswer) -> String {
    // JSON has no raw line breaks, so it is one line of data.
    let data = serde_json::to_string(answer).unwrap_or_default();
    format!("event: state\nid: {}\ndata: {data}\n\n", answer.seq)
}
