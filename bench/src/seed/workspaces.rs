//! A folder with so many workspaces in it, some of which have an open approval.

use app::Clock;
use domain::Workspace;
use std::path::Path;

use super::bulk::Bulk;
use super::items::Items;
use super::models::Models;
use crate::problem::Problem;

/// Every so many numbers, a model is open.
const FROM_OPEN_TO_OPEN: usize = 1_000;

/// Fills a folder with workspaces. The first so many have one open approval each, asked hours or days ago.
pub async fn seed_workspaces(folder: &Path, count: usize, open: usize) -> Result<(), Problem> {
    let models = Models::make(folder).await?;
    let (bulk, items, now) = (Bulk::open(folder, &models.table)?, Items::of(&models.table), Clock::Wall.now());
    let mut all = Vec::new();
    for number in 0..count {
        let workspace = Workspace::parse(&format!("workspace-{number}")).ok_or("no name for a workspace")?;
        all.extend(items.put_workspace(&workspace).await?);
        if number < open {
            let mut one = models.one(number * FROM_OPEN_TO_OPEN, count * FROM_OPEN_TO_OPEN, now)?;
            one.approval.workspace = workspace;
            all.extend(items.put(&one.approval, now).await?);
        }
    }
    tokio::task::block_in_place(|| bulk.put(all))
}
