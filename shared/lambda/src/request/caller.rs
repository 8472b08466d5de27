//! Who calls, from the headers of a request.

use crate::{Error, header, text_header};
use app::callers::authenticate::{Caller, Freshness, authenticate};
use app::{Failure, Gate};
use lambda_http::Request;

/// The authenticated caller of `Authorization: Bearer` in the workspace of `X-Workspace-Namespace`.
///
/// # Errors
/// `Anonymous`, `Unauthenticated`, or `Forbidden` for a workspace that is not theirs.
pub(crate) async fn caller_as_of(gate: &Gate, request: &Request, freshness: Freshness) -> Result<Caller, Error> {
    let bearer = header(request, "authorization").and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
    });
    let bearer = bearer.ok_or(Failure::Anonymous)?;
    Ok(authenticate(gate, bearer, text_header(request, "x-workspace-namespace")?, freshness).await?)
}
