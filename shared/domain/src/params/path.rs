//! Where something stands in a document, in the one spelling of every fault: `actions.pay.approvers.anyOf[0]`,
//! `actions["db.*"].title`.

use std::fmt;

/// The path of a field of an object; the path of the whole is empty.
pub fn member(path: &str, key: &str) -> String {
    Path::Member(&Path::Whole(path), key).to_string()
}

/// The path of an item of a list.
pub fn item(path: &str, index: usize) -> String {
    format!("{path}[{index}]")
}

/// Whether a key is written as it is, without quotes.
pub(crate) fn is_plain(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-')
}

/// A path that is only spelled where something is wrong: documents have long keys and many leaves.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Path<'a> {
    /// What is spelled already.
    Whole(&'a str),
    /// A field of an object.
    Member(&'a Path<'a>, &'a str),
    /// An item of a list.
    Item(&'a Path<'a>, usize),
}

impl Path<'_> {
    fn is_empty(&self) -> bool {
        matches!(self, Self::Whole(""))
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole(path) => f.write_str(path),
            Self::Member(parent, key) if is_plain(key) && parent.is_empty() => f.write_str(key),
            Self::Member(parent, key) if is_plain(key) => write!(f, "{parent}.{key}"),
            Self::Member(parent, key) => write!(f, "{parent}[{key:?}]"),
            Self::Item(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_quoted_where_it_could_be_read_as_more_than_one_step() {
        assert_eq!(member("", "actions"), "actions");
        assert_eq!(member(&item(&member("actions", "db.*"), 3), "for-ms_2"), "actions[\"db.*\"][3].for-ms_2");
        assert_eq!(member("", "a\"b"), "[\"a\\\"b\"]");
        assert_eq!(member("a", ""), "a[\"\"]");
    }
}
