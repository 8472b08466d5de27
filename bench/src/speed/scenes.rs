//! What is measured: creating, polling, deciding, and all three until the agent knows.

use std::sync::Arc;
use std::time::Duration;

use crate::host::system::Start;
use crate::problem::Problem;
use crate::speed::job::{Job, Open, Scene};
use crate::speed::load::{self, Measured};

/// Work that is not measured, before that which is.
const WARM_UP: Duration = Duration::from_millis(300);

/// The places to measure, as the report names them.
pub const ON_DISK: &str = "on disk";
/// Gone with the process.
pub const IN_MEMORY: &str = "in memory";

/// Measures scenes for a time each, all on one host.
pub async fn measure(
    location: &'static str,
    clients: usize,
    scenes: &[Scene],
    time: Duration,
) -> Result<Vec<Measured>, Problem> {
    let start = Start { on_disk: location == ON_DISK, ..Start::default() };
    let system = Arc::new(start.start().await?);
    let open = Arc::new(Open::default());
    let job = |scene| Arc::new(Job { system: system.clone(), scene, open: open.clone() });
    let mut measured = Vec::new();
    for scene in Scene::ALL.into_iter().filter(|scene| scenes.contains(scene)) {
        if matches!(scene, Scene::Poll | Scene::Decide) && open.is_empty() {
            load::run(&job(Scene::Create), clients, time).await?;
        }
        load::run(&job(scene), clients, WARM_UP).await?;
        system.settle().await?;
        let times = load::run(&job(scene), clients, time).await?;
        measured.push(times.measured(scene.name(), location, clients));
        system.settle().await?;
    }
    Arc::into_inner(system).ok_or("somebody still uses the host")?.stop().await?;
    Ok(measured)
}
