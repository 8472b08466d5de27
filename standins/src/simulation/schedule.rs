//! One schedule: whatever can happen next is drawn by lot, until nothing is left to happen; then the card must show what is.

use super::running::{CALL, Call, LEASE, Ran, Running, arrive, perform};
use super::vendor::Vendor;
use super::world::{CONNECTOR, Stray, World};
use domain::connector::Mode;
use domain::delivery::Delivery;
use domain::delivery::entry::Try;
use domain::delivery::lease::Lease;
use domain::delivery::targets::{Deliveries, Left, Targets};
use domain::delivery::writer::{Do, Reach, Seen, Why, Writer};
use jiff::SignedDuration;

/// A schedule that goes on for longer never ends.
const MOST_STEPS: usize = 20_000;
/// Of a schedule that went wrong, the last steps are told.
const MOST_TOLD: usize = 60;

/// Runs the schedule of a seed.
///
/// # Errors
/// What went wrong.
pub fn run(seed: u64) -> Result<Ran, String> {
    through(&mut World::new(seed)).map_err(|why| {
        let mut again = World::new(seed);
        again.told = Some(Vec::new());
        through(&mut again).ok();
        let told = again.told.unwrap_or_default();
        let last = told.get(told.len().saturating_sub(MOST_TOLD)..).unwrap_or_default();
        format!("seed {seed}: {why}\n{}", last.join("\n"))
    })
}

fn through(world: &mut World) -> Result<Ran, String> {
    let (mut running, mut ran) = (Vec::new(), Ran::default());
    for at in 0..MOST_STEPS {
        if !happen(world, &mut running, &mut ran, at) {
            return check(world, ran);
        }
    }
    Err("it never ends".to_owned())
}

/// The beginning of what was seen: the rest is the approval.
fn brief(seen: &Seen) -> String {
    format!("{seen:?}").chars().take(80).collect()
}

/// Something happens; `false` where nothing is left to.
fn happen(world: &mut World, running: &mut Vec<Running>, ran: &mut Ran, at: usize) -> bool {
    let awake: Vec<usize> = (0..running.len()).filter(|i| running[*i].asleep_until <= world.now).collect();
    if let Some(at) = world.strays.iter().position(|stray| stray.arrives <= world.now) {
        let stray = world.strays.swap_remove(at);
        world.vendor.take(stray.address.as_ref(), stray.version);
        return true;
    }
    let due = world.timers.first().is_some_and(|timer| *timer <= world.now);
    let lot = world.random.u8(0..20);
    match lot {
        0 if world.can_change() => world.change(),
        1..6 if !world.events.is_empty() => begin(world, running, false, at),
        6..8 if due => begin(world, running, true, at),
        8 if world.mishaps.alterations > 0 => alter(world, running, at),
        9 if world.mishaps.deletions > 0 && world.vendor.posted() > 0 => delete(world),
        10 => click(world),
        11 if world.mishaps.crashes > 0 && !running.is_empty() => crash(world, running, ran),
        12 if world.mishaps.pauses > 0 && !awake.is_empty() => {
            let one = &mut running[awake[world.random.usize(0..awake.len())]];
            // What is on its way arrives all the same.
            if let Call::OnItsWay(_) = one.call {
                arrive(world, one, ran);
            }
            one.asleep_until = world.now + LEASE + SignedDuration::from_secs(30);
            let name = one.name.clone();
            world.log(|world| format!("{} {name} is held up", world.now));
            world.mishaps.pauses -= 1;
            world.excuses += usize::from(posts(one));
            ran.mishaps += 1;
        }
        _ if !awake.is_empty() => {
            let one = awake[world.random.usize(0..awake.len())];
            ran.steps += 1;
            step(world, running, one, ran);
        }
        _ => return pass(world, running),
    }
    true
}

/// Time passes, up to the next moment at which something happens.
fn pass(world: &mut World, running: &[Running]) -> bool {
    if !world.events.is_empty() || world.can_change() {
        world.now += SignedDuration::from_millis(world.random.i64(1..1_500));
        return true;
    }
    let strays = world.strays.iter().map(|stray| stray.arrives);
    let moments = running.iter().map(|one| one.asleep_until).chain(world.timers.first().copied()).chain(strays);
    match moments.min() {
        Some(moment) => world.now = world.now.max(moment) + SignedDuration::from_millis(1),
        None => return false,
    }
    true
}

/// A consumer reads what an event, or a timer, tells it to look at.
fn begin(world: &mut World, running: &mut Vec<Running>, timer: bool, at: usize) {
    let newest_version = world.approval().version;
    let event = if timer {
        world.timers.pop_first();
        newest_version
    } else {
        let any = world.random.usize(0..world.events.len());
        world.events.swap_remove(any)
    };
    let newest = !timer && event >= newest_version;
    write(world, running, Why::Change { newest }, (event, at));
}

fn write(world: &mut World, running: &mut Vec<Running>, why: Why, (event, at): (u64, usize)) {
    let reach = Reach { call: CALL, unusable: None };
    let writer = Writer::new(why, reach, world.approval().clone(), world.row.read(), world.now);
    let next = writer.first();
    running.push(Running { writer, next, name: at.to_string(), asleep_until: world.now, event, call: Call::None });
}

/// Somebody alters the card, or sees that it is old; a timer is stored first.
fn alter(world: &mut World, running: &mut Vec<Running>, at: usize) {
    world.mishaps.alterations -= 1;
    world.timers.insert(world.now + SignedDuration::from_secs(60));
    let until = world.now + SignedDuration::from_secs(3);
    let why = if world.random.bool() { Why::Altered { until } } else { Why::Old };
    if world.row.read().is_some() {
        write(world, running, why, (world.approval().version, at));
    }
}

fn delete(world: &mut World) {
    world.mishaps.deletions -= 1;
    world.excuses += 1;
    world.deleted += 1;
    world.vendor.delete();
    // Nothing tells of it: it is found out at the next change, or when somebody looks.
    world.timers.insert(world.now + SignedDuration::from_secs(60));
}

/// A click on a card that nobody has written down teaches its address.
fn click(world: &mut World) {
    let Some((channel, ts)) = world.vendor.newest() else { return };
    if world.row.read().is_some_and(|delivery| !delivery.is_out()) {
        world.row.teach(channel, &ts);
        world.timers.insert(world.now + SignedDuration::from_secs(60));
    }
}

/// Whether a function has posted a card, or is about to, that is not written down.
fn posts(one: &Running) -> bool {
    let (now, read) = (one.writer.delivery(), one.writer.read());
    let posted = now.is_out() && read.is_none_or(|read| read.ts != now.ts);
    posted || matches!(one.next, Do::Call(Try::Post))
}

/// A function is stopped. Its event comes again.
fn crash(world: &mut World, running: &mut Vec<Running>, ran: &mut Ran) {
    let any = world.random.usize(0..running.len());
    let one = running.swap_remove(any);
    world.log(|world| format!("{} {} is stopped", world.now, one.name));
    world.events.push(one.event);
    // What it sent after its lease was over may have replaced something newer, and nobody is left who knows.
    let late = |lease: &Lease| lease.until < world.now;
    world.nobody_knows |= one.writer.lease().is_some_and(late) && matches!(one.next, Do::Call(_) | Do::Release);
    if let Call::OnItsWay(arrives) = one.call {
        let (address, version) = (one.writer.delivery().address(), one.writer.approval().version);
        world.strays.push(Stray { address, version, arrives });
    }
    world.mishaps.crashes -= 1;
    world.excuses += usize::from(posts(&one));
    ran.mishaps += 1;
}

/// One step of one writer.
fn step(world: &mut World, running: &mut Vec<Running>, at: usize, ran: &mut Ran) {
    let Some(seen) = perform(world, &mut running[at], ran) else { return };
    let one = &mut running[at];
    // Waiting for another writer is told by no line: there would be little else.
    if !matches!(one.next, Do::Nudge | Do::WaitAndRead(_)) && !matches!(seen, Seen::Held) {
        let line = (one.name.as_str(), one.writer.approval().version, one.next);
        world.log(|world| format!("{} {line:?}: {}", world.now, brief(&seen)));
    }
    one.next = one.writer.step(seen, world.now);
    if let Do::WaitAndRead(wait) | Do::Pause(wait) = one.next {
        one.asleep_until = world.now + wait;
    }
    if one.next == Do::Stop {
        let done = running.swap_remove(at);
        leave(world, done.writer.end());
    }
}

/// What follows for the consumer once the card is written, as the targets say.
fn leave(world: &mut World, delivery: Option<Delivery>) {
    if !world.approval().status.is_open() {
        return;
    }
    let deliveries: Deliveries = delivery.map(|delivery| (CONNECTOR.to_owned(), delivery)).into_iter().collect();
    let targets = Targets { mode: Mode::All, named: vec![CONNECTOR], ..Targets::default() };
    let later = world.now + SignedDuration::from_secs(60);
    if let Left::LookAgain(at) = targets.left(&deliveries, false, (world.now, later)) {
        world.timers.insert(at);
    }
}

/// What must be so once nothing is left to happen.
fn check(world: &World, ran: Ran) -> Result<Ran, String> {
    let Vendor { finds, .. } = world.vendor;
    let (posted, most) = (world.vendor.posted(), 1 + if finds { world.deleted } else { world.excuses });
    let newest = world.approval().version;
    if posted > most {
        return Err(format!("{posted} cards, of at most {most}"));
    }
    // An ending may be sent without the lease as well, by each writer that saw it at the same time.
    let most = 1 + world.repeating - world.mishaps.repeating();
    if let Some((version, times)) = world.taken.iter().find(|(_, times)| **times > most) {
        return Err(format!("version {version} was sent {times} times under the lease, instead of {most}"));
    }
    // What ended before anybody was asked is posted nowhere.
    let ended = !world.approval().status.is_open();
    let Some(delivery) = world.row.read() else { return if ended { Ok(ran) } else { Err("nobody began".to_owned()) } };
    let Some(ts) = delivery.ts.as_deref() else {
        let given_up = delivery.refused || !world.approval().status.is_open();
        return if given_up { Ok(Ran { cards: posted, ..ran }) } else { Err("nobody was asked".to_owned()) };
    };
    let gave_up = delivery.refused || delivery.behind.is_some_and(|behind| behind.until.is_none());
    match world.vendor.shows(ts) {
        Some(version) if version != newest && !gave_up && !world.nobody_knows => {
            Err(format!("the card shows {version} instead of {newest}"))
        }
        _ if delivery.shown != newest && !gave_up => {
            Err(format!("version {} was written down, not {newest}", delivery.shown))
        }
        _ => Ok(Ran { cards: posted, ..ran }),
    }
}
