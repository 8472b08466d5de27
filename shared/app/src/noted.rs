//! What becomes known of an invocation while it is served: noted where it is found out, read for the line that the log gets.

use domain::{Approval, ApprovalId, Workspace};
use std::cell::RefCell;

tokio::task_local! {
    static NOTED: RefCell<Noted>;
}

/// What is known of an invocation.
#[derive(Clone, Debug, Default)]
pub struct Noted {
    /// Whose it is.
    pub workspace: Option<Workspace>,
    /// The approval that it was about first.
    pub approval: Option<ApprovalId>,
    /// The trace that the approval was asked in.
    pub trace_id: Option<String>,
    /// Why it was not served, or came to nothing.
    pub code: Option<&'static str>,
}

/// Serves an invocation; what became known of it.
pub async fn during<F: Future>(work: F) -> (F::Output, Noted) {
    let both = async {
        let done = work.await;
        (done, NOTED.with(RefCell::take))
    };
    NOTED.scope(RefCell::default(), both).await
}

/// The caller's workspace.
pub fn workspace(workspace: &Workspace) {
    note(|noted| noted.workspace = Some(workspace.clone()));
}

/// What an id says: that much is known where the approval was not read.
pub fn id(id: &ApprovalId) {
    note(|noted| noted.approval = noted.approval.take().or_else(|| Some(id.clone())));
}

/// An approval that was read or made. Others that come up are its parent, or its child.
pub fn approval(approval: &Approval) {
    note(|noted| {
        if noted.approval.as_ref().is_none_or(|first| *first == approval.id) {
            noted.approval = Some(approval.id.clone());
            noted.workspace = Some(approval.workspace.clone());
            noted.trace_id = approval.traceparent.as_ref().map(|t| t.trace_id().to_owned());
        }
    });
}

/// The code of an error.
pub fn code(code: &'static str) {
    note(|noted| noted.code = Some(code));
}

/// Outside an invocation there is nobody to note it for.
fn note(change: impl FnOnce(&mut Noted)) {
    let _ = NOTED.try_with(|noted| change(&mut noted.borrow_mut()));
}
