//! Checks, once all has settled, that everything that an answer promised is stored, published, shown and done, and nothing twice.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use tokio::sync::Mutex;

use super::book::{Book, Kept};
use super::home::Home;
use super::vendors::{NAMES, Vendors};
use crate::host::http::Client;
use crate::host::process::{Heard, Process};
use crate::problem::Problem;
use crate::report::say;

const TERMINAL: [&str; 4] = ["approved", "denied", "expired", "cancelled"];

/// The vendors at which both updates of an ended approval show: the immediate one without the lease, and the one under the lease if another
/// writer took the lease meanwhile (ARCHITECTURE.md, *One writer per card*). A message that was sent cannot be changed there, or a later
/// event opens a new alert.
const ENDS_TWICE: [&str; 2] = ["teams", "pagerduty"];
/// The connectors whose messages keep their id when they are repeated, so that the receiver drops a repeat.
const KNOWN_BY_ID: [&str; 2] = ["hook", "mailer"];
/// What a vendor refuses for good.
const REFUSED: u64 = 400;

/// What is asked, and of whom.
pub struct Inquest<'a> {
    vendors: &'a Vendors,
    home: &'a Home,
    book: &'a Book,
    heard: Heard,
    admin: String,
    client: Mutex<Client>,
}

/// The events of one approval: each number, and the kinds of event it had.
type EventsBySeq = BTreeMap<u64, Vec<String>>;

impl<'a> Inquest<'a> {
    /// Begins.
    pub async fn begin(host: &Process, vendors: &'a Vendors, home: &'a Home, book: &'a Book) -> Result<Self, Problem> {
        let client = Mutex::new(Client::connect(&host.address).await?);
        Ok(Self { vendors, home, book, heard: host.heard(), admin: host.admin.clone(), client })
    }

    /// Whether nothing is under way any more.
    pub async fn is_settled(&self) -> Result<bool, Problem> {
        for kept in self.book.read().0 {
            let approval = self.approval(&kept.id).await?;
            let pending = approval.pointer("/execution/status").is_some_and(|status| status == "pending");
            let open = approval.get("status").is_some_and(|status| status == "pending");
            if open || pending || deliveries(&approval).any(|delivery| !is_current(delivery)) {
                return Ok(false);
            }
            if kept.callback && self.home.told(&kept.id).is_empty() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn approval(&self, id: &str) -> Result<Value, Problem> {
        self.client.lock().await.get(&self.admin, &format!("/approvals/{id}")).await
    }

    /// Everything that is not as it must be; prints what is.
    pub async fn verdict(&self, minutes: usize) -> Result<Vec<String>, Problem> {
        let (kept, mut wrong) = self.book.read();
        let (told, problems) = self.told();
        wrong.extend(problems);
        let mut ends: BTreeMap<String, usize> = BTreeMap::new();
        let (mut executes, mut refused) = (BTreeSet::new(), BTreeSet::new());
        for one in &kept {
            let approval = match self.approval(&one.id).await {
                Ok(approval) => approval,
                Err(lost) => {
                    wrong.push(format!("lost: {} ({lost})", one.id));
                    continue;
                }
            };
            let events = told.get(&one.id).cloned().unwrap_or_default();
            let end = judge(one, &approval, &events, &self.home.told(&one.id), &mut wrong);
            *ends.entry(end).or_default() += 1;
            if approval.pointer("/execution/status").is_some_and(|status| status == "succeeded") {
                executes.insert(one.mark.clone());
            }
            if deliveries(&approval).any(is_refused) {
                refused.insert(one.mark.clone());
            }
        }
        let again: usize = told.values().flat_map(EventsBySeq::values).map(|kinds| kinds.len() - 1).sum();
        say(&format!("{} approvals, settled after {minutes} minutes of the host: {ends:?}", kept.len()))?;
        say(&format!(
            "{} events, {again} of them published again",
            told.values().map(EventsBySeq::len).sum::<usize>()
        ))?;
        say(&format!("{} were refused for good where they were to be shown", refused.len()))?;
        self.judge_vendors(&kept, (&executes, &refused), &mut wrong)?;
        Ok(wrong)
    }

    /// The events by approval, and the problems that the host logged.
    fn told(&self) -> (BTreeMap<String, EventsBySeq>, Vec<String>) {
        let (mut told, mut problems) = (BTreeMap::<String, EventsBySeq>::new(), Vec::new());
        for line in self.heard.take() {
            let text = |name: &str| line.get(name).and_then(Value::as_str).map(str::to_owned);
            match (text("id"), line.get("seq").and_then(Value::as_u64), text("event")) {
                (Some(id), Some(seq), Some(kind)) => told.entry(id).or_default().entry(seq).or_default().push(kind),
                _ => problems.push(line.to_string()),
            }
        }
        (told, problems)
    }

    fn judge_vendors(
        &self,
        kept: &[Kept],
        (executes, refused): (&BTreeSet<String>, &BTreeSet<String>),
        wrong: &mut Vec<String>,
    ) -> Result<(), Problem> {
        // What was asked again has a card of its own under the same mark, in each of its states.
        let again: BTreeSet<&str> = kept.iter().filter(|one| one.again).map(|one| one.mark.as_str()).collect();
        let (mut uncertain, mut endings, mut repeats) = (0, 0, 0);
        for ((name, mark), seen) in self.vendors.seen() {
            if KNOWN_BY_ID.contains(&name) {
                repeats += seen.doubled;
                continue;
            }
            let lost = self.vendors.lost(name, &mark);
            let most = lost + if again.contains(mark.as_str()) { 3 } else { 0 };
            uncertain += seen.doubled.min(lost);
            let once_more = seen.doubled == most + 1 && ENDS_TWICE.contains(&name);
            endings += usize::from(once_more);
            if (seen.doubled > most && !once_more) || (seen.stale > most && !refused.contains(&mark)) {
                wrong.push(format!("{name} has {mark} {seen:?}, with {lost} answers lost"));
            }
        }
        say(&format!("{uncertain} cards and messages came twice because an answer was lost on its way"))?;
        say(&format!("{repeats} messages came again under the id that they had"))?;
        say(&format!("{endings} ends were posted once more, under the lease, at vendors where that shows"))?;
        let executed = self.vendors.executed();
        wrong.extend(
            executes
                .iter()
                .filter(|mark| executed.get(*mark) != Some(&1))
                .map(|mark| format!("{mark} was executed {:?} times", executed.get(mark))),
        );
        wrong.extend(
            executed
                .iter()
                .filter(|(_, times)| **times > 1)
                .map(|(mark, times)| format!("{mark} was executed {times} times")),
        );
        wrong.extend(self.vendors.refusals().into_iter().map(|why| format!("a vendor did not take: {why}")));
        Ok(say(&format!("{} executed at {}", executed.len(), NAMES.last().copied().unwrap_or_default()))?)
    }
}

/// Compares an approval as the host shows it with the answers, callbacks and events about it; returns its end.
fn judge(one: &Kept, approval: &Value, events: &EventsBySeq, called: &[String], wrong: &mut Vec<String>) -> String {
    let Kept { mark, id, decided, told, callback, .. } = one;
    let mut object = |what: String| wrong.push(format!("{mark} {id}: {what}"));
    let history = approval.get("history").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let kinds: Vec<(u64, &str)> =
        history.iter().filter_map(|entry| Some((entry.get("seq")?.as_u64()?, entry.get("event")?.as_str()?))).collect();
    let ends: Vec<&str> = kinds.iter().map(|(_, kind)| *kind).filter(|kind| TERMINAL.contains(kind)).collect();
    if kinds.iter().map(|(seq, _)| *seq).ne(1..=kinds.len() as u64) {
        object(format!("gaps in its history: {kinds:?}"));
    }
    let published: Vec<(u64, &str)> =
        events.iter().filter_map(|(seq, kinds)| Some((*seq, kinds.first()?.as_str()))).collect();
    if published != kinds || events.values().any(|kinds| kinds.iter().any(|kind| Some(kind) != kinds.first())) {
        object(format!("its events {published:?} are not its history {kinds:?}"));
    }
    let [end] = ends.as_slice() else {
        object(format!("it ended {} times: {kinds:?}", ends.len()));
        return "open".into();
    };
    let outcome = if *end == "cancelled" { "denied" } else { *end };
    if decided.is_some_and(|decided| decided != outcome) {
        object(format!("answered as {decided:?}, and it is {outcome}"));
    }
    let learned: Vec<&str> = told.iter().map(String::as_str).chain(called.iter().map(String::as_str)).collect();
    if learned.iter().any(|learned| *learned != outcome) || learned.is_empty() || called.len() > 1 {
        object(format!("{outcome}, and its agent (called back: {callback}) was told {learned:?}"));
    }
    for delivery in deliveries(approval).filter(|delivery| !is_current(delivery)) {
        object(format!("a card is not current: {delivery}"));
    }
    (*end).to_owned()
}

fn deliveries(approval: &Value) -> impl Iterator<Item = &Value> {
    approval.get("deliveries").and_then(Value::as_array).into_iter().flatten()
}

/// Whether a card shows what is. What executes, or calls back, has nothing to show.
fn is_current(delivery: &Value) -> bool {
    let shows = !delivery.get("connector").is_some_and(|name| name == "callback" || name == "execution");
    !shows || is_refused(delivery) || delivery.get("current").is_some_and(|current| current == true)
}

/// Whether the vendor refused, for good, to have it changed.
fn is_refused(delivery: &Value) -> bool {
    delivery.get("status_code").and_then(Value::as_u64) == Some(REFUSED)
}
