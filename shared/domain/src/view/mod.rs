//! The faces of an approval: what the agent is told, and what people are shown. Pure, and never an original redacted value but
//! in the agent's `decisionParams`.

mod agent;
mod inbox;
pub mod shapes;
mod waiting;

pub use agent::{CreateAnswer, Links, Originals, PolicyAnswer, ReRequestAnswer, WaitAnswer};
pub use agent::{create_answer, re_request_answer, wait_answer};
pub use inbox::{InboxItem, ResolveAnswer, inbox_item, resolve_answer, word};
pub use waiting::waiting;
