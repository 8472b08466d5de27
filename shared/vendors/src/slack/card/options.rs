//! What a card needs that the approval itself does not know.

/// What the approval itself does not know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CardOptions {
    /// Whether the policy lets approvers change parameters.
    pub editable: bool,
    /// Whether the policy lets it be asked again.
    pub re_requestable: bool,
    /// The approval's own page in the console.
    pub console_url: Option<String>,
}
