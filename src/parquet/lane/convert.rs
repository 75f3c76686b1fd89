//! From a page's values to finished elements, for each kind: decode to a stage that fits L1, cast
//! and clean from there. The kind is looked at once; a function pointer stands for it.

use half::f16;

use crate::error::Fault;
use crate::kernel::bytes::crc::Crc;
use crate::kernel::scalar::decimal;
use crate::kernel::scalar::plain::{decode_plain, decode_plain_and_sum};
use crate::kernel::{Cleaner, Element, Number, Rule, Tally, clean};
use crate::parquet::Kind;
use crate::parquet::encoding::decoder::{Decoder, Width, take};

/// Values between decoding and casting.
const STAGE: usize = 512;

/// Bytes of values. Where they are nothing but plain ones, a sum may come with them, which all are
/// taken to.
pub type Body<'a> = (&'a [u8], Option<&'a mut Crc>);

/// Decodes, casts and cleans values that are not in a dictionary.
pub type Convert<T> =
    fn(&mut Decoder, Body<'_>, Kind, &mut [T], (&Rule<T>, &mut Tally)) -> Result<(), Fault>;

/// How wide the values of a kind are.
pub fn width(kind: Kind) -> Width {
    match kind {
        Kind::Bool => Width::Bit,
        Kind::F16 => Width::Fixed(2),
        Kind::I8 | Kind::I16 | Kind::I32 | Kind::U8 | Kind::U16 | Kind::U32 | Kind::F32 => {
            Width::Fixed(4)
        }
        Kind::I64 | Kind::U64 | Kind::F64 | Kind::Decimal64 { .. } => Width::Fixed(8),
        Kind::Decimal32 { .. } => Width::Fixed(4),
        Kind::DecimalFixed { bytes, .. } => Width::Fixed(bytes),
        Kind::DecimalBytes { .. } | Kind::Null => Width::Variable,
    }
}

/// Whether a kind is stored as integers.
pub fn is_integer(kind: Kind) -> bool {
    matches!(kind.physical(), Some(1 | 2))
}

/// The function that decodes a kind.
pub fn dense<T: Element>(kind: Kind) -> Convert<T> {
    match kind {
        Kind::Bool => numbers::<bool, T>,
        Kind::I8 => numbers::<i8, T>,
        Kind::I16 => numbers::<i16, T>,
        Kind::I32 => numbers::<i32, T>,
        Kind::I64 => numbers::<i64, T>,
        Kind::U8 => numbers::<u8, T>,
        Kind::U16 => numbers::<u16, T>,
        Kind::U32 => numbers::<u32, T>,
        Kind::U64 => numbers::<u64, T>,
        Kind::F16 => numbers::<f16, T>,
        Kind::F32 => numbers::<f32, T>,
        Kind::F64 => numbers::<f64, T>,
        Kind::Decimal32 { .. }
        | Kind::Decimal64 { .. }
        | Kind::DecimalFixed { .. }
        | Kind::DecimalBytes { .. }
        | Kind::Null => decimals::<T>,
    }
}

fn numbers<S: Number, T: Element>(
    decoder: &mut Decoder,
    (body, sum): Body<'_>,
    _: Kind,
    out: &mut [T],
    (rule, tally): (&Rule<T>, &mut Tally),
) -> Result<(), Fault> {
    let cleaner = &mut Cleaner { rule, tally };
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

fn decimals<T: Element>(
    decoder: &mut Decoder,
    (body, sum): Body<'_>,
    kind: Kind,
    out: &mut [T],
    (rule, tally): (&Rule<T>, &mut Tally),
) -> Result<(), Fault> {
    let cleaner = &mut Cleaner { rule, tally };
    if let Some(sum) = sum {
        sum.take(body);
    }
    let mut stage = [0.0_f64; STAGE];
    for out in out.chunks_mut(STAGE) {
        let stage = &mut stage[..out.len()];
        match kind {
            Kind::Decimal32 { scale } => {
                scaled::<i32>(decoder, body, scale, stage)?;
            }
            Kind::Decimal64 { scale } => {
                scaled::<i64>(decoder, body, scale, stage)?;
            }
            Kind::DecimalFixed { scale, .. } | Kind::DecimalBytes { scale } => {
                decoder.read_decimals(body, width(kind), scale, stage)?;
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
