//! The query: what a route reads of it, and that there is nothing else in it.

use domain::Faults;
use lambda_http::{Request, RequestExt as _};
use std::collections::BTreeMap;

/// How far apart a parameter and the name it was meant to have may be: two typing errors.
const NEAR: usize = 2;

/// A query parameter, the first of its name.
pub fn query<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    request.query_string_parameters_ref()?.first(name)
}

/// Notes what a query has that the route does not know, or has twice: a filter that is misspelt must not be taken for one that is left
/// out.
pub(crate) fn strange(request: &Request, known: &[&str], faults: &Faults) {
    let mut given: BTreeMap<String, usize> = BTreeMap::new();
    for (name, _) in url::form_urlencoded::parse(request.uri().query().unwrap_or_default().as_bytes()) {
        *given.entry(name.into_owned()).or_default() += 1;
    }
    for (name, times) in &given {
        if !known.contains(&name.as_str()) {
            faults.add(name, unknown(name, known));
        } else if *times > 1 {
            faults.add(name, format!("is given {times} times; give it once"));
        }
    }
}

fn unknown(name: &str, known: &[&str]) -> String {
    let distance = |word: &&str| strsim::osa_distance(&name.to_lowercase(), &word.to_lowercase());
    let near = known.iter().map(|word| (distance(word), *word)).filter(|(far, word)| *far <= NEAR.min(word.len() / 2));
    match (near.min(), known) {
        (Some((_, meant)), _) => format!("is not a query parameter of this route; did you mean {meant}?"),
        (None, []) => "is not a query parameter of this route, which takes none".into(),
        (None, known) => format!("is not a query parameter of this route, which takes {}", known.join(", ")),
    }
}
