//! One running function: what its writer wants done, done in the simulated world. A call of the vendor takes its time on the way and on the
//! way back.

use super::world::World;
use domain::Approval;
use domain::Timestamp;
use domain::delivery::Address;
use domain::delivery::entry::{Entry, What};
use domain::delivery::lease::BESIDE_THE_CALL;
use domain::delivery::step::Outcome;
use domain::delivery::writer::{Answer, Do, Seen, Turn, Writer};
use jiff::SignedDuration;

/// How long a call of the vendor may take.
pub const CALL: SignedDuration = SignedDuration::from_secs(3);
/// How long a lease lasts, the call included.
pub const LEASE: SignedDuration = SignedDuration::from_secs(BESIDE_THE_CALL.as_secs() + CALL.as_secs());

/// What a schedule that went well came to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ran {
    /// Steps of writers.
    pub steps: usize,
    /// Calls of the vendor.
    pub calls: usize,
    /// Cards posted.
    pub cards: usize,
    /// Crashes, pauses and lost answers.
    pub mishaps: usize,
}

/// A call of the vendor.
pub enum Call {
    None,
    /// It arrives then.
    OnItsWay(Timestamp),
    /// What comes back.
    Answered(Outcome),
}

/// A function that writes the card.
pub struct Running {
    pub writer: Writer,
    pub next: Do,
    pub name: String,
    /// Nothing of it happens before.
    pub asleep_until: Timestamp,
    /// The event that it was called with.
    pub event: u64,
    pub call: Call,
}

/// Does one thing; none where it is not over yet.
pub fn perform(world: &mut World, one: &mut Running, ran: &mut Ran) -> Option<Seen> {
    let (now, until) = (world.now, world.now + LEASE);
    let delivery = one.writer.delivery();
    Some(match one.next {
        // Each lease has a name of its own.
        Do::Claim => match world.row.claim(&format!("{}.{}", one.name, ran.steps), now, until) {
            Some((lease, delivery)) => Seen::Leased(lease, Box::new(delivery)),
            None => Seen::Held,
        },
        Do::Nudge => Seen::Nudged(world.row.nudge(now)),
        Do::WaitAndRead(_) | Do::Read(_) => {
            Seen::Read(Some((Box::new(world.approval().clone()), world.row.read().map(Box::new))))
        }
        Do::SeeApproval => Seen::Approval(Box::new(one.writer.approval().clone()), now),
        Do::AskForTurn => Seen::Turn(turn(world)),
        Do::StandInLine(from) => Seen::Turn(Turn::At(from.max(now) + SignedDuration::from_secs(1))),
        Do::Call(_) => return call(world, one, ran),
        Do::SetTimer(at) => {
            world.timers.insert(at);
            Seen::Done
        }
        Do::Disable => Seen::Noted(None),
        Do::Keep => {
            let lease = one.writer.lease()?;
            Seen::Kept(world.row.keep(lease, delivery, now))
        }
        Do::HandOver => {
            world.timers.insert(now + SignedDuration::from_secs(60));
            Seen::Released(world.row.release(one.writer.lease()?, delivery, now))
        }
        Do::Release => Seen::Released(world.row.release(one.writer.lease()?, delivery, now)),
        Do::Record => Seen::Recorded(world.row.record(one.writer.read()?, delivery, now)),
        Do::Pause(_) | Do::Close { .. } | Do::Open | Do::GiveUp | Do::Stop => Seen::Done,
    })
}

fn turn(world: &mut World) -> Turn {
    match world.random.u8(0..4) {
        0 => Turn::At(world.now + SignedDuration::from_secs(2)),
        1 => Turn::ToTry,
        _ => Turn::Now,
    }
}

/// The call goes out first; its answer comes later, if it comes.
fn call(world: &mut World, one: &mut Running, ran: &mut Ran) -> Option<Seen> {
    match std::mem::replace(&mut one.call, Call::None) {
        Call::None => {
            ran.calls += 1;
            let half = CALL.as_millis() as i64 / 2;
            one.asleep_until = world.now + SignedDuration::from_millis(world.random.i64(1..half));
            one.call = Call::OnItsWay(one.asleep_until);
            None
        }
        Call::OnItsWay(_) => {
            arrive(world, one, ran);
            None
        }
        Call::Answered(outcome) => {
            let entry = Entry::of(What::DispatchSucceeded, world.now, "");
            Some(Seen::Answered(Answer { outcome, entry }))
        }
    }
}

/// The vendor does what it was asked; its answer takes some time as well.
pub fn arrive(world: &mut World, one: &mut Running, ran: &mut Ran) {
    let address = one.writer.delivery().address();
    let approval = one.writer.approval();
    let (outcome, taken) = answer(world, approval, address.as_ref(), ran);
    if taken && one.writer.lease().is_some() {
        *world.taken.entry(approval.version).or_default() += 1;
    }
    one.call = Call::Answered(outcome);
    let half = CALL.as_millis() as i64 / 2;
    one.asleep_until = world.now + SignedDuration::from_millis(world.random.i64(1..half));
}

/// What the vendor answers, and whether it did what it was asked.
fn answer(world: &mut World, approval: &Approval, address: Option<&Address>, ran: &mut Ran) -> (Outcome, bool) {
    let fails = world.mishaps.failures > 0 && world.random.u8(0..4) == 0;
    if fails {
        world.mishaps.failures -= 1;
        let asked = [None, Some(SignedDuration::from_secs(1)), Some(SignedDuration::from_secs(20))];
        let asked = asked[world.random.usize(0..asked.len())];
        return (if world.random.bool() { Outcome::TooMany(asked) } else { Outcome::Failed(asked) }, false);
    }
    let Some(shown) = world.vendor.take(address, approval.version) else { return (Outcome::Removed, false) };
    if world.mishaps.lost_answers > 0 && world.random.u8(0..4) == 0 {
        world.mishaps.lost_answers -= 1;
        world.excuses += usize::from(address.is_none());
        ran.mishaps += 1;
        return (Outcome::Failed(None), true);
    }
    (Outcome::Shown(shown), true)
}
