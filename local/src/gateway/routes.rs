//! Which function a request goes to: the most specific route, as an HTTP API picks it.

use percent_encoding::percent_decode_str;
use std::cmp::Reverse;
use std::collections::HashMap;

use crate::template::Route;

/// Routes to values of `T`, the most specific first.
pub(super) struct Routes<T> {
    routes: Vec<Entry<T>>,
}

struct Entry<T> {
    key: String,
    method: Option<String>,
    /// None is `$default`.
    segments: Option<Vec<Segment>>,
    value: T,
}

/// In this order a route is the more specific.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Segment {
    Greedy(String),
    Parameter(String),
    Exact(String),
}

/// A route that fits a request.
pub(super) struct Match<'a, T> {
    pub(super) key: &'a str,
    pub(super) parameters: HashMap<String, String>,
    pub(super) value: &'a T,
}

impl<T> Routes<T> {
    pub(super) fn new(routes: impl IntoIterator<Item = (Route, T)>) -> Self {
        let mut routes: Vec<_> = routes.into_iter().map(|(route, value)| Entry::new(&route, value)).collect();
        routes.sort_by(|a, b| Reverse(a.rank()).cmp(&Reverse(b.rank())));
        Self { routes }
    }

    pub(super) fn find(&self, method: &str, path: &str) -> Option<Match<'_, T>> {
        self.routes.iter().find_map(|entry| {
            let parameters = entry.fits(method, path)?;
            Some(Match { key: &entry.key, parameters, value: &entry.value })
        })
    }
}

impl<T> Entry<T> {
    fn new(route: &Route, value: T) -> Self {
        let key = match &route.path {
            Some(path) => format!("{} {path}", route.method.as_deref().unwrap_or("ANY")),
            None => "$default".to_owned(),
        };
        let segments = route.path.as_deref().map(|path| split(path).map(Segment::read).collect());
        Self { key, method: route.method.clone(), segments, value }
    }

    fn rank(&self) -> (Option<&Vec<Segment>>, bool) {
        (self.segments.as_ref(), self.method.is_some())
    }

    fn fits(&self, method: &str, path: &str) -> Option<HashMap<String, String>> {
        if self.method.as_ref().is_some_and(|wanted| wanted != method) {
            return None;
        }
        let mut parameters = HashMap::new();
        let Some(segments) = &self.segments else {
            return Some(parameters);
        };
        let mut rest = Some(path.strip_prefix('/').unwrap_or(path));
        for segment in segments {
            let (part, after) = match rest?.split_once('/') {
                Some((part, after)) => (part, Some(after)),
                None => (rest?, None),
            };
            match segment {
                Segment::Exact(text) if text != part => return None,
                Segment::Exact(_) => {}
                Segment::Parameter(_) if part.is_empty() => return None,
                Segment::Parameter(name) => drop(parameters.insert(name.clone(), decoded(part))),
                Segment::Greedy(_) if rest?.is_empty() => return None,
                Segment::Greedy(name) => {
                    parameters.insert(name.clone(), decoded(rest?));
                    return Some(parameters);
                }
            }
            rest = after;
        }
        rest.is_none().then_some(parameters)
    }
}

impl Segment {
    fn read(text: &str) -> Self {
        match text.strip_prefix('{').and_then(|inner| inner.strip_suffix('}')) {
            None => Self::Exact(text.to_owned()),
            Some(name) => match name.strip_suffix('+') {
                Some(name) => Self::Greedy(name.to_owned()),
                None => Self::Parameter(name.to_owned()),
            },
        }
    }
}

fn split(path: &str) -> impl Iterator<Item = &str> {
    path.strip_prefix('/').unwrap_or(path).split('/')
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routes() -> Routes<usize> {
        let all = [
            "$default",
            "ANY /{proxy+}",
            "GET /approvals/{id}",
            "GET /approvals/mine",
            "ANY /approvals/{id}",
            "GET /approvals",
            "GET /",
        ];
        Routes::new(all.into_iter().enumerate().map(|(index, key)| {
            let (method, path) = key.split_once(' ').unzip();
            let method = method.filter(|method| *method != "ANY").map(str::to_owned);
            (Route { method, path: path.map(str::to_owned), function: String::new() }, index)
        }))
    }

    #[test]
    fn the_most_specific_route_wins() {
        let routes = routes();
        for (method, path, key) in [
            ("GET", "/approvals/mine", "GET /approvals/mine"),
            ("GET", "/approvals/x%2Fy", "GET /approvals/{id}"),
            ("POST", "/approvals/x", "ANY /approvals/{id}"),
            ("GET", "/approvals", "GET /approvals"),
            ("GET", "/approvals/", "ANY /{proxy+}"),
            ("GET", "/approvals/a/b", "ANY /{proxy+}"),
            ("GET", "/", "GET /"),
            ("POST", "/", "$default"),
        ] {
            assert_eq!(routes.find(method, path).map(|found| found.key), Some(key), "{method} {path}");
        }
        let found = routes.find("GET", "/approvals/x%2Fy").map(|found| found.parameters);
        assert_eq!(found, Some(HashMap::from([("id".to_owned(), "x/y".to_owned())])));
    }
}
