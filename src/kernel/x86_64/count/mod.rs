//! Values of a column compared with a bracket: each register is compared once, and what lies inside
//! is pushed together and always written, where the compiler would compare some values twice and
//! keep them one by one.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`avx512`] | registers of 64 bytes |
//! | [`avx2`] | registers of 32 bytes |

/// `count` of a set of instructions, by the `halves`, `singles` and `doubles` beside it.
macro_rules! count_of {
    ($level:ty) => {
        /// Counts where values lie, and writes those between `low` and `high` to the front of `inside`,
        /// which must be as long as `values`. Compares none where it is not, or the type is not a float.
        pub fn count<T: Copy + 'static>(
            _: $level,
            values: &[T],
            low: T,
            high: T,
            inside: &mut [T],
        ) -> Counted {
            let mut counted = Counted::default();
            if inside.len() < values.len() {
                return counted;
            }
            let (from, to) = (values.as_ptr(), inside.as_mut_ptr());
            let (ends, length) = ([low, high], values.len());
            let ends = ends.as_ptr();
            let found = &mut counted;
            // SAFETY: the instructions are there; values are of the type that each function takes; there
            // is room for as many values as are compared.
            unsafe {
                match Float::of::<T>() {
                    Some(Float::Half) => halves(from.cast(), length, ends.cast(), to.cast(), found),
                    Some(Float::Single) => {
                        singles(from.cast(), length, ends.cast(), to.cast(), found)
                    }
                    Some(Float::Double) => {
                        doubles(from.cast(), length, ends.cast(), to.cast(), found)
                    }
                    None => {}
                }
            }
            counted
        }
    };
}

pub mod avx2;
pub mod avx512;

/// What was found among the first values.
#[derive(Debug, Clone, Copy, Default)]
pub struct Counted {
    /// Values that were compared.
    pub seen: usize,
    /// Of those, the ones inside the bracket, which were kept.
    pub kept: usize,
    /// Not NaN.
    pub present: u64,
    /// Below the bracket.
    pub below: u64,
    /// Equal to its lower end.
    pub at_low: u64,
    /// Equal to its upper end.
    pub at_high: u64,
}
