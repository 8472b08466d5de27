//! The one line that each invocation leaves in the log: what it was, whose, and what came of it; nothing that anybody wrote or sent.

use crate::request::route::{path_parameter, traceparent};
use app::noted::Noted;
use domain::{ApprovalId, Traceparent, Workspace};
use lambda_http::request::RequestContext;
use lambda_http::{Request, RequestExt as _};
use lambda_runtime::Context;
use serde::Serialize;
use serde_json::Value;
use std::fmt;

/// The line. Names and order are those of the log.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Line {
    level: &'static str,
    message: &'static str,
    function: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    api_request_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    route: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trigger: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    workspace: Option<Workspace>,
    #[serde(skip_serializing_if = "Option::is_none")]
    approval_id: Option<ApprovalId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
    outcome: &'static str,
    duration_ms: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_id: Option<String>,
    cold: bool,
    /// The event carries several records, so the line does not name the approval of the first record.
    #[serde(skip)]
    many: bool,
    /// Whether the request or event has a `traceparent`.
    #[serde(skip)]
    traced: bool,
}

impl Line {
    /// The line of a request that has just arrived.
    pub(crate) fn of_request(function: &str, request: &Request, cold: bool) -> Self {
        let context = request.lambda_context_ref();
        let mut line = Self { method: Some(request.method().to_string()), ..Self::begin(function, context, cold) };
        if let Some(RequestContext::ApiGatewayV2(api)) = request.request_context_ref() {
            line.api_request_id = api.request_id.clone();
            // `GET /approvals/{approval_id}`; of a Function URL `$default`. Never the path: it may hold a token.
            let route = api.route_key.as_deref().map(|key| key.split_once(' ').map_or(key, |(_, route)| route));
            line.route = route.map(str::to_owned);
        }
        line.approval_id = path_parameter(request, "approval_id").and_then(ApprovalId::parse);
        line.traced_by(traceparent(request))
    }

    /// The line of an event that has just arrived.
    pub(crate) fn of_event(function: &str, event: &Value, context: Option<&Context>, cold: bool) -> Self {
        let mut line = Self { count: Some(1), ..Self::begin(function, context, cold) };
        let text = |at: &str| event.pointer(at).and_then(Value::as_str);
        let trigger = ["/Records/0/eventSource", "/detail-type", "/requestContext/routeKey"].into_iter().find_map(text);
        line.trigger = Some(trigger.unwrap_or("invoke").to_owned());
        line.count = event.get("Records").and_then(Value::as_array).map_or(line.count, |records| Some(records.len()));
        line.workspace = text("/detail/workspace").and_then(Workspace::parse);
        line.approval_id = text("/detail/id").and_then(ApprovalId::parse);
        line.many = line.approval_id.is_none() && event.get("requestContext").is_none();
        let traceparent = text("/detail/traceparent").and_then(Traceparent::parse);
        line.traced_by(traceparent)
    }

    fn begin(function: &str, context: Option<&Context>, cold: bool) -> Self {
        Self {
            level: "INFO",
            message: "request",
            function: function.to_owned(),
            request_id: context.map(|context| context.request_id.clone()),
            trace_id: context.and_then(|context| x_ray(context.xray_trace_id.as_deref()?)),
            cold,
            ..Self::default()
        }
    }

    /// The trace of the request or event comes first, then the approval's, then the runtime's.
    fn traced_by(mut self, traceparent: Option<Traceparent>) -> Self {
        self.traced = traceparent.is_some();
        self.trace_id = traceparent.map(|t| t.trace_id().to_owned()).or(self.trace_id);
        self
    }

    /// Adds what the function learned while it worked.
    pub(crate) fn noted(mut self, noted: Noted) -> Self {
        self.code = noted.code;
        if !self.many {
            self.workspace = noted.workspace.or(self.workspace);
            self.approval_id = noted.approval.or(self.approval_id);
            self.trace_id = noted.trace_id.filter(|_| !self.traced).or(self.trace_id);
        }
        self
    }

    /// Adds how the request was answered.
    pub(crate) fn answered(mut self, status: u16) -> Self {
        let word = match status {
            ..400 => "ok",
            400..500 => "refused",
            _ => "failed",
        };
        self.outcome = self.code.unwrap_or(word);
        self.status = Some(status);
        self
    }

    /// Adds the result of an event.
    pub(crate) fn done<E>(mut self, outcome: &Result<Value, E>) -> Self {
        let left = |answer: &Value| {
            answer["batchItemFailures"].as_array().is_some_and(|left| !left.is_empty())
                || answer["failed"].as_u64().is_some_and(|failed| failed > 0)
        };
        self.outcome = match outcome {
            Err(_) => "failed",
            Ok(answer) if left(answer) => "partial",
            Ok(_) => self.code.unwrap_or("ok"),
        };
        self
    }

    /// Adds the duration.
    pub(crate) fn after(mut self, duration_ms: u64) -> Self {
        self.duration_ms = duration_ms;
        self
    }
}

/// The root of `Root=1-…;Parent=…;Sampled=1`.
fn x_ray(header: &str) -> Option<String> {
    header.split(';').find_map(|part| part.trim().strip_prefix("Root=")).map(str::to_owned)
}

/// For people at a terminal.
impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.function)?;
        for word in [&self.method, &self.route, &self.trigger].into_iter().flatten() {
            write!(f, " {word}")?;
        }
        for id in [self.workspace.as_ref().map(Workspace::as_str), self.approval_id.as_ref().map(ApprovalId::as_str)] {
            write!(f, " {}", id.unwrap_or("-"))?;
        }
        write!(f, " → {} in {} ms", self.outcome, self.duration_ms)
    }
}
