//! Reads an issue again that somebody moved: whether it still says what we wrote.

use super::changes::{Since, since};
use super::client::{Client, issue};
use super::{Moved, adf, callback, names, show};
use crate::Failure;
use crate::connector::Notice;
use serde_json::Value;

/// What an issue says that somebody moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ours {
    /// All of the approval as it is, as we wrote it, in the status it was moved to.
    Yes,
    /// What we wrote, which was not all there is: nobody can approve from it.
    Cut,
    /// Another text, or an older state: the person who moved the issue may have approved something that was not asked.
    Altered,
    /// It is in another status by now.
    MovedOn,
}

impl Client {
    /// Reads an issue again that was moved, and compares it with what we write of the approval as it is: what there is to read now, and
    /// by the changelog what there was when it was moved. A link of ours is compared by its host, for its signature changes: the
    /// notice needs a link of the same console.
    ///
    /// # Errors
    /// A [`Failure`].
    pub async fn is_ours(&self, moved: &Moved, notice: &Notice<'_>) -> Result<Ours, Failure> {
        self.in_time(self.compared(moved, notice)).await
    }

    async fn compared(&self, moved: &Moved, notice: &Notice<'_>) -> Result<Ours, Failure> {
        let path = format!("{}?fields=status,labels,description,creator,summary&expand=changelog", issue(&moved.key)?);
        let (read, us) = (self.site.get(&path).await?, self.myself().await?);
        let since = since(&read, moved.change);
        let field = |place: &str| read.pointer(&format!("/fields/{place}"));
        let is = |place: &str, text: &str| field(place).and_then(Value::as_str) == Some(text);
        let there = field("status/name").and_then(Value::as_str).is_some_and(|now| names::same(now, &moved.to));
        if !there || since == Since::MovedAgain {
            return Ok(Ours::MovedOn);
        }
        let labelled = field("labels").is_some_and(|l| callback::labelled(l).ok() == Some(notice.approval.id.clone()));
        let written = field("description").and_then(adf::read).map(without_blanks);
        let same = written.is_some() && written == adf::read(&show::description(notice)).map(without_blanks);
        let ours = since == Since::Unchanged
            && labelled
            && same
            && is("creator/accountId", &us)
            && is("summary", &show::summary(notice.approval));
        Ok(match ours {
            true if show::is_whole(notice.approval) => Ours::Yes,
            true => Ours::Cut,
            false => Ours::Altered,
        })
    }
}

/// Jira may add an empty paragraph at the end.
fn without_blanks(mut blocks: Vec<adf::Block>) -> Vec<adf::Block> {
    blocks.retain(|b| !b.is_blank());
    blocks
}
