//! One column in one look at each value, along the column: what lies below the bracket is counted,
//! and what lies inside is kept.
//!
//! ```text
//! for each value: count it if it is below `low`, at `low` or at `high`; keep it if between
//! ```
//!
//! 1. Only neighbours of which one lies inside are looked at again.
//! 2. What is kept is written always and counted only if it belongs: no branch to guess.

use crate::kernel::Real;
use crate::kernel::isa::Kernel;
use crate::kernel::median::bracket::Counts;
#[cfg(target_arch = "x86_64")]
use crate::kernel::x86_64::count::look as simd;

/// Neighbours at most in one look.
pub const STRETCH: usize = 4096;
/// Neighbours that are counted together.
const GROUP: usize = 256;
/// Neighbours that are kept together: few enough that most such hold nothing inside the bracket.
const FEW: usize = 16;

/// What a stretch of a column left in its bracket.
#[derive(Debug)]
pub struct InBracket<T> {
    /// How many lay where.
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

    /// Looks at at most `STRETCH` values, and at nothing else before.
    pub fn look(&mut self, values: &[T], (low, high): (T, T)) {
        self.counts = Counts::default();
        let values = &values[..values.len().min(STRETCH)];
        let done = simd(values, (low, high), &mut self.counts, &mut *self.inside);
        self.length = done.kept;
        let look = Checkpoint {
            values: &values[done.seen..],
            low: low.order(),
            high: high.order(),
            haul: self,
        };
        look.dispatch();
    }
}

struct Checkpoint<'a, T: Real> {
    values: &'a [T],
    low: T::Order,
    high: T::Order,
    haul: &'a mut InBracket<T>,
}

impl<T: Real> Kernel for Checkpoint<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run(mut self) {
        let (groups, rest) = self.values.as_chunks::<GROUP>();
        for group in groups {
            self.group(group);
        }
        self.group(rest);
    }
}

#[expect(
    clippy::needless_bitwise_bool,
    reason = "a branch for each value would keep them from being compared together"
)]
impl<T: Real> Checkpoint<'_, T> {
    #[inline(always)]
    fn group(&mut self, values: &[T]) {
        let (low, high) = (self.low, self.high);
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
        let counts = &mut self.haul.counts;
        counts.present += u64::from(present);
        counts.below += u64::from(below);
        counts.at_low += u64::from(at_low);
        counts.at_high += u64::from(at_high);
        if any {
            let (few, rest) = values.as_chunks::<FEW>();
            for few in few {
                self.few(few);
            }
            self.few(rest);
        }
    }

    #[inline(always)]
    fn few(&mut self, values: &[T]) {
        let (low, high) = (self.low, self.high);
        let belongs = |value: &T| (value.order() > low) & (value.order() < high);
        if values.iter().fold(false, |any, value| any | belongs(value)) {
            for value in values {
                self.haul.inside[self.haul.length % STRETCH] = *value;
                self.haul.length += usize::from(belongs(value));
            }
        }
    }
}

/// What a kernel for one machine has done.
#[derive(Debug, Clone, Copy, Default)]
pub struct Done {
    /// Values that it looked at.
    pub seen: usize,
    /// Of those, how many it kept.
    pub kept: usize,
}

/// Nothing is looked at where the machine has no trick for it.
#[cfg(not(target_arch = "x86_64"))]
fn simd<T: Real>(_: &[T], _: (T, T), _: &mut Counts, _: &mut [T]) -> Done {
    Done::default()
}
