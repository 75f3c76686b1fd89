//! Numbers and times of one type as those of another, none of them changed. All of them are whole numbers of
//! some unit, or floating-point numbers; what has no equal in the other type is refused.

use arrow_array::{Array, ArrayRef, make_array};
use arrow_buffer::{ArrowNativeType, Buffer, NullBuffer, ScalarBuffer};
use arrow_data::ArrayData;
use arrow_schema::{DataType, TimeUnit};
use half::f16;

/// Why values cannot be those of another type.
pub(super) const CHANGED: &str = "some values would not stay what they are";

/// Seconds of a day.
const DAY: i128 = 86_400;

/// Values of any type.
enum Numbers {
    /// Whole numbers of a unit.
    Whole(Vec<i128>),
    Float(Vec<f64>),
}

/// A unit, as a fraction of a second or of one.
#[derive(Clone, Copy)]
struct Unit {
    numerator: i128,
    denominator: i128,
}

/// Numbers or times as those of another type.
pub(super) fn renumbered(values: &ArrayRef, to: &DataType) -> Result<ArrayRef, &'static str> {
    let from = values.data_type();
    let nulls = values.nulls();
    let numbers = numbers(values).ok_or(CHANGED)?;
    let numbers = match numbers {
        Numbers::Whole(mut whole) => {
            rescale(&mut whole, nulls, unit(from)?, unit(to)?)?;
            Numbers::Whole(whole)
        }
        float @ Numbers::Float(_) => float,
    };
    let packed = packed(&numbers, nulls, to).ok_or(CHANGED)?;
    let data = ArrayData::builder(to.clone())
        .len(values.len())
        .nulls(nulls.cloned())
        .add_buffer(packed)
        .build();
    data.map(make_array).map_err(|_| CHANGED)
}

fn unit(of: &DataType) -> Result<Unit, &'static str> {
    let part = |denominator| Unit {
        numerator: 1,
        denominator,
    };
    Ok(match of {
        DataType::Date32 => Unit {
            numerator: DAY,
            denominator: 1,
        },
        DataType::Date64 => part(1_000),
        DataType::Timestamp(unit, _)
        | DataType::Time32(unit)
        | DataType::Time64(unit)
        | DataType::Duration(unit) => part(match unit {
            TimeUnit::Second => 1,
            TimeUnit::Millisecond => 1_000,
            TimeUnit::Microsecond => 1_000_000,
            TimeUnit::Nanosecond => 1_000_000_000,
        }),
        DataType::Decimal32(_, scale)
        | DataType::Decimal64(_, scale)
        | DataType::Decimal128(_, scale) => {
            let digits = u32::from(scale.unsigned_abs());
            let power = 10_i128.checked_pow(digits).ok_or(CHANGED)?;
            if *scale < 0 {
                Unit {
                    numerator: power,
                    denominator: 1,
                }
            } else {
                part(power)
            }
        }
        _ => part(1),
    })
}

/// Brings whole numbers from one unit to another.
fn rescale(
    values: &mut [i128],
    nulls: Option<&NullBuffer>,
    from: Unit,
    to: Unit,
) -> Result<(), &'static str> {
    // What both denominators have in common is left out, so that the product stays small.
    let (times, over) = if to.denominator % from.denominator == 0 {
        (to.denominator / from.denominator, 1)
    } else {
        (1, from.denominator / to.denominator)
    };
    let times = times.checked_mul(from.numerator).ok_or(CHANGED)?;
    let over = over.checked_mul(to.numerator).ok_or(CHANGED)?;
    if times == over {
        return Ok(());
    }
    for (row, value) in values.iter_mut().enumerate() {
        if nulls.is_some_and(|nulls| nulls.is_null(row)) {
            continue;
        }
        let scaled = value.checked_mul(times).ok_or(CHANGED)?;
        if scaled % over != 0 {
            return Err(CHANGED);
        }
        *value = scaled / over;
    }
    Ok(())
}

/// The values of an array, whatever stands where it has nulls.
fn numbers(values: &ArrayRef) -> Option<Numbers> {
    let data = values.to_data();
    Some(match values.data_type() {
        DataType::Int8 => whole::<i8>(&data),
        DataType::Int16 => whole::<i16>(&data),
        DataType::Int32 | DataType::Date32 | DataType::Time32(_) | DataType::Decimal32(..) => {
            whole::<i32>(&data)
        }
        DataType::Int64
        | DataType::Date64
        | DataType::Time64(_)
        | DataType::Timestamp(..)
        | DataType::Duration(_)
        | DataType::Decimal64(..) => whole::<i64>(&data),
        DataType::Decimal128(..) => whole::<i128>(&data),
        DataType::UInt8 => whole::<u8>(&data),
        DataType::UInt16 => whole::<u16>(&data),
        DataType::UInt32 => whole::<u32>(&data),
        DataType::UInt64 => whole::<u64>(&data),
        DataType::Float16 => {
            Numbers::Float(stored::<f16>(&data).iter().map(|v| v.to_f64()).collect())
        }
        DataType::Float32 => {
            Numbers::Float(stored::<f32>(&data).iter().map(|v| f64::from(*v)).collect())
        }
        DataType::Float64 => Numbers::Float(stored::<f64>(&data).to_vec()),
        _ => return None,
    })
}

fn stored<T: ArrowNativeType>(data: &ArrayData) -> ScalarBuffer<T> {
    ScalarBuffer::new(data.buffers()[0].clone(), data.offset(), data.len())
}

fn whole<T: ArrowNativeType + Into<i128>>(data: &ArrayData) -> Numbers {
    Numbers::Whole(
        stored::<T>(data)
            .iter()
            .map(|value| (*value).into())
            .collect(),
    )
}

/// Values as they are stored; none where one of them has no equal.
fn packed(values: &Numbers, nulls: Option<&NullBuffer>, to: &DataType) -> Option<Buffer> {
    match to {
        DataType::Int8 => integers::<i8>(values, nulls),
        DataType::Int16 => integers::<i16>(values, nulls),
        DataType::Int32 | DataType::Date32 | DataType::Time32(_) => integers::<i32>(values, nulls),
        DataType::Int64 | DataType::Time64(_) | DataType::Timestamp(..) | DataType::Duration(_) => {
            integers::<i64>(values, nulls)
        }
        DataType::UInt8 => integers::<u8>(values, nulls),
        DataType::UInt16 => integers::<u16>(values, nulls),
        DataType::UInt32 => integers::<u32>(values, nulls),
        DataType::UInt64 => integers::<u64>(values, nulls),
        DataType::Decimal32(digits, _) if fits(values, nulls, *digits) => {
            integers::<i32>(values, nulls)
        }
        DataType::Decimal64(digits, _) if fits(values, nulls, *digits) => {
            integers::<i64>(values, nulls)
        }
        DataType::Decimal128(digits, _) if fits(values, nulls, *digits) => {
            integers::<i128>(values, nulls)
        }
        DataType::Float16 => floats(values, nulls, f16::from_f64, f16::to_f64),
        #[expect(clippy::cast_possible_truncation, reason = "what changes is refused")]
        DataType::Float32 => floats(values, nulls, |value| value as f32, f64::from),
        DataType::Float64 => floats(values, nulls, |value| value, |value| value),
        _ => None,
    }
}

/// Whether decimals have at most so many digits.
fn fits(values: &Numbers, nulls: Option<&NullBuffer>, digits: u8) -> bool {
    let Some(end) = 10_u128.checked_pow(digits.into()) else {
        return true;
    };
    let Numbers::Whole(whole) = values else {
        return true;
    };
    let is_null = |row: usize| nulls.is_some_and(|nulls| nulls.is_null(row));
    let mut rows = whole.iter().enumerate();
    rows.all(|(row, value)| value.unsigned_abs() < end || is_null(row))
}

fn integers<T: ArrowNativeType + TryFrom<i128>>(
    values: &Numbers,
    nulls: Option<&NullBuffer>,
) -> Option<Buffer> {
    let packed: Option<Vec<T>> = match values {
        Numbers::Whole(whole) => each(whole, nulls, |value| T::try_from(value).ok()),
        Numbers::Float(floats) => each(floats, nulls, |value| T::try_from(whole_of(value)?).ok()),
    };
    packed.map(Buffer::from_vec)
}

/// The whole number that a floating-point number is.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::float_cmp,
    reason = "what changes is refused"
)]
fn whole_of(value: f64) -> Option<i128> {
    let whole = value as i128;
    (whole as f64 == value && whole != i128::MAX).then_some(whole)
}

#[expect(
    clippy::cast_precision_loss,
    clippy::float_cmp,
    reason = "what changes is refused"
)]
fn floats<T: ArrowNativeType>(
    values: &Numbers,
    nulls: Option<&NullBuffer>,
    narrow: impl Fn(f64) -> T,
    widen: impl Fn(T) -> f64,
) -> Option<Buffer> {
    let one = |value: f64| {
        let narrow = narrow(value);
        let back = widen(narrow);
        (back == value || value.is_nan()).then_some(narrow)
    };
    let packed: Option<Vec<T>> = match values {
        Numbers::Whole(whole) => each(whole, nulls, |value| {
            let float = value as f64;
            (whole_of(float) == Some(value))
                .then(|| one(float))
                .flatten()
        }),
        Numbers::Float(floats) => each(floats, nulls, one),
    };
    packed.map(Buffer::from_vec)
}

/// Each value made another; zeros where there are nulls.
fn each<S: Copy, T: ArrowNativeType>(
    values: &[S],
    nulls: Option<&NullBuffer>,
    make: impl Fn(S) -> Option<T>,
) -> Option<Vec<T>> {
    let rows = values.iter().enumerate();
    rows.map(|(row, value)| match nulls {
        Some(nulls) if nulls.is_null(row) => Some(T::default()),
        _ => make(*value),
    })
    .collect()
}
