//! Who is signed in: a cookie that holds, sealed, which key was shown. The key is looked up again with each request, so a revoked one
//! is out at once.

use app::authenticate::{Caller, authenticate_hash};
use app::{Failure, Gate};
use edge::header;
use lambda_http::Request;

/// The cookie.
const NAME: &str = "countersign";
/// How long a session lasts, in seconds: a working day.
const LASTS: i64 = 12 * 3_600;

/// Somebody who is signed in.
pub(crate) struct Session {
    pub(crate) caller: Caller,
    /// The hash of the key they signed in with.
    pub(crate) key: String,
    /// What a form of theirs must bring along.
    pub(crate) csrf: String,
}

/// Whoever is signed in; none where nobody is, or not any more.
pub(crate) async fn session(gate: &Gate, request: &Request) -> Result<Option<Session>, Failure> {
    let Some(cookie) = cookie(request) else { return Ok(None) };
    let Some(opened) = gate.open_session(&cookie)? else { return Ok(None) };
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
    Ok(Some(Session { caller, key: hash.to_owned(), csrf: gate.csrf_of(&cookie)? }))
}

/// The cookie of a new session for the key of a hash.
pub(crate) fn begin(gate: &Gate, request: &Request, hash: &str) -> Result<String, Failure> {
    let until = gate.clock.now().as_second() + LASTS;
    let sealed = gate.seal_session(&format!("{hash} {until}"))?;
    Ok(format!("{NAME}={sealed}; Path=/; HttpOnly; SameSite=Lax; Max-Age={LASTS}{}", secure(request)))
}

/// The cookie that ends one.
pub(crate) fn end(request: &Request) -> String {
    format!("{NAME}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0{}", secure(request))
}

/// On a laptop there is no TLS.
fn secure(request: &Request) -> &'static str {
    if header(request, "x-forwarded-proto") == Some("http") { "" } else { "; Secure" }
}

fn cookie(request: &Request) -> Option<String> {
    let all = request.headers().get_all("cookie").iter().filter_map(|value| value.to_str().ok());
    let mut pairs = all.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == NAME).map(|(_, value)| value.to_owned())
}
