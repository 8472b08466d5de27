//! Where failures go: the destination that a function or a mapping names.

use serde_json::Value;

use super::properties::only;
use super::resolve::Names;

/// The destination of failures, by address, or by its type where SAM makes one.
pub(super) fn on_failure(names: &Names<'_>, config: Option<&Value>) -> Result<Option<String>, String> {
    let Some(config) = config.and_then(Value::as_object) else {
        return Ok(None);
    };
    only(config, &["OnFailure"])?;
    let Some(failure) = config.get("OnFailure") else {
        return Ok(None);
    };
    match (failure.get("Destination"), failure.get("Type")) {
        (Some(destination), _) => names.text(destination).map(Some),
        (None, Some(kind)) => names.text(kind).map(Some),
        (None, None) => Err("OnFailure names no Destination".to_owned()),
    }
}
