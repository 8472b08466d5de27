//! Rich text: <https://docs.slack.dev/reference/block-kit/blocks/rich-text-block>.

use super::Check;
use serde_json::Value;

impl Check {
    pub(super) fn rich_text(&mut self, block: &Value, at: &str) {
        self.known(block, at, &["type", "elements", "block_id"]);
        let parts = self.list(block, at, "elements", 100);
        for (i, part) in parts.iter().enumerate() {
            let at = format!("{at}/elements/{i}");
            self.is(part, &at, "type", &["rich_text_section", "rich_text_preformatted", "rich_text_quote"]);
            self.known(part, &at, &["type", "elements", "border"]);
            let literal = part.get("type").is_some_and(|t| t == "rich_text_preformatted");
            let elements = self.list(part, &at, "elements", 1_000);
            elements.iter().enumerate().for_each(|(j, e)| self.rich_element(e, &format!("{at}/elements/{j}"), literal));
        }
    }

    fn rich_element(&mut self, element: &Value, at: &str, literal: bool) {
        let kinds: &[&str] = if literal { &["text", "link"] } else { &["text", "link", "user", "date", "emoji"] };
        self.is(element, at, "type", kinds);
        match element.get("type").and_then(Value::as_str).unwrap_or_default() {
            "text" => {
                self.known(element, at, &["type", "text", "style"]);
                self.string(element, at, "text", 3_000, true);
            }
            "user" => {
                self.known(element, at, &["type", "user_id", "style"]);
                let id = element.get("user_id").and_then(Value::as_str).unwrap_or_default();
                let good = id.starts_with(['U', 'W'])
                    && id.len() > 1
                    && id.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
                if !good {
                    self.fault(&format!("{at}/user_id"), "invalid user");
                }
            }
            "date" => {
                self.known(element, at, &["type", "timestamp", "format", "url", "fallback"]);
                self.string(element, at, "format", 300, true);
                self.string(element, at, "fallback", 300, false);
                if !element.get("timestamp").is_some_and(Value::is_i64) {
                    self.fault(&format!("{at}/timestamp"), "must be an integer");
                }
            }
            _ => {}
        }
    }
}
