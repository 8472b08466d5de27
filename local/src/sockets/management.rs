//! The management API: posts to connections, and asks after and closes them.

use bytes::Bytes;
use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use serde_json::json;

use super::Sockets;
use super::connection::Refused;

/// What the management API answers.
#[derive(Debug)]
pub struct ServiceAnswer {
    /// The status.
    pub status: u16,
    /// The error's name, where it is one.
    pub error: Option<&'static str>,
    /// The JSON, where there is any.
    pub body: Vec<u8>,
}

impl Sockets {
    /// Answers `POST`, `GET` and `DELETE` of `/@connections/<id>`, also under the stage's name.
    #[must_use]
    pub fn manage(&self, method: &str, path: &str, body: Bytes) -> ServiceAnswer {
        let Some(id) = self.addressed(path) else {
            return ServiceAnswer::error(403, "ForbiddenException", "Forbidden");
        };
        match method {
            "POST" => self.post(&id, body),
            "GET" => self.look(&id),
            "DELETE" => self.hang_up(&id),
            _ => ServiceAnswer::error(403, "ForbiddenException", "Forbidden"),
        }
    }

    fn addressed(&self, path: &str) -> Option<String> {
        let (stage, id) = path.split_once("/@connections/").or_else(|| path.split_once("/%40connections/"))?;
        let ours = self.shared.routes.get().map_or("", |routes| &routes.stage);
        let here = stage.is_empty() || stage.strip_prefix('/') == Some(ours);
        here.then(|| percent_decode_str(id).decode_utf8_lossy().into_owned())
    }

    fn post(&self, id: &str, data: Bytes) -> ServiceAnswer {
        if data.len() > self.shared.limits.message {
            return ServiceAnswer::error(413, "PayloadTooLargeException", "Message too long");
        }
        // Only text goes out: what is not UTF-8 arrives with replacement characters.
        let data = if std::str::from_utf8(&data).is_ok() { data } else { lossy(&data) };
        match self.shared.find(id).map(|connection| connection.post(data)) {
            Some(Ok(())) => ServiceAnswer { status: 200, error: None, body: Vec::new() },
            Some(Err(Refused::Full)) => ServiceAnswer::error(429, "LimitExceededException", "The client does not read"),
            Some(Err(Refused::Gone)) | None => ServiceAnswer::gone(),
        }
    }

    fn look(&self, id: &str) -> ServiceAnswer {
        let Some(connection) = self.shared.find(id) else {
            return ServiceAnswer::gone();
        };
        let time = |millis| Timestamp::from_millisecond(millis).unwrap_or_default().to_string();
        let json = json!({
            "connectedAt": time(connection.connected_at),
            "identity": connection.identity(),
            "lastActiveAt": time(connection.last_active_at()),
        });
        ServiceAnswer { status: 200, error: None, body: json.to_string().into_bytes() }
    }

    fn hang_up(&self, id: &str) -> ServiceAnswer {
        let Some(connection) = self.shared.find(id) else {
            return ServiceAnswer::gone();
        };
        self.shared.forget(&connection);
        ServiceAnswer { status: 204, error: None, body: Vec::new() }
    }
}

impl ServiceAnswer {
    fn gone() -> Self {
        Self::error(410, "GoneException", "Gone")
    }

    fn error(status: u16, error: &'static str, message: &str) -> Self {
        Self { status, error: Some(error), body: json!({ "message": message }).to_string().into_bytes() }
    }
}

fn lossy(data: &[u8]) -> Bytes {
    Bytes::from(String::from_utf8_lossy(data).into_owned())
}
