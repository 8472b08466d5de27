//! Dotted keys, seen from one key down.

/// How the keys that remain below here speak of one key.
pub(crate) struct Below<'a> {
    /// One of them is exactly this key.
    pub named: bool,
    /// What remains of those that go on below it.
    pub rest: Vec<&'a str>,
}

/// The keys that remain, seen from one key down.
pub(crate) fn below<'a>(keys: &[&'a str], key: &str) -> Below<'a> {
    let rest = keys.iter().filter_map(|k| k.strip_prefix(key)?.strip_prefix('.')).collect();
    Below { named: keys.contains(&key), rest }
}

pub(crate) fn borrowed(keys: &[String]) -> Vec<&str> {
    keys.iter().map(String::as_str).collect()
}
