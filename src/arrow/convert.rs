//! From values as arrays store them to finished elements, by the kernels that plain pages use. What is
//! stored and what it is to become is matched once, to choose a function.

use crate::arrow::array::Values;
use crate::arrow::rows::BLOCK;
use crate::arrow::storage::{Scalar, Unit};
use crate::error::Fault;
use crate::kernel::scalar::clock::count_units;
use crate::kernel::scalar::decimal;
use crate::kernel::scalar::plain::decode_plain;
use crate::kernel::{Cleaner, Element, Number, clean};
use crate::parquet::Kind;

/// Milliseconds of a day.
const DAY: i64 = 86_400_000;
/// Bytes of the widest number.
pub const MOST_BYTES: usize = 32;

/// How stored values become elements.
#[derive(Debug, Clone, Copy)]
pub struct Conversion<T: Element> {
    /// Bytes of each stored value; a bool has one here.
    pub width: usize,
    kind: Kind,
    unit: Unit,
    convert: Convert<T>,
}

type Convert<T> = fn(&[u8], Conversion<T>, &mut [T], &mut Cleaner<'_, T>) -> Result<(), Fault>;

impl<T: Element> Conversion<T> {
    /// That of values which are numbers of a kind to the plan.
    pub fn new(values: &Values, kind: Kind) -> Result<Self, Fault> {
        let (width, unit) = match values {
            Values::Null => (0, Unit::Same),
            Values::Bool(_) => (1, Unit::Same),
            Values::Number { scalar, unit, .. } => (scalar.bytes(), *unit),
            Values::Decimal { width, .. } => (*width, Unit::Same),
            _ => return Err(differs()),
        };
        let convert: Convert<T> = match (values, kind) {
            (Values::Null, _) => |_, _, _, _| Err(differs()),
            (Values::Decimal { .. }, Kind::DecimalFixed { .. }) => wide,
            (Values::Bool(_), Kind::Bool) => plain::<bool, T>,
            (Values::Number { scalar, .. }, Kind::Decimal32 { .. } | Kind::Decimal64 { .. }) => {
                match scalar {
                    Scalar::I32 => scaled::<i32, T>,
                    _ => scaled::<i64, T>,
                }
            }
            (Values::Number { scalar, unit, .. }, kind)
                if *unit != Unit::Same
                    || matches!(
                        kind,
                        Kind::Time32 { .. } | Kind::Time64 { .. } | Kind::Clock { .. }
                    ) =>
            {
                match scalar {
                    Scalar::I32 => times::<i32, T>,
                    _ => times::<i64, T>,
                }
            }
            (Values::Number { scalar, .. }, _) => number(*scalar),
            _ => return Err(differs()),
        };
        Ok(Self {
            width,
            kind,
            unit,
            convert,
        })
    }

    /// Converts the values whose bytes are `bytes`, as many as `out` holds.
    pub fn run(
        self,
        bytes: &[u8],
        out: &mut [T],
        cleaner: &mut Cleaner<'_, T>,
    ) -> Result<(), Fault> {
        (self.convert)(bytes, self, out, cleaner)
    }
}

fn number<T: Element>(scalar: Scalar) -> Convert<T> {
    match scalar {
        Scalar::I8 => narrow::<i8, T>,
        Scalar::I16 => narrow::<i16, T>,
        Scalar::U8 => narrow::<u8, T>,
        Scalar::U16 => narrow::<u16, T>,
        Scalar::I32 => plain::<i32, T>,
        Scalar::I64 => plain::<i64, T>,
        Scalar::U32 => plain::<u32, T>,
        Scalar::U64 => plain::<u64, T>,
        Scalar::F16 => plain::<half::f16, T>,
        Scalar::F32 => plain::<f32, T>,
        Scalar::F64 => plain::<f64, T>,
    }
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "one of several functions, some of which fail"
)]
fn plain<S: Number, T: Element>(
    bytes: &[u8],
    _: Conversion<T>,
    out: &mut [T],
    cleaner: &mut Cleaner<'_, T>,
) -> Result<(), Fault> {
    decode_plain::<S, T>(bytes, out, cleaner);
    Ok(())
}

/// Integers that are narrower than a page can hold.
trait Narrow: Number {
    const WIDTH: usize;
    fn take(bytes: &[u8]) -> Self;
}

macro_rules! narrow {
    ($($name:ty),*) => {$(
        impl Narrow for $name {
            const WIDTH: usize = size_of::<$name>();
            #[inline]
            fn take(bytes: &[u8]) -> Self {
                bytes.first_chunk().map_or(0, |bytes| Self::from_le_bytes(*bytes))
            }
        }
    )*};
}
narrow!(i8, i16, u8, u16);

#[expect(
    clippy::unnecessary_wraps,
    reason = "one of several functions, some of which fail"
)]
fn narrow<S: Narrow, T: Element>(
    bytes: &[u8],
    _: Conversion<T>,
    out: &mut [T],
    cleaner: &mut Cleaner<'_, T>,
) -> Result<(), Fault> {
    let mut stage = [S::default(); BLOCK];
    for (bytes, out) in bytes.chunks(BLOCK * S::WIDTH).zip(out.chunks_mut(BLOCK)) {
        let stage = &mut stage[..out.len()];
        for (value, bytes) in stage.iter_mut().zip(bytes.chunks_exact(S::WIDTH)) {
            *value = S::take(bytes);
        }
        clean(stage, out, cleaner);
    }
    Ok(())
}

fn times<S: Number, T: Element>(
    bytes: &[u8],
    conversion: Conversion<T>,
    out: &mut [T],
    cleaner: &mut Cleaner<'_, T>,
) -> Result<(), Fault> {
    let factor = match conversion.kind {
        Kind::Time32 { factor } | Kind::Time64 { factor } => factor,
        _ => 1,
    };
    let mut stage = [0_i64; BLOCK];
    for (bytes, out) in bytes.chunks(BLOCK * S::BYTES).zip(out.chunks_mut(BLOCK)) {
        let stage = &mut stage[..out.len()];
        for (time, bytes) in stage.iter_mut().zip(bytes.chunks_exact(S::BYTES)) {
            let stored = S::load(bytes).to_i64();
            // NaT stays NaT.
            let own = match conversion.unit {
                _ if stored == i64::MIN => Some(stored),
                Unit::Same => Some(stored),
                Unit::Seconds => stored.checked_mul(1000),
                Unit::DayMillis => Some(stored.div_euclid(DAY)),
            };
            let scaled = own.and_then(|own| {
                let is_missing = own == i64::MIN;
                if is_missing {
                    Some(own)
                } else {
                    own.checked_mul(factor)
                }
            });
            *time = scaled.ok_or_else(beyond)?;
        }
        match conversion.kind {
            Kind::Clock { clock, .. } => count_units(stage, &clock, out, cleaner),
            _ => clean(stage, out, cleaner),
        }
    }
    Ok(())
}

fn scaled<S: Number, T: Element>(
    bytes: &[u8],
    conversion: Conversion<T>,
    out: &mut [T],
    cleaner: &mut Cleaner<'_, T>,
) -> Result<(), Fault> {
    let (Kind::Decimal32 { scale } | Kind::Decimal64 { scale }) = conversion.kind else {
        return Err(differs());
    };
    let mut stage = [0.0_f64; BLOCK];
    for (bytes, out) in bytes.chunks(BLOCK * S::BYTES).zip(out.chunks_mut(BLOCK)) {
        let stage = &mut stage[..out.len()];
        for (value, bytes) in stage.iter_mut().zip(bytes.chunks_exact(S::BYTES)) {
            *value = decimal::from_i64(S::load(bytes).to_i64(), scale);
        }
        clean(stage, out, cleaner);
    }
    Ok(())
}

fn wide<T: Element>(
    bytes: &[u8],
    conversion: Conversion<T>,
    out: &mut [T],
    cleaner: &mut Cleaner<'_, T>,
) -> Result<(), Fault> {
    let Kind::DecimalFixed { scale, .. } = conversion.kind else {
        return Err(differs());
    };
    let width = conversion.width;
    let mut stage = [0.0_f64; BLOCK];
    for (bytes, out) in bytes.chunks(BLOCK * width).zip(out.chunks_mut(BLOCK)) {
        let stage = &mut stage[..out.len()];
        for (value, bytes) in stage.iter_mut().zip(bytes.chunks_exact(width)) {
            let number = decimal::from_be(&reversed(bytes)[..width], scale);
            *value = number.ok_or_else(|| Fault::corrupt("a decimal is too wide"))?;
        }
        clean(stage, out, cleaner);
    }
    Ok(())
}

/// Bytes in the other order, at the front.
pub fn reversed(bytes: &[u8]) -> [u8; MOST_BYTES] {
    let mut reversed = [0; MOST_BYTES];
    for (to, from) in reversed.iter_mut().zip(bytes.iter().rev()) {
        *to = *from;
    }
    reversed
}

fn differs() -> Fault {
    Fault::corrupt("the values of an array are not of the type that its schema says")
}

fn beyond() -> Fault {
    Fault::unsupported(
        "a time is too far from 1970 for 64 bits of the finest unit of this column in all sources; \
         cast the column to a coarser unit, or leave it out",
    )
}
