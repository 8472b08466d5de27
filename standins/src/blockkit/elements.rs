//! Buttons, checkboxes and inputs: <https://docs.slack.dev/reference/block-kit/block-elements>.

use super::Check;
use serde_json::Value;
use std::collections::BTreeSet;

impl Check {
    pub(super) fn element(&mut self, element: &Value, at: &str, kinds: &[&str]) {
        self.is(element, at, "type", kinds);
        self.string(element, at, "action_id", 255, false);
        let id = element.get("action_id").and_then(Value::as_str);
        // Two inputs of a view may have the same, for a view's values are told apart by block first.
        let shared = element.get("type").is_some_and(|t| t == "plain_text_input");
        if id.is_some_and(|id| !shared && !self.actions.insert(id.to_owned())) {
            self.fault(&format!("{at}/action_id"), "action_id already exists");
        }
        match element.get("type").and_then(Value::as_str).unwrap_or_default() {
            "button" => self.button(element, at),
            "checkboxes" => self.checkboxes(element, at),
            "plain_text_input" => self.plain_text_input(element, at),
            _ => {}
        }
    }

    fn button(&mut self, button: &Value, at: &str) {
        self.known(
            button,
            at,
            &["type", "text", "action_id", "url", "value", "style", "confirm", "accessibility_label"],
        );
        self.text(button.get("text"), &format!("{at}/text"), 75, true);
        self.string(button, at, "value", 2_000, false);
        self.string(button, at, "url", 3_000, false);
        if button.get("style").is_some() {
            self.is(button, at, "style", &["primary", "danger"]);
        }
        if let Some(confirm) = button.get("confirm") {
            let at = format!("{at}/confirm");
            self.known(confirm, &at, &["title", "text", "confirm", "deny", "style"]);
            for (key, max) in [("title", 100), ("text", 300), ("confirm", 30), ("deny", 30)] {
                self.text(confirm.get(key), &format!("{at}/{key}"), max, true);
            }
        }
    }

    fn checkboxes(&mut self, element: &Value, at: &str) {
        self.known(element, at, &["type", "action_id", "options", "initial_options", "confirm", "focus_on_load"]);
        let mut values = BTreeSet::new();
        let options = self.list(element, at, "options", 10);
        for (i, option) in options.iter().enumerate() {
            let at = format!("{at}/options/{i}");
            self.known(option, &at, &["text", "value", "description"]);
            self.text(option.get("text"), &format!("{at}/text"), 75, false);
            self.string(option, &at, "value", 150, true);
            if !values.insert(option.get("value").map(Value::to_string)) {
                self.fault(&at, "duplicate value");
            }
        }
    }

    fn plain_text_input(&mut self, element: &Value, at: &str) {
        let known = [
            "type",
            "action_id",
            "initial_value",
            "multiline",
            "min_length",
            "max_length",
            "placeholder",
            "focus_on_load",
        ];
        self.known(element, at, &known);
        self.string(element, at, "initial_value", 3_000, false);
        self.bool(element, at, "multiline");
        if element.get("placeholder").is_some() {
            self.text(element.get("placeholder"), &format!("{at}/placeholder"), 150, true);
        }
        if element.get("max_length").is_some_and(|m| !m.as_u64().is_some_and(|m| (1..=3_000).contains(&m))) {
            self.fault(at, "max_length must be 1 to 3000");
        }
    }
}
