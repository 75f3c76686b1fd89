//! Times as numbers of one unit. One that 64 bits do not hold in that unit is refused.

use crate::error::Fault;
use crate::parquet::encoding::decoder::Decoder;
use crate::parquet::{Kind, Width};

/// The first day of 1970, as 12-byte timestamps count days: from the year -4712 on.
const EPOCH_DAY: i128 = 2_440_588;
const DAY_NANOS: i128 = 86_400_000_000_000;
/// Narrow values that are decoded at a time.
const STAGE: usize = 256;

/// Reads the next times, as numbers of their unit.
pub fn read(decoder: &mut Decoder, body: &[u8], kind: Kind, out: &mut [i64]) -> Result<(), Fault> {
    match kind {
        Kind::Time32 { factor } | Kind::Time64 { factor } => {
            match kind {
                Kind::Time32 { .. } => read_narrow(decoder, body, out)?,
                _ => decoder.read(body, out)?,
            }
            // NaT stays NaT.
            for out in out
                .iter_mut()
                .filter(|out| factor != 1 && **out != i64::MIN)
            {
                *out = out.checked_mul(factor).ok_or_else(beyond)?;
            }
            Ok(())
        }
        _ => {
            let mut scratch = Vec::new();
            for out in out {
                let bytes = decoder.bytes(body, Width::Fixed(12), &mut scratch)?;
                *out = i64::try_from(nanoseconds(bytes)).map_err(|_| beyond())?;
            }
            Ok(())
        }
    }
}

pub(super) fn read_narrow(
    decoder: &mut Decoder,
    body: &[u8],
    out: &mut [i64],
) -> Result<(), Fault> {
    let mut stage = [0_i32; STAGE];
    for out in out.chunks_mut(STAGE) {
        let stage = &mut stage[..out.len()];
        decoder.read(body, stage)?;
        for (out, value) in out.iter_mut().zip(stage) {
            *out = (*value).into();
        }
    }
    Ok(())
}

/// The nanoseconds since 1970 of 12 bytes: nanoseconds of a day, and the day. No bytes at all are 0.
pub fn nanoseconds(value: &[u8]) -> i128 {
    let (Some(nanos), Some(day)) = (value.first_chunk(), value.last_chunk()) else {
        return 0;
    };
    let day = i128::from(u32::from_le_bytes(*day)) - EPOCH_DAY;
    day * DAY_NANOS + i128::from(i64::from_le_bytes(*nanos))
}

fn beyond() -> Fault {
    Fault::unsupported(
        "a time is too far from 1970 for 64 bits of the finest unit of this column in all files; \
         write the column in a coarser unit, or leave it out",
    )
}
