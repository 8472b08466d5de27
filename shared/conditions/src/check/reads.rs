//! Which parameters a condition refers to.

use crate::tree::{Expr, Node, Variable};
use std::collections::BTreeSet;

/// The paths below `params`; of one with an index or a computed name its longest beginning that is known.
pub(crate) fn reads(tree: &Expr) -> Vec<Vec<String>> {
    let mut found = BTreeSet::new();
    collect(tree, &mut found);
    found.into_iter().collect()
}

fn collect(expr: &Expr, found: &mut BTreeSet<Vec<String>>) {
    let mut keys = Vec::new();
    match path(expr, &mut keys) {
        Some(path) => {
            found.insert(path.names);
            keys.into_iter().for_each(|key| collect(key, found));
        }
        None => expr.node.children().into_iter().for_each(|child| collect(child, found)),
    }
}

/// A path below `params`, and whether all of its names are known so far.
struct Path {
    names: Vec<String>,
    known: bool,
}

/// The path that an expression is, if it is one; the computed keys in it are noted.
fn path<'e>(expr: &'e Expr, keys: &mut Vec<&'e Expr>) -> Option<Path> {
    let (of, name) = match &expr.node {
        Node::Variable(Variable::Params) => return Some(Path { names: Vec::new(), known: true }),
        Node::Field(of, name) | Node::Has(of, name) => (&**of, Some(name.as_str())),
        Node::Index(two) => {
            let [of, key] = &**two;
            keys.push(key);
            (of, key.text())
        }
        _ => return None,
    };
    let mut path = path(of, keys)?;
    path.known &= name.is_some();
    path.names.extend(name.filter(|_| path.known).map(String::from));
    Some(path)
}
