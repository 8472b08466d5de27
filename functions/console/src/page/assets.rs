//! The one style sheet and the one script, under addresses that change with them, so that a browser may keep them.

use crate::page::guard::guarded;
use domain::digest::sha256_hex;
use lambda::Answer;
use std::sync::LazyLock;

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// The style sheet's address.
pub(crate) static STYLE_AT: LazyLock<String> = LazyLock::new(|| address("style.css", STYLE));
/// The script's address.
pub(crate) static SCRIPT_AT: LazyLock<String> = LazyLock::new(|| address("script.js", SCRIPT));

pub(crate) fn style() -> Answer {
    kept("text/css; charset=utf-8", STYLE)
}

pub(crate) fn script() -> Answer {
    kept("text/javascript; charset=utf-8", SCRIPT)
}

fn kept(kind: &str, text: &str) -> Answer {
    guarded(Answer::text(200, kind, text.into())).kept("public, max-age=31536000, immutable")
}

fn address(name: &str, text: &str) -> String {
    let hash = sha256_hex(text.as_bytes());
    format!("/console/{name}?v={}", hash.get(..12).unwrap_or_default())
}
