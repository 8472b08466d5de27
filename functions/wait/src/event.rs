//! The text of server-sent events.

use domain::view::WaitAnswer;
use lambda::Answer;

/// How soon a client that lost its stream comes back, in milliseconds. No blank line follows: some clients make an event of each.
pub(crate) const RETRY: &str = "retry: 1000\n";
/// The same for one that is not held, in seconds as `app::memory::holds::ASK_AGAIN_SEC` has it.
pub(crate) const RETRY_LATER: &str = "retry: 5000\n";
/// A comment: keeps the connection from being taken for dead. No blank line follows it, either.
pub(crate) const HEARTBEAT: &str = ": still waiting\n";

/// An answer of server-sent events, which nothing on the way may keep, compress or hold back (nginx does the last by default).
pub(crate) fn answer(text: String) -> Answer {
    let answer = Answer::text(200, "text/event-stream", text).kept("no-cache, no-transform");
    answer.with("x-accel-buffering", "no")
}

/// One state.
pub(crate) fn state(answer: &WaitAnswer) -> String {
    // JSON has no raw line breaks, so it is one line of data.
    let data = serde_json::to_string(answer).unwrap_or_default();
    format!("event: state\nid: {}\ndata: {data}\n\n", answer.seq)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_event_has_no_blank_line() {
        for line in [RETRY, RETRY_LATER, HEARTBEAT] {
            assert!(
                line.ends_with('\n') && line.lines().all(|line| !line.is_empty()) && !line.contains("\n\n"),
                "{line:?}"
            );
        }
    }
}
