//! Who is signed in: a cookie that holds, sealed, which key was shown. The key is looked up again with each request, so a revoked one
//! is out at once.

use app::callers::authenticate::{Caller, authenticate_hash};
use app::{Failure, Keyed};
use lambda::header;
use lambda_http::Request;

/// The cookie, which only this very host may set and read (<https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Set-Cookie>).
const NAME: &str = "__Host-countersign";
/// The same on a laptop, where there is no TLS.
const NAME_WITHOUT_TLS: &str = "countersign";
/// How long a session lasts, in seconds: a working day.
const LASTS: i64 = 12 * 3_600;

/// Somebody who is signed in.
pub(crate) struct Session {
    pub(crate) caller: Caller,
    /// The hash of the key they signed in with.
    pub(crate) key: String,
    /// What a form of theirs must bring along one of; new ones are given the first.
    pub(crate) csrf: Vec<String>,
}

/// The person who is signed in; none if nobody is, or if the session is over.
pub(crate) async fn session(gate: &Keyed, request: &Request) -> Result<Option<Session>, Failure> {
    let Some(cookie) = cookie(request) else { return Ok(None) };
    let Some(opened) = gate.open_session(&cookie) else { return Ok(None) };
    let Some((hash, until)) = opened.split_once(' ') else { return Ok(None) };
    let over = until.parse::<i64>().map_or(true, |until| gate.clock.now().as_second() >= until);
    if over {
        return Ok(None);
    }
    let caller = match authenticate_hash(gate, hash).await {
        Ok(caller) => caller,
        Err(Failure::Unauthenticated(_)) => return Ok(None),
        Err(e) => return Err(e),
    };
    Ok(Some(Session { caller, key: hash.to_owned(), csrf: gate.csrf_of(&cookie) }))
}

/// The cookie of a new session for the key of a hash.
pub(crate) fn begin(gate: &Keyed, request: &Request, hash: &str) -> Result<String, Failure> {
    let until = gate.clock.now().as_second() + LASTS;
    let sealed = gate.seal_session(&format!("{hash} {until}"))?;
    Ok(set(request, &sealed, LASTS))
}

/// The cookie that ends one.
pub(crate) fn end(request: &Request) -> String {
    set(request, "", 0)
}

fn set(request: &Request, value: &str, seconds: i64) -> String {
    let secure = if has_tls(request) { "; Secure" } else { "" };
    format!("{}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}", name(request))
}

fn name(request: &Request) -> &'static str {
    if has_tls(request) { NAME } else { NAME_WITHOUT_TLS }
}

/// The gateway says `https`; on a laptop there is none.
fn has_tls(request: &Request) -> bool {
    header(request, "x-forwarded-proto") != Some("http")
}

fn cookie(request: &Request) -> Option<String> {
    let all = request.headers().get_all("cookie").iter().filter_map(|value| value.to_str().ok());
    let mut pairs = all.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(known, _)| *known == name(request)).map(|(_, value)| value.to_owned())
}
