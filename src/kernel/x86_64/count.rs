//! One look along a column, written for AVX-512: what the compiler makes of its plain twin looks
//! twice wherever one of many neighbours lies inside, and keeps values one by one.
//!
//! Each register is compared once; what lies inside is pushed together and written always.
#![expect(
    unsafe_code,
    reason = "loads and stores through pointers; each function checks what it touches"
)]

use std::arch::x86_64::{
    _CMP_EQ_OQ, _CMP_GT_OQ, _CMP_LT_OQ, _CMP_ORD_Q, _mm512_cmp_pd_mask, _mm512_cmp_ps_mask,
    _mm512_loadu_pd, _mm512_loadu_ps, _mm512_mask_cmp_pd_mask, _mm512_mask_cmp_ps_mask,
    _mm512_maskz_compress_pd, _mm512_maskz_compress_ps, _mm512_set1_pd, _mm512_set1_ps,
    _mm512_storeu_pd, _mm512_storeu_ps,
};

use crate::kernel::Real;
use crate::kernel::median::bracket::Counts;
use crate::kernel::median::column::Done;
use crate::kernel::x86_64::avx512::is_on;
use crate::kernel::x86_64::halves;

/// Counts where values lie, and writes those inside the bracket one behind the other. Looks at none
/// where values or the machine are not fit.
pub fn look<T: Real>(
    values: &[T],
    (low, high): (T, T),
    counts: &mut Counts,
    inside: &mut [T],
) -> Done {
    if !is_on() || inside.len() < values.len() {
        return Done::default();
    }
    let (from, to) = (values.as_ptr(), inside.as_mut_ptr());
    let (length, ends) = (values.len(), [low, high]);
    let ends = ends.as_ptr();
    // SAFETY: the instructions are there; a `Real` of 16 bits is an `f16`, one of 32 bits an `f32`,
    // one of 64 bits an `f64`; there is room for as many values as are looked at.
    unsafe {
        match size_of::<T>() {
            2 => halves::along(from.cast(), length, ends.cast(), counts, to.cast()),
            4 => singles(from.cast(), length, ends.cast(), counts, to.cast()),
            8 => doubles(from.cast(), length, ends.cast(), counts, to.cast()),
            _ => Done::default(),
        }
    }
}

macro_rules! along {
    ($name:ident, $value:ty, $side:literal, $load:ident, $store:ident, $set:ident, $compare:ident,
     $masked:ident, $compress:ident) => {
        /// # Safety
        /// `length` values must be readable at `from` and writable at `to`, two readable at `ends`.
        #[target_feature(enable = "avx512f,popcnt")]
        unsafe fn $name(
            from: *const $value,
            length: usize,
            ends: *const $value,
            counts: &mut Counts,
            to: *mut $value,
        ) -> Done {
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
            counts.add(Counts {
                present: present.into(),
                below: below.into(),
                at_low: (present - below - over).into(),
                at_high: at_high.into(),
            });
            Done { seen: at, kept }
        }
    };
}

along!(
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
along!(
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
