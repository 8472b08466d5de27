//! Where a dotted path of a policy leads in parameters. A key may have dots of its own, so one path can mean several places, and an agent
//! chooses the keys: code that follows a path must say what happens to the second place.

use crate::params::hidden::REDACTED;
use serde_json::{Map, Value};

/// The keys of one object through which a path leads to something, shortest first. More than one: the path is ambiguous here.
pub(crate) fn heads<'p>(map: &Map<String, Value>, path: &'p str) -> Vec<&'p str> {
    let dots = path.match_indices('.').map(|(dot, _)| dot);
    let cuts = dots.filter_map(|dot| Some((path.get(..dot)?, path.get(dot + 1..)?)));
    let nested =
        cuts.filter(|(head, rest)| map.get(*head).is_some_and(|value| leads(value, rest))).map(|(head, _)| head);
    nested.chain(map.contains_key(path).then_some(path)).collect()
}

/// Whether a path leads to something below a value; it crosses lists. What a hidden value holds is not known, so it may hold anything.
fn leads(value: &Value, path: &str) -> bool {
    match value {
        Value::Object(map) => !heads(map, path).is_empty(),
        Value::Array(items) => items.iter().any(|item| leads(item, path)),
        Value::String(text) => text == REDACTED,
        _ => false,
    }
}

/// Every place a path means, as the keys on the way there. What lies inside a list is the list, and what may lie below a hidden value
/// is the hidden value.
pub(crate) fn places(map: &Map<String, Value>, path: &str) -> Vec<Vec<String>> {
    let below = |head: &str| {
        let rest = path.get(head.len() + 1..).unwrap_or_default();
        match map.get(head) {
            Some(Value::Object(inner)) if head != path => places(inner, rest),
            _ => vec![Vec::new()],
        }
    };
    let all = heads(map, path).into_iter().flat_map(|head| below(head).into_iter().map(move |way| (head, way)));
    all.map(|(head, way)| [vec![head.to_owned()], way].concat()).collect()
}

/// What stands at a place.
pub(crate) fn at<'a>(map: &'a Map<String, Value>, place: &[String]) -> Option<&'a Value> {
    let (first, rest) = place.split_first()?;
    let value = map.get(first)?;
    if rest.is_empty() { Some(value) } else { at(value.as_object()?, rest) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn spelled(params: Value, path: &str) -> Vec<String> {
        let map = params.as_object().cloned().unwrap();
        let all = places(&map, path);
        assert!(all.iter().all(|place| at(&map, place).is_some()), "{all:?}");
        all.iter().map(|place| place.join("/")).collect()
    }

    #[test]
    fn a_path_means_every_place_that_its_spelling_can_mean() {
        let both = json!({"user.email": 1, "user": {"email": 2, "mail": 3}});
        assert_eq!(spelled(both.clone(), "user.email"), ["user/email", "user.email"]);
        assert_eq!(spelled(both.clone(), "user.mail"), ["user/mail"]);
        assert_eq!(spelled(both, "user.name"), [""; 0]);
        let deep = json!({"a.b": {"c": 1}, "a": {"b.c": 2, "b": {"c": 3}}, "a.b.c": 4});
        assert_eq!(spelled(deep, "a.b.c"), ["a/b/c", "a/b.c", "a.b/c", "a.b.c"]);
    }

    #[test]
    fn a_path_stops_at_a_hidden_value_that_it_may_lead_into() {
        let view = json!({"user.email": 1, "user": REDACTED, "list": [REDACTED]});
        assert_eq!(spelled(view.clone(), "user.email"), ["user", "user.email"]);
        assert_eq!(spelled(view.clone(), "user.name"), ["user"]);
        assert_eq!(spelled(view, "list.k"), ["list"]);
    }

    #[test]
    fn a_path_stops_at_a_list_that_it_leads_into() {
        let list = json!({"list": [1, {"k": {"x": 2}}], "flat": [1]});
        assert_eq!(spelled(list.clone(), "list.k.x"), ["list"]);
        assert_eq!(spelled(list, "flat.k"), [""; 0]);
    }
}
