//! Who calls, from the headers of a request.

use crate::{Error, Function, header, text_header};
use app::Failure;
use app::callers::authenticate::{Caller, Freshness, authenticate};
use lambda_http::Request;

/// The authenticated caller of `Authorization: Bearer` in the workspace of `X-Workspace-Namespace`.
///
/// # Errors
/// `Anonymous`, `Unauthenticated`, or `Forbidden` for a workspace that is not theirs.
pub(crate) async fn caller_as_of<Has: Function>(
    has: &Has,
    request: &Request,
    freshness: Freshness,
) -> Result<Caller, Error> {
    let bearer = header(request, "authorization").and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
    });
    let bearer = bearer.ok_or(Failure::Anonymous)?;
    let workspace = text_header(request, "x-workspace-namespace")?;
    Ok(authenticate(has.gate(), has.bootstrap(), bearer, workspace, freshness).await?)
}
