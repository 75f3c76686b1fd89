//! From a page's values to finished elements, for each kind: decode to a stage that fits L1, cast
//! and clean from there. The kind is looked at once; a function pointer stands for it.

use half::f16;

use crate::error::Fault;
use crate::kernel::crc::Crc;
use crate::kernel::plain::{pour, pour_and_sum};
use crate::kernel::{Element, Number, Rule, Tally, clean, decimal};
use crate::read::column::Kind;
use crate::read::decoder::{Decoder, Width, take};

/// Values between decoding and casting.
const STAGE: usize = 512;

/// How the values of a kind become elements.
#[derive(Debug, Clone, Copy)]
pub struct Dense<T> {
    /// Decodes, casts and cleans values that are not in a dictionary.
    pub decode: Decode<T>,
    /// Casts and cleans plain values, and sums their bytes.
    pub sum: Sum<T>,
}

type Decode<T> =
    fn(&mut Decoder, &[u8], Kind, &mut [T], (&Rule<T>, &mut Tally)) -> Result<(), Fault>;
type Sum<T> = fn(&mut Crc, &[u8], Kind, &mut [T], (&Rule<T>, &mut Tally)) -> Result<(), Fault>;

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

/// The functions for a kind.
pub fn dense<T: Element>(kind: Kind) -> Dense<T> {
    match kind {
        Kind::Bool => of::<bool, T>(),
        Kind::I8 => of::<i8, T>(),
        Kind::I16 => of::<i16, T>(),
        Kind::I32 => of::<i32, T>(),
        Kind::I64 => of::<i64, T>(),
        Kind::U8 => of::<u8, T>(),
        Kind::U16 => of::<u16, T>(),
        Kind::U32 => of::<u32, T>(),
        Kind::U64 => of::<u64, T>(),
        Kind::F16 => of::<f16, T>(),
        Kind::F32 => of::<f32, T>(),
        Kind::F64 => of::<f64, T>(),
        Kind::Decimal32 { .. }
        | Kind::Decimal64 { .. }
        | Kind::DecimalFixed { .. }
        | Kind::DecimalBytes { .. }
        | Kind::Null => Dense {
            decode: decimals::<T>,
            sum: decimals_and_sum::<T>,
        },
    }
}

fn of<S: Number, T: Element>() -> Dense<T> {
    Dense {
        decode: numbers::<S, T>,
        sum: numbers_and_sum::<S, T>,
    }
}

fn numbers<S: Number, T: Element>(
    decoder: &mut Decoder,
    body: &[u8],
    _: Kind,
    out: &mut [T],
    (rule, tally): (&Rule<T>, &mut Tally),
) -> Result<(), Fault> {
    if let Decoder::Plain(at) = decoder {
        let bytes = take(body, at, out.len() * S::BYTES)?;
        pour::<S, T>(bytes, out, rule, tally);
        return Ok(());
    }
    let mut stage = [S::default(); STAGE];
    for out in out.chunks_mut(STAGE) {
        let stage = &mut stage[..out.len()];
        decoder.read(body, stage)?;
        clean(stage, out, rule, tally);
    }
    Ok(())
}

fn numbers_and_sum<S: Number, T: Element>(
    sum: &mut Crc,
    bytes: &[u8],
    _: Kind,
    out: &mut [T],
    met: (&Rule<T>, &mut Tally),
) -> Result<(), Fault> {
    let bytes = take(bytes, &mut 0, out.len() * S::BYTES)?;
    pour_and_sum::<S, T>(bytes, out, met, sum);
    Ok(())
}

fn decimals_and_sum<T: Element>(
    sum: &mut Crc,
    bytes: &[u8],
    kind: Kind,
    out: &mut [T],
    met: (&Rule<T>, &mut Tally),
) -> Result<(), Fault> {
    sum.take(bytes);
    decimals(&mut Decoder::Plain(0), bytes, kind, out, met)
}

fn decimals<T: Element>(
    decoder: &mut Decoder,
    body: &[u8],
    kind: Kind,
    out: &mut [T],
    (rule, tally): (&Rule<T>, &mut Tally),
) -> Result<(), Fault> {
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
        clean(stage, out, rule, tally);
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
