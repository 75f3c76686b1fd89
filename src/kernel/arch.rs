//! The one switch between machines. Each function does as much of its job as this machine has a
//! kernel for, and returns how much that was; the caller does the rest plainly, with the same bits.
//! Where there is no such kernel, or `ONECOPY_KERNELS` forbids it, the rest is everything.

#[cfg(not(target_arch = "x86_64"))]
pub(crate) use elsewhere::*;
#[cfg(target_arch = "x86_64")]
pub(crate) use on_x86_64::*;

/// Wrappers of the kernels for x86-64, each with its check of the instruction set.
#[cfg(target_arch = "x86_64")]
mod on_x86_64 {
    use half::f16;
    use ndarray::ArrayViewMut2;

    use crate::kernel::isa::Isa;
    use crate::kernel::median::counts::{Counted, Counts};
    use crate::kernel::x86_64::crc::Cast;
    pub(crate) use crate::kernel::x86_64::crc::Folded;
    pub(crate) use crate::kernel::x86_64::uncached::{copy_lines, fence};
    use crate::kernel::x86_64::{self, count, expand, transpose};

    /// Stores columns as rows; returns how many rows.
    pub(crate) fn transpose<T: Copy>(
        tile: &[T],
        stride: usize,
        out: &mut ArrayViewMut2<'_, T>,
        next: &[T],
    ) -> usize {
        if let Some(avx512) = Isa::avx512() {
            return transpose::avx512::transpose(avx512, tile, stride, out, next);
        }
        Isa::avx2().map_or(0, |avx2| {
            transpose::avx2::transpose(avx2, tile, stride, out, next)
        })
    }

    /// Unpacks values of some bits; returns how many.
    #[inline]
    pub(crate) fn unpack(body: &[u8], bit: usize, width: u32, out: &mut [u32]) -> usize {
        let mut done = 0;
        if let Some(avx512) = Isa::avx512() {
            done = x86_64::unpack::avx512(avx512, body, bit, width, out);
        }
        match Isa::avx2() {
            Some(avx2) if done == 0 => x86_64::unpack::avx2(avx2, body, bit, width, out),
            _ => done,
        }
    }

    /// Writes fills over the NaNs of a row; returns how many values were compared.
    pub(crate) fn fill<T: Copy + 'static>(row: &mut [T], fills: &[T]) -> usize {
        Isa::avx512().map_or(0, |avx512| x86_64::fill::fill(avx512, row, fills))
    }

    /// Counts values by a bracket, and keeps those inside.
    pub(crate) fn count<T: Copy + 'static>(
        values: &[T],
        low: T,
        high: T,
        inside: &mut [T],
    ) -> Counted {
        let counted = if let Some(avx512) = Isa::avx512() {
            count::avx512::count(avx512, values, low, high, inside)
        } else if let Some(avx2) = Isa::avx2() {
            count::avx2::count(avx2, values, low, high, inside)
        } else {
            return Counted::default();
        };
        Counted {
            seen: counted.seen,
            kept: counted.kept,
            counts: Counts {
                present: counted.present,
                below: counted.below,
                at_low: counted.at_low,
                at_high: counted.at_high,
            },
        }
    }

    /// Rounds values to halves; returns how many.
    pub(crate) fn narrow(values: &[f32], out: &mut [f16]) -> usize {
        Isa::avx512().map_or(0, |avx512| x86_64::narrow::narrow(avx512, values, out))
    }

    /// Spreads values over gaps; returns whether it did.
    pub(crate) fn expand<T: Copy>(out: &mut [T], valid: usize, mask: &[u64], missing: T) -> bool {
        if let Some(avx512) = Isa::avx512() {
            return expand::avx512::expand(avx512, out, valid, mask, missing);
        }
        Isa::avx2().is_some_and(|avx2| expand::avx2::expand(avx2, out, valid, mask, missing))
    }

    /// The bits of a word that are set in a mask, moved together; `None` where it takes a loop.
    #[inline]
    pub(crate) fn extract(word: u64, mask: u64) -> Option<u64> {
        Isa::avx2().map(|avx2| x86_64::extract::extract(avx2, word, mask))
    }

    /// Has values fetched into the cache.
    pub(crate) fn prefetch<T>(values: &[T]) {
        x86_64::prefetch::prefetch(values);
    }

    /// Moves the values of some rows together; returns how many words of the mask are done, and how
    /// many values were written.
    pub(crate) fn compress<T: Copy>(from: &[T], masks: &[u64], out: &mut [T]) -> [usize; 2] {
        let done = Isa::avx512().map(|avx512| x86_64::compress::compress(avx512, from, masks, out));
        let done = done.unwrap_or_default();
        [done.words, done.filled]
    }

    /// Copies the values of the first indices; returns how many, and the largest of them if they
    /// may be out of range, or 0.
    pub(crate) fn gather<T: Copy>(values: &[T], indices: &[u32], out: &mut [T]) -> (usize, u32) {
        let Some(avx512) = Isa::avx512() else {
            return (0, 0);
        };
        let looked_up = x86_64::gather::lookup(avx512, values, indices, out);
        if looked_up.count > 0 {
            return (looked_up.count, looked_up.largest);
        }
        (x86_64::gather::gather(avx512, values, indices, out), 0)
    }

    /// Casts whole blocks of values and folds their bytes, after others of this `sum` if nothing is
    /// folded yet; returns how many values. `again` gets the blocks that are not finite.
    pub(crate) fn cast_and_fold<S: 'static, T: 'static, const BLOCK: usize>(
        folded: &mut Option<Folded>,
        sum: u32,
        bytes: &[u8],
        out: &mut [T],
        again: impl FnMut(&[u8], &mut [T]),
    ) -> usize {
        Isa::avx512().and_then(Cast::<S, T>::new).map_or(0, |cast| {
            let folded = folded.get_or_insert_with(|| Folded::after(sum));
            cast.run::<BLOCK>(folded, bytes, out, again)
        })
    }

    /// Whether lines can be stored past the cache.
    pub(crate) fn has_uncached_stores() -> bool {
        Isa::best() > Isa::Plain
    }
}

/// The same for machines without kernels of their own: nothing is done.
#[cfg(not(target_arch = "x86_64"))]
mod elsewhere {
    use half::f16;
    use ndarray::ArrayViewMut2;

    use crate::kernel::median::counts::Counted;

    pub(crate) fn transpose<T>(_: &[T], _: usize, _: &mut ArrayViewMut2<'_, T>, _: &[T]) -> usize {
        0
    }

    pub(crate) fn unpack(_: &[u8], _: usize, _: u32, _: &mut [u32]) -> usize {
        0
    }

    pub(crate) fn fill<T>(_: &mut [T], _: &[T]) -> usize {
        0
    }

    pub(crate) fn count<T>(_: &[T], _: T, _: T, _: &mut [T]) -> Counted {
        Counted::default()
    }

    pub(crate) fn narrow(_: &[f32], _: &mut [f16]) -> usize {
        0
    }

    pub(crate) fn expand<T>(_: &mut [T], _: usize, _: &[u64], _: T) -> bool {
        false
    }

    pub(crate) const fn extract(_: u64, _: u64) -> Option<u64> {
        None
    }

    pub(crate) const fn prefetch<T>(_: &[T]) {}

    pub(crate) fn compress<T>(_: &[T], _: &[u64], _: &mut [T]) -> [usize; 2] {
        [0, 0]
    }

    pub(crate) fn gather<T>(_: &[T], _: &[u32], _: &mut [T]) -> (usize, u32) {
        (0, 0)
    }

    /// Bytes that are never folded.
    #[derive(Debug, Clone)]
    pub(crate) enum Folded {}

    impl Folded {
        pub(crate) fn bytes(&self) -> &[u8] {
            match *self {}
        }
    }

    #[expect(
        clippy::extra_unused_type_parameters,
        reason = "called as the one for x86-64 is"
    )]
    pub(crate) fn cast_and_fold<S, T, const BLOCK: usize>(
        _: &mut Option<Folded>,
        _: u32,
        _: &[u8],
        _: &mut [T],
        _: impl FnMut(&[u8], &mut [T]),
    ) -> usize {
        0
    }

    pub(crate) fn has_uncached_stores() -> bool {
        false
    }

    pub(crate) fn copy_lines<T>(_: &[T], _: &mut [T]) -> usize {
        0
    }

    pub(crate) fn fence() {}
}
