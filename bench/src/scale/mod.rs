//! `--scenes scale`: the same operations on a host that keeps a thousand approvals and on one that keeps a million, by turns.

mod operations;
mod side;

use std::fmt::Write as _;

use crate::problem::Problem;
use crate::report::say;
use operations::{A_TURN, OPERATIONS};
use side::Side;

const TURNS: usize = 40;
/// Turns that are not measured.
const WARM_UP: usize = 4;
/// Looks at memory and files while it is measured.
const LOOKS: usize = 4;
/// How much slower the larger one may be.
const WITHIN: f64 = 1.2;
/// How much memory may have grown from the first look to the last, beside what the database has grown by: it is kept in memory as long
/// as there is room for it.
const FLAT: f64 = 1.1;

/// What is to be within a fifth: lists, get, poll and decide, of what is in use.
const HELD_TO: [usize; 8] = [0, 1, 2, 3, 4, 5, 6, 8];

/// Measures both and prints.
pub async fn measure([small, large]: [usize; 2]) -> Result<(), Problem> {
    let mut sides = [Side::start(small).await?, Side::start(large).await?];
    for turn in 1..=WARM_UP {
        both(&mut sides, turn).await?;
    }
    sides.iter_mut().try_for_each(Side::begin)?;
    for turn in 1..=TURNS {
        both(&mut sides, turn).await?;
        if turn.is_multiple_of(TURNS / LOOKS) {
            let when = format!("after {} operations", turn * A_TURN * OPERATIONS.len());
            sides.iter_mut().try_for_each(|side| side.look(&when))?;
        }
    }
    speeds(&sides)?;
    sides.iter().try_for_each(takings)?;
    let [small, large] = sides;
    small.process.stop().await?;
    large.process.stop().await
}

/// A turn of every operation on both hosts. Who is first has it no better than the other.
async fn both([small, large]: &mut [Side; 2], turn: usize) -> Result<(), Problem> {
    let (first, second) = if turn.is_multiple_of(2) { (small, large) } else { (large, small) };
    for operation in 0..OPERATIONS.len() {
        first.turn(operation).await?;
        second.turn(operation).await?;
    }
    Ok(())
}

/// Prints how long everything took, and what took more than a fifth longer.
fn speeds([few, many]: &[Side; 2]) -> Result<(), Problem> {
    let (small, large) = (few.count, many.count);
    let mut text =
        format!("{:<34}{small:>9}{:>9}{large:>12}{:>9}{:>9}\n", "milliseconds, p50 and p99", "", "", "ratio");
    let mut slower = Vec::new();
    for (operation, name) in OPERATIONS.into_iter().enumerate() {
        let [a, b, c, d] =
            [(few, 50), (few, 99), (many, 50), (many, 99)].map(|(side, p)| side.percentile(operation, p));
        let ratio = c / a;
        let _ = writeln!(text, "{name:<34}{a:>9.2}{b:>9.2}{c:>12.2}{d:>9.2}{ratio:>9.2}");
        if ratio > WITHIN && HELD_TO.contains(&operation) {
            slower.push(name);
        }
    }
    say(&text)?;
    Ok(say(&match slower.as_slice() {
        [] => "list, get, poll and decide are within 20 %\n".to_owned(),
        some => format!("not within 20 %: {}\n", some.join(", ")),
    })?)
}

/// Prints what a host took of the machine while it was at it, and whether that grew.
fn takings(side: &Side) -> Result<(), Problem> {
    let mut text = format!(
        "{:<24}{:>12}{:>8}{:>16}{:>16}\n",
        format!("{} stored", side.count),
        "memory MB",
        "files",
        "database MB",
        "read from disk"
    );
    for look in &side.looks {
        let (when, taken, stored) = (&look.when, &look.taken, look.stored);
        let _ = writeln!(text, "{when:<24}{:>12.1}{:>8}{stored:>16.1}{:>16.1}", taken.memory, taken.files, taken.read);
    }
    if let (Some(first), Some(last)) = (side.looks.get(1), side.looks.last()) {
        let most = first.taken.memory * FLAT + last.stored - first.stored;
        let flat = last.taken.memory <= most && last.taken.files <= first.taken.files;
        text += if flat { "memory and open files are flat\n" } else { "memory or open files grew\n" };
    }
    Ok(say(&text)?)
}
