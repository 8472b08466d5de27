//! API keys: listed, made and shown once, revoked after a second look.

mod drawn;

use crate::page;
use crate::visit::Visit;
use app::Failure;
use app::settings::manage_keys::{NewKey, create_key, list_keys, read_key, revoke_key};
use domain::{Fault, Timestamp};
use lambda::{Answer, Error, Fields};
use serde_json::{Map, Value};
use store::api_keys::ApiKey;

/// Keys on a page.
const PAGE: usize = 50;

/// A key, and when it was revoked.
type Row = (ApiKey, Option<Timestamp>);

/// What was typed for a new key, and what is wrong with it.
#[derive(Default)]
struct Typed {
    name: String,
    subject: String,
    roles: Vec<String>,
    owner: String,
    expires: String,
    faults: Vec<Fault>,
}

impl Typed {
    fn read(fields: &Fields) -> Self {
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
    fn body(&self) -> Value {
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

pub(super) async fn show(visit: &Visit<'_>) -> Result<Answer, Error> {
    render(visit, &Typed::default()).await
}

/// Makes a key. It is on the page that answers and nowhere else.
pub(super) async fn create(visit: &Visit<'_>, fields: &Fields) -> Result<Answer, Error> {
    let mut typed = Typed::read(fields);
    match NewKey::read(&typed.body(), visit.now()) {
        Ok(new) => {
            let (key, secret) = create_key(visit.gate, &visit.session.caller, new).await?;
            Ok(drawn::made(visit, &key, &secret))
        }
        Err(Failure::Invalid(faults)) => {
            typed.faults = faults;
            render(visit, &typed).await
        }
        Err(e) => Err(e.into()),
    }
}

/// Asks once more before a key is revoked.
pub(super) async fn confirm(visit: &Visit<'_>, id: &str) -> Result<Answer, Error> {
    let (key, revoked) = read_key(visit.gate, &visit.session.caller, id).await?;
    Ok(drawn::confirm(visit, &key, revoked))
}

pub(super) async fn revoke(visit: &Visit<'_>, id: &str) -> Result<Answer, Error> {
    let (key, _) = read_key(visit.gate, &visit.session.caller, id).await?;
    revoke_key(visit.gate, &visit.session.caller, &key.id).await?;
    Ok(page::redirect("/console/settings/keys?done=revoked"))
}

async fn render(visit: &Visit<'_>, typed: &Typed) -> Result<Answer, Error> {
    let after = visit.query("cursor");
    if after.is_some_and(|cursor| !cursor.starts_with("key_")) {
        return Err(Failure::invalid("cursor", "must be that of a page before").into());
    }
    let mut rows: Vec<Row> = list_keys(visit.gate, &visit.session.caller, after, PAGE as i32 + 1).await?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    Ok(drawn::page(visit, &rows, more, typed))
}
