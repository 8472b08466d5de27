//! Which function is at work in a task.

use futures::future::BoxFuture;
use std::sync::Arc;

tokio::task_local! {
    pub(super) static AT_WORK: Arc<Name>;
}

/// What a function is called.
#[derive(Debug)]
pub(crate) struct Name {
    /// By the template.
    pub(crate) logical: String,
    /// Its crate; what a Function URL streams is `<crate>-stream`.
    pub(crate) code: String,
}

/// The function at work in this task, if one is.
pub(crate) fn at_work() -> Option<Arc<Name>> {
    AT_WORK.try_with(Arc::clone).ok()
}

/// Work done as the function of this logical id, without its being invoked.
pub fn by<'a, T>(function: &str, work: impl Future<Output = T> + Send + 'a) -> BoxFuture<'a, T> {
    Box::pin(AT_WORK.scope(Name { logical: function.to_owned(), code: String::new() }.into(), work))
}
