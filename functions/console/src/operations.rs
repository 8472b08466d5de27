//! The operations of `console`.

use crate::resources::Console;
use crate::serve::serve;
use domain::limits;
use domain::shape::Shape;
use domain::shape::make::{anything, text};
use domain::shape::named::SHOWN_PARAMETERS;
use lambda::operation::said::GATEWAY_MESSAGE;
use lambda::{Answered, JSON, Operation, Parameter, Route, Said, Sent, Serve, routes};

const PAGE: (&str, &Shape) = ("text/html", &text());
const PAGES: &[(&str, &Shape)] = &[PAGE];
/// A page, or what a gateway in front says itself.
const PAGES_OR_GATEWAY: &[(&str, &Shape)] = &[PAGE, (JSON, &GATEWAY_MESSAGE)];

/// All of them.
pub const OPERATIONS: [Operation<Console>; 3] = [CONSOLE_HOME, CONSOLE_PAGE, CONSOLE_FORM];

/// How they are served.
pub(crate) const ROUTES: [Route<Console>; OPERATIONS.len()] = routes(&OPERATIONS);

const CONSOLE_HOME: Operation<Console> = Route::open(
    "GET",
    "/console",
    Serve::Session(|has, call| Box::pin(serve(has, call.request))),
)
.any_query()
.said(Said {
    id: "consoleHome",
    event: "Home",
    tag: "console",
    summary: "The inbox",
    who: "a person signed in with an approver's or admin's key",
    more: "The content of the pages is not part of this document.",
    answers: &[
        Answered::of(200, "A page", PAGES),
        Answered::of(303, "A redirect to another page, such as the one to sign in", &[])
            .headers(&[("Location", "Location")]),
        Answered::of(304, "The page has not changed", &[]),
        Answered::of(400, "The request has faults", PAGES_OR_GATEWAY),
        Answered::of(403, "Not allowed", PAGES),
        Answered::of(429, "Too many requests", PAGES_OR_GATEWAY),
        Answered::of(500, "Something failed, and it is not known whether the change was made", PAGES_OR_GATEWAY),
    ],
    ..Said::NONE
});

const CONSOLE_PAGE: Operation<Console> =
    Route::open("GET", "/console/{page+}", Serve::Session(|has, call| Box::pin(serve(has, call.request))))
        .any_query()
        .said(Said {
            id: "consolePage",
            event: "Page",
            tag: "console",
            summary: "A page",
            who: "a person signed in with an approver's or admin's key",
            more: "The content of the pages is not part of this document.",
            segment: Some(
                &Parameter::must("page", text().at_least(1))
                    .says("A page's path, slashes included.")
                    .example("sign-in")
                    .listed("Page"),
            ),
            answers: &[
                Answered::of(
                    200,
                    "A page",
                    &[PAGE, ("text/css", &text()), ("text/javascript", &text()), (JSON, &SHOWN_PARAMETERS)],
                ),
                Answered::of(303, "A redirect to another page, such as the one to sign in", &[])
                    .headers(&[("Location", "Location")]),
                Answered::of(304, "The page has not changed", &[]),
                Answered::of(400, "The request has faults", PAGES_OR_GATEWAY),
                Answered::of(403, "Not allowed", PAGES),
                Answered::of(404, "There is no such page or object", PAGES),
                Answered::of(429, "Too many requests", PAGES_OR_GATEWAY),
                Answered::of(
                    500,
                    "Something failed, and it is not known whether the change was made",
                    PAGES_OR_GATEWAY,
                ),
            ],
            ..Said::NONE
        });

const CONSOLE_FORM: Operation<Console> =
    Route::open("POST", "/console/{page+}", Serve::Session(|has, call| Box::pin(serve(has, call.request))))
        .any_query()
        .said(Said {
            id: "consoleForm",
            event: "Form",
            tag: "console",
            summary: "Submit a form of a page",
            who: "a person signed in with an approver's or admin's key",
            more: "The content of the pages is not part of this document.",
            segment: Some(
                &Parameter::must("page", text().at_least(1))
                    .says("A page's path, slashes included.")
                    .example("sign-in")
                    .listed("Page"),
            ),
            body: Some(Sent::of(&[("application/x-www-form-urlencoded", &anything())]).at_most(limits::FORM_BYTES)),
            answers: &[
                Answered::of(200, "A page", PAGES),
                Answered::of(201, "A page that shows a new secret, once", PAGES),
                Answered::of(303, "A redirect to another page, such as the one to sign in", &[])
                    .headers(&[("Location", "Location")]),
                Answered::of(400, "The request has faults", PAGES_OR_GATEWAY),
                Answered::of(401, "People cannot sign in with this key", PAGES),
                Answered::of(403, "Not allowed", PAGES),
                Answered::of(404, "There is no such page or object", PAGES),
                Answered::of(409, "The approval changed or has ended, or another change was faster", PAGES),
                Answered::of(413, "The form is too large", PAGES_OR_GATEWAY),
                Answered::of(415, "The body is not a form", PAGES),
                Answered::of(422, "The edit changes more than the policy allows", PAGES),
                Answered::of(429, "Too many requests", PAGES_OR_GATEWAY),
                Answered::of(
                    500,
                    "Something failed, and it is not known whether the change was made",
                    PAGES_OR_GATEWAY,
                ),
            ],
            ..Said::NONE
        });
