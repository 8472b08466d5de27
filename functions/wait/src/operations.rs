//! The operations of `wait`.

use crate::burst;
use crate::resources::Wait;
use domain::shape::Shape;
use domain::shape::make::{at_least, text};
use lambda::{Answered, Code, Operation, Parameter, Route, Said, Serve, routes};

/// All of them.
pub const OPERATIONS: [Operation<Wait>; 1] = [WAIT_REQUEST_SSE];

/// How they are served.
pub(crate) const ROUTES: [Route<Wait>; OPERATIONS.len()] = routes(&OPERATIONS);

/// The body of a stream.
const EVENTS: Shape = text().says(
    "`event: state`, `id: <seq>`, `data: <WaitRequestResponse>`; comments as heartbeat, and the end after a terminal \
    state.",
);
const EXAMPLE: &str = concat!(
    "retry: 1000\nevent: state\nid: 1\n",
    r#"data: {"status":"ready_for_approval","seq":1,"digest":"sha256:…"}"#,
    "\n\n"
);

const WAIT_REQUEST_SSE: Operation<Wait> = Route::<Wait>::open(
    "GET",
    "/api/guard/wait",
    Serve::Token(|has, call| Box::pin(burst::answer(&has.gate, call.request))),
)
.query(&[
    Parameter::must("token", text().rules(&[("minLength", "1")])).says("The wait token."),
    Parameter::may("lastEventId", at_least(0)).lenient().says(
        "The same as the header Last-Event-ID, for an EventSource that cannot set headers. If both are sent, \
            the header counts.",
    ),
])
.said(Said {
    id: "waitRequestSSE",
    event: "Wait",
    tag: "agents",
    summary: "Wait (SSE) for decision",
    who: "the holder of the wait token",
    more: "The wait token authenticates the call; an API key is not needed. A stream lasts five minutes; behind a \
                gateway that buffers, each connection answers once.",
    headers: &[&Parameter::may("Last-Event-ID", at_least(0)).says("The last `id` that the client saw.")],
    answers: &[
        Answered::of(200, "Stream events (text/event-stream)", &[("text/event-stream", &EVENTS)])
            .headers(&[("Cache-Control", "StreamCacheControl"), ("X-Accel-Buffering", "X-Accel-Buffering")])
            .example(EXAMPLE),
        Answered::of(204, "The client has seen the end. After a 204 an EventSource does not connect again", &[]),
    ],
    refusals: &[Code::TokenNotFound],
    ..Said::NONE
});
