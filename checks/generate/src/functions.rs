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
    // Waiting agents have a function of their own, so that waiting takes no capacity from reading.
    let (waits, reads): (Vec<_>, Vec<_>) =
        told(&poll::operations::OPERATIONS).into_iter().partition(|operation| operation.said.tag == "agents");
    vec![
        of("CreateFunction", &create::operations::OPERATIONS),
        of("WaitFunction", &wait::operations::OPERATIONS),
        Function { id: "PollFunction", operations: waits },
        of("ResolveFunction", &resolve::operations::OPERATIONS),
        Function { id: "InboxFunction", operations: reads },
        of("SettingsFunction", &settings::operations::OPERATIONS),
        of("ConnectorsFunction", &connectors::operations::OPERATIONS),
        of("SlackFunction", &slack::operations::OPERATIONS),
        of("CallbacksFunction", &callbacks::operations::OPERATIONS),
        of("ConsoleFunction", &console::operations::OPERATIONS),
    ]
}

fn of<Has>(id: &'static str, operations: &[Operation<Has>]) -> Function {
    Function { id, operations: told(operations) }
}

fn told<Has>(operations: &[Operation<Has>]) -> Vec<Operation> {
    operations.iter().map(Operation::told).collect()
}

/// Every operation, in that order.
pub fn operations() -> Vec<Operation> {
    all().into_iter().flat_map(|function| function.operations).collect()
}
