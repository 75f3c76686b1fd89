//! Values spread over gaps, from the back on, so that it works in place: a register of rows takes
//! as many values as it has bits set.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`avx512`] | registers of 64 bytes |
//! | [`avx2`] | registers of 32 bytes |

/// `expand` of a set of instructions, by the `halves` and `singles` beside it, which move `SIDE` values.
macro_rules! expand_of {
    ($level:ty, $features:literal) => {
        /// Spreads the `valid` values at the front of `out` to the places whose bit is set, and writes
        /// `missing` to the others; returns whether it did. It does nothing where values are not 2 or 4
        /// bytes wide or not as many bits are set as there are values.
        pub fn expand<T: Copy>(
            _: $level,
            out: &mut [T],
            valid: usize,
            mask: &[u64],
            missing: T,
        ) -> bool {
            let fits = [2, 4].contains(&size_of::<T>()) && align_of::<T>() == size_of::<T>();
            let enough = mask.len() * 64 >= out.len() && valid <= out.len();
            if !fits || !enough {
                return false;
            }
            // SAFETY: the instructions are there; values of 16 or 32 bits are moved as they are; the mask
            // has a bit for each of `out`.
            unsafe { spread(out, valid, mask, missing) }
        }

        /// # Safety
        /// Values must have 16 or 32 bits; the mask must have a bit for each value of `out`, of which
        /// `valid` is at most the number; the machine must have the instructions.
        #[target_feature(enable = $features)]
        unsafe fn spread<T: Copy>(out: &mut [T], valid: usize, mask: &[u64], missing: T) -> bool {
            let (words, few) = (out.len() / 64, out.len() % 64);
            let set = mask[..words].iter().map(|word| word.count_ones());
            let last = mask.get(words).map_or(0, |word| word & ((1 << few) - 1));
            if set.sum::<u32>() as usize + last.count_ones() as usize != valid {
                return false;
            }
            let whole = out.len() / SIDE * SIDE;
            let mut from = valid;
            for row in (whole..out.len()).rev() {
                let is_set = mask[row / 64] >> (row % 64) & 1 == 1;
                from -= usize::from(is_set);
                out[row] = if is_set { out[from] } else { missing };
            }
            let data = out.as_mut_ptr();
            for row in (0..whole).step_by(SIDE).rev() {
                if from == row + SIDE {
                    // As many values as rows are left: they are where they belong.
                    break;
                }
                let here = mask[row / 64] >> (row % 64) & ((1 << SIDE) - 1);
                from -= here.count_ones() as usize;
                // SAFETY: `from <= row`, since as many bits are set below `row` as there are values before
                // `from`; so `SIDE` values are readable there, and none is overwritten before it is read.
                unsafe {
                    let (from, to) = (data.add(from).cast_const(), data.add(row));
                    if size_of::<T>() == 2 {
                        halves(
                            from.cast(),
                            to.cast(),
                            here,
                            std::mem::transmute_copy(&missing),
                        );
                    } else {
                        singles(
                            from.cast(),
                            to.cast(),
                            here,
                            std::mem::transmute_copy(&missing),
                        );
                    }
                }
            }
            true
        }
    };
}

pub mod avx2;
pub mod avx512;
