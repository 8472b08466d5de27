//! What was typed for a new key.

use domain::{Fault, Timestamp};
use lambda::Fields;
use serde_json::{Map, Value};
use store::settings::api_keys::ApiKey;

/// A key, and when it was revoked.
pub(super) type Row = (ApiKey, Option<Timestamp>);

/// What was typed for a new key, and what is wrong with it.
#[derive(Default)]
pub(super) struct Typed {
    pub(super) name: String,
    pub(super) subject: String,
    pub(super) roles: Vec<String>,
    pub(super) owner: String,
    pub(super) expires: String,
    pub(super) faults: Vec<Fault>,
}

impl Typed {
    pub(super) fn read(fields: &Fields) -> Self {
        let text = |name: &str| fields.get(name).trim().to_owned();
        Self {
            name: text("name"),
            subject: text("subject"),
            roles: fields.all("roles").map(str::to_owned).collect(),
            owner: text("owner"),
            expires: text("expires_at"),
            faults: Vec::new(),
        }
    }

    /// As the API takes it; what was left empty is not there.
    pub(super) fn body(&self) -> Value {
        let expires = match self.expires.as_str() {
            // A day, as a browser's field sends it: refused from its first moment on.
            day if day.len() == 10 => format!("{day}T00:00:00Z"),
            other => other.to_owned(),
        };
        let texts =
            [("name", &self.name), ("subject", &self.subject), ("owner", &self.owner), ("expires_at", &expires)];
        let given = texts.into_iter().filter(|(_, text)| !text.is_empty());
        let mut body: Map<String, Value> = given.map(|(name, text)| (name.to_owned(), text.as_str().into())).collect();
        body.insert("roles".into(), self.roles.clone().into());
        Value::Object(body)
    }
}
