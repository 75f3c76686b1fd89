//! Registers of 64 bytes, with masks and an instruction that pushes values together.
#![expect(
    unsafe_code,
    reason = "loads and stores through pointers; each function checks what it touches"
)]

use std::arch::x86_64::{
    __m512i, _CMP_EQ_OQ, _CMP_GT_OQ, _CMP_LT_OQ, _CMP_ORD_Q, _mm256_storeu_si256, _mm512_and_si512,
    _mm512_castsi512_si256, _mm512_cmp_pd_mask, _mm512_cmp_ps_mask, _mm512_cmpeq_epi16_mask,
    _mm512_cmpgt_epi16_mask, _mm512_cmplt_epi16_mask, _mm512_cvtepi32_epi16, _mm512_cvtepu16_epi32,
    _mm512_extracti64x4_epi64, _mm512_loadu_epi16, _mm512_loadu_pd, _mm512_loadu_ps,
    _mm512_mask_cmp_pd_mask, _mm512_mask_cmp_ps_mask, _mm512_mask_cmplt_epi16_mask,
    _mm512_maskz_compress_epi32, _mm512_maskz_compress_pd, _mm512_maskz_compress_ps,
    _mm512_set1_epi16, _mm512_set1_pd, _mm512_set1_ps, _mm512_srai_epi16, _mm512_storeu_pd,
    _mm512_storeu_ps, _mm512_xor_si512,
};

use crate::kernel::x86_64::count::Counted;
use crate::kernel::x86_64::fill::missing_halves;
use crate::kernel::x86_64::{Avx512, Float};

count_of!(Avx512);

macro_rules! floats {
    ($name:ident, $value:ty, $side:literal, $load:ident, $store:ident, $set:ident, $compare:ident,
     $masked:ident, $compress:ident) => {
        /// # Safety
        /// `length` values must be readable at `from` and writable at `to`, two readable at `ends`;
        /// the machine must have AVX-512.
        #[target_feature(enable = "avx512f,popcnt")]
        unsafe fn $name(
            from: *const $value,
            length: usize,
            ends: *const $value,
            to: *mut $value,
            counted: &mut Counted,
        ) {
            // SAFETY: the caller promises both ends.
            let (low, high) = unsafe { ($set(*ends), $set(*ends.add(1))) };
            let (mut present, mut below, mut over, mut at_high) = (0, 0, 0, 0);
            let (mut at, mut kept) = (0, 0);
            while at + $side <= length {
                // SAFETY: as many values are left; `kept` is at most `at`, so there is room.
                unsafe {
                    let values = $load(from.add(at));
                    let above = $compare::<_CMP_GT_OQ>(values, low);
                    let between = $masked::<_CMP_LT_OQ>(above, values, high);
                    $store(to.add(kept), $compress(between, values));
                    kept += between.count_ones() as usize;
                    present += $compare::<_CMP_ORD_Q>(values, values).count_ones();
                    below += $compare::<_CMP_LT_OQ>(values, low).count_ones();
                    over += above.count_ones();
                    at_high += $compare::<_CMP_EQ_OQ>(values, high).count_ones();
                }
                at += $side;
            }
            counted.present += u64::from(present);
            counted.below += u64::from(below);
            counted.at_low += u64::from(present - below - over);
            counted.at_high += u64::from(at_high);
            counted.seen = at;
            counted.kept = kept;
        }
    };
}

floats!(
    singles,
    f32,
    16,
    _mm512_loadu_ps,
    _mm512_storeu_ps,
    _mm512_set1_ps,
    _mm512_cmp_ps_mask,
    _mm512_mask_cmp_ps_mask,
    _mm512_maskz_compress_ps
);
floats!(
    doubles,
    f64,
    8,
    _mm512_loadu_pd,
    _mm512_storeu_pd,
    _mm512_set1_pd,
    _mm512_cmp_pd_mask,
    _mm512_mask_cmp_pd_mask,
    _mm512_maskz_compress_pd
);

/// Halves that are compared together.
const WIDE: usize = 32;

/// The same for halves, which are compared as integers: the bits of a negative one, except for its
/// sign, are flipped, so that larger magnitudes come first.
///
/// # Safety
/// As for `singles`.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,popcnt")]
unsafe fn halves(
    from: *const u16,
    length: usize,
    ends: *const u16,
    to: *mut u16,
    counted: &mut Counted,
) {
    // SAFETY: the caller promises both ends.
    let [low, high] =
        [0, 1].map(|at| ordered(_mm512_set1_epi16(unsafe { *ends.add(at) }.cast_signed())));
    let (mut absent, mut below, mut at_low, mut at_high) = (0, 0, 0, 0);
    let (mut at, mut kept) = (0, 0);
    while at + WIDE <= length {
        // SAFETY: as many values are left.
        let bits = unsafe { _mm512_loadu_epi16(from.add(at).cast()) };
        let values = ordered(bits);
        absent += missing_halves(bits).count_ones();
        below += _mm512_cmplt_epi16_mask(values, low).count_ones();
        at_low += _mm512_cmpeq_epi16_mask(values, low).count_ones();
        at_high += _mm512_cmpeq_epi16_mask(values, high).count_ones();
        let above = _mm512_cmpgt_epi16_mask(values, low);
        let between = _mm512_mask_cmplt_epi16_mask(above, values, high);
        #[expect(clippy::cast_possible_truncation, reason = "16 bits are cut out")]
        let parts = [
            (_mm512_castsi512_si256(bits), between as u16),
            (_mm512_extracti64x4_epi64::<1>(bits), (between >> 16) as u16),
        ];
        for (part, between) in parts {
            let pushed = _mm512_maskz_compress_epi32(between, _mm512_cvtepu16_epi32(part));
            // SAFETY: `kept` is at most `at`, or 16 more for the second part, so there is room.
            unsafe { _mm256_storeu_si256(to.add(kept).cast(), _mm512_cvtepi32_epi16(pushed)) };
            kept += between.count_ones() as usize;
        }
        at += WIDE;
    }
    counted.present += at as u64 - u64::from(absent);
    counted.below += u64::from(below);
    counted.at_low += u64::from(at_low);
    counted.at_high += u64::from(at_high);
    counted.seen = at;
    counted.kept = kept;
}

/// Halves as integers of the same order.
#[target_feature(enable = "avx512f,avx512bw")]
#[inline]
fn ordered(bits: __m512i) -> __m512i {
    let magnitude = _mm512_set1_epi16(0x7fff);
    let turned = _mm512_and_si512(_mm512_srai_epi16::<15>(bits), magnitude);
    _mm512_xor_si512(bits, turned)
}
