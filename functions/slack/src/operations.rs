//! The operations of `slack`.

use crate::interact::interact;
use crate::resources::Slack;
use crate::shapes::SLACK_ANSWER;
use domain::limits;
use domain::shape::make::{may, must, open_answer, text};
use lambda::{Answered, JSON, Operation, Parameter, Route, Said, Sent, Serve, routes};

/// What is in the form's one field; `shapes.rs` has it.
const PAYLOAD: &[(&str, &str)] = &[
    ("contentMediaType", r#""application/json""#),
    ("contentSchema", r##"{"$ref": "#/components/schemas/SlackInteractionPayload"}"##),
];

/// All of them.
pub const OPERATIONS: [Operation<Slack>; 1] = [SLACK_INTERACTIONS];

/// How they are served.
pub(crate) const ROUTES: [Route<Slack>; OPERATIONS.len()] = routes(&OPERATIONS);

const SLACK_INTERACTIONS: Operation<Slack> =
    Route::open("POST", "/api/slack/interactions", Serve::Signature(|has, call| Box::pin(interact(has, call.request))))
        .any_query()
        .said(Said {
            id: "slackInteractions",
            event: "Interactions",
            tag: "vendors",
            summary: "Slack interactive component handler",
            who: "Slack, by its signature over the raw body",
            more: "A request with `ssl_check=1` alone needs no signature. Signed types that are not Countersign's are \
                acknowledged. At most {most}. A signature or payload that is not valid is 400.",
            headers: &[
                &Parameter::may("X-Slack-Request-Timestamp", text())
                    .says("Seconds since 1970; at most five minutes old. Only `ssl_check` comes without it.")
                    .example("1776765900")
                    .listed("SlackTimestamp"),
                &Parameter::may("X-Slack-Signature", text())
                    .says(
                        "`v0=` and HMAC-SHA256 in hexadecimal under the app's signing secret. Only `ssl_check` \
                comes without it.",
                    )
                    .example("v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503")
                    .listed("SlackSignature"),
            ],
            body: Some(
                Sent::of(&[
                    (
                        "application/x-www-form-urlencoded",
                        &open_answer(&[may("payload", text().rules(PAYLOAD)).says("JSON string of Slack interaction")]),
                    ),
                    (JSON, &open_answer(&[must("type", text())]).says("An event, such as `url_verification`")),
                ])
                .of_any_kind()
                .at_most(limits::FORM_BYTES),
            ),
            answers: &[Answered::of(
                200,
                "Ack; for a modal that is refused, what is wrong with its inputs; for `url_verification`, \
                its challenge",
                &[(JSON, &SLACK_ANSWER)],
            )],
            ..Said::NONE
        });
