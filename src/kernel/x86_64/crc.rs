//! Lines that are cast and folded into a CRC-32 in one loop: the compiler would cast blocks and
//! fold blocks, and each would wait for the other.
//!
//! What comes 2,048 bits before a line counts `x^2048` times as much, so each half of its 128 bits
//! is multiplied by the remainder of that power, and added to the line.
#![expect(
    unsafe_code,
    reason = "loads and stores through pointers; each function checks what it touches"
)]

use std::any::TypeId;
use std::arch::x86_64::{
    __m512i, _mm256_fpclass_ps_mask, _mm256_storeu_ps, _mm512_castsi512_pd, _mm512_castsi512_ps,
    _mm512_clmulepi64_epi128, _mm512_cvtepi32_ps, _mm512_cvtepi64_ps, _mm512_cvtpd_ps,
    _mm512_fpclass_pd_mask, _mm512_fpclass_ps_mask, _mm512_loadu_si512, _mm512_set4_epi64,
    _mm512_storeu_pd, _mm512_storeu_ps, _mm512_storeu_si512, _mm512_ternarylogic_epi64,
};
use std::marker::PhantomData;

use crate::kernel::x86_64::{Avx512, LINE};

/// Lines that are folded side by side, so that none waits for the one before.
const LINES: usize = 4;
/// Bytes of these lines.
const FOLDED: usize = LINES * LINE;
/// The polynomial; its lowest bit is the highest power except `x^32`, which is left out.
const POLYNOMIAL: u32 = 0xedb8_8320;
/// The classes of NaN and of infinities.
const ODD: i32 = 0x99;

/// Bytes that have the same sum, from a register of zeros, as all bytes so far have.
#[derive(Debug, Clone)]
pub struct Folded([u8; FOLDED]);

impl Folded {
    /// Folds all bytes before, which have this sum: zeros, and the register turned back by as many
    /// bits as it has.
    pub fn after(sum: u32) -> Self {
        let back = (0..u32::BITS).fold(!sum, |register, _| {
            let top = register >> 31;
            ((register ^ (top * POLYNOMIAL)) << 1) | top
        });
        let mut folded = [0; FOLDED];
        folded[FOLDED - 4..].copy_from_slice(&back.to_le_bytes());
        Self(folded)
    }

    /// The bytes.
    pub const fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// The remainders for the first and the second half. A product of two numbers whose bits are in
/// reverse order is a bit short, and the halves are 64 bits apart.
const FIRST: i64 = power(FOLDED * 8 + 32);
const SECOND: i64 = power(FOLDED * 8 - 32);

/// The remainder of `x^n`, a bit further to the left.
const fn power(n: usize) -> i64 {
    let (mut rest, mut done) = (1 << 31, 0);
    while done < n {
        rest = (rest >> 1) ^ ((rest & 1) * POLYNOMIAL);
        done += 1;
    }
    (rest as i64) << 1
}

/// A cast from `S` to `T` that can be made while bytes are folded.
#[derive(Debug, Clone, Copy)]
pub struct Cast<S, T>(Pair, PhantomData<(S, T)>);

/// Types of values and of elements.
#[derive(Debug, Clone, Copy)]
enum Pair {
    Singles,
    Doubles,
    DoublesToSingles,
    WordsToSingles,
    LongsToSingles,
}

impl<S: 'static, T: 'static> Cast<S, T> {
    /// The cast; `None` where it is not one of those, or the machine cannot multiply without
    /// carries.
    pub fn new(_: Avx512) -> Option<Self> {
        let (value, element) = (TypeId::of::<S>(), TypeId::of::<T>());
        let (single, double) = (TypeId::of::<f32>(), TypeId::of::<f64>());
        let pairs = [
            (Pair::Singles, single, single),
            (Pair::Doubles, double, double),
            (Pair::DoublesToSingles, double, single),
            (Pair::WordsToSingles, TypeId::of::<i32>(), single),
            (Pair::LongsToSingles, TypeId::of::<i64>(), single),
        ];
        let mut pairs = pairs.into_iter();
        let (pair, ..) = pairs.find(|(_, from, to)| (*from, *to) == (value, element))?;
        is_x86_feature_detected!("vpclmulqdq").then_some(Self(pair, PhantomData))
    }

    /// Casts whole blocks of `BLOCK` values and folds their bytes; returns how many values that is.
    /// `again` gets the blocks in which some elements are not finite.
    pub fn run<const BLOCK: usize>(
        self,
        folded: &mut Folded,
        bytes: &[u8],
        out: &mut [T],
        mut again: impl FnMut(&[u8], &mut [T]),
    ) -> usize {
        // No value of a pair is shorter than four bytes.
        const { assert!((BLOCK * 4).is_multiple_of(FOLDED)) };
        let blocks = bytes.chunks_exact(BLOCK * size_of::<S>());
        let blocks = blocks.zip(out.chunks_exact_mut(BLOCK));
        let count = blocks.len() * BLOCK;
        let folded = &mut folded.0;
        // SAFETY: `new` found the instructions, and the pair that these types are.
        unsafe {
            match self.0 {
                Pair::Singles => singles(folded, blocks, &mut again),
                Pair::Doubles => doubles(folded, blocks, &mut again),
                Pair::DoublesToSingles => doubles_to_singles(folded, blocks, &mut again),
                Pair::WordsToSingles => words_to_singles(folded, blocks, &mut again),
                Pair::LongsToSingles => longs_to_singles(folded, blocks, &mut again),
            }
        }
        count
    }
}

/// `$count` elements of a line: cast, stored, and searched for those that are not finite.
macro_rules! cast {
    ($name:ident, $count:literal, $value:ident => $cast:expr, $store:ident, $odd:expr) => {
        /// # Safety
        /// The elements must be those that are stored, and as many in a block as its bytes make.
        #[target_feature(enable = "avx512f,avx512dq,avx512vl,vpclmulqdq")]
        unsafe fn $name<'a, T: 'a>(
            folded: &mut [u8; FOLDED],
            blocks: impl Iterator<Item = (&'a [u8], &'a mut [T])>,
            again: &mut impl FnMut(&[u8], &mut [T]),
        ) {
            let mut so_far = load(folded);
            for (bytes, out) in blocks {
                let mut odd = 0;
                let (lines, _) = bytes.as_chunks::<FOLDED>();
                let values = out.chunks_exact_mut($count * LINES);
                for (lines, values) in lines.iter().zip(values) {
                    let next = load(lines);
                    for (at, $value) in next.into_iter().enumerate() {
                        so_far[at] = fold(so_far[at], $value);
                        let value = $cast;
                        // SAFETY: there are as many places as a line has values, for each line.
                        unsafe { $store(values.as_mut_ptr().add(at * $count).cast(), value) };
                        odd |= $odd(value);
                    }
                }
                if odd != 0 {
                    again(bytes, out);
                }
            }
            store(so_far, folded);
        }
    };
}

cast!(
    singles, 16, line => _mm512_castsi512_ps(line),
    _mm512_storeu_ps, _mm512_fpclass_ps_mask::<ODD>
);
cast!(
    doubles, 8, line => _mm512_castsi512_pd(line),
    _mm512_storeu_pd, _mm512_fpclass_pd_mask::<ODD>
);
cast!(
    doubles_to_singles, 8, line => _mm512_cvtpd_ps(_mm512_castsi512_pd(line)),
    _mm256_storeu_ps, _mm256_fpclass_ps_mask::<ODD>
);
// An integer is always cast to something finite.
cast!(words_to_singles, 16, line => _mm512_cvtepi32_ps(line), _mm512_storeu_ps, |_| 0);
cast!(longs_to_singles, 8, line => _mm512_cvtepi64_ps(line), _mm256_storeu_ps, |_| 0);

/// Folds all bytes so far into the line that comes as far after them as all lines are long.
#[inline]
#[target_feature(enable = "avx512f,vpclmulqdq")]
fn fold(so_far: __m512i, next: __m512i) -> __m512i {
    let powers = _mm512_set4_epi64(SECOND, FIRST, SECOND, FIRST);
    let first = _mm512_clmulepi64_epi128::<0x00>(so_far, powers);
    let second = _mm512_clmulepi64_epi128::<0x11>(so_far, powers);
    _mm512_ternarylogic_epi64::<0x96>(first, second, next)
}

#[inline]
#[target_feature(enable = "avx512f")]
fn load(lines: &[u8; FOLDED]) -> [__m512i; LINES] {
    let from = lines.as_ptr();
    // SAFETY: there are four lines.
    [0, 1, 2, 3].map(|line| unsafe { _mm512_loadu_si512(from.add(line * LINE).cast()) })
}

#[inline]
#[target_feature(enable = "avx512f")]
fn store(lines: [__m512i; LINES], to: &mut [u8; FOLDED]) {
    for (line, to) in lines.into_iter().zip(to.chunks_exact_mut(LINE)) {
        // SAFETY: there is a line.
        unsafe { _mm512_storeu_si512(to.as_mut_ptr().cast(), line) };
    }
}
