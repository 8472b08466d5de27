//! How Slack fails: one call as the test asks, all while it is down, and messages beyond its rate by the test's own clock.

/// How the next call fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// 429, with `Retry-After` in seconds.
    RateLimited(u64),
    /// 500.
    ServerError,
    /// 200 with `ok: false`.
    Error(&'static str),
    /// No answer, and nothing done.
    Hang,
    /// The connection is closed, and nothing done.
    Reset,
    /// Done, and no answer.
    SucceedSilently,
    /// 200 with something that is not JSON, and nothing done.
    Rubbish,
    /// Done and answered, but only once [`super::SlackStandin::let_go`] is called.
    Late,
}

/// Which second it is.
type Seconds = Box<dyn Fn() -> i64 + Send>;

/// What became of a message that was posted, and in which second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Post {
    /// Since 1970.
    pub second: i64,
    /// Taken, or refused as one too many.
    pub taken: bool,
}

/// The limits there are.
#[derive(Default)]
pub(super) struct Limits {
    pub(super) down: bool,
    pub(super) rate: Option<(Seconds, usize)>,
    pub(super) posts: Vec<Post>,
}

impl Limits {
    /// How a call fails, where it does.
    pub(super) fn judge(&mut self, name: &str, count: usize) -> Option<Fault> {
        if self.down {
            return Some(if count.is_multiple_of(2) { Fault::ServerError } else { Fault::Reset });
        }
        let (second, per_second) = self.rate.as_ref().filter(|_| name == "chat.postMessage")?;
        let second = second();
        let room = self.posts.iter().rev().take_while(|p| p.second == second).filter(|p| p.taken).count() < *per_second;
        self.posts.push(Post { second, taken: room });
        (!room).then_some(Fault::RateLimited(1))
    }
}
