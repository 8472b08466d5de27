//! A visit: a request of somebody who is signed in, and the pages they are given.

use crate::page::guard::guarded;
use crate::page::{self, At};
use crate::resources::Console;
use crate::session::Session;
use app::{Failure, noted};
use domain::delivery::Delivery;
use domain::{Approval, ApprovalId, Principal, Role, Timestamp};
use lambda::{Answer, query};
use lambda_http::Request;
use maud::Markup;

pub(crate) struct Visit<'a> {
    pub(crate) has: &'a Console,
    pub(crate) request: &'a Request,
    pub(crate) session: Session,
    /// When it came: what is read afterwards is no older.
    pub(crate) now: Timestamp,
}

impl Visit<'_> {
    /// A query parameter that says something.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        query(self.request, name).map(str::trim).filter(|text| !text.is_empty())
    }

    /// Where we are reached, without a path.
    pub(crate) fn origin(&self) -> String {
        let said = |name| lambda::header(self.request, name);
        let scheme = if said("x-forwarded-proto") == Some("http") { "http" } else { "https" };
        format!("{scheme}://{}", said("host").unwrap_or_default())
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.now
    }

    /// Who decides.
    pub(crate) fn person(&self) -> Result<&Principal, Failure> {
        self.session.caller.must_be(&[Role::Approver, Role::Admin])
    }

    pub(crate) fn is_admin(&self) -> bool {
        self.session.caller.is(&[Role::Admin])
    }

    /// A page with the frame for the person who is signed in.
    pub(crate) fn page(&self, at: At, status: u16, title: &str, body: &Markup) -> Answer {
        page::signed_in(&self.session, at, status, title, body)
    }

    /// A page that is asked for again and again: where the asker knows this version, there is nothing to send.
    pub(crate) fn live(&self, version: &str, page: Answer) -> Answer {
        let tag = format!("\"{version}\"");
        match lambda::header(self.request, "if-none-match") {
            Some(known) if known == tag => guarded(Answer::empty(304)).with("etag", tag),
            _ => page.with("etag", tag),
        }
    }

    /// An approval of the workspace and how it reached people, as it is now.
    pub(crate) async fn approval(&self, id: &str) -> Result<(Approval, Vec<Delivery>), Failure> {
        let missing = || Failure::NotFound("there is no such approval in the workspace of your key");
        let id = ApprovalId::parse(id).ok_or_else(missing)?;
        let workspace = &self.session.caller.workspace;
        let found = self.has.gate.store.get_approval_with_deliveries(workspace, &id).await?.ok_or_else(missing)?;
        noted::approval(&found.0);
        Ok((self.has.gate.see(&found.0).await?.approval.into_owned(), found.1))
    }
}
