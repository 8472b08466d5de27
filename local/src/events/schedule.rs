//! Schedules: invokes a function every so often with the event a rule of EventBridge sends.

use futures::future::join_all;
use serde_json::{Value, json};
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use crate::events::invoke::Invoker;
use crate::place::{ACCOUNT, REGION};
use crate::template::Schedule;
use crate::{Clock, Ids, second};

/// The schedules of one host.
pub struct Schedules {
    /// All of them.
    pub schedules: Vec<Schedule>,
    /// Invokes their functions.
    pub invoker: Invoker,
    /// Times the events.
    pub clock: Clock,
    /// Names the events.
    pub ids: Ids,
}

impl Schedules {
    /// Runs every schedule until dropped; the first run of each comes after one period, as on AWS.
    pub async fn run(&self) {
        join_all(self.schedules.iter().map(|schedule| self.keep(schedule))).await;
    }

    /// Runs the schedules of `function` now; whether it has any.
    pub fn trigger_now(&self, function: &str) -> bool {
        let due = self.schedules.iter().filter(|schedule| schedule.function == function);
        due.map(|schedule| self.invoker.invoke(&schedule.function, self.payload(schedule))).count() > 0
    }

    async fn keep(&self, schedule: &Schedule) {
        let mut ticks = interval_at(Instant::now() + schedule.every, schedule.every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            self.invoker.invoke_apart(&schedule.function, self.payload(schedule));
        }
    }

    fn payload(&self, schedule: &Schedule) -> Value {
        schedule.input.clone().unwrap_or_else(|| self.event(schedule))
    }

    fn event(&self, schedule: &Schedule) -> Value {
        json!({
            "version": "0",
            "id": (self.ids)(),
            "detail-type": "Scheduled Event",
            "source": "aws.events",
            "account": ACCOUNT,
            "time": second((self.clock)()),
            "region": REGION,
            "resources": [format!("arn:aws:events:{REGION}:{ACCOUNT}:rule/{}", schedule.name)],
            "detail": {},
        })
    }
}
