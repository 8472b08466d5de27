//! What Teams shows: the part of the Adaptive Cards schema that a workflow's card may use
//! (<https://adaptivecards.io/schemas/adaptive-card.json>), and none of what reads Markdown.

use serde_json::Value;

/// About 28 KB (<https://learn.microsoft.com/connectors/teams>).
pub(super) const MAX_MESSAGE: usize = 28 * 1024;

/// Whether Teams would show a message.
///
/// # Errors
/// What is wrong with it.
pub fn message(message: &Value) -> Result<(), String> {
    let bytes = message.to_string().len();
    if bytes > MAX_MESSAGE {
        return Err(format!("RequestEntityTooLarge: {bytes} bytes"));
    }
    only(message, &["type", "attachments"])?;
    let attachments = message["attachments"].as_array().filter(|all| all.len() == 1).ok_or("not one attachment")?;
    let kind = attachments.iter().all(|a| a["contentType"] == "application/vnd.microsoft.card.adaptive");
    if message["type"] != "message" || !kind {
        return Err("not a message with an Adaptive Card".into());
    }
    attachments.iter().try_for_each(|attachment| {
        only(attachment, &["contentType", "contentUrl", "content"])?;
        card(&attachment["content"])
    })
}

fn card(card: &Value) -> Result<(), String> {
    only(card, &["$schema", "type", "version", "body", "actions"])?;
    let version = card["version"].as_str().unwrap_or_default();
    if card["type"] != "AdaptiveCard" || !["1.2", "1.3", "1.4", "1.5"].contains(&version) {
        return Err("not a card of version 1.2 to 1.5".into());
    }
    filled(&card["body"], "body")?.iter().try_for_each(element)?;
    match card.get("actions") {
        None => Ok(()),
        Some(actions) => filled(actions, "actions")?.iter().try_for_each(action),
    }
}

fn element(element: &Value) -> Result<(), String> {
    match element["type"].as_str() {
        Some("Container") => {
            only(element, &["type", "style", "items"])?;
            one_of(element, "style", &["default", "emphasis", "good", "attention", "warning", "accent"])?;
            filled(&element["items"], "items")?.iter().try_for_each(self::element)
        }
        Some("RichTextBlock") => {
            only(element, &["type", "inlines"])?;
            filled(&element["inlines"], "inlines")?.iter().try_for_each(run)
        }
        // A TextBlock or a FactSet would read Markdown.
        other => Err(format!("an element of type {other:?}")),
    }
}

fn run(run: &Value) -> Result<(), String> {
    only(run, &["type", "text", "weight", "size", "color", "fontType"])?;
    one_of(run, "weight", &["Default", "Lighter", "Bolder"])?;
    one_of(run, "size", &["Default", "Small", "Medium", "Large", "ExtraLarge"])?;
    one_of(run, "color", &["Default", "Dark", "Light", "Accent", "Good", "Warning", "Attention"])?;
    one_of(run, "fontType", &["Default", "Monospace"])?;
    match run["text"].as_str() {
        Some("") | None => Err("a run without text".into()),
        // Teams does not show {{DATE(…)}} and {{TIME(…)}} as they are written.
        Some(text) if text.contains("{{") => Err("a run that computes a date".into()),
        Some(_) if run["type"] == "TextRun" => Ok(()),
        Some(_) => Err("an inline that is no TextRun".into()),
    }
}

fn action(action: &Value) -> Result<(), String> {
    only(action, &["type", "title", "url"])?;
    let web = action["url"].as_str().is_some_and(|url| url.starts_with("https://") || url.starts_with("http://"));
    let titled = action["title"].as_str().is_some_and(|title| !title.is_empty());
    (action["type"] == "Action.OpenUrl" && web && titled)
        .then_some(())
        .ok_or_else(|| "an action Teams cannot do".into())
}

fn only(value: &Value, known: &[&str]) -> Result<(), String> {
    let map = value.as_object().ok_or("not an object")?;
    map.keys()
        .find(|key| !known.contains(&key.as_str()))
        .map_or(Ok(()), |key| Err(format!("an unknown property {key}")))
}

fn one_of(value: &Value, key: &str, known: &[&str]) -> Result<(), String> {
    let good = value.get(key).is_none_or(|v| v.as_str().is_some_and(|v| known.contains(&v)));
    good.then_some(()).ok_or_else(|| format!("a {key} that is none"))
}

fn filled<'a>(value: &'a Value, name: &str) -> Result<&'a Vec<Value>, String> {
    value.as_array().filter(|items| !items.is_empty()).ok_or_else(|| format!("no {name}"))
}
