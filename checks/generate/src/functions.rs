//! The functions of `template.yaml` that serve operations.

use lambda::Operation;

/// A function of the template, and the operations that it serves.
#[derive(Debug)]
pub(crate) struct Function {
    /// Its logical id.
    pub(crate) id: &'static str,
    /// What it serves.
    pub(crate) operations: Vec<Operation>,
}

/// All of them, in the order of the API's document.
pub(crate) fn all() -> Vec<Function> {
    let of = |id, operations: &[Operation]| Function { id, operations: operations.to_vec() };
    // Whoever waits has a function of its own, so that waiting takes nothing from reading.
    let (waits, reads): (Vec<_>, Vec<_>) =
        poll::operations::OPERATIONS.into_iter().partition(|operation| operation.said.tag == "agents");
    vec![
        of("CreateFunction", &create::operations::OPERATIONS),
        of("WaitFunction", &wait::operations::OPERATIONS),
        of("PollFunction", &waits),
        of("ResolveFunction", &resolve::operations::OPERATIONS),
        of("InboxFunction", &reads),
        of("SettingsFunction", &settings::operations::OPERATIONS),
        of("ConnectorsFunction", &connectors::operations::OPERATIONS),
        of("SlackFunction", &slack::operations::OPERATIONS),
        of("CallbacksFunction", &callbacks::operations::OPERATIONS),
        of("ConsoleFunction", &console::operations::OPERATIONS),
    ]
}

/// Every operation, in that order.
pub fn operations() -> Vec<Operation> {
    all().into_iter().flat_map(|function| function.operations).collect()
}
