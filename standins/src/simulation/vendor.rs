//! A vendor that keeps cards: whether it finds a post that it took before, as PagerDuty does by its key, or posts once more, as Slack does.

use domain::delivery::Address;

/// Where all cards are.
const CHANNEL: &str = "C1";

/// The vendor.
#[derive(Debug)]
pub struct Vendor {
    /// The versions that the cards show, and whether somebody deleted the card; a card's name is its place.
    cards: Vec<(u64, bool)>,
    /// Whether it finds a post that it took before.
    pub finds: bool,
    /// Whether a card's address names a channel, as in Slack; else a click teaches nothing.
    has_channels: bool,
}

impl Vendor {
    pub fn new(finds: bool, has_channels: bool) -> Self {
        Self { cards: Vec::new(), finds, has_channels }
    }

    /// How many cards were ever posted.
    pub fn posted(&self) -> usize {
        self.cards.len()
    }

    /// What a card shows; none where it was deleted, or there is none.
    pub fn shows(&self, ts: &str) -> Option<u64> {
        let (version, deleted) = self.cards.get(ts.parse::<usize>().ok()?)?;
        (!deleted).then_some(*version)
    }

    /// Posts a card, or updates one; none where somebody deleted it.
    pub fn take(&mut self, address: Option<&Address>, version: u64) -> Option<Address> {
        let known = address.and_then(|a| a.ts.as_ref()?.parse().ok());
        let found = || (0..self.cards.len()).rev().find(|at| self.finds && self.cards.get(*at).is_some_and(|c| !c.1));
        let at = match known.or_else(found) {
            Some(at) => at,
            None => {
                self.cards.push((version, false));
                self.cards.len() - 1
            }
        };
        let (shown, deleted) = self.cards.get_mut(at)?;
        if *deleted {
            return None;
        }
        *shown = version;
        Some(Address {
            channel: self.has_channels.then(|| CHANNEL.into()),
            ts: Some(at.to_string()),
            ..Address::default()
        })
    }

    /// Somebody deletes the newest card.
    pub fn delete(&mut self) {
        if let Some((_, deleted)) = self.cards.last_mut() {
            *deleted = true;
        }
    }

    /// Where the newest card is, as a click on it tells.
    pub fn newest(&self) -> Option<(&'static str, String)> {
        let (_, deleted) = self.cards.last()?;
        (!deleted && self.has_channels).then(|| (CHANNEL, (self.cards.len() - 1).to_string()))
    }
}
