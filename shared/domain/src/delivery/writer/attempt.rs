//! One attempt of a writer: what is to be done, the turn at the connector, and what follows from the vendor's answer.

use super::step::Unleased;
use super::{Answer, Do, Turn, Writer};
use crate::delivery::entry::{Entry, Try, What};
use crate::delivery::plan::{Todo, todo};
use crate::delivery::step::{Attempt, Effect, Outcome, after};
use crate::{Approval, Timestamp};

impl Writer {
    /// Nobody is called for what is shown already, or not to be shown yet.
    pub(super) fn attempt(&mut self, approval: Approval, at: Timestamp, now: Timestamp) -> Do {
        (self.approval, self.seen_at) = (approval, at);
        self.turn = Turn::Now;
        self.delivery.purge_at = self.purge_at();
        match todo(&self.delivery, &self.approval, at) {
            Todo::Nothing => self.let_go(),
            Todo::NothingMore => {
                self.delivery.shown = self.approval.version;
                self.let_go()
            }
            Todo::TooLate => {
                self.skip("it ended before it could be posted", now);
                self.let_go()
            }
            what => match (self.reach.unusable, what) {
                (Some(why), what) => self.cannot(what, why, now),
                (None, Todo::Update) => self.may_call(Try::Update, now),
                // What comes back waits for its turn; what is posted for the first time does not.
                (None, _) if self.delivery.failures > 0 || self.delivery.in_line => Do::AskForTurn,
                (None, _) => self.may_call(Try::Post, now),
            },
        }
    }

    /// A delivery of an approval that has ended is removed with it.
    fn purge_at(&self) -> Option<Timestamp> {
        self.approval.decided_at.map(|ended| ended + self.approval.retention())
    }

    /// The vendor cannot be called until an admin mends the policy or the secrets. A post is refused for good; an update is skipped.
    fn cannot(&mut self, what: Todo, why: &'static str, now: Timestamp) -> Do {
        self.skip(why, now);
        if what == Todo::Update {
            return self.let_go();
        }
        self.delivery.refused = true;
        self.queue([Do::GiveUp, Do::Release])
    }

    fn skip(&mut self, why: &str, now: Timestamp) {
        self.delivery.shown = self.approval.version;
        self.delivery.note(Entry::of(What::DispatchSkipped, now, why));
    }

    /// Stores the delivery. If a call without the lease did not bring the card up to date, the writer takes the lease and tries under it.
    fn let_go(&mut self) -> Do {
        match &self.lease {
            Some(_) => Do::Release,
            None if self.delivery.shown >= self.approval.version => Do::Record,
            None => Do::Claim,
        }
    }

    /// No call begins that may outlast the lease.
    fn may_call(&self, what: Try, now: Timestamp) -> Do {
        if self.is_late(now) { Do::HandOver } else { Do::Call(what) }
    }

    pub(super) fn may_post(&mut self, turn: Turn, now: Timestamp) -> Do {
        self.turn = turn;
        match turn {
            Turn::Now | Turn::ToTry => self.may_call(Try::Post, now),
            Turn::At(at) => {
                (self.delivery.not_before, self.delivery.in_line) = (Some(at), true);
                self.let_go()
            }
        }
    }

    pub(super) fn wait_for(&mut self, turn: Turn) -> Do {
        let Turn::At(at) = turn else { return self.go_on() };
        self.delivery.not_before = Some(at);
        self.then.push_front(Do::SetTimer(at));
        self.go_on()
    }

    pub(super) fn answered(&mut self, answer: Answer, now: Timestamp) -> Do {
        let finds_out = self.turn == Turn::ToTry;
        let attempt = Attempt { approval: &self.approval, outcome: &answer.outcome, finds_out, now };
        let (mut next, effects) = after(&self.delivery, attempt);
        next.purge_at = self.purge_at();
        next.note(answer.entry.clone());
        next.replayed &= !matches!(answer.outcome, Outcome::Shown(_));
        if self.lease.is_none() && !(effects.is_empty() && next.shown >= self.approval.version) {
            self.unleased = Some(Unleased::Failed(answer));
            return Do::Claim;
        }
        self.delivery = next;
        self.called = Some(self.approval.version);
        // Whatever the card showed, it shows this version now.
        self.overwritten &= self.lease.is_none() || !matches!(answer.outcome, Outcome::Shown(_));
        let works = !matches!(answer.outcome, Outcome::TooMany(_) | Outcome::Failed(_));
        self.then.extend((finds_out && works).then_some(Do::Open));
        let pause = self.follow(effects, now);
        let last = pause.unwrap_or_else(|| self.let_go());
        self.queue([last])
    }

    /// Queues what each effect asks for. Returns the pause under the lease if the next attempt is made by this writer.
    fn follow(&mut self, effects: Vec<Effect>, now: Timestamp) -> Option<Do> {
        let mut pause = None;
        for effect in effects {
            self.then.extend(match effect {
                Effect::TryAgain(wait) if self.goes_on => {
                    pause = Some(Do::Pause(wait));
                    None
                }
                // A single attempt was wanted: the next one is another writer's.
                Effect::TryAgain(wait) => Some(Do::SetTimer(now + wait)),
                Effect::LookAgain(at) => Some(Do::SetTimer(at)),
                Effect::StandInLine(from) => Some(Do::StandInLine(from)),
                Effect::Close { until, decides } => Some(Do::Close { until, decides }),
                Effect::GiveUp => Some(Do::GiveUp),
                Effect::Disable => Some(Do::Disable),
            });
        }
        pause
    }

    /// The next attempt is made with what the connector is now.
    pub(super) fn outdated(&mut self, entry: Entry) -> Do {
        if self.lease.is_none() {
            self.unleased = Some(Unleased::Outdated(entry));
            return Do::Claim;
        }
        self.delivery.note(entry);
        self.called = Some(self.approval.version);
        let opens = (self.turn == Turn::ToTry).then_some(Do::Open);
        self.queue(opens.into_iter().chain([Do::HandOver]))
    }

    pub(super) fn note(&mut self, entry: Option<Entry>) -> Do {
        if let Some(entry) = entry {
            self.delivery.note(entry);
        }
        self.go_on()
    }
}
