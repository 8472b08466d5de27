//! An approval as an event: <https://developer.pagerduty.com/docs/events-api-v2/trigger-events>. Nobody decides from it, so addresses in
//! what others wrote are blunted: PagerDuty and telephones make links of them.

use super::{DEDUP_KEY, DEFAULT_SEVERITY, EVENT, SEVERITIES, SUMMARY};
use crate::connector::Notice;
use crate::words::agent;
use crate::words::lines::{self, cut, cut_by};
use domain::Approval;
use domain::params::visible;
use serde_json::{Map, Value, json};

/// What is kept free of an event for everything but the agent's texts, each of which is bounded by itself: link, facts, how it stands.
const RESERVED: usize = 120_000;
/// The most that how it stands takes, in characters.
const STANDING: usize = 8_000;
/// The note if an address was written so that it is no link.
const BLUNTED: &str = "Addresses are written with [://] and www[.] here: only the decision link is a link.";
/// The note if something was cut.
const UNREAD: &str =
    "This is too long to be shown here to its end. Open the decision link, or the console, to read all of it.";

/// The event of an approval: a trigger while it is open, a resolution once it has ended.
pub(super) fn event(notice: &Notice<'_>, routing_key: &str) -> Value {
    let (approval, now) = (notice.approval, notice.now);
    let open = approval.status_at(now).is_open();
    let mut payload = json!({
        "summary": summary(notice), "source": "countersign", "severity": severity(notice.severity), "class": "approval",
        "timestamp": approval.created_at.to_string(),
    });
    let details = if open { details(notice) } else { ending(notice) };
    put(&mut payload, "custom_details", details.into());
    let mut event = json!({
        "routing_key": routing_key, "event_action": if open { "trigger" } else { "resolve" },
        "dedup_key": dedup_key(approval), "payload": payload, "client": "Countersign",
    });
    if let Some(href) = lines::link(notice.link) {
        put(&mut event, "client_url", href.into());
        put(&mut event, "links", json!([{ "href": href, "text": "Read and decide in Countersign" }]));
    }
    event
}

/// The key by which all events of an approval are one alert.
pub(super) fn dedup_key(approval: &Approval) -> String {
    cut(approval.id.as_str(), DEDUP_KEY)
}

/// A test event; the same key resolves what it triggers.
pub(super) fn test(routing_key: &str, suffix: &str, action: &str) -> Value {
    let said = "TEST from Countersign: the connector works, nothing is asked, and this resolves itself";
    json!({
        "routing_key": routing_key, "event_action": action, "client": "Countersign",
        "dedup_key": cut(&visible::line(&format!("countersign-test-{suffix}")), DEDUP_KEY),
        "payload": { "summary": said, "source": "countersign", "severity": "info", "class": "test" },
    })
}

fn severity(asked: Option<&str>) -> &'static str {
    SEVERITIES.iter().find(|known| Some(**known) == asked).copied().unwrap_or(DEFAULT_SEVERITY)
}

fn summary(notice: &Notice<'_>) -> String {
    let again = if notice.approval.escalated { "Escalated: " } else { "" };
    let headline = lines::headline(notice.approval, notice.now);
    cut(&blunt(&format!("{again}{headline}: {}", visible::line(&notice.approval.title))), SUMMARY)
}

/// What is asked, why, and how it stands.
fn details(notice: &Notice<'_>) -> Map<String, Value> {
    let approval = notice.approval;
    let (why, params) = (agent::justification(approval), agent::params(&approval.params));
    let links = agent::links(approval);
    let raw = [why.as_str(), &params, &links, &approval.action, &approval.title];
    let (why, params, links) = (blunt(&why), blunt(&params), blunt(&links));
    let room = EVENT - RESERVED;
    let for_why = bytes(&why).min((room / 3).max(room.saturating_sub(bytes(&params))));
    let for_params = room - for_why;
    let whole = bytes(&why) + bytes(&params) <= room;
    let mut all: Map<String, Value> =
        lines::facts(approval).into_iter().map(|(label, value)| (label.to_owned(), blunt(&value).into())).collect();
    let mut tell = |label: &str, text: String| all.insert(label.to_owned(), text.into());
    tell("Approvals", format!("{} of {}", approval.votes.len(), approval.required));
    tell("Expires", lines::moment(approval.expires_at));
    tell("Why, in the agent's words", cut_by(&why, for_why, heft));
    tell("Parameters", cut_by(&params, for_params, heft));
    let asked = agent::asked(approval).map(|asked| blunt(&asked)).filter(|_| whole);
    let left = room.saturating_sub(bytes(&why) + bytes(&params));
    if let Some(asked) = asked {
        tell(agent::ASKED, cut_by(&asked, left.min(STANDING), heft));
    }
    if !approval.links.is_empty() && whole && bytes(&why) + bytes(&params) + bytes(&links) <= room {
        tell("Links from the agent", links);
    }
    tell("How it stands", standing(&lines::standing(approval, notice.now)));
    if raw.iter().any(|text| blunt(text) != **text) {
        tell("Addresses", BLUNTED.to_owned());
    }
    if !whole {
        tell("Not shown", UNREAD.to_owned());
    }
    all
}

/// How it ended, and what it was.
fn ending(notice: &Notice<'_>) -> Map<String, Value> {
    let told = [
        ("Action", blunt(&visible::line(&notice.approval.action))),
        ("Request", notice.approval.id.to_string()),
        ("How it stands", standing(&lines::standing(notice.approval, notice.now))),
    ];
    told.into_iter().map(|(label, text)| (label.to_owned(), text.into())).collect()
}

fn standing(lines: &[String]) -> String {
    cut(&blunt(&lines.join("\n")), STANDING)
}

/// Text in which no address becomes a link.
fn blunt(text: &str) -> String {
    let blunted = text.replace("://", "[://]");
    let lower = blunted.to_ascii_lowercase();
    let mut result = String::with_capacity(blunted.len());
    let mut from = 0;
    for (at, found) in lower.match_indices("www.") {
        let dot = at + found.len() - 1;
        result.push_str(blunted.get(from..dot).unwrap_or_default());
        result.push_str("[.]");
        from = dot + 1;
    }
    result.push_str(blunted.get(from..).unwrap_or_default());
    result
}

/// How many bytes a character is in JSON, even where everything beyond ASCII is escaped.
fn heft(c: char) -> usize {
    match c {
        '"' | '\\' | '\n' | '\t' => 2,
        c if c.is_ascii() && !c.is_control() => 1,
        c => 6 * c.len_utf16(),
    }
}

fn bytes(text: &str) -> usize {
    text.chars().map(heft).sum()
}

fn put(value: &mut Value, key: &str, to: Value) {
    if let Some(map) = value.as_object_mut() {
        map.insert(key.into(), to);
    }
}
