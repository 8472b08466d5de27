//! Finds the operation of a request and serves it: who calls comes before the query, and the query before the body.

use super::{Call, Query, Route, Serve, parameter};
use crate::request::caller::caller_as_of;
use crate::{Answer, Error, Function};
use lambda_http::Request;

/// Serves a request by the table of a function.
///
/// # Errors
/// `NoRoute` where the table has no such operation; whatever its caller, its query and its body are refused for.
pub async fn serve<Has: Function>(routes: &[Route<Has>], has: &Has, request: &Request) -> Result<Answer, Error> {
    let (route, call) = find(routes, request)?;
    match route.serve {
        Serve::Key(roles, freshness, serve) => {
            let caller = caller_as_of(has, request, freshness).await?;
            // The bootstrap secret has no role: what it may do, the use case knows.
            if !caller.is_bootstrap() {
                caller.must_be(roles)?;
            }
            must_fit(route, request)?;
            serve(has, &caller, call).await
        }
        Serve::Token(serve) | Serve::Signature(serve) | Serve::Session(serve) | Serve::Anyone(serve) => {
            must_fit(route, request)?;
            serve(has, call).await
        }
    }
}

/// The operation that a request is for. What is written out stands before what may be anything, in the order of the table.
///
/// # Errors
/// `NoRoute`.
pub fn find<'a, Has>(routes: &'a [Route<Has>], request: &'a Request) -> Result<(&'a Route<Has>, Call<'a>), Error> {
    let asked = crate::route(request);
    let fitting = routes.iter().filter(|route| asked.method == route.method);
    let found = fitting.filter_map(|route| Some((route, Call { request, named: fit(route.path, &asked.path)? })));
    found.into_iter().next().ok_or(Error::NoRoute)
}

/// Refuses a query that the operation does not read.
///
/// # Errors
/// `Invalid`, with each fault.
pub fn must_fit<Has>(route: &Route<Has>, request: &Request) -> Result<(), Error> {
    match route.query {
        Query::Only(parameters) => parameter::must_fit(request, parameters),
        Query::Any => Ok(()),
    }
}

/// The segment that a path's parameter stands for, where the path is this one; one that takes the rest of a path stands for nothing.
fn fit<'a>(path: &str, asked: &[&'a str]) -> Option<&'a str> {
    let mut named = "";
    let mut left = asked.iter();
    for wanted in path.split('/').filter(|wanted| !wanted.is_empty()) {
        let given = *left.next()?;
        match wanted.strip_prefix('{') {
            Some(rest) if rest.ends_with("+}") => return Some(""),
            Some(_) => named = given,
            None if wanted != given => return None,
            None => {}
        }
    }
    left.next().is_none().then_some(named)
}

#[cfg(test)]
mod tests {
    use super::fit;

    #[test]
    fn a_path_fits_segment_by_segment() {
        assert_eq!(fit("/approvals", &["approvals"]), Some(""));
        assert_eq!(fit("/approvals/{id}/cancel", &["approvals", "a%20b", "cancel"]), Some("a%20b"));
        assert_eq!(fit("/console/{page+}", &["console", "a", "b"]), Some(""));
        for asked in
            [&["approvals"][..], &["approvals", "a"], &["approvals", "a", "b"], &["approvals", "a", "cancel", "b"]]
        {
            assert_eq!(fit("/approvals/{id}/cancel", asked), None, "{asked:?}");
        }
    }
}
