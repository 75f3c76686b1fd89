//! Registers of 32 bytes. What lies inside is pushed together by a table, which has for each mask of
//! eight values the places of those that are set.
#![expect(
    unsafe_code,
    reason = "loads and stores through pointers; each function checks what it touches"
)]

use std::arch::x86_64::{
    __m128i, __m256i, _CMP_EQ_OQ, _CMP_GT_OQ, _CMP_LT_OQ, _CMP_ORD_Q, _mm_add_epi16,
    _mm_cvtepu8_epi16, _mm_cvtsi64_si128, _mm_mullo_epi16, _mm_set1_epi16, _mm_shuffle_epi8,
    _mm_storeu_si128, _mm256_and_pd, _mm256_and_ps, _mm256_and_si256, _mm256_castpd_si256,
    _mm256_castps_si256, _mm256_castsi256_si128, _mm256_cmp_pd, _mm256_cmp_ps, _mm256_cmpeq_epi16,
    _mm256_cmpgt_epi16, _mm256_cvtepu8_epi32, _mm256_cvtepu8_epi64, _mm256_extracti128_si256,
    _mm256_loadu_pd, _mm256_loadu_ps, _mm256_loadu_si256, _mm256_movemask_epi8, _mm256_movemask_pd,
    _mm256_movemask_ps, _mm256_or_si256, _mm256_packs_epi16, _mm256_permutevar8x32_epi32,
    _mm256_set1_epi16, _mm256_set1_epi64x, _mm256_set1_pd, _mm256_set1_ps, _mm256_setzero_si256,
    _mm256_slli_epi64, _mm256_srai_epi16, _mm256_storeu_si256, _mm256_sub_epi32, _mm256_sub_epi64,
    _mm256_xor_si256,
};

use crate::kernel::x86_64::count::Counted;
use crate::kernel::x86_64::{Avx2, Float};

/// For each mask the places of its bits, one in each byte, the lowest first.
const PLACES: [u64; 256] = places();

const fn places() -> [u64; 256] {
    let mut places = [0; 256];
    let mut mask = 0;
    while mask < 256 {
        let (mut place, mut found) = (0, 0);
        while place < 8 {
            if mask >> place & 1 == 1 {
                places[mask] |= place << (8 * found);
                found += 1;
            }
            place += 1;
        }
        mask += 1;
    }
    places
}

count_of!(Avx2);

macro_rules! floats {
    ($name:ident, $value:ty, $number:ty, $side:literal, $load:ident, $set:ident, $compare:ident,
     $and:ident, $bits:ident, $mask:ident, $subtract:ident, $words:ident) => {
        /// # Safety
        /// `length` values must be readable at `from` and writable at `to`, two readable at `ends`;
        /// the machine must have AVX2.
        #[target_feature(enable = "avx2,popcnt")]
        unsafe fn $name(
            from: *const $value,
            length: usize,
            ends: *const $value,
            to: *mut $value,
            counted: &mut Counted,
        ) {
            // SAFETY: the caller promises both ends.
            let (low, high) = unsafe { ($set(*ends), $set(*ends.add(1))) };
            // What a comparison finds is minus one.
            let mut sums = [_mm256_setzero_si256(); 4];
            let (mut at, mut kept) = (0, 0);
            while at + $side <= length {
                // SAFETY: as many values are left.
                let values = unsafe { $load(from.add(at)) };
                let over = $compare::<_CMP_GT_OQ>(values, low);
                let between = $mask($and(over, $compare::<_CMP_LT_OQ>(values, high)));
                let place = PLACES[between.cast_unsigned() as usize % PLACES.len()];
                let pushed = _mm256_permutevar8x32_epi32($bits(values), $words(place));
                // SAFETY: `kept` is at most `at`, so there is room.
                unsafe { _mm256_storeu_si256(to.add(kept).cast(), pushed) };
                kept += between.count_ones() as usize;
                let found = [
                    $compare::<_CMP_ORD_Q>(values, values),
                    $compare::<_CMP_LT_OQ>(values, low),
                    over,
                    $compare::<_CMP_EQ_OQ>(values, high),
                ];
                for (sum, found) in sums.iter_mut().zip(found) {
                    *sum = $subtract(*sum, $bits(found));
                }
                at += $side;
            }
            let [present, below, over, at_high] = sums.map(|sum| {
                let mut lanes = [0 as $number; $side];
                // SAFETY: so many numbers are a register.
                unsafe { _mm256_storeu_si256(lanes.as_mut_ptr().cast(), sum) };
                lanes.into_iter().map(u64::from).sum::<u64>()
            });
            counted.present += present;
            counted.below += below;
            counted.at_low += present - below - over;
            counted.at_high += at_high;
            counted.seen = at;
            counted.kept = kept;
        }
    };
}

floats!(
    singles,
    f32,
    u32,
    8,
    _mm256_loadu_ps,
    _mm256_set1_ps,
    _mm256_cmp_ps,
    _mm256_and_ps,
    _mm256_castps_si256,
    _mm256_movemask_ps,
    _mm256_sub_epi32,
    words_of_singles
);
floats!(
    doubles,
    f64,
    u64,
    4,
    _mm256_loadu_pd,
    _mm256_set1_pd,
    _mm256_cmp_pd,
    _mm256_and_pd,
    _mm256_castpd_si256,
    _mm256_movemask_pd,
    _mm256_sub_epi64,
    words_of_doubles
);

/// The places of eight words of 32 bits.
#[target_feature(enable = "avx2")]
#[inline]
fn words_of_singles(places: u64) -> __m256i {
    _mm256_cvtepu8_epi32(_mm_cvtsi64_si128(places.cast_signed()))
}

/// The places of four values of two such words.
#[target_feature(enable = "avx2")]
#[inline]
fn words_of_doubles(places: u64) -> __m256i {
    let places = _mm256_cvtepu8_epi64(_mm_cvtsi64_si128(places.cast_signed()));
    let (first, second) = (
        _mm256_slli_epi64::<1>(places),
        _mm256_slli_epi64::<33>(places),
    );
    let both = _mm256_or_si256(first, second);
    _mm256_or_si256(both, _mm256_set1_epi64x(1 << 32))
}

/// Halves that are compared together.
const WIDE: usize = 16;

/// The same for halves, which are compared as integers: the bits of a negative one, except for its
/// sign, are flipped, so that larger magnitudes come first.
///
/// # Safety
/// As for `singles`.
#[target_feature(enable = "avx2,popcnt")]
unsafe fn halves(
    from: *const u16,
    length: usize,
    ends: *const u16,
    to: *mut u16,
    counted: &mut Counted,
) {
    // SAFETY: the caller promises both ends.
    let [low, high] =
        [0, 1].map(|at| ordered(_mm256_set1_epi16(unsafe { *ends.add(at) }.cast_signed())));
    let magnitude = _mm256_set1_epi16(0x7fff);
    let infinite = _mm256_set1_epi16(0x7c00);
    let (mut absent, mut below, mut at_low, mut at_high) = (0, 0, 0, 0);
    let (mut at, mut kept) = (0, 0);
    while at + WIDE <= length {
        // SAFETY: as many values are left.
        let bits = unsafe { _mm256_loadu_si256(from.add(at).cast()) };
        let values = ordered(bits);
        absent += found(_mm256_cmpgt_epi16(
            _mm256_and_si256(bits, magnitude),
            infinite,
        ));
        below += found(_mm256_cmpgt_epi16(low, values));
        at_low += found(_mm256_cmpeq_epi16(values, low));
        at_high += found(_mm256_cmpeq_epi16(values, high));
        let over = _mm256_cmpgt_epi16(values, low);
        let between = _mm256_and_si256(over, _mm256_cmpgt_epi16(high, values));
        // One byte for each value, those of either half in front of eight that are zero.
        let between = _mm256_packs_epi16(between, _mm256_setzero_si256());
        let between = _mm256_movemask_epi8(between).to_le_bytes();
        let parts = [
            (_mm256_castsi256_si128(bits), between[0]),
            (_mm256_extracti128_si256::<1>(bits), between[2]),
        ];
        for (part, between) in parts {
            let pushed = _mm_shuffle_epi8(part, bytes_of_halves(PLACES[usize::from(between)]));
            // SAFETY: `kept` is at most `at`, or 8 more for the second part, so there is room.
            unsafe { _mm_storeu_si128(to.add(kept).cast(), pushed) };
            kept += between.count_ones() as usize;
        }
        at += WIDE;
    }
    counted.present += at as u64 - absent;
    counted.below += below;
    counted.at_low += at_low;
    counted.at_high += at_high;
    counted.seen = at;
    counted.kept = kept;
}

/// Halves as integers of the same order.
#[target_feature(enable = "avx2")]
#[inline]
fn ordered(bits: __m256i) -> __m256i {
    let magnitude = _mm256_set1_epi16(0x7fff);
    let turned = _mm256_and_si256(_mm256_srai_epi16::<15>(bits), magnitude);
    _mm256_xor_si256(bits, turned)
}

/// How many halves a comparison has found.
#[target_feature(enable = "avx2,popcnt")]
#[inline]
fn found(mask: __m256i) -> u64 {
    u64::from(_mm256_movemask_epi8(mask).count_ones() / 2)
}

/// The places of the bytes of eight halves.
#[target_feature(enable = "avx2")]
#[inline]
fn bytes_of_halves(places: u64) -> __m128i {
    let places = _mm_cvtepu8_epi16(_mm_cvtsi64_si128(places.cast_signed()));
    let both = _mm_mullo_epi16(places, _mm_set1_epi16(0x0202));
    _mm_add_epi16(both, _mm_set1_epi16(0x0100))
}
