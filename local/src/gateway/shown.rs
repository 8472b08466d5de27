//! A path as the log may show it: without a secret that somebody put into it, and without the query, where tokens are.

/// What stands for what is hidden.
const HIDDEN: &str = "…";
/// The longest path that is shown.
const LONGEST: usize = 200;
/// What a secret of ours begins with.
const SECRETS: [&str; 3] = ["cwt_", "csk_", "xox"];
/// Behind this, a link of a card is a secret.
const LINKS: &str = "decide";

/// The path, cut and with its secrets hidden.
pub(super) fn path(path: &str) -> String {
    let mut behind_links = false;
    let shown = path.split('/').map(|segment| {
        let hidden = behind_links || SECRETS.iter().any(|secret| segment.contains(secret));
        behind_links |= segment == LINKS;
        if hidden && !segment.is_empty() { HIDDEN } else { segment }
    });
    let shown: String = shown.collect::<Vec<_>>().join("/");
    shown.chars().take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn no_token_is_in_a_path_that_is_shown() {
        let shown = [
            ("/approvals/appr_1/resolve", "/approvals/appr_1/resolve"),
            ("/console/decide/abc.def", "/console/decide/…"),
            ("/v1/console/decide/abc/def", "/v1/console/decide/…/…"),
            ("/api/guard/wait/cwt_1_x_y", "/api/guard/wait/…"),
            ("/token=csk_0123", "/…"),
            ("/", "/"),
        ];
        for (path, expected) in shown {
            assert_eq!(super::path(path), expected);
        }
        assert_eq!(super::path(&"/x".repeat(500)).chars().count(), 200);
    }
}
