//! `--scenes soak`: two hours of mixed load in ten minutes, by a host whose clock goes twelve times as fast, before vendors that fail at
//! random. Then all is left to settle, and everything that was answered for is looked for.

mod book;
mod home;
mod inquest;
mod life;
mod vendors;
mod weather;

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::task::JoinSet;

use crate::host::process::{Process, Taken};
use crate::host::serve::Setting;
use crate::host::warm::warm;
use crate::problem::Problem;
use crate::report::{note, say};
use crate::seed::seed;
use book::Book;
use home::Home;
use inquest::Inquest;
use life::{Door, live};
use vendors::Vendors;

/// How many times faster the host's clock goes.
const SPEED: u32 = 12;
/// From one approval to the next.
const EVERY: Duration = Duration::from_millis(160);
/// Looks at memory and files while the load lasts.
const LOOKS: u32 = 20;
/// How long a load must last for its first half to be no beginning: what expires waits for fifty seconds.
const LONG: Duration = Duration::from_secs(200);
/// How long connections that nobody uses are kept at most, on either side, and some seconds more.
const REST: Duration = Duration::from_secs(60);
/// From one look to the next until none is left.
const REST_LOOK: Duration = Duration::from_secs(1);
/// Approvals stored before: more than the database keeps in memory.
const STORED: usize = 50_000;
/// Minutes of the host that things are given to settle at most.
const PATIENCE: usize = 900;
/// How long those that are not over yet are given before minutes go by at once.
const LAST_ONES: Duration = Duration::from_secs(90);
/// What is flat: the last quarter's median within so much of the second's.
const FLAT: f64 = 0.1;

/// Looks at the host, each with its moment.
type Looks = Vec<(String, Taken)>;

/// Runs the load for a time, judges, and fails where anything is not as it must be.
pub async fn measure(time: Duration, seed_of_all: u64) -> Result<(), Problem> {
    say(&format!("soak: {:.0} s at {SPEED} times the pace, seed {seed_of_all}", time.as_secs_f64()))?;
    let (folder, vendors, home) = (TempDir::new()?, Vendors::start(seed_of_all).await?, Home::start().await?);
    seed(folder.path(), STORED).await?;
    let setting = Setting {
        folder: folder.path().into(),
        policy: Some(vendors::policy().to_string()),
        slack_api: Some(vendors.slack_api()),
        speed: Some(SPEED),
    };
    let mut host = Process::start(&setting).await?;
    vendors.connect(&host).await?;
    warm(&host).await?;
    vendors.set_fair(false);
    let (book, mut lives) = (Arc::new(Book::default()), JoinSet::new());
    let before = at_rest(&host).await?;
    let looks = load(time, seed_of_all, &host, &home, (&book, &mut lives)).await?;
    vendors.set_fair(true);
    // The remaining people decide, and the remaining requests expire, at the same pace.
    let _late = tokio::time::timeout(LAST_ONES, async { while lives.join_next().await.is_some() {} }).await;
    host.obey("pause").await?;
    let inquest = Inquest::begin(&host, &vendors, &home, &book).await?;
    let minutes = settle(&mut host, &inquest, &mut lives).await?;
    let settled = host.taken()?;
    vendors.weather.iter().try_for_each(|weather| say(&weather.told()))?;
    let mut wrong = inquest.verdict(minutes).await?;
    let after = at_rest(&host).await?;
    say(&table(&before, &looks, &[("settled", settled), ("at rest", after)]))?;
    wrong.extend(uneven(&looks, time));
    wrong.extend(left_open(before, after));
    host.stop().await?;
    if wrong.is_empty() {
        return Ok(say("nothing is lost, nothing is doubled, nothing is wrong")?);
    }
    wrong.iter().take(50).try_for_each(|what| say(&format!("WRONG: {what}")))?;
    // The rows are kept, so that the cause of a fault can be looked up.
    say(&format!("the host's table is kept in {}", folder.keep().display()))?;
    Err(format!("{} things are wrong, with seed {seed_of_all}", wrong.len()).into())
}

/// What the host takes once nobody is connected to it, nor it to anybody.
async fn at_rest(host: &Process) -> Result<Taken, Problem> {
    let began = Instant::now();
    loop {
        let taken = host.taken()?;
        if taken.callers + taken.called == 0 || began.elapsed() > REST {
            return Ok(taken);
        }
        tokio::time::sleep(REST_LOOK).await;
    }
}

/// One approval after the other, and looks at the host.
async fn load(
    time: Duration,
    seed: u64,
    host: &Process,
    home: &Home,
    (book, lives): (&Arc<Book>, &mut JoinSet<()>),
) -> Result<Looks, Problem> {
    let door = Door {
        address: host.address.clone(),
        agent: host.agent.clone(),
        approver: host.approver.clone(),
        admin: host.admin.clone(),
        home: home.url.clone(),
    };
    let (began, mut looks, mut ticks) = (Instant::now(), Vec::new(), tokio::time::interval(EVERY));
    for n in 0.. {
        ticks.tick().await;
        let next = (time / LOOKS) * u32::try_from(looks.len() + 1)?;
        if began.elapsed() >= next {
            looks.push((format!("{:.0} s", next.as_secs_f64()), host.taken()?));
        }
        if began.elapsed() >= time {
            break;
        }
        lives.spawn(live(n, seed, door.clone(), book.clone()));
        while lives.try_join_next().is_some() {}
    }
    note(&format!("{} approvals were asked for; now they settle", book.read().0.len()));
    Ok(looks)
}

/// Minutes go by until all who wait know, and all that is due is done; how many.
async fn settle(host: &mut Process, inquest: &Inquest<'_>, lives: &mut JoinSet<()>) -> Result<usize, Problem> {
    for minute in 1..=PATIENCE {
        host.obey("minute").await?;
        while lives.try_join_next().is_some() {}
        if lives.is_empty() && inquest.is_settled().await? {
            return Ok(minute);
        }
    }
    Ok(PATIENCE)
}

fn table(before: &Taken, looks: &[(String, Taken)], after: &[(&str, Taken)]) -> String {
    let mut text =
        format!("{:<10}{:>12}{:>8}{:>12}{:>12}{:>8}\n", "", "memory MB", "files", "called by", "calling", "others");
    let looks = looks.iter().map(|(when, look)| (when.as_str(), look));
    let after = after.iter().map(|(when, look)| (*when, look));
    for (when, look) in std::iter::once(("before", before)).chain(looks).chain(after) {
        let Taken { memory, files, callers, called, .. } = look;
        let _ = writeln!(text, "{when:<10}{memory:>12.1}{files:>8}{callers:>12}{called:>12}{:>8}", look.others());
    }
    text
}

/// What is looked at, and how it is read off.
type Kind = (&'static str, fn(&Taken) -> f64);

/// What grew: memory or files, from the second quarter to the last.
fn uneven(looks: &[(String, Taken)], time: Duration) -> Vec<String> {
    if time < LONG {
        note(&format!("{:.0} s are too short to say whether anything grows under load", time.as_secs_f64()));
        return Vec::new();
    }
    let quarter = looks.len() / 4;
    let part = |from: usize, of: fn(&Taken) -> f64| {
        let mut some: Vec<f64> = looks.iter().skip(from).take(quarter).map(|(_, look)| of(look)).collect();
        some.sort_by(f64::total_cmp);
        some.get(some.len() / 2).copied().unwrap_or_default()
    };
    let kinds: [Kind; 2] = [("memory", |l| l.memory), ("open files", |l| l.files as f64)];
    let grown = kinds.into_iter().filter_map(|(name, of)| {
        let (second, last) = (part(quarter, of), part(looks.len() - quarter, of));
        (last > second * (1.0 + FLAT)).then(|| format!("{name} grew from {second:.0} to {last:.0}"))
    });
    grown.collect()
}

/// What is still open although nobody uses it.
fn left_open(before: Taken, after: Taken) -> Option<String> {
    (after.files > before.files).then(|| format!("{} files are open at rest, and were {}", after.files, before.files))
}
