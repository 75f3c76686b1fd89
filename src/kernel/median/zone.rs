//! What some neighbours in a column are: the least and the greatest of them, and how many there are.
//!
//! ```text
//! for each value: the less and the greater of it and of those before it in its lane
//! ```
//!
//! 1. A bracket that none of them can be in needs no look at them.
//! 2. Each lane has its own least and greatest value, so that many are compared at once.

use crate::kernel::Real;
use crate::kernel::isa::kernel;
use crate::kernel::median::bracket::Bracket;
use crate::kernel::median::counts::Counts;

/// Values that are compared together.
const LANES: usize = 32;

/// What neighbours in a column are. Without any present the ends say nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Zone<T> {
    /// The least value.
    pub low: T,
    /// The greatest value.
    pub high: T,
    /// How many are not missing.
    present: u64,
}

impl<T: Real> Zone<T> {
    /// What values are.
    pub fn of(values: &[T]) -> Self {
        zone(values)
    }

    /// What `present` values are of which no more is known.
    pub const fn anywhere(present: u64) -> Self {
        Self {
            low: T::NEG_INFINITY,
            high: T::INFINITY,
            present,
        }
    }

    /// How many values are not missing.
    pub const fn present(self) -> u64 {
        self.present
    }

    /// Adds other neighbours.
    pub fn add(&mut self, other: Self) {
        if other.present == 0 {
            return;
        }
        let is_first = self.present == 0;
        if is_first || other.low.order() < self.low.order() {
            self.low = other.low;
        }
        if is_first || other.high.order() > self.high.order() {
            self.high = other.high;
        }
        self.present += other.present;
    }

    /// Where all of them are, compared with a bracket; `None` where some may be inside or at its ends.
    pub fn counts(self, bracket: Bracket<T>) -> Option<Counts> {
        let is_below = self.high.order() < bracket.low.order();
        let is_above = self.low.order() > bracket.high.order();
        let counts = Counts {
            present: self.present,
            below: if is_below { self.present } else { 0 },
            ..Counts::default()
        };
        (self.present == 0 || is_below || is_above).then_some(counts)
    }
}

kernel! {
    fn zone<T: Real>(values: &[T]) -> Zone<T> {
        let mut lanes = Lanes::new();
        let (groups, rest) = values.as_chunks::<LANES>();
        for group in groups {
            lanes.take(group);
        }
        let mut last = [T::MISSING; LANES];
        last[..rest.len()].copy_from_slice(rest);
        lanes.take(&last);
        lanes.all()
    }
}

/// The least and the greatest value of each lane.
struct Lanes<T> {
    low: [T; LANES],
    high: [T; LANES],
    present: [u32; LANES],
}

impl<T: Real> Lanes<T> {
    #[inline(always)]
    const fn new() -> Self {
        Self {
            low: [T::INFINITY; LANES],
            high: [T::NEG_INFINITY; LANES],
            present: [0; LANES],
        }
    }

    #[inline(always)]
    fn take(&mut self, group: &[T; LANES]) {
        for (at, value) in group.iter().enumerate() {
            // Conditions are joined by bits: a branch would keep lanes from being compared together.
            let is_present = !value.is_nan();
            let (low, high) = (self.low[at], self.high[at]);
            let is_less = is_present & (value.order() < low.order());
            let is_greater = is_present & (value.order() > high.order());
            self.low[at] = if is_less { *value } else { low };
            self.high[at] = if is_greater { *value } else { high };
            self.present[at] += u32::from(is_present);
        }
    }

    #[inline(always)]
    fn all(&self) -> Zone<T> {
        let mut zone = Zone {
            low: T::INFINITY,
            high: T::NEG_INFINITY,
            present: self.present.iter().map(|count| u64::from(*count)).sum(),
        };
        for (low, high) in self.low.iter().zip(&self.high) {
            if low.order() < zone.low.order() {
                zone.low = *low;
            }
            if high.order() > zone.high.order() {
                zone.high = *high;
            }
        }
        zone
    }
}
