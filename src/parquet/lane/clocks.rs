//! Times as numbers of units since an origin. None is too far: what 64 bits do not hold is counted in
//! 128 bits.

use crate::error::Fault;
use crate::kernel::scalar::clock::{Clock, count_units, count_wide_units};
use crate::kernel::{Cleaner, Element};
use crate::parquet::encoding::decoder::{Decoder, take};
use crate::parquet::lane::stored::OpenStored;
use crate::parquet::lane::times::{nanoseconds, read_narrow};
use crate::parquet::page::unread::PlainBytes;
use crate::parquet::{Kind, Physical, Width};

/// Values between decoding and counting.
const STAGE: usize = 512;
/// Bytes of a time that has its day and the nanoseconds of the day.
const WIDE: usize = 12;

/// Decodes times, and counts their units.
pub fn units<T: Element>(
    decoder: &mut Decoder,
    body: PlainBytes<'_>,
    stored: &mut OpenStored,
    out: &mut [T],
    cleaner: &mut Cleaner<'_, T>,
) -> Result<(), Fault> {
    let PlainBytes { bytes: body, sum } = body;
    if let Some(sum) = sum {
        sum.take(body);
    }
    let Kind::Clock { stored, clock } = stored.kind else {
        return Err(Fault::corrupt("a column without times has a time"));
    };
    let mut stage = [0_i64; STAGE];
    for out in out.chunks_mut(STAGE) {
        let stage = &mut stage[..out.len()];
        match stored {
            Physical::Int32 => read_narrow(decoder, body, stage)?,
            Physical::Int96 => {
                wide_units(decoder, body, &clock, out, cleaner)?;
                continue;
            }
            _ => decoder.read(body, stage)?,
        }
        count_units(stage, &clock, out, cleaner);
    }
    Ok(())
}

/// The same for times of 12 bytes, nearly all of which 64 bits hold.
fn wide_units<T: Element>(
    decoder: &mut Decoder,
    body: &[u8],
    clock: &Clock,
    out: &mut [T],
    cleaner: &mut Cleaner<'_, T>,
) -> Result<(), Fault> {
    let mut wide = [0_i128; STAGE];
    let wide = &mut wide[..out.len()];
    if let Decoder::Plain(at) = decoder {
        let bytes = take(body, at, out.len() * WIDE)?;
        for (wide, bytes) in wide.iter_mut().zip(bytes.chunks_exact(WIDE)) {
            *wide = nanoseconds(bytes);
        }
    } else {
        let mut scratch = Vec::new();
        for wide in &mut *wide {
            *wide = nanoseconds(decoder.bytes(body, Width::Fixed(WIDE), &mut scratch)?);
        }
    }
    let mut stage = [0_i64; STAGE];
    let stage = &mut stage[..out.len()];
    let mut all_fit = true;
    for (stage, wide) in stage.iter_mut().zip(&*wide) {
        // The least number of 64 bits would be no time.
        let narrow = i64::try_from(*wide).ok().filter(|ticks| *ticks != i64::MIN);
        all_fit &= narrow.is_some();
        *stage = narrow.unwrap_or_default();
    }
    if all_fit {
        count_units(stage, clock, out, cleaner);
    } else {
        count_wide_units(wide, clock, out, cleaner);
    }
    Ok(())
}
