//! The views of an approval: the agent's wait answer, and what people see. Pure. Only the agent's `decisionParams` has original hidden
//! values.

mod agent;
mod inbox;
pub mod shapes;
mod waiting;

pub use agent::{CreateAnswer, Links, Originals, PolicyAnswer, ReRequestAnswer, WaitAnswer};
pub use agent::{create_answer, re_request_answer, wait_answer};
pub use inbox::{InboxItem, ResolveAnswer, inbox_item, resolve_answer, word};
pub use waiting::waiting;
