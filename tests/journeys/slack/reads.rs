//! What people read, one snapshot for each state a card can be in. Read them when they change: they are the product.

use crate::harness::{Asked, Start, body};
use crate::journeys::slack::stage::{Stage, mail};
use app::Clock;
use jiff::SignedDuration;
use serde_json::{Value, json};
use standins::slack::{Message, SignedRequest, Version, View};
use std::fmt::Write as _;

/// Block Kit as a person sees it: a header, facts, boxes, and buttons in brackets.
fn render(blocks: &[Value]) -> String {
    let mut page = String::new();
    for block in blocks {
        let _ = writeln!(page, "{}\n", render_block(block).trim_end());
    }
    page.trim_end().to_owned()
}

fn text(value: &Value) -> String {
    value["text"].as_str().unwrap_or_default().to_owned()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn render_block(block: &Value) -> String {
    match block["type"].as_str().unwrap_or_default() {
        "header" => format!("# {}", text(&block["text"])),
        "section" if block["fields"].is_array() => {
            list(&block["fields"]).iter().map(|f| text(f).replacen('\n', ": ", 1) + "\n").collect()
        }
        "section" => text(&block["text"]),
        "actions" => list(&block["elements"]).iter().map(|e| element(e) + "  ").collect(),
        "input" => format!("{}:\n{}", text(&block["label"]), element(&block["element"])),
        "rich_text" => list(&block["elements"]).iter().map(|e| rich(e) + "\n").collect(),
        other => format!("?{other}"),
    }
}

fn element(element: &Value) -> String {
    match element["type"].as_str().unwrap_or_default() {
        "button" => {
            let style = element["style"].as_str().map(|s| format!(" ({s})")).unwrap_or_default();
            format!("[{}{style}]", text(&element["text"]))
        }
        "checkboxes" => {
            list(&element["options"]).iter().map(|o| format!("☐ {}", text(&o["text"]))).collect::<Vec<_>>().join("\n")
        }
        _ => format!(
            "[{}]",
            element["initial_value"].as_str().map_or_else(|| text(&element["placeholder"]), str::to_owned)
        ),
    }
}

fn rich(part: &Value) -> String {
    let line: String = list(&part["elements"])
        .iter()
        .map(|e| match e["type"].as_str().unwrap_or_default() {
            "user" => format!("@{}", e["user_id"].as_str().unwrap_or_default()),
            "date" => e["fallback"].as_str().unwrap_or_default().to_owned(),
            _ if e["style"]["bold"] == true => format!("*{}*", text(e)),
            _ => text(e),
        })
        .collect();
    match part["type"].as_str() {
        Some("rich_text_preformatted") => {
            line.split('\n').map(|l| format!("  | {l}\n")).collect::<String>().trim_end().to_owned()
        }
        _ => line,
    }
}

struct Reader {
    stage: Stage,
}

impl Reader {
    async fn open() -> Self {
        let clock = Clock::manual("2026-11-22T06:00:00Z".parse().unwrap());
        Self { stage: Stage::with(Start::fresh().at(clock)).await }
    }

    async fn ask(&self, action: &str, params: Value) -> (Asked, Message) {
        let mut asking = body(action, params);
        asking["meta"] = json!({
            "origin": { "repo": "acme/outreach", "branch": "main", "pr": "128" },
            "requester": { "id": "U0KIM", "source": "slack", "display": "Kim Lee" },
            "justification": "Bob asked for our offer on the phone this morning.\nHe decides today.",
            "links": [{ "label": "The call's notes", "url": "https://notes.acme.com/42" }],
            "taskId": "task-7",
        });
        self.stage.ask_for(asking).await
    }

    /// Sends as of the clock of the test.
    async fn send(&self, request: SignedRequest) {
        let at = self.stage.system.clock.now().as_second();
        self.stage.send(&request.resigned(self.stage.slack.signing_secret(), at)).await;
        self.stage.system.clock.advance(SignedDuration::from_secs(60));
    }

    async fn click(&self, asked: &Asked, action: &str, user: &str) {
        let card = self.stage.card(asked);
        self.send(self.stage.slack.click(&card, action, user).unwrap()).await;
    }

    async fn modal(&self, asked: &Asked, action: &str, user: &str) -> View {
        self.click(asked, action, user).await;
        self.stage.slack.views().pop().unwrap()
    }

    fn card(&self, asked: &Asked) -> String {
        let Version { text, blocks } = self.stage.card(asked).latest();
        format!("Notification: {text}\n\n{}", render(&blocks)).replace(&asked.id, "appr_…")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn waiting_for_approval() {
    let reader = Reader::open().await;
    let (asked, _) = reader.ask("gmail.send", mail()).await;
    insta::assert_snapshot!(reader.card(&asked));
}

#[tokio::test(flavor = "multi_thread")]
async fn waiting_for_personas() {
    let reader = Reader::open().await;
    let (asked, _) = reader.ask("persona.first", json!({ "note": "n" })).await;
    insta::assert_snapshot!(reader.card(&asked));
}

#[tokio::test(flavor = "multi_thread")]
async fn waiting_for_a_second_approval() {
    let reader = Reader::open().await;
    let (asked, _) = reader.ask("quorum.two", json!({ "note": "n" })).await;
    reader.click(&asked, "approve", "UJANE").await;
    insta::assert_snapshot!(reader.card(&asked));
}

#[tokio::test(flavor = "multi_thread")]
async fn approved() {
    let reader = Reader::open().await;
    let (asked, card) = reader.ask("persona.first", json!({ "note": "n" })).await;
    reader.send(reader.stage.slack.check(&card, &["security"], "USEC").unwrap()).await;
    reader.click(&asked, "approve", "UJANE").await;
    insta::assert_snapshot!(reader.card(&asked));
}

#[tokio::test(flavor = "multi_thread")]
async fn approved_with_an_edit() {
    let reader = Reader::open().await;
    let (asked, _) = reader.ask("gmail.send", mail()).await;
    let view = reader.modal(&asked, "approve_edit", "UJANE").await;
    reader.send(reader.stage.slack.submit(&view, &[("subject", "Our offer")], "UJANE")).await;
    insta::assert_snapshot!(reader.card(&asked));
}

#[tokio::test(flavor = "multi_thread")]
async fn denied_with_a_reason() {
    let reader = Reader::open().await;
    let (asked, _) = reader.ask("gmail.send", mail()).await;
    let view = reader.modal(&asked, "deny_with_reason", "UJANE").await;
    reader
        .send(reader.stage.slack.submit(&view, &[("reason", "Bob is on holiday.\nAsk again in May.")], "UJANE"))
        .await;
    insta::assert_snapshot!(reader.card(&asked));
}

#[tokio::test(flavor = "multi_thread")]
async fn expired() {
    let reader = Reader::open().await;
    let (asked, _) = reader.ask("short.lived", json!({ "order": 17 })).await;
    reader.stage.system.clock.advance(SignedDuration::from_secs(61));
    reader.stage.system.sweep().await;
    insta::assert_snapshot!(reader.card(&asked));
}

#[tokio::test(flavor = "multi_thread")]
async fn too_long_for_a_card() {
    let reader = Reader::open().await;
    let lines: String = (1..=900).map(|n| format!("line {n} of the report\n")).collect();
    let (asked, _) = reader.ask("plain.report", json!({ "report": lines })).await;
    let card = reader.card(&asked);
    let middle = |l: &&str| !l.contains("line ") || l.contains("line 1 ");
    insta::assert_snapshot!(card.lines().filter(middle).collect::<Vec<_>>().join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_modals() {
    let reader = Reader::open().await;
    let (asked, _) = reader.ask("gmail.send", mail()).await;
    let mut pages = Vec::new();
    for action in ["more_info", "approve_edit", "deny_with_reason"] {
        let view = reader.modal(&asked, action, "UJANE").await.view;
        let buttons = [&view["submit"], &view["close"]].map(text).join(" | ");
        pages.push(format!("=== {} [{buttons}]\n\n{}", text(&view["title"]), render(list(&view["blocks"]))));
    }
    insta::assert_snapshot!(pages.join("\n\n").replace(&asked.id, "appr_…"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_people_are_told() {
    let reader = Reader::open().await;
    let mut said = Vec::new();
    let (asked, _) = reader.ask("gmail.send", mail()).await;
    reader.click(&asked, "approve", "UEVE").await;
    reader.click(&asked, "approve_edit", "UEVE").await;
    let own = body("gmail.send", mail());
    let (own, _) = {
        let mut own = own;
        own["meta"]["requester"] = json!({ "id": "UJANE", "source": "slack" });
        reader.stage.ask_for(own).await
    };
    reader.click(&own, "approve", "UJANE").await;
    let card = reader.stage.card(&asked);
    let late = reader.stage.slack.click(&card, "deny", "UJANE").unwrap();
    reader.click(&asked, "approve", "UJANE").await;
    reader.send(late).await;
    let (personas, card) = reader.ask("persona.first", json!({})).await;
    reader.send(reader.stage.slack.check(&card, &["security"], "UJANE").unwrap()).await;
    reader.stage.system.clock.advance(SignedDuration::from_hours(2));
    reader.click(&personas, "deny", "UJANE").await;
    said.extend(reader.stage.slack.ephemerals().into_iter().map(|e| format!("{}: {}", e.user, e.text)));
    insta::assert_snapshot!(said.join("\n"));
}
