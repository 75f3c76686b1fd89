//! Values by their indices.
//!
//! A table that is small enough stays in the registers: two of them are permuted at once, and the
//! higher bits of the index choose among the pairs. From a larger table values are copied one by
//! one, or 16 at once where their indices follow each other.
#![expect(
    unsafe_code,
    reason = "loads and stores through pointers; each function checks what it touches"
)]

use std::arch::x86_64::{
    __m512i, _mm512_add_epi32, _mm512_castsi256_si512, _mm512_cmpge_epu32_mask,
    _mm512_cmpneq_epi32_mask, _mm512_cvtepi32_epi16, _mm512_inserti64x4, _mm512_loadu_si512,
    _mm512_mask_blend_epi16, _mm512_mask_blend_epi32, _mm512_maskz_loadu_epi16,
    _mm512_maskz_loadu_epi32, _mm512_max_epu32, _mm512_permutex2var_epi16,
    _mm512_permutex2var_epi32, _mm512_reduce_max_epu32, _mm512_set1_epi16, _mm512_set1_epi32,
    _mm512_setr_epi32, _mm512_setzero_si512, _mm512_storeu_si512, _mm512_test_epi16_mask,
    _mm512_test_epi32_mask,
};

use crate::kernel::x86_64::{Avx512, SIDE};

/// The most values of a table that stays in the registers.
const MOST: usize = 256;
/// How far a lookup came.
#[derive(Debug, Clone, Copy, Default)]
pub struct LookedUp {
    /// Indices that were used.
    pub count: usize,
    /// The largest of them.
    pub largest: u32,
}

/// Writes the value of each of the first indices to `out`: any value, or zero bits, for an index
/// out of range. Uses none where values are not 2 or 4 bytes wide or are more than `MOST`.
pub fn lookup<T: Copy>(_: Avx512, values: &[T], indices: &[u32], out: &mut [T]) -> LookedUp {
    let lanes = 64 / size_of::<T>().max(1);
    let whole = indices.len().min(out.len()) / lanes.max(1) * lanes;
    let (from, at, to) = (values.as_ptr(), indices.as_ptr(), out.as_mut_ptr());
    if values.len() > MOST {
        return LookedUp::default();
    }
    let length = values.len();
    // SAFETY: the instructions are there; values of 16 or 32 bits are moved as they are; `whole` is
    // a multiple of the lanes, and so many indices are readable and values writable.
    let largest = unsafe {
        match (size_of::<T>(), length) {
            (2, ..=64) => halves::<2>(from.cast(), length, at, to.cast(), whole),
            (2, ..=128) => halves::<4>(from.cast(), length, at, to.cast(), whole),
            (2, _) => halves::<8>(from.cast(), length, at, to.cast(), whole),
            (4, ..=32) => singles::<2>(from.cast(), length, at, to.cast(), whole),
            (4, ..=64) => singles::<4>(from.cast(), length, at, to.cast(), whole),
            (4, ..=128) => singles::<8>(from.cast(), length, at, to.cast(), whole),
            (4, _) => singles::<16>(from.cast(), length, at, to.cast(), whole),
            _ => return LookedUp::default(),
        }
    };
    LookedUp {
        count: whole,
        largest,
    }
}

macro_rules! lookup {
    ($name:ident, $value:ty, $lanes:literal, $bits:ty, $load:ident, $look:ident, $test:ident,
     $set:ident, $blend:ident, $indices:ident) => {
        /// # Safety
        /// `length` values must be readable at `from`, `whole` indices at `at`, and `whole` values,
        /// a multiple of the lanes, writable at `to`; the machine must have the instructions.
        #[target_feature(enable = "avx512f,avx512bw")]
        unsafe fn $name<const REGISTERS: usize>(
            from: *const $value,
            length: usize,
            at: *const u32,
            to: *mut $value,
            whole: usize,
        ) -> u32 {
            let table: [__m512i; REGISTERS] = std::array::from_fn(|register| {
                let first = (register * $lanes).min(length);
                let held = u32::try_from((length - first).min($lanes)).unwrap_or(0);
                let empty = <$bits>::BITS - held;
                let mask = <$bits>::MAX.checked_shr(empty).unwrap_or(0);
                // SAFETY: only so many values are loaded as are held there.
                unsafe { $load(mask, from.add(first).cast()) }
            });
            let mut most = _mm512_setzero_si512();
            for place in (0..whole).step_by($lanes) {
                // SAFETY: the caller promises that these indices are there.
                let indices = unsafe { $indices(at.add(place), &mut most) };
                let mut found = table;
                for pair in 0..REGISTERS / 2 {
                    found[pair] = $look(table[2 * pair], indices, table[2 * pair + 1]);
                }
                let (mut left, mut bit) = (REGISTERS / 2, 2 * $lanes);
                while left > 1 {
                    let high = $test(indices, $set(bit));
                    for pair in 0..left / 2 {
                        found[pair] = $blend(high, found[2 * pair], found[2 * pair + 1]);
                    }
                    (left, bit) = (left / 2, 2 * bit);
                }
                // SAFETY: the caller promises room for these values.
                unsafe { _mm512_storeu_si512(to.add(place).cast(), found[0]) };
            }
            _mm512_reduce_max_epu32(most)
        }
    };
}

lookup!(
    singles,
    u32,
    16,
    u16,
    _mm512_maskz_loadu_epi32,
    _mm512_permutex2var_epi32,
    _mm512_test_epi32_mask,
    _mm512_set1_epi32,
    _mm512_mask_blend_epi32,
    wide
);
lookup!(
    halves,
    u16,
    32,
    u32,
    _mm512_maskz_loadu_epi16,
    _mm512_permutex2var_epi16,
    _mm512_test_epi16_mask,
    _mm512_set1_epi16,
    _mm512_mask_blend_epi16,
    narrow
);

/// Writes the value of each of the first indices to `out`, however many values there are; returns
/// how many it used. It stops before `SIDE` indices of which one is out of range.
pub fn gather<T: Copy>(_: Avx512, values: &[T], indices: &[u32], out: &mut [T]) -> usize {
    let length = u32::try_from(values.len()).unwrap_or(u32::MAX);
    let sides = indices.len().min(out.len()) / SIDE;
    let (from, at, to) = (values.as_ptr(), indices.as_ptr(), out.as_mut_ptr());
    // SAFETY: the instructions are there; `sides` times `SIDE` indices are readable and values
    // writable, and all values that are before `length` are readable.
    unsafe { from_many(from, length, at, to, sides) }
}

/// # Safety
/// `length` values must be readable at `from`, `sides` times `SIDE` indices at `at`, and as many
/// values writable at `to`; the machine must have the instructions.
#[target_feature(enable = "avx512f")]
unsafe fn from_many<T: Copy>(
    from: *const T,
    length: u32,
    at: *const u32,
    to: *mut T,
    sides: usize,
) -> usize {
    let rising = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    let length = _mm512_set1_epi32(length.cast_signed());
    for side in 0..sides {
        // SAFETY: the caller promises these indices, and room for their values; each index was
        // compared with the number of values before one is taken.
        unsafe {
            let (at, to) = (at.add(side * SIDE), to.add(side * SIDE));
            let indices = _mm512_loadu_si512(at.cast());
            if _mm512_cmpge_epu32_mask(indices, length) != 0 {
                return side * SIDE;
            }
            let side_by_side = _mm512_add_epi32(_mm512_set1_epi32((*at).cast_signed()), rising);
            if _mm512_cmpneq_epi32_mask(indices, side_by_side) == 0 {
                to.copy_from_nonoverlapping(from.add(*at as usize), SIDE);
            } else {
                for place in 0..SIDE {
                    *to.add(place) = *from.add(*at.add(place) as usize);
                }
            }
        }
    }
    sides * SIDE
}

/// Sixteen indices.
///
/// # Safety
/// They must be readable at `at`.
#[target_feature(enable = "avx512f")]
#[inline]
unsafe fn wide(at: *const u32, most: &mut __m512i) -> __m512i {
    // SAFETY: as the caller promises.
    let indices = unsafe { _mm512_loadu_si512(at.cast()) };
    *most = _mm512_max_epu32(*most, indices);
    indices
}

/// Thirty-two indices, cut to 16 bits: a table has fewer values.
///
/// # Safety
/// They must be readable at `at`.
#[target_feature(enable = "avx512f,avx512bw")]
#[inline]
unsafe fn narrow(at: *const u32, most: &mut __m512i) -> __m512i {
    // SAFETY: as the caller promises.
    let (low, high) = unsafe { (wide(at, most), wide(at.add(16), most)) };
    let low = _mm512_castsi256_si512(_mm512_cvtepi32_epi16(low));
    _mm512_inserti64x4::<1>(low, _mm512_cvtepi32_epi16(high))
}
