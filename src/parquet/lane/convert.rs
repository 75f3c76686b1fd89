//! From a page's values to finished elements, for each kind: decode to a stage that fits L1, cast
//! and clean from there. The kind is matched once, to choose a function.

use crate::error::Fault;
use crate::kernel::scalar::decimal;
use crate::kernel::scalar::plain::{decode_plain, decode_plain_and_sum};
use crate::kernel::{Cleaner, Element, Number, clean};
use crate::parquet::Kind;
use crate::parquet::encoding::decoder::{Decoder, take};
use crate::parquet::lane::stored::OpenStored;
use crate::parquet::lane::{categories, clocks, times};
use crate::parquet::page::unread::PlainBytes;
use crate::parquet::schema::types::with_number;

/// Values between decoding and casting.
const STAGE: usize = 512;

/// Decodes, casts and cleans values that are not in a dictionary.
pub type Convert<T> = fn(
    &mut Decoder,
    PlainBytes<'_>,
    &mut OpenStored,
    &mut [T],
    &mut Cleaner<'_, T>,
) -> Result<(), Fault>;

/// The function that converts the values of a kind.
pub fn converter<T: Element>(kind: Kind) -> Convert<T> {
    let number = with_number!(kind, Stored => numbers::<Stored, T> as Convert<T>);
    number.unwrap_or(match kind {
        Kind::Time32 { .. } | Kind::Time64 { .. } | Kind::Time96 => times_of_unit::<T>,
        Kind::Clock { .. } => clocks::units::<T>,
        Kind::Text { .. } => categories::codes::<T>,
        _ => decimals::<T>,
    })
}

fn numbers<S: Number, T: Element>(
    decoder: &mut Decoder,
    body: PlainBytes<'_>,
    _: &mut OpenStored,
    out: &mut [T],
    cleaner: &mut Cleaner<'_, T>,
) -> Result<(), Fault> {
    let PlainBytes { bytes: body, sum } = body;
    if let Decoder::Plain(at) = decoder {
        let bytes = take(body, at, out.len() * S::BYTES)?;
        match sum {
            Some(sum) => decode_plain_and_sum::<S, T>(bytes, out, cleaner, sum),
            None => decode_plain::<S, T>(bytes, out, cleaner),
        }
        return Ok(());
    }
    let mut stage = [S::default(); STAGE];
    for out in out.chunks_mut(STAGE) {
        let stage = &mut stage[..out.len()];
        decoder.read(body, stage)?;
        clean(stage, out, cleaner);
    }
    Ok(())
}

fn times_of_unit<T: Element>(
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
    let mut stage = [0_i64; STAGE];
    for out in out.chunks_mut(STAGE) {
        let stage = &mut stage[..out.len()];
        times::read(decoder, body, stored.kind, stage)?;
        clean(stage, out, cleaner);
    }
    Ok(())
}

fn decimals<T: Element>(
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
    let mut stage = [0.0_f64; STAGE];
    for out in out.chunks_mut(STAGE) {
        let stage = &mut stage[..out.len()];
        match stored.kind {
            Kind::Decimal32 { scale } => scaled::<i32>(decoder, body, scale, stage)?,
            Kind::Decimal64 { scale } => scaled::<i64>(decoder, body, scale, stage)?,
            Kind::DecimalFixed { scale, .. } | Kind::DecimalBytes { scale } => {
                decoder.read_decimals(body, stored.kind.width(), scale, stage)?;
            }
            _ => return Err(Fault::corrupt("a column without numbers has a value")),
        }
        clean(stage, out, cleaner);
    }
    Ok(())
}

fn scaled<S: Number>(
    decoder: &mut Decoder,
    body: &[u8],
    scale: i32,
    out: &mut [f64],
) -> Result<(), Fault> {
    let mut stage = [S::default(); STAGE];
    let stage = &mut stage[..out.len()];
    decoder.read(body, stage)?;
    for (out, unscaled) in out.iter_mut().zip(stage) {
        *out = decimal::from_i64(unscaled.to_i64(), scale);
    }
    Ok(())
}
