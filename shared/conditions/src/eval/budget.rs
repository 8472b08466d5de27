//! How much an evaluation may compute. Local invariant: work is paid for in steps before it is done. *Why*: A clock would give the same condition
//! and facts different results.

use super::doubt::Fail;

/// Steps of a whole budget. A step takes some tens of nanoseconds.
const STEPS: usize = 30_000;
/// Bytes that are copied, compared or searched in the time of one step.
const BYTES_PER_STEP: usize = 16;
/// Bytes of a compiled pattern times bytes of text, in the time of one step.
const PATTERN_PER_STEP: usize = 256;
/// The start of a match takes as long as so many bytes of text.
const PATTERN_START: usize = 8;
/// What reading a time zone's rules costs.
pub(crate) const ZONE: usize = 500;
/// What compiling a pattern costs, and for each of its bytes.
const COMPILING: usize = 1_000;
const COMPILING_BYTE: usize = 4;
/// What work costs that allocates a little: an absorbed doubt, a conversion, a calendar, a part of a timestamp.
pub(crate) const ALLOCATION: usize = 10;

/// The steps that are left to one evaluation, or to several that share it: 10 ms on a slow processor, if it is whole.
#[derive(Debug)]
pub struct Budget(usize);

/// The whole.
impl Default for Budget {
    fn default() -> Self {
        Self(STEPS)
    }
}

impl Budget {
    /// Pays for so many steps. Once they do not suffice, nothing more is paid for.
    pub(crate) fn spend(&mut self, steps: usize) -> Result<(), Fail> {
        let left = self.0.checked_sub(steps);
        self.0 = left.unwrap_or_default();
        left.map(|_| ()).ok_or(Fail::Spent)
    }

    /// Pays for work on so many bytes.
    pub(crate) fn bytes(&mut self, bytes: usize) -> Result<(), Fail> {
        self.spend(bytes / BYTES_PER_STEP)
    }

    /// Pays for the match of a pattern that takes so many bytes.
    pub(crate) fn matching(&mut self, pattern: usize, text: usize) -> Result<(), Fail> {
        self.spend(pattern.saturating_mul(text + PATTERN_START) / PATTERN_PER_STEP)
    }

    /// Pays for a pattern, of so many bytes, that is not known before.
    pub(crate) fn compiling(&mut self, pattern: usize) -> Result<(), Fail> {
        self.spend(pattern.saturating_mul(COMPILING_BYTE).saturating_add(COMPILING))
    }

    /// Pays for the match of a glob.
    pub(crate) fn globbing(&mut self, pattern: usize, text: usize) -> Result<(), Fail> {
        self.bytes((pattern + 1).saturating_mul(text + 1))
    }
}
