//! The policy's pages: the editor, the review, and the page for an admin whose draft was overtaken by another policy.

use super::draft::{Draft, line_feeds};
use super::verdict;
use crate::page::difference::lines;
use crate::page::form::{hidden, ours};
use crate::page::time::{ago, exact};
use crate::settings::frame::draw;
use crate::visit::Visit;
use app::settings::check_policy::Verdict;
use app::settings::replace_policy::PolicyInForce;
use domain::params::visible;
use lambda::Answer;
use maud::{Markup, html};
use store::settings::policies::PolicyHead;

/// The editor, with what came of a trial.
pub(super) fn editor(
    visit: &Visit<'_>,
    current: Option<&PolicyInForce>,
    draft: &Draft,
    tried: Option<&Verdict>,
) -> Answer {
    let faulty = tried.is_some_and(|v| !v.valid);
    let body = html! {
        h1 { "Policy" }
        @if visit.query("done") == Some("replaced") { p.note role="status" { "The policy is in force. It holds for requests made from now on, and no decision can go against it." } }
        @match current {
            Some(current) => (head(visit, &current.head)),
            None => p.note { strong { "This workspace has no policy yet: every request is refused. " } "Below is one to start from." },
        }
        @if let Some(verdict) = tried { (verdict::verdict(verdict, &draft.action)) }
        (form(visit, draft, faulty))
    };
    draw(visit, "policy", if faulty { 422 } else { 200 }, "Policy", &body)
}

fn head(visit: &Visit<'_>, head: &PolicyHead) -> Markup {
    html! {
        p.meta {
            span { "Version " (head.version) }
            span { "by " code { (visible::line(&head.by)) } }
            span title=(exact(head.at)) { (ago(head.at, visit.now())) }
            code.digest title="SHA-256 of the text" { (head.hash) }
        }
    }
}

fn form(visit: &Visit<'_>, draft: &Draft, faulty: bool) -> Markup {
    html! {
        form.stack method="post" action="/console/settings/policy/review" {
            (ours(&visit.session)) (hidden("etag", &draft.etag))
            label for="text" { "The document, YAML or JSON" }
            // A line feed right after the tag is left out by browsers: so that the text's own is not, there is one.
            textarea.document #text name="text" rows="24" spellcheck="false" autocomplete="off" aria-invalid=[faulty.then_some("true")]
                aria-describedby=[faulty.then_some("faults")] { "\n" (draft.text) }
            @if visible::hides(&draft.text) { p.hint { "It has characters that do not show; the review shows them." } }
            fieldset.stack {
                legend { "Try it on a request " span.hint { "(nothing is asked)" } }
                label for="action" { "Action" }
                input #action name="action" value=(draft.action) autocomplete="off" placeholder="mail.send";
                label for="params" { "Parameters, a JSON object" }
                textarea #params name="params" rows="3" spellcheck="false" placeholder="{}" { "\n" (draft.params) }
            }
            div.row {
                button { "Review the change" }
                button.quiet name="only" value="dry-run" { "Dry run only" }
            }
        }
    }
}

/// What would change, what it would say of the sample, and the button.
pub(super) fn review(visit: &Visit<'_>, current: Option<&PolicyInForce>, draft: &Draft, tried: &Verdict) -> Answer {
    let before = current.map(|c| line_feeds(&c.text)).unwrap_or_default();
    let same = before == draft.text;
    let body = html! {
        h1 { "Review the policy" }
        section {
            @match current {
                Some(current) => { h2 { "Against version " (current.head.version) ", in force" } (head(visit, &current.head)) },
                None => h2 { "The first policy of this workspace" },
            }
            @if same { p { "Nothing changes." } } @else { (difference(&before, &draft.text)) }
        }
        (verdict::verdict(tried, &draft.action))
        form.row method="post" action="/console/settings/policy" {
            (ours(&visit.session)) (kept(draft))
            @if !same { button.approve { "Put in force" } }
            button.quiet formaction="/console/settings/policy/edit" { "Go on editing" }
        }
    };
    draw(visit, "policy", 200, "Review the policy", &body)
}

fn kept(draft: &Draft) -> Markup {
    let all = [("etag", &draft.etag), ("text", &draft.text), ("action", &draft.action), ("params", &draft.params)];
    html! { @for (name, value) in all { (hidden(name, value)) } }
}

/// Shows the policy that was put in force meanwhile, and lets the admin go on with everything they typed.
pub(super) fn conflict(visit: &Visit<'_>, newer: &PolicyInForce, base: Option<&str>, draft: &Draft) -> Answer {
    let body = html! {
        h1 { "The policy was replaced meanwhile" }
        p.problem role="alert" {
            "Version " (newer.head.version) " was put in force by " code { (visible::line(&newer.head.by)) } " while you were editing. "
            "What you typed is kept below; nothing of theirs is replaced yet."
        }
        @if let Some(base) = base { section { h2 { "What they changed" } (difference(base, &newer.text)) } }
        section {
            h2 { "Your text, against theirs" }
            (head(visit, &newer.head))
            @if line_feeds(&newer.text) == draft.text { p { "They are the same." } } @else { (difference(&newer.text, &draft.text)) }
        }
        details { summary { "Their text, whole" } pre.raw { (visible::text(&newer.text)) } }
        h2 { "Your text" }
        (form(visit, draft, false))
    };
    draw(visit, "policy", 409, "The policy was replaced meanwhile", &body)
}

fn difference(before: &str, after: &str) -> Markup {
    let shown = |text: &str| visible::text(&line_feeds(text));
    lines(&shown(before), &shown(after))
}
