//! CORS as an HTTP API does it: preflights answered here, answers marked, whatever the function says.

use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD,
    ORIGIN, VARY,
};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method};

use crate::template::Cors;

/// The headers that answer a preflight, if the request is one.
pub(super) fn preflight(cors: &Cors, request: &Parts) -> Option<HeaderMap> {
    let asks = request.method == Method::OPTIONS && request.headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    let origin = request.headers.get(ORIGIN).filter(|_| asks)?;
    let mut headers = HeaderMap::new();
    if allow(cors, origin, &mut headers) {
        list(&mut headers, ACCESS_CONTROL_ALLOW_METHODS, &cors.methods);
        list(&mut headers, ACCESS_CONTROL_ALLOW_HEADERS, &cors.headers);
        if let Some(age) = cors.max_age {
            headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from(age));
        }
    }
    Some(headers)
}

/// Marks an answer for the page that asked from `origin`; what the function said about it is dropped.
pub(super) fn mark(cors: &Cors, origin: Option<&HeaderValue>, headers: &mut HeaderMap) {
    for name in [
        ACCESS_CONTROL_ALLOW_ORIGIN,
        ACCESS_CONTROL_ALLOW_CREDENTIALS,
        ACCESS_CONTROL_ALLOW_METHODS,
        ACCESS_CONTROL_ALLOW_HEADERS,
        ACCESS_CONTROL_EXPOSE_HEADERS,
        ACCESS_CONTROL_MAX_AGE,
    ] {
        headers.remove(name);
    }
    if let Some(origin) = origin
        && allow(cors, origin, headers)
    {
        list(headers, ACCESS_CONTROL_EXPOSE_HEADERS, &cors.exposed);
    }
}

fn allow(cors: &Cors, origin: &HeaderValue, headers: &mut HeaderMap) -> bool {
    let any = cors.origins.iter().any(|allowed| allowed == "*");
    let named = cors.origins.iter().any(|allowed| allowed.as_bytes() == origin.as_bytes());
    if !any && !named {
        return false;
    }
    let shown = if any { HeaderValue::from_static("*") } else { origin.clone() };
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, shown);
    if !any {
        headers.append(VARY, HeaderValue::from_static("Origin"));
    }
    if cors.credentials {
        headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
    }
    true
}

fn list(headers: &mut HeaderMap, name: HeaderName, values: &[String]) {
    if let (false, Ok(value)) = (values.is_empty(), HeaderValue::from_str(&values.join(","))) {
        headers.insert(name, value);
    }
}
