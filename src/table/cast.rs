//! Values of one type as another, where every one of them stays what it is. A cast goes there and back, and
//! what comes back is compared; so what would be rounded, cut off or out of range is found, whatever the types.
//! Texts stay texts, numbers stay numbers and instants stay instants: what merely looks alike is refused.

use arrow::array::ArrayRef;
use arrow::compute::{CastOptions, can_cast_types, cast_with_options};
use arrow::datatypes::{DataType, Field, FieldRef, Fields, TimeUnit};
use arrow::error::ArrowError;
use std::sync::Arc;

/// The type that a file has for values of a type: texts where they are and not in views, values and not
/// numbers of them, and units that Parquet has.
pub(super) fn plain(of: &DataType) -> DataType {
    match of {
        DataType::Dictionary(_, values) => plain(values),
        DataType::RunEndEncoded(_, values) => plain(values.data_type()),
        DataType::Utf8View => DataType::Utf8,
        DataType::BinaryView => DataType::Binary,
        DataType::Timestamp(TimeUnit::Second, zone) => {
            DataType::Timestamp(TimeUnit::Millisecond, zone.clone())
        }
        DataType::Time32(TimeUnit::Second) => DataType::Time32(TimeUnit::Millisecond),
        DataType::Date64 => DataType::Date32,
        DataType::List(item) | DataType::ListView(item) => DataType::List(plain_field(item)),
        DataType::LargeList(item) | DataType::LargeListView(item) => {
            DataType::LargeList(plain_field(item))
        }
        DataType::FixedSizeList(item, width) => DataType::FixedSizeList(plain_field(item), *width),
        DataType::Map(entries, sorted) => DataType::Map(plain_field(entries), *sorted),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(plain_field).collect()),
        other => other.clone(),
    }
}

fn plain_field(field: &FieldRef) -> FieldRef {
    Arc::new(Field::new(
        field.name(),
        plain(field.data_type()),
        field.is_nullable(),
    ))
}

/// The same type, where any value may be missing but the keys of maps.
pub(super) fn nullable(of: &DataType) -> DataType {
    let open = |field: &FieldRef| -> FieldRef {
        Arc::new(Field::new(field.name(), nullable(field.data_type()), true))
    };
    match of {
        DataType::List(item) => DataType::List(open(item)),
        DataType::LargeList(item) => DataType::LargeList(open(item)),
        DataType::FixedSizeList(item, width) => DataType::FixedSizeList(open(item), *width),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(open).collect()),
        DataType::Map(entries, sorted) => match entries.data_type() {
            DataType::Struct(fields) if fields.len() == 2 => {
                let key = Field::new(fields[0].name(), nullable(fields[0].data_type()), false);
                let both = Fields::from(vec![Arc::new(key), open(&fields[1])]);
                let entries = Field::new(entries.name(), DataType::Struct(both), false);
                DataType::Map(Arc::new(entries), *sorted)
            }
            _ => of.clone(),
        },
        other => other.clone(),
    }
}

/// Whether values of a type may become those of another, if none of them changes.
pub(super) fn may_become(from: &DataType, to: &DataType) -> bool {
    is_alike(&plain(from), to) && can_cast_types(from, to)
}

fn is_alike(from: &DataType, to: &DataType) -> bool {
    use DataType::{
        Binary, Date32, Duration, FixedSizeBinary, FixedSizeList, LargeBinary, LargeList,
        LargeUtf8, List, Map, Null, Struct, Time32, Time64, Timestamp, Utf8,
    };
    match (from, to) {
        (Null, _) | (Utf8 | LargeUtf8, Utf8 | LargeUtf8) | (Date32, Timestamp(_, None)) => true,
        (Binary | LargeBinary | FixedSizeBinary(_), Binary | LargeBinary)
        | (Binary | LargeBinary, FixedSizeBinary(_))
        | (Time32(_) | Time64(_), Time32(_) | Time64(_))
        | (Duration(_), Duration(_)) => true,
        (Timestamp(_, one), Timestamp(_, other)) => one.is_some() == other.is_some(),
        (
            List(one) | LargeList(one) | FixedSizeList(one, _),
            List(other) | LargeList(other) | FixedSizeList(other, _),
        )
        | (Map(one, _), Map(other, _)) => is_alike(one.data_type(), other.data_type()),
        (Struct(one), Struct(other)) => {
            let same = |field: &FieldRef| {
                let mut found = one.iter().filter(|own| own.name() == field.name());
                let own = found.next();
                found.next().is_none()
                    && own.is_some_and(|own| is_alike(own.data_type(), field.data_type()))
            };
            one.len() == other.len() && other.iter().all(same)
        }
        _ => from == to || from.is_numeric() && to.is_numeric(),
    }
}

/// Values as those of another type, or why not.
pub(super) fn recast(values: &ArrayRef, to: &DataType) -> Result<ArrayRef, ArrowError> {
    let from = values.data_type();
    if from == to {
        return Ok(Arc::clone(values));
    }
    let options = CastOptions {
        safe: false,
        ..CastOptions::default()
    };
    let whole = plain(from);
    if is_exact(from, to) {
        return cast_with_options(values, to, &options);
    }
    // With what comes back in the type of the values themselves, both can be compared.
    let own = if is_exact(from, &whole) {
        cast_with_options(values, &whole, &options)?
    } else {
        Arc::clone(values)
    };
    let there = cast_with_options(&own, to, &options)?;
    let back = cast_with_options(&there, own.data_type(), &options)?;
    if own.to_data() != back.to_data() {
        let what = "some values would not stay what they are";
        return Err(ArrowError::CastError(what.to_owned()));
    }
    Ok(there)
}

/// Whether only the way in which values are stored is another, or whatever a type holds the other does.
fn is_exact(from: &DataType, to: &DataType) -> bool {
    use DataType::{
        Binary, BinaryView, Dictionary, Float16, Float32, Float64, LargeBinary, LargeList,
        LargeListView, LargeUtf8, List, ListView, Map, RunEndEncoded, Struct, Utf8, Utf8View,
    };
    match (from, to) {
        (DataType::Null, _) => true,
        (Dictionary(_, values), _) => is_exact(values, to),
        (RunEndEncoded(_, values), _) => is_exact(values.data_type(), to),
        (Utf8 | LargeUtf8 | Utf8View, Utf8 | LargeUtf8)
        | (Binary | LargeBinary | BinaryView, Binary | LargeBinary)
        | (Float16 | Float32, Float32 | Float64) => true,
        (
            List(one) | LargeList(one) | ListView(one) | LargeListView(one),
            List(other) | LargeList(other),
        )
        | (Map(one, _), Map(other, _)) => is_exact(one.data_type(), other.data_type()),
        (DataType::FixedSizeList(one, width), DataType::FixedSizeList(other, wanted)) => {
            width == wanted && is_exact(one.data_type(), other.data_type())
        }
        (Struct(one), Struct(other)) => {
            let pairs = one.iter().zip(other);
            one.len() == other.len()
                && pairs.into_iter().all(|(one, other)| {
                    one.name() == other.name() && is_exact(one.data_type(), other.data_type())
                })
        }
        _ => from == to,
    }
}
