//! The alphabets of the vendors' ids: what can be somebody there, and what only looks like it.
//!
//! An id that cannot exist names nobody: among approvers it makes a request wait for ever, and as a requester it excludes nobody. So
//! whatever is entered is held to these; what was stored before is read as it is.

/// What is wrong with a Slack identity, `<user>` or `<team>/<user>`; none where there can be such a user.
pub fn slack(team: Option<&str>, user: &str) -> Option<&'static str> {
    match user.bytes().next() {
        _ if is_slack_user(user) && team.is_none_or(is_slack_team) => None,
        _ if is_slack_user(user) => {
            Some("has no team's id before the slash: it must begin with T or E, as in slack:T012/U123")
        }
        Some(b'C' | b'G' | b'D') if is_upper(user) => {
            Some("is a channel, and a policy names people: slack:U0123456789")
        }
        Some(b'S') if is_upper(user) => Some("is a user group, and a policy names people: slack:U0123456789"),
        _ => Some("is no Slack user's id, such as slack:U0123456789 (profile → ⋮ → Copy member ID)"),
    }
}

fn is_slack_user(text: &str) -> bool {
    text.len() > 1 && text.starts_with(['U', 'W']) && is_upper(text)
}

/// Of a workspace, or of an Enterprise Grid organisation.
fn is_slack_team(text: &str) -> bool {
    text.len() > 1 && text.starts_with(['T', 'E']) && is_upper(text)
}

fn is_upper(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

/// Whether a text can be a GitHub login: a name, the short code of an enterprise that manages it, and what apps have after it.
pub fn is_github_login(text: &str) -> bool {
    let login = text.strip_suffix("[bot]").unwrap_or(text);
    let (name, code) = login.split_once('_').map_or((login, None), |(name, code)| (name, Some(code)));
    let word = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric());
    let hyphens = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let named = (1..=39).contains(&name.len()) && hyphens && !name.starts_with('-');
    named && code.is_none_or(|code| (1..=20).contains(&code.len()) && word(code))
}

/// Whether a text can be an Atlassian account's id, such as `5b10ac8d82e05b22cc7d4ef5` or `712020:0e5b2d1c-…`.
pub fn is_jira_account(text: &str) -> bool {
    (1..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b":-_".contains(&b))
}

/// Whether a text can be a PagerDuty user's id, such as `PLH1HKV`.
pub fn is_pagerduty_user(text: &str) -> bool {
    !text.is_empty() && is_upper(text)
}

/// Whether a text can be an e-mail address: something on both sides of one `@`, and nothing that stands around addresses.
pub fn is_email(text: &str) -> bool {
    let plain =
        |part: &str| !part.is_empty() && !part.contains(['<', '>', '(', ')', '[', ']', ',', ';', ':', '"', '\\', '@']);
    text.split_once('@').is_some_and(|(name, domain)| plain(name) && plain(domain))
}

/// An id as an agent claims it, without what Slack and GitHub write around ids in texts: `<@U123|jane>` and `@U123` are `U123`,
/// `@octocat` is `octocat`. A Slack id in lower case is refused: it could be somebody's name.
///
/// # Errors
/// The end of a sentence about the id.
pub fn claimed<'a>(source: &str, id: &'a str) -> Result<&'a str, &'static str> {
    match source {
        "slack" => {
            let bare = mentioned(id).filter(|bare| {
                let (team, user) = bare.split_once('/').map_or((None, *bare), |(team, user)| (Some(team), user));
                slack(team, user).is_none()
            });
            bare.ok_or("must be a Slack user's id, such as U0123456789: it begins with U or W and is in capitals")
        }
        "github" => {
            let bare = id.strip_prefix('@').unwrap_or(id);
            is_github_login(bare).then_some(bare).ok_or("must be a GitHub login, such as octocat")
        }
        _ => Ok(id.strip_prefix("agent:").unwrap_or(id)),
    }
}

/// The id inside a mention, or the text itself; none where a mention is not whole.
fn mentioned(text: &str) -> Option<&str> {
    let Some(rest) = text.strip_prefix("<@") else { return Some(text.strip_prefix('@').unwrap_or(text)) };
    let inside = rest.strip_suffix('>')?;
    let (id, name) = inside.split_once('|').unwrap_or((inside, ""));
    (!name.contains(['<', '>', '|'])).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slack_user_has_an_id_and_neither_a_name_nor_a_channels() {
        let is = |team, user| slack(team, user).is_none();
        assert!(is(None, "U0123456789") && is(None, "W012A3CDE") && is(None, "U1") && is(Some("E1"), "U1"));
        for user in
            ["", "U", "@jane", "<@U0123456789>", "u0123456789", "jane.doe", "C0123456789", "S0123456789", "U12é"]
        {
            assert!(!is(None, user), "{user}");
        }
        assert!(!is(Some("t1"), "U1") && !is(Some("C1"), "U1") && !is(Some(""), "U1"));
        assert!(slack(None, "C0123456789").unwrap().contains("channel"));
        assert!(slack(None, "S0123456789").unwrap().contains("user group"));
    }

    #[test]
    fn the_other_houses_have_alphabets_of_their_own() {
        for login in ["octocat", "Octo-Cat", "jane_acme", "dependabot[bot]", "old-"] {
            assert!(is_github_login(login), "{login}");
        }
        for login in ["", "@octocat", "-a", "a.b", "a b", "jane_", "a/b", &"a".repeat(40)] {
            assert!(!is_github_login(login), "{login}");
        }
        assert!(
            is_jira_account("557058:f58131cb-b67d-43c7-b30d-6b58d40bd077")
                && is_jira_account("5b10ac8d82e05b22cc7d4ef5")
        );
        assert!(!is_jira_account("jane@acme.com") && !is_jira_account("jane.doe") && !is_jira_account("@jane"));
        assert!(is_pagerduty_user("PLH1HKV") && !is_pagerduty_user("plh1hkv") && !is_pagerduty_user("jane"));
        assert!(is_email("jane@acme.com") && is_email("approver@localhost") && is_email("jane+x@m\u{fc}ller.de"));
        for text in ["@jane", "jane@", "a@b@c", "mailto:jane@acme.com", "<jane@acme.com>", "jane@[1.2.3.4]"] {
            assert!(!is_email(text), "{text}");
        }
    }

    #[test]
    fn a_claim_is_read_through_what_is_written_around_ids_and_never_guessed() {
        for text in ["U0123456789", "<@U0123456789>", "<@U0123456789|jane>", "@U0123456789"] {
            assert_eq!(claimed("slack", text), Ok("U0123456789"), "{text}");
        }
        for text in [
            "u0123456789",
            "@u0123456789",
            "<@U0123456789",
            "<@U1|a|b>",
            "@@U1",
            "jane",
            "@jane",
            "walter",
            "C0123456789",
        ] {
            assert!(claimed("slack", text).is_err(), "{text}");
        }
        assert_eq!((claimed("slack", "T1/U1"), claimed("github", "@octocat")), (Ok("T1/U1"), Ok("octocat")));
        assert!(claimed("github", "@@octocat").is_err() && claimed("github", "<@octocat>").is_err());
        assert_eq!(claimed("agent", "agent:demo"), Ok("demo"));
    }
}
