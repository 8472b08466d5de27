//! A folder with so many approvals in it, as if they had been asked for over most of a year: the items are those that the store puts,
//! and the engine's import puts them in bulk. What is put so is compared with what a host has stored.

mod bulk;
mod items;
mod models;
mod workspaces;

use app::Clock;
use domain::Timestamp;
use dynoxide::types::Item;
use futures::StreamExt as _;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use crate::problem::Problem;
use crate::report::note;
use bulk::Bulk;
use items::Items;
pub use models::AGENTS;
use models::{Models, One};
pub use workspaces::seed_workspaces;

/// Approvals in one transaction, and batches that are made beside the one that is put.
const BATCH: usize = 50_000;
const AHEAD: usize = 2;
/// Approvals that are read again later.
const SAMPLE: usize = 2_000;

/// What is known of a folder's approvals.
#[derive(Default)]
pub struct Seeded {
    /// Some of them: id and wait token.
    pub sample: Vec<(String, String)>,
    /// The place in the list of approved ones after which half of them come.
    pub middle: String,
}

/// Fills a folder.
pub async fn seed(folder: &Path, count: usize) -> Result<Seeded, Problem> {
    let models = Arc::new(Models::make(folder).await?);
    let (bulk, now) = (Bulk::open(folder, &models.table)?, Clock::Wall.now());
    models.put_back(&bulk).await?;
    let batches = (0..count).step_by(BATCH).map(|first| {
        let numbers = first..count.min(first + BATCH);
        tokio::spawn(batch(models.clone(), numbers, count, now))
    });
    let (mut batches, mut seeded, mut done) = (futures::stream::iter(batches).buffered(AHEAD), Seeded::default(), 0);
    while let Some(made) = batches.next().await {
        let (items, some) = made??;
        tokio::task::block_in_place(|| bulk.put(items))?;
        seeded.add(some);
        done = count.min(done + BATCH);
        if count > BATCH {
            note(&format!("{done} approvals are stored"));
        }
    }
    models.compare(&bulk, count, now)?;
    Ok(seeded)
}

/// Makes some of so many.
async fn batch(
    models: Arc<Models>,
    numbers: Range<usize>,
    count: usize,
    now: Timestamp,
) -> Result<(Vec<Item>, Seeded), Problem> {
    let (items, mut all, mut some) = (Items::of(&models.table), Vec::new(), Seeded::default());
    for number in numbers {
        let one = models.one(number, count, now)?;
        all.extend(items.put(&one.approval, now).await?);
        some.remember(&one, count);
        all.extend(one.deliveries);
    }
    Ok((all, some))
}

impl Seeded {
    fn remember(&mut self, one: &One, count: usize) {
        // An odd step comes by every state.
        if one.number.is_multiple_of((count / SAMPLE) | 1) {
            self.sample.push((one.approval.id.to_string(), one.token.clone()));
        }
        let half = one.number >= count / 2 && one.approval.status.word() == "approved";
        if let (true, true, Some(at)) = (half, self.middle.is_empty(), one.approval.decided_at) {
            self.middle = format!("{at:.3}#{}", one.approval.id.as_str().trim_start_matches("appr_"));
        }
    }

    fn add(&mut self, later: Self) {
        self.sample.extend(later.sample);
        if self.middle.is_empty() {
            self.middle = later.middle;
        }
    }
}
