//! Parts of objects, in the order in which they will be needed: planned, on their way, or here. No more
//! is on its way and here than is allowed. What is on its way counts half as much again: whoever fetches
//! it has it in pieces, and then whole.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::error::Error;
use crate::io::remote::ranges::Piece;

/// Requests that are on their way at a time.
const MOST_COMING: usize = 16;
/// Parts before a position that may have it, at most: others have been passed.
const NEAR: usize = 8;

/// Where a part is.
#[derive(Debug)]
pub(super) enum Stage {
    Planned,
    Coming,
    Here(Vec<u8>),
    Failed(Error),
}

/// A part of an object.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) object: usize,
    pub(super) range: Range<u64>,
    pub(super) stage: Stage,
    /// Where what is wanted of it ends, without those ends that were taken.
    ends: Vec<u64>,
    /// Bytes that are wanted.
    wanted: u64,
    /// Whether it was announced, and not asked for out of turn.
    is_announced: bool,
    /// When it was last taken from; 0 if it never was.
    touched: u64,
    /// Threads that wait for it.
    pub(super) waiting: usize,
    /// Whether it is not wanted any more.
    is_dropped: bool,
}

/// All parts.
#[derive(Debug)]
pub(super) struct Parts {
    limit: usize,
    used: usize,
    peak: usize,
    coming: usize,
    by_number: BTreeMap<u64, Part>,
    planned: BTreeSet<u64>,
    /// The number of the part of an object that begins at a position.
    by_place: BTreeMap<(usize, u64), u64>,
    next: u64,
    /// Goes on with everything that is taken.
    pub(super) clock: u64,
}

impl Parts {
    pub(super) const fn new(limit: usize) -> Self {
        Self {
            limit,
            used: 0,
            peak: 0,
            coming: 0,
            by_number: BTreeMap::new(),
            planned: BTreeSet::new(),
            by_place: BTreeMap::new(),
            next: 0,
            clock: 0,
        }
    }

    /// Bytes that all parts may take.
    pub(super) const fn limit(&self) -> usize {
        self.limit
    }

    /// Changes what all parts may take; those that are here stay.
    pub(super) const fn allow(&mut self, limit: usize) {
        self.limit = limit;
        self.peak = self.used;
    }

    /// The most bytes that all parts took, since what they may take was said.
    pub(super) const fn peak(&self) -> usize {
        self.peak
    }

    /// Forgets all parts.
    pub(super) fn clear(&mut self) {
        let next = self.next;
        *self = Self {
            next,
            ..Self::new(self.limit)
        };
    }

    /// Plans a part, and returns its number.
    pub(super) fn plan(&mut self, object: usize, piece: Piece, is_announced: bool) -> u64 {
        let number = self.next;
        self.next += 1;
        self.by_place.insert((object, piece.range.start), number);
        self.planned.insert(number);
        let part = Part {
            object,
            range: piece.range,
            stage: Stage::Planned,
            ends: piece.ends,
            wanted: piece.wanted,
            is_announced,
            touched: 0,
            waiting: 0,
            is_dropped: false,
        };
        self.by_number.insert(number, part);
        number
    }

    pub(super) fn part(&mut self, number: u64) -> Option<&mut Part> {
        self.by_number.get_mut(&number)
    }

    /// The part that has a byte of an object.
    pub(super) fn at(&self, object: usize, position: u64) -> Option<u64> {
        let before = self.by_place.range((object, 0)..=(object, position));
        let numbers = before.rev().take(NEAR).map(|(_, number)| *number);
        let has = |number: &u64| {
            let part = self.by_number.get(number);
            part.is_some_and(|part| part.range.contains(&position) && !part.is_dropped)
        };
        numbers.into_iter().find(has)
    }

    /// The first part that is planned, if there is room for it.
    pub(super) fn begin_next(&mut self) -> Option<u64> {
        let number = *self.planned.first()?;
        if self.coming >= MOST_COMING {
            return None;
        }
        while !self.begin_if_room(number) {
            // What was asked for out of turn is not missed.
            let loose = |part: &Part| part.is_here() && !part.is_announced && part.waiting == 0;
            let mut parts = self.by_number.iter().filter(|(_, part)| loose(part));
            let victim = parts.next().map(|(number, _)| *number)?;
            self.remove(victim);
        }
        Some(number)
    }

    /// Begins a part that is needed now. Parts that are needed later make room for it; with `by_force`
    /// any other, which is fetched again if it is needed after all. Returns whether there is room.
    pub(super) fn begin(&mut self, number: u64, by_force: bool) -> bool {
        loop {
            if self.begin_if_room(number) {
                return true;
            }
            let Some(victim) = self.victim(number, by_force) else {
                return false;
            };
            self.remove(victim);
        }
    }

    fn begin_if_room(&mut self, number: u64) -> bool {
        let Some(part) = self.by_number.get_mut(&number) else {
            return false;
        };
        let used = self.used.saturating_add(part.coming_bytes());
        // One part may always come.
        if used > self.limit && self.used > 0 {
            return false;
        }
        part.stage = Stage::Coming;
        self.coming += 1;
        self.used = used;
        self.peak = self.peak.max(used);
        self.planned.remove(&number);
        true
    }

    /// The part that is missed the least: the last one that comes after `besides`, or with `by_force`
    /// the one that was taken from longest ago.
    fn victim(&self, besides: u64, by_force: bool) -> Option<u64> {
        let free = |part: &Part| part.is_here() && part.waiting == 0;
        let mut later = self.by_number.range(besides + 1..).rev();
        let later = later.find(|(_, part)| free(part) && part.touched == 0);
        if let Some((number, _)) = later {
            return Some(*number);
        }
        let here = self.by_number.iter();
        let here = here.filter(|(number, part)| free(part) && **number != besides);
        let mut loose = here.clone().filter(|(_, part)| !part.is_announced);
        let oldest = || here.min_by_key(|(_, part)| part.touched);
        let found = loose.next();
        let found = found.or_else(|| by_force.then(oldest).flatten());
        found.map(|(number, _)| *number)
    }

    /// Copies what a part has from a position on, and returns how much that is.
    pub(super) fn take(&mut self, number: u64, position: u64, buffer: &mut [u8]) -> Option<usize> {
        let part = self.by_number.get_mut(&number)?;
        let Stage::Here(bytes) = &part.stage else {
            return None;
        };
        let start = usize::try_from(position.checked_sub(part.range.start)?).ok()?;
        let bytes = bytes.get(start..)?;
        let count = bytes.len().min(buffer.len());
        buffer[..count].copy_from_slice(&bytes[..count]);
        self.clock += 1;
        part.touched = self.clock;
        let taken = position..position + count as u64;
        part.ends
            .retain(|end| !(taken.start < *end && *end <= taken.end));
        if part.ends.is_empty() && part.waiting == 0 {
            self.remove(number);
        }
        Some(count)
    }

    /// Takes the answer for a part.
    pub(super) fn arrive(&mut self, number: u64, stage: Stage) {
        let Some(part) = self.by_number.get_mut(&number) else {
            return;
        };
        if !matches!(part.stage, Stage::Coming) {
            return;
        }
        self.coming -= 1;
        self.used -= match stage {
            Stage::Here(_) => part.coming_bytes() - part.bytes(),
            Stage::Planned | Stage::Coming | Stage::Failed(_) => part.coming_bytes(),
        };
        if matches!(stage, Stage::Planned) {
            self.planned.insert(number);
        }
        part.stage = stage;
        self.settle(number);
    }

    /// Parts that are not wanted any more. What is on its way is given up when it is here.
    pub(super) fn release(&mut self, numbers: Range<u64>) {
        let mut own: Vec<u64> = Vec::new();
        for (number, part) in self.by_number.range_mut(numbers) {
            part.is_dropped = true;
            own.push(*number);
        }
        for number in own {
            self.settle(number);
        }
    }

    /// Takes a part away if it is not wanted any more, and nothing is lost with it.
    pub(super) fn settle(&mut self, number: u64) {
        let part = self.by_number.get(&number);
        let is_done = |part: &Part| {
            part.is_dropped && part.waiting == 0 && !matches!(part.stage, Stage::Coming)
        };
        if part.is_some_and(is_done) {
            self.remove(number);
        }
    }

    /// Takes the error of a part, and the part away.
    pub(super) fn take_error(&mut self, number: u64) -> Option<Error> {
        let part = self.by_number.get(&number)?;
        if !matches!(part.stage, Stage::Failed(_)) {
            return None;
        }
        match self.remove(number)?.stage {
            Stage::Failed(error) => Some(error),
            Stage::Planned | Stage::Coming | Stage::Here(_) => None,
        }
    }

    fn remove(&mut self, number: u64) -> Option<Part> {
        let part = self.by_number.remove(&number)?;
        self.planned.remove(&number);
        match part.stage {
            Stage::Coming => {
                self.coming -= 1;
                self.used -= part.coming_bytes();
            }
            Stage::Here(_) => self.used -= part.bytes(),
            Stage::Planned | Stage::Failed(_) => {}
        }
        let place = (part.object, part.range.start);
        if self.by_place.get(&place) == Some(&number) {
            self.by_place.remove(&place);
        }
        Some(part)
    }
}

impl Part {
    /// Its bytes.
    pub(super) fn bytes(&self) -> usize {
        usize::try_from(self.range.end - self.range.start).unwrap_or(usize::MAX)
    }

    /// What it takes while it is on its way. See `benchmarks/NOTES.md`.
    fn coming_bytes(&self) -> usize {
        self.bytes() / 2 * 3
    }

    /// Those of them that are not wanted.
    pub(super) const fn gaps(&self) -> u64 {
        (self.range.end - self.range.start).saturating_sub(self.wanted)
    }

    const fn is_here(&self) -> bool {
        matches!(self.stage, Stage::Here(_))
    }
}
