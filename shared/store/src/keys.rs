//! The spelling of every key: nobody else knows it.

use crate::item::{Item, key, s};
use domain::{Approval, ApprovalId, Status, Workspace};
use jiff::Timestamp;

pub(crate) const APPROVAL: &str = "APPROVAL";
pub(crate) const DELIVERY: &str = "DELIVERY#";
pub(crate) const WAITER: &str = "WAITER#";
pub(crate) const DEFAULTS: &str = "DEFAULTS";
pub(crate) const CURRENT: &str = "CURRENT";

/// What every approval's id begins with.
const PREFIX: &str = "appr_";

/// Partitions that a minute's due items, and the buckets, are spread over: one takes about 1,000 writes a second.
pub(crate) const SHARDS: u32 = 4;

/// No item is ever put here. It is what any function may read, also one that may read approvals alone.
pub(crate) fn nothing() -> Item {
    key(PREFIX, "NOTHING")
}

/// What the root secrets are known by.
pub(crate) fn proofs() -> Item {
    key("secrets", "PROOFS")
}

pub(crate) fn approval(id: &ApprovalId) -> Item {
    key(id.as_str(), APPROVAL)
}

pub(crate) fn delivery(id: &ApprovalId, connector: &str) -> Item {
    key(id.as_str(), format!("{DELIVERY}{connector}"))
}

pub(crate) fn waiter(id: &ApprovalId, connection: &str) -> Item {
    key(id.as_str(), format!("{WAITER}{connection}"))
}

pub(crate) fn connectors(workspace: &Workspace) -> String {
    format!("connectors#{workspace}")
}

pub(crate) fn connector(workspace: &Workspace, id: &str) -> Item {
    key(connectors(workspace), id)
}

pub(crate) fn connector_name(workspace: &Workspace, name: &str) -> Item {
    key(connectors(workspace), format!("NAME#{name}"))
}

/// Where a connector's workspace is found by its id alone.
pub(crate) fn connector_home(id: &str) -> Item {
    key(format!("connector#{id}"), "WORKSPACE")
}

pub(crate) fn dead_letters(workspace: &Workspace) -> String {
    format!("dead#{workspace}")
}

pub(crate) fn dead_letter(workspace: &Workspace, id: &str) -> Item {
    key(dead_letters(workspace), id)
}

pub(crate) fn agent(workspace: &Workspace, agent: &str) -> Item {
    key(agents(workspace), agent)
}

pub(crate) fn agents(workspace: &Workspace) -> String {
    format!("agents#{workspace}")
}

pub(crate) fn policy(workspace: &Workspace, sk: &str) -> Item {
    key(format!("policy#{workspace}"), sk)
}

pub(crate) fn workspaces() -> &'static str {
    "workspaces"
}

pub(crate) fn api_key(hash: &str) -> Item {
    key(format!("key#{hash}"), "KEY")
}

pub(crate) fn api_keys(workspace: &Workspace) -> String {
    format!("keys#{workspace}")
}

/// The buckets of all agents are together, so that the sweep sees which workspaces asked lately.
pub(crate) fn asking(shard: u32) -> String {
    format!("rate#asking#{shard}")
}

pub(crate) fn creates(workspace: &Workspace) -> Item {
    key(asking(shard(workspace)), workspace.as_str())
}

pub(crate) fn allowed(workspace: &Workspace) -> Item {
    key(asking(shard(workspace)), format!("{workspace}#allowed"))
}

pub(crate) fn re_requests(workspace: &Workspace, root: &ApprovalId) -> Item {
    key(asking(shard(workspace)), format!("{workspace}#{root}"))
}

pub(crate) fn turns(workspace: &Workspace, delivery: &str) -> Item {
    key(format!("rate#{workspace}"), format!("TURNS#{delivery}"))
}

/// Where refusals of what one agent asked for are found; the hash stands for agent and action.
pub(crate) fn refusals(workspace: &Workspace, hash: &str) -> String {
    format!("refused#{workspace}#{hash}")
}

/// What an `Idempotency-Key` was used for, by the id that it stands for.
pub(crate) fn idempotency(id: &ApprovalId) -> Item {
    key(id.as_str(), "IDEMPOTENCY")
}

pub(crate) fn cursor() -> Item {
    key("sweep", "CURSOR")
}

pub(crate) fn due(minute: i64, shard: u32) -> String {
    format!("due#{minute}#{shard}")
}

/// The minute, since 1970, that an instant lies in.
pub(crate) fn minute(at: Timestamp) -> i64 {
    at.as_second().div_euclid(60)
}

/// A due item's place in its minute. What is due for one workspace lies together by kind, in the order of time, so that its deadlines
/// can be listed without those of others.
pub(crate) fn due_place(workspace: &Workspace, kind: &str, order: &str) -> String {
    format!("{workspace}#{kind}#{order}")
}

/// The partition that a workspace's due items of a minute, and its buckets, are in.
pub(crate) fn shard(workspace: &Workspace) -> u32 {
    workspace.as_str().bytes().fold(0_u32, |sum, b| sum.wrapping_mul(31).wrapping_add(u32::from(b))) % SHARDS
}

/// The word an index has for a status: both open ones are `open`.
pub(crate) fn word(status: Status) -> &'static str {
    if status.is_open() { "open" } else { status.word() }
}

/// The index attributes of an approval: by status `s`, by agent `a`, by task `k`, all ordered by `t`.
pub(crate) fn indexes(approval: &Approval) -> Item {
    let (ws, word) = (&approval.workspace, word(approval.status));
    let mut keys = Item::from([
        ("s".to_owned(), s(by_status(ws, word))),
        ("a".to_owned(), s(by_agent(ws, approval.agent(), word))),
        ("t".to_owned(), s(order(approval))),
    ]);
    if let Some(task) = &approval.task_id {
        keys.insert("k".to_owned(), s(by_task(ws, task, word)));
    }
    keys
}

/// Open approvals by when they were asked, ended ones by when they ended; the id makes it unique.
pub(crate) fn order(approval: &Approval) -> String {
    order_at(approval.decided_at.unwrap_or(approval.created_at), &approval.id)
}

/// An approval's place among others, by an instant.
pub(crate) fn order_at(at: Timestamp, id: &ApprovalId) -> String {
    format!("{}#{}", time(at), id.as_str().trim_start_matches(PREFIX))
}

/// The approval of a place.
pub(crate) fn id_of(order: &str) -> Option<ApprovalId> {
    ApprovalId::parse(&format!("{PREFIX}{}", order.split_once('#')?.1))
}

/// An instant, spelled so that text sorts as time does.
pub(crate) fn time(at: Timestamp) -> String {
    format!("{at:.3}")
}

pub(crate) fn by_status(workspace: &Workspace, word: &str) -> String {
    format!("{workspace}#{word}")
}

pub(crate) fn by_agent(workspace: &Workspace, agent: &str, word: &str) -> String {
    format!("{workspace}#{word}#{agent}")
}

pub(crate) fn by_task(workspace: &Workspace, task: &str, word: &str) -> String {
    format!("{workspace}#{word}#{task}")
}
