//! A host and its Slack, and people who click.

use crate::harness::{Asked, Start, System};
use app::Clock;
use serde_json::{Value, json};
use standins::slack::{Message, SignedRequest, SlackStandin, User, View};

/// A host with a Slack.
pub struct Stage {
    pub slack: SlackStandin,
    pub system: System,
}

/// The standard parameters of `gmail.send`.
pub fn mail() -> Value {
    json!({
        "to": "bob@acme.com", "subject": "Offer", "count": "007", "bcc": "boss@acme.com",
        "body": { "text": "Dear Bob,\nhere it is.", "secret": "hunter2" },
    })
}

/// A manual clock that agrees with the wall, so that what Slack signs now is fresh.
pub fn by_hand() -> Clock {
    Clock::manual(Clock::Wall.now())
}

/// What a signed request says.
pub fn payload(request: &SignedRequest) -> Value {
    let mut form = url::form_urlencoded::parse(request.body.as_bytes());
    let (_, text) = form.find(|(key, _)| key == "payload").unwrap();
    serde_json::from_str(&text).unwrap()
}

impl Stage {
    pub async fn open() -> Self {
        Self::with(Start::fresh()).await
    }

    pub async fn with(start: Start) -> Self {
        let slack = SlackStandin::start().await.unwrap();
        let system = start.with_slack(&slack).start().await;
        Self { slack, system }
    }

    /// Asks; the request and its card.
    pub async fn ask(&self, action: &str, params: Value) -> (Asked, Message) {
        let asked = self.system.ask(action, params).await;
        self.system.settle().await;
        let card = self.card(&asked);
        (asked, card)
    }

    /// Asks with a whole body.
    pub async fn ask_for(&self, body: Value) -> (Asked, Message) {
        let asked = self.system.ask_for(body).await;
        self.system.settle().await;
        let card = self.card(&asked);
        (asked, card)
    }

    /// All cards of a request.
    pub fn cards(&self, asked: &Asked) -> Vec<Message> {
        let names = |m: &Message| m.versions.iter().any(|v| v.blocks.iter().any(|b| b.to_string().contains(&asked.id)));
        self.slack.messages().into_iter().filter(names).collect()
    }

    /// The one card of a request.
    pub fn card(&self, asked: &Asked) -> Message {
        let mut cards = self.cards(asked);
        assert_eq!(cards.len(), 1, "{:?}", self.slack.calls());
        cards.remove(0)
    }

    /// Posts as Slack does; no waiting for what follows.
    pub async fn post(&self, request: &SignedRequest) -> (u16, Value) {
        let mut post = self.system.request("POST", "/api/slack/interactions").body(request.body.clone());
        for (name, value) in &request.headers {
            post = post.header(name, value);
        }
        let answer = post.send().await.unwrap();
        let status = answer.status().as_u16();
        (status, serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap_or(Value::Null))
    }

    /// Posts what Slack understands to be done: answered with an empty 200, and everything that follows has happened.
    pub async fn send(&self, request: &SignedRequest) {
        assert_eq!(self.post(request).await, (200, Value::Null));
        self.system.settle().await;
    }

    /// Somebody clicks a button of a card as it was when it was asked for.
    pub async fn click(&self, card: &Message, action: &str, user: impl Into<User>) {
        let click = self.slack.click(card, action, user);
        self.send(&click.unwrap_or_else(|| panic!("no {action} on\n{}", card.reads()))).await;
    }

    /// Somebody ticks the boxes of personas.
    pub async fn check(&self, card: &Message, personas: &[&str], user: impl Into<User>) {
        self.send(&self.slack.check(card, personas, user).unwrap()).await;
    }

    /// Somebody clicks, and the modal that opened is answered.
    pub async fn modal(&self, card: &Message, action: &str, user: impl Into<User>) -> View {
        let before = self.slack.views().len();
        self.click(card, action, user).await;
        let mut views = self.slack.views();
        assert_eq!(views.len(), before + 1, "{:?}", self.slack.ephemerals());
        views.remove(before)
    }

    /// A click whose payload was altered before Slack signed it.
    pub fn altered(&self, click: &SignedRequest, alter: impl FnOnce(&mut Value)) -> SignedRequest {
        let mut payload = payload(click);
        alter(&mut payload);
        self.slack.interaction(&payload)
    }

    /// The messages that one person alone saw.
    pub fn told(&self, user: &str) -> Vec<String> {
        self.slack.ephemerals().into_iter().filter(|e| e.user == user).map(|e| e.text).collect()
    }

    /// The last message that one person alone saw.
    pub fn last_told(&self, user: &str) -> String {
        self.told(user).pop().unwrap_or_default()
    }

    /// What is, as the inbox shows it.
    pub async fn inbox(&self, asked: &Asked) -> Value {
        let (status, approval) = self.system.get(&self.system.keys.admin, &format!("/approvals/{}", asked.id)).await;
        assert_eq!(status, 200, "{approval}");
        approval
    }

    /// Asserts that something changes neither the approval nor its card, nor makes an event.
    pub async fn unmoved(&self, asked: &Asked, act: impl Future<Output = ()>) {
        let before = (self.system.poll(&asked.token).await, self.inbox(asked).await["history"].clone());
        let shown = self.card(asked).latest().blocks;
        act.await;
        self.system.settle().await;
        let after = (self.system.poll(&asked.token).await, self.inbox(asked).await["history"].clone());
        assert_eq!(after, before);
        assert_eq!(self.card(asked).latest().blocks, shown);
    }
}
