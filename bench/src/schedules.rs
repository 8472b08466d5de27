//! `--scenes schedules`: seeded schedules of the writers of a card, with crashes, pauses, lost answers and repeated events, on all processors.

use std::thread;
use std::time::Instant;

use standins::simulation::{Ran, run};

use crate::problem::Problem;
use crate::report::say;

/// How many of the schedules that went wrong are printed.
const MOST_TOLD: usize = 3;

/// Runs so many schedules from this seed on.
///
/// # Errors
/// Some went wrong: the first of them, with their last steps.
pub fn measure(first: u64, count: u64) -> Result<(), Problem> {
    let (began, threads) = (Instant::now(), thread::available_parallelism()?.get() as u64);
    let share = |n: u64| (first + n..first + count).step_by(threads as usize).map(run).collect::<Vec<_>>();
    let all: Vec<Result<Ran, String>> = thread::scope(|scope| {
        let parts: Vec<_> = (0..threads).map(|n| scope.spawn(move || share(n))).collect();
        parts.into_iter().filter_map(|part| part.join().ok()).flatten().collect()
    });
    let wrong: Vec<&str> = all.iter().filter_map(|ran| ran.as_ref().err()).map(String::as_str).collect();
    say(&table(&all, wrong.len(), began.elapsed().as_secs_f64()))?;
    if all.len() as u64 == count && wrong.is_empty() {
        return Ok(());
    }
    Err(wrong.get(..MOST_TOLD.min(wrong.len())).unwrap_or_default().join("\n\n").into())
}

fn table(all: &[Result<Ran, String>], wrong: usize, seconds: f64) -> String {
    let sum = |of: fn(&Ran) -> usize| all.iter().flatten().map(of).sum::<usize>();
    format!(
        "schedules: {} in {seconds:.0} s, {wrong} went wrong; {} steps of writers, {} calls of vendors, {} cards, {} mishaps",
        all.len(),
        sum(|ran| ran.steps),
        sum(|ran| ran.calls),
        sum(|ran| ran.cards),
        sum(|ran| ran.mishaps),
    )
}
