//! Mails that are due, waiting in memory for a place at their destination.
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use crate::envelope::Asked;

/// Mails by destination, each destination in turn.
#[derive(Debug)]
pub(crate) struct Ready {
    most: usize,
    /// Mails of one destination from which on no more of them are wanted.
    enough: usize,
    total: usize,
    lanes: HashMap<Arc<str>, Lane>,
    /// Destinations that may have a free place. One that had none comes back with [`Ready::freed`].
    turn: VecDeque<Arc<str>>,
}

#[derive(Debug, Default)]
struct Lane {
    /// The highest priority first, and within one in the order in which they came (RFC 6710 §5.1).
    mails: VecDeque<Asked>,
    in_turn: bool,
}

impl Ready {
    /// Of at most `most` mails, and so few of one destination that others find room.
    pub(crate) fn new(most: usize) -> Self {
        let most = most.max(1);
        let enough = (most / 32).max(1);
        Self { most, enough, total: 0, lanes: HashMap::new(), turn: VecDeque::new() }
    }

    /// How many more there is room for.
    pub(crate) fn room(&self) -> usize {
        self.most.saturating_sub(self.total)
    }

    pub(crate) fn push(&mut self, destination: &str, mail: Asked) {
        self.total += 1;
        if let Some(lane) = self.lanes.get_mut(destination) {
            let before = |other: &Asked| other.wishes().priority() >= mail.wishes().priority();
            let behind = lane.mails.back().is_none_or(before);
            let at = if behind { lane.mails.len() } else { lane.mails.partition_point(before) };
            lane.mails.insert(at, mail);
            return;
        }
        let destination: Arc<str> = destination.into();
        self.turn.push_back(destination.clone());
        self.lanes.insert(destination, Lane { mails: VecDeque::from([mail]), in_turn: true });
    }

    /// Destinations that have enough here: they leave room for others.
    pub(crate) fn full(&self) -> HashSet<String> {
        let full = self.lanes.iter().filter(|(_, lane)| lane.mails.len() >= self.enough);
        full.map(|(destination, _)| destination.to_string()).collect()
    }

    /// A place at a destination was given back.
    pub(crate) fn freed(&mut self, destination: &Arc<str>) {
        if let Some(lane) = self.lanes.get_mut(destination)
            && !std::mem::replace(&mut lane.in_turn, true)
        {
            self.turn.push_back(destination.clone());
        }
    }

    /// The next mail for which `enter` finds a place, and whether its destination has just come to have less than
    /// enough here.
    pub(crate) fn next<P>(&mut self, enter: impl Fn(&Arc<str>) -> Option<P>) -> Option<(Asked, P, bool)> {
        while let Some(destination) = self.turn.pop_front() {
            let Some(lane) = self.lanes.get_mut(&destination) else { continue };
            lane.in_turn = false;
            let Some(place) = enter(&destination) else { continue };
            let Some(mail) = lane.mails.pop_front() else { continue };
            self.total -= 1;
            let left = lane.mails.len();
            if left == 0 {
                self.lanes.remove(&destination);
            } else {
                lane.in_turn = true;
                self.turn.push_back(destination);
            }
            return Some((mail, place, left + 1 == self.enough));
        }
        None
    }
}
