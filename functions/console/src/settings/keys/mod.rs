//! API keys: listed, made and shown once, revoked after a second look.

mod drawn;
mod typed;

use crate::page;
use crate::visit::Visit;
use app::Failure;
use app::settings::manage_keys::{NewKey, create_key, list_keys, read_key, revoke_key};
use lambda::{Answer, Error, Fields};
use typed::{Row, Typed};

/// Keys on a page.
const PAGE: usize = 50;

pub(super) async fn show(visit: &Visit<'_>) -> Result<Answer, Error> {
    render(visit, &Typed::default()).await
}

/// Makes a key. It is on the page that answers and nowhere else.
pub(super) async fn create(visit: &Visit<'_>, fields: &Fields) -> Result<Answer, Error> {
    let mut typed = Typed::read(fields);
    match NewKey::read(&typed.body(), visit.now()) {
        Ok(new) => {
            let (key, secret) = create_key(&visit.has.gate, &visit.session.caller, new).await?;
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
    let (key, revoked) = read_key(&visit.has.gate, &visit.session.caller, id).await?;
    Ok(drawn::confirm(visit, &key, revoked))
}

pub(super) async fn revoke(visit: &Visit<'_>, id: &str) -> Result<Answer, Error> {
    let (key, _) = read_key(&visit.has.gate, &visit.session.caller, id).await?;
    revoke_key(&visit.has.gate, &visit.session.caller, &key.id).await?;
    Ok(page::redirect("/console/settings/keys?done=revoked"))
}

async fn render(visit: &Visit<'_>, typed: &Typed) -> Result<Answer, Error> {
    let after = visit.query("cursor");
    if after.is_some_and(|cursor| !cursor.starts_with("key_")) {
        return Err(Failure::invalid("cursor", "must be that of a page before").into());
    }
    let mut rows: Vec<Row> = list_keys(&visit.has.gate, &visit.session.caller, after, PAGE as i32 + 1).await?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    Ok(drawn::page(visit, &rows, more, typed))
}
