//! Everything there is to see of an approval, as much as a view holds.

use super::{facts, people};
use crate::slack::block::{self, VIEW_BLOCKS, VIEW_BUDGET, section};
use crate::slack::written::written;
use crate::words::agent;
use domain::Approval;
use domain::params::visible;
use serde_json::Value;

/// Whether a view shows everything an approver must have seen.
pub(crate) fn is_whole(approval: &Approval) -> bool {
    Everything::of(approval).missing == 0 && facts::is_whole(approval)
}

/// As much as a view holds.
pub(crate) struct Everything {
    pub(crate) blocks: Vec<Value>,
    bytes: usize,
    /// Characters of justification and parameters that are not there.
    pub(crate) missing: usize,
}

impl Everything {
    pub(crate) fn of(approval: &Approval) -> Self {
        let mut all = Self { blocks: Vec::new(), bytes: 0, missing: 0 };
        all.add(vec![section(&visible::line(&approval.title))]);
        all.add(people::refused_before(approval));
        all.add(facts::facts(approval));
        let why = written("Why, in the agent's words", &agent::justification(approval));
        all.missing = all.add(why) + all.add(written("Parameters", &agent::params(&approval.params)));
        if let Some(asked) = agent::asked(approval) {
            all.add(written(agent::ASKED, &asked));
        }
        if !approval.links.is_empty() {
            all.add(written("Links from the agent", &agent::links(approval)));
        }
        all
    }

    /// Adds what there is room for; the answer is the number of characters that there was none for.
    fn add(&mut self, parts: Vec<Value>) -> usize {
        let mut missing = 0;
        for part in parts {
            let bytes = self.bytes + block::bytes(&part);
            if bytes <= VIEW_BUDGET && self.blocks.len() < VIEW_BLOCKS {
                self.bytes = bytes;
                self.blocks.push(part);
            } else {
                missing += characters(&part);
            }
        }
        missing
    }
}

fn characters(block: &Value) -> usize {
    let boxes = block.get("elements").and_then(Value::as_array);
    let last = boxes.and_then(|b| b.last()).and_then(|b| b.pointer("/elements/0/text")).and_then(Value::as_str);
    last.map_or(0, |t| t.chars().count())
}
