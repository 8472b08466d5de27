//! What the JSON reader finds wrong, and where.

use crate::fault::Place;

/// What the JSON reader says, apart from where it says so.
pub(super) fn without_place(problem: &str) -> (&str, Option<Place>) {
    let place = |told: &str| {
        let (line, column) = told.split_once(" column ")?;
        Some(Place { line: line.parse().ok()?, column: column.parse::<usize>().ok()?.max(1) })
    };
    match problem.rsplit_once(" at line ") {
        Some((problem, told)) => (problem, place(told)),
        None => (problem, None),
    }
}
