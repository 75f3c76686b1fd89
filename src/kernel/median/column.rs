//! One column compared with its bracket, value after value: those below are counted, and those
//! inside are kept.
//!
//! ```text
//! for each value: count it if it is below `low`, at `low` or at `high`; keep it if between
//! ```
//!
//! 1. Only neighbours of which one is inside are compared again.
//! 2. Of these the ones inside are found as the bytes of two words that are not zero.

use crate::kernel::isa::kernel;
use crate::kernel::median::bracket::Bracket;
use crate::kernel::median::counts::Counts;
use crate::kernel::median::rows::{COLUMNS_AT_ONCE, each_marked};
use crate::kernel::{Real, arch};

/// The most values that are counted by one call.
pub const STRETCH: usize = 4096;
/// Neighbours that are counted together.
const GROUP: usize = 256;
/// Neighbours that are kept together: so few that most such hold nothing inside the bracket.
const FEW: usize = COLUMNS_AT_ONCE;

/// What a stretch of a column has in its bracket.
#[derive(Debug)]
pub struct InBracket<T> {
    /// How many values are where.
    pub counts: Counts,
    inside: Box<[T; STRETCH]>,
    length: usize,
}

impl<T: Real> Default for InBracket<T> {
    fn default() -> Self {
        Self {
            counts: Counts::default(),
            inside: Box::new([T::MISSING; STRETCH]),
            length: 0,
        }
    }
}

impl<T: Real> InBracket<T> {
    /// The values inside the bracket.
    pub fn inside(&self) -> &[T] {
        &self.inside[..self.length]
    }

    /// Whether some values are below the bracket and others above it.
    pub const fn is_on_both_sides(&self) -> bool {
        let counts = self.counts;
        let until = counts.below + counts.at_low + counts.at_high + self.length as u64;
        counts.below > 0 && until < counts.present
    }

    /// Counts and keeps at most `STRETCH` values, and forgets all before.
    pub fn count(&mut self, values: &[T], bracket: Bracket<T>) {
        let values = &values[..values.len().min(STRETCH)];
        let counted = arch::count(values, bracket.low, bracket.high, &mut *self.inside);
        self.counts = counted.counts;
        self.length = counted.kept;
        count_rest(self, &values[counted.seen..], bracket);
    }
}

kernel! {
    fn count_rest<T: Real>(found: &mut InBracket<T>, values: &[T], bracket: Bracket<T>) {
        let (low, high) = (bracket.low.order(), bracket.high.order());
        let (groups, rest) = values.as_chunks::<GROUP>();
        for group in groups {
            found.group(group, low, high);
        }
        found.group(rest, low, high);
    }
}

#[expect(
    clippy::needless_bitwise_bool,
    reason = "a branch for each value would keep them from being compared together"
)]
impl<T: Real> InBracket<T> {
    #[inline(always)]
    fn group(&mut self, values: &[T], low: T::Order, high: T::Order) {
        let (mut present, mut below, mut at_low, mut at_high) = (0_u32, 0_u32, 0_u32, 0_u32);
        let mut any = false;
        for value in values {
            present += u32::from(!value.is_nan());
            let value = value.order();
            below += u32::from(value < low);
            at_low += u32::from(value == low);
            at_high += u32::from(value == high);
            any |= (value > low) & (value < high);
        }
        self.counts.present += u64::from(present);
        self.counts.below += u64::from(below);
        self.counts.at_low += u64::from(at_low);
        self.counts.at_high += u64::from(at_high);
        if any {
            let (few, rest) = values.as_chunks::<FEW>();
            for few in few {
                self.few(few, low, high);
            }
            self.few(rest, low, high);
        }
    }

    #[inline(always)]
    fn few(&mut self, values: &[T], low: T::Order, high: T::Order) {
        let mut between = [0_u8; FEW];
        for (mark, value) in between.iter_mut().zip(values) {
            *mark = u8::from(value.order() > low) & u8::from(value.order() < high);
        }
        each_marked(between, |at| {
            self.inside[self.length % STRETCH] = values[at];
            self.length += 1;
        });
    }
}
