//! The operations that are compared.

/// How often each operation is done in a turn.
pub(super) const A_TURN: usize = 10;

/// What is done. Creating comes before deciding: what is decided was created. What nobody has read before comes from the disk where more
/// is stored than fits into memory.
pub(super) const OPERATIONS: [&str; 11] = [
    "list by status, first page",
    "list by status, from the middle",
    "list what is open",
    "list by agent",
    "list by task",
    "get",
    "poll",
    "create",
    "decide",
    "get, never read before",
    "poll, never read before",
];
/// The place of one of them.
pub(super) const GET: usize = 5;
