//! What is done at Jira: an issue made, kept up to date, moved at the end, and moved back.

use super::calls::Site;
use super::news::{self, News};
use super::{COMMENTS, DEFAULT_ISSUE_TYPE, OURS, adf, callback, config, names, show};
use crate::connector::{Notice, Settings};
use crate::words::lines::cut;
use crate::{Failure, Http};
use domain::delivery::address::{Address, Issue};
use domain::params::visible;
use domain::{Approval, Timestamp};
use serde_json::{Value, json};
use std::fmt;
use std::time::Duration;

/// What Jira answers about an issue that is not there, or that our account may not see.
const NOT_FOUND: u16 = 404;
/// The longest comment on an issue that is moved back.
const LONGEST: usize = 4_000;

/// One project at one site.
#[derive(Clone)]
pub struct Client {
    pub(super) site: Site,
    project: String,
    issue_type: String,
    timeout: Duration,
}

impl Client {
    /// A project. All calls of one showing take at most the settings' time together.
    pub fn new(http: &Http, settings: &Settings) -> Self {
        let text = |name| settings.header(name).unwrap_or_default();
        let site = Site::new(http, &settings.endpoint, text(config::EMAIL), text(config::API_TOKEN), settings.timeout);
        let issue_type = settings.header(config::ISSUE_TYPE).unwrap_or(DEFAULT_ISSUE_TYPE).to_owned();
        Self { site, project: text(config::PROJECT).to_owned(), issue_type, timeout: settings.timeout }
    }

    /// Makes the issue, or brings it up to date. An approval that has ended without an issue gets none. Jira has no idempotency key
    /// and its search lags behind by seconds: after a transient failure there may be a second issue, never a second decision.
    ///
    /// # Errors
    /// A [`Failure`]: [`Failure::Removed`] where somebody deleted the issue.
    pub async fn show(&self, notice: &Notice<'_>, before: Option<&Address>) -> Result<Address, Failure> {
        self.in_time(self.shown(notice, before)).await
    }

    async fn shown(&self, notice: &Notice<'_>, before: Option<&Address>) -> Result<Address, Failure> {
        let here = before.and_then(Issue::at).filter(|issue| issue.site == self.site.base);
        let told = here.as_ref().map_or(0, |issue| issue.told);
        let is_ours = here.as_ref().is_some_and(|issue| issue.key.is_some());
        let known = match here.and_then(|issue| issue.key) {
            Some(key) => Some(key),
            None => self.find(notice.approval).await?,
        };
        let key = match known {
            Some(key) => {
                let gone = |why: &Failure| why.status() == Some(NOT_FOUND) && is_ours;
                let updated = self.update(&key, notice, told).await;
                updated.map_err(|why| if gone(&why) { why.removed() } else { why })?;
                Some(key)
            }
            None if notice.approval.status_at(notice.now).is_open() => Some(self.create(notice).await?),
            None => None,
        };
        let told = notice.approval.history.last().map_or(0, |entry| entry.seq);
        Ok(Issue { site: self.site.base.clone(), key, told }.into())
    }

    /// The issue that we made for an approval, the oldest of them.
    async fn find(&self, approval: &Approval) -> Result<Option<String>, Failure> {
        let jql = format!(
            "project = \"{}\" AND labels = \"{OURS}\" AND labels = \"{}\" AND creator = currentUser() ORDER BY created ASC",
            project(&self.project)?,
            approval.id
        );
        let found = self.site.post("search/jql", &json!({ "jql": jql, "maxResults": 1, "fields": ["labels"] })).await?;
        let issues = found.get("issues").and_then(Value::as_array);
        let issues = issues.ok_or_else(|| Failure::transient("the search names no issues", Some(200)))?;
        Ok(issues.first().and_then(|i| i.get("key")?.as_str()).map(str::to_owned))
    }

    async fn create(&self, notice: &Notice<'_>) -> Result<String, Failure> {
        let fields = show::fields(notice, project(&self.project)?, &self.issue_type);
        let made = self.site.post("issue", &json!({ "fields": fields })).await?;
        let key = made.get("key").and_then(Value::as_str).map(str::to_owned);
        key.ok_or_else(|| Failure::transient("the answer names no issue", Some(201)))
    }

    /// The description first, for a finished issue may not be editable, then the move, then what there is to say, which may be about both.
    async fn update(&self, key: &str, notice: &Notice<'_>, told: u64) -> Result<(), Failure> {
        let described = self.describe(key, notice).await;
        let open = notice.approval.status_at(notice.now).is_open();
        let locked = !open && matches!(described, Err(Failure::Permanent { status: Some(400), .. }));
        if !locked {
            described?;
        }
        let unsaid = self.unsaid(key, news::news(notice.approval, notice.now, told)).await?;
        if unsaid.is_empty() {
            return Ok(());
        }
        let end = news::end(notice.approval);
        let moved = !unsaid.iter().any(|n| n.mark == end) || self.settle(key, notice).await?;
        let above = match (moved, locked) {
            (true, false) => None,
            (false, false) => Some("This issue could not be moved: it has no transition of a fitting name."),
            (true, true) => {
                Some("The description could not be brought up to date: Jira does not let it be edited here.")
            }
            (false, true) => Some("Neither could the description be brought up to date nor this issue be moved."),
        };
        self.comment(key, news::comment(&unsaid, above)).await
    }

    async fn describe(&self, key: &str, notice: &Notice<'_>) -> Result<(), Failure> {
        let labels = show::labels(notice.approval).map(|label| json!({ "add": label }));
        let fields = json!({ "summary": show::summary(notice.approval), "description": show::description(notice) });
        let body = json!({ "fields": fields, "update": { "labels": labels } });
        self.site.put(&issue(key)?, &body).await.map(drop)
    }

    /// The news that no comment of the issue's creator, who we are, has said yet.
    async fn unsaid(&self, key: &str, mut news: Vec<News>) -> Result<Vec<News>, Failure> {
        if news.is_empty() {
            return Ok(news);
        }
        let path = issue(key)?;
        let creator = self.site.get(&format!("{path}?fields=creator")).await?;
        let creator = creator.pointer("/fields/creator/accountId").cloned();
        let found = self.site.get(&format!("{path}/comment?orderBy=-created&maxResults={COMMENTS}")).await?;
        let all = found.get("comments").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let ours = |c: &&Value| creator.is_some() && c.pointer("/author/accountId") == creator.as_ref();
        let bodies: Vec<&Value> = all.iter().filter(ours).filter_map(|c| c.get("body")).collect();
        news.retain(|n| !bodies.iter().any(|body| news::has(body, &n.mark)));
        Ok(news)
    }

    /// Moves the issue as the approval ended. The answer is whether it is where it belongs; that it cannot be moved is no failure.
    async fn settle(&self, key: &str, notice: &Notice<'_>) -> Result<bool, Failure> {
        let wanted = names::wanted(notice.approval.status_at(notice.now));
        let status = self.status(key).await?;
        if wanted.iter().any(|name| names::same(name, &status)) {
            return Ok(true);
        }
        let transitions = self.transitions(key).await?;
        match names::choose(&transitions, wanted) {
            Some(id) => self.transition(key, id).await,
            None => Ok(false),
        }
    }

    async fn status(&self, key: &str) -> Result<String, Failure> {
        let read = self.site.get(&format!("{}?fields=status", issue(key)?)).await?;
        Ok(read.pointer("/fields/status/name").and_then(Value::as_str).unwrap_or_default().to_owned())
    }

    async fn transitions(&self, key: &str) -> Result<Vec<Value>, Failure> {
        let read = self.site.get(&format!("{}/transitions", issue(key)?)).await?;
        Ok(read.get("transitions").and_then(Value::as_array).cloned().unwrap_or_default())
    }

    /// `false` where Jira refuses: a screen with a field of its own, or a missing right.
    async fn transition(&self, key: &str, id: names::Id<'_>) -> Result<bool, Failure> {
        let body = json!({ "transition": { "id": id } });
        match self.site.post(&format!("{}/transitions", issue(key)?), &body).await {
            Err(Failure::Permanent { status: Some(400 | 403 | 404 | 422), .. }) => Ok(false),
            done => done.map(|_| true),
        }
    }

    async fn comment(&self, key: &str, body: Value) -> Result<(), Failure> {
        self.site.post(&format!("{}/comment", issue(key)?), &json!({ "body": body })).await.map(drop)
    }

    /// Moves an issue back to the status it was in and says why. The answer is whether it could be moved; the comment says it if not.
    ///
    /// # Errors
    /// A [`Failure`].
    pub async fn move_back(&self, key: &str, from_status: &str, comment: &str) -> Result<bool, Failure> {
        self.in_time(self.moved_back(key, from_status, comment)).await
    }

    async fn moved_back(&self, key: &str, from_status: &str, comment: &str) -> Result<bool, Failure> {
        let moved = match names::same(&self.status(key).await?, from_status) {
            true => true,
            false => match names::leading_to(&self.transitions(key).await?, from_status) {
                Some(id) => self.transition(key, id).await?,
                None => false,
            },
        };
        let mut blocks = vec![adf::code(&cut(&visible::text(comment), LONGEST))];
        if !moved {
            blocks.push(adf::paragraph("This issue could not be moved back: there is no transition to where it was."));
        }
        self.comment(key, adf::doc(blocks)).await.map(|()| moved)
    }

    /// The site, as it is remembered where an issue is shown.
    pub fn site(&self) -> &str {
        &self.site.base
    }

    /// Our own account's id: what it did itself says nothing.
    ///
    /// # Errors
    /// A [`Failure`].
    pub async fn myself(&self) -> Result<String, Failure> {
        let us = self.site.get("myself").await?;
        let id = us.get("accountId").and_then(Value::as_str).map(str::to_owned);
        id.ok_or_else(|| Failure::transient("GET myself: the answer names no account", Some(200)))
    }

    /// Whether the token is good and the project can be seen.
    ///
    /// # Errors
    /// A [`Failure`].
    pub async fn probe(&self, _suffix: &str, _now: Timestamp) -> Result<(), Failure> {
        self.in_time(async {
            self.myself().await?;
            let found = self.site.get(&format!("project/{}", project(&self.project)?)).await?;
            match found.get("key").and_then(Value::as_str) {
                Some(key) if key == self.project => Ok(()),
                Some(_) => Err(Failure::permanent("GET project: the project has another key by now", Some(200))),
                None => Err(Failure::transient("GET project: the answer names no project", Some(200))),
            }
        })
        .await
    }

    pub(super) async fn in_time<T>(&self, work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
        // In the words of the call's own limit: where one call takes all the time, either may be the first to end it.
        let late = |_| Failure::transient(format!("no answer within {} s", self.timeout.as_secs_f32()), None);
        tokio::time::timeout(self.timeout, work).await.map_err(late)?
    }
}

/// Without the token.
impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("base", &self.site.base).field("project", &self.project).finish_non_exhaustive()
    }
}

/// An issue's path; a key that is none leads nowhere else.
pub(super) fn issue(key: &str) -> Result<String, Failure> {
    let good = callback::is_key(key).then(|| format!("issue/{key}"));
    good.ok_or_else(|| Failure::permanent("what is remembered of the issue is not a key", None))
}

/// The project's key; one that is none finds nothing else.
fn project(key: &str) -> Result<&str, Failure> {
    config::is_project(key).then_some(key).ok_or_else(|| Failure::permanent("the project is not a key", None))
}
