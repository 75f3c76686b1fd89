//! A set of ordered values, as the values where it begins and ends in turn.
//!
//! ```text
//!        2    5        9
//! ............|oooooooo|....      {5, 6, 7, 8} has the turns 5 and 9
//! ooooooo|..................      all up to 1 has the turns "least value" and 2
//! ```
//!
//! A value is in the set if the turns that are not above it are odd in number.

/// A set of ordered values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Turns<T>(Vec<T>);

/// Where a constant is among values: the first value that is not below it, and the first above it;
/// `None` where there is no such value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spot<T> {
    pub(super) start: Option<T>,
    pub(super) after: Option<T>,
}

impl<T: Ord + Clone> Turns<T> {
    /// No value.
    pub(super) const EMPTY: Self = Self(Vec::new());

    /// The values from `start` to before `after`; `None` is behind all values.
    pub(super) fn between(start: Option<T>, after: Option<T>) -> Self {
        match (start, after) {
            (Some(start), Some(after)) if start < after => Self(vec![start, after]),
            (Some(start), None) => Self(vec![start]),
            _ => Self::EMPTY,
        }
    }

    /// The values that are equal to a constant at any of these spots.
    pub(super) fn union(mut spots: Vec<Spot<T>>) -> Self {
        spots.sort_unstable_by(|a, b| match (&a.start, &b.start) {
            (Some(a), Some(b)) => a.cmp(b),
            // Nothing is behind all values, so these come last.
            (a, b) => b.is_some().cmp(&a.is_some()),
        });
        let mut turns: Vec<T> = Vec::with_capacity(2 * spots.len());
        let mut open = false;
        for Spot { start, after } in spots {
            let Some(start) = start else { break };
            let is_empty = after.as_ref().is_some_and(|after| *after <= start);
            // Constants of several types may stand for one value, or for neighbours.
            let joins = turns.last().is_some_and(|last| *last >= start);
            if open || is_empty {
                continue;
            }
            if joins {
                let last = turns.pop();
                turns.extend(after.clone().map(|after| match last {
                    Some(last) if last > after => last,
                    _ => after,
                }));
            } else {
                turns.push(start);
                turns.extend(after.clone());
            }
            open = after.is_none();
        }
        Self(turns)
    }

    /// All other values, of which `least` is the least.
    pub(super) fn complement(mut self, least: T) -> Self {
        if self.0.first() == Some(&least) {
            self.0.remove(0);
        } else {
            self.0.insert(0, least);
        }
        self
    }

    /// The turns, in order.
    pub(super) fn all(&self) -> &[T] {
        &self.0
    }

    /// Whether any value from `low` to before `after` is in the set.
    pub(super) fn meets<Q: Ord + ?Sized>(&self, low: &Q, after: Option<&Q>) -> bool
    where
        T: std::borrow::Borrow<Q>,
    {
        let passed = self.passed(low);
        let begins = self.0.get(passed).map(std::borrow::Borrow::borrow);
        passed % 2 == 1 || begins.is_some_and(|turn| after.is_none_or(|after| turn < after))
    }

    /// Whether all values from `low` to before `after` are in the set.
    pub(super) fn covers<Q: Ord + ?Sized>(&self, low: &Q, after: Option<&Q>) -> bool
    where
        T: std::borrow::Borrow<Q>,
    {
        let passed = self.passed(low);
        let ends = self.0.get(passed).map(std::borrow::Borrow::borrow);
        passed % 2 == 1 && ends.is_none_or(|turn| after.is_some_and(|after| after <= turn))
    }

    /// Whether a value is in the set.
    pub(super) fn contains<Q: Ord + ?Sized>(&self, value: &Q) -> bool
    where
        T: std::borrow::Borrow<Q>,
    {
        self.passed(value) % 2 == 1
    }

    /// The number of turns that are not above a value.
    fn passed<Q: Ord + ?Sized>(&self, value: &Q) -> usize
    where
        T: std::borrow::Borrow<Q>,
    {
        self.0.partition_point(|turn| turn.borrow() <= value)
    }
}
