//! Types of columns: those that a file has for others, and which may become which. Texts stay texts, numbers
//! stay numbers and instants stay instants: what merely looks alike is refused.

use std::sync::Arc;

use arrow_schema::{DataType, Field, FieldRef, Fields, TimeUnit};

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
    is_alike(&plain(from), to)
}

fn is_alike(from: &DataType, to: &DataType) -> bool {
    use DataType::{
        Binary, Date32, Decimal256, Duration, FixedSizeBinary, FixedSizeList, LargeBinary,
        LargeList, LargeUtf8, List, Map, Null, Struct, Time32, Time64, Timestamp, Utf8,
    };
    match (from, to) {
        (Null, _)
        | (Utf8 | LargeUtf8, Utf8 | LargeUtf8)
        | (Binary | LargeBinary | FixedSizeBinary(_), Binary | LargeBinary | FixedSizeBinary(_))
        | (Date32, Timestamp(_, None))
        | (Time32(_) | Time64(_), Time32(_) | Time64(_))
        | (Duration(_), Duration(_)) => true,
        (Timestamp(_, one), Timestamp(_, other)) => one.is_some() == other.is_some(),
        (
            List(one) | LargeList(one) | FixedSizeList(one, _),
            List(other) | LargeList(other) | FixedSizeList(other, _),
        ) => is_alike(one.data_type(), other.data_type()),
        (Map(one, _), Map(other, _)) => match (one.data_type(), other.data_type()) {
            (Struct(one), Struct(other)) => {
                let mut pairs = one.iter().zip(other);
                one.len() == other.len()
                    && pairs.all(|(one, other)| is_alike(one.data_type(), other.data_type()))
            }
            _ => false,
        },
        (Struct(one), Struct(other)) => {
            let same = |field: &FieldRef| {
                let mut found = one.iter().filter(|own| own.name() == field.name());
                let own = found.next();
                found.next().is_none()
                    && own.is_some_and(|own| is_alike(own.data_type(), field.data_type()))
            };
            one.len() == other.len() && other.iter().all(same)
        }
        (Decimal256(..), _) | (_, Decimal256(..)) => from == to,
        _ if from.is_floating() || to.is_floating() => {
            (from.is_floating() || from.is_integer()) && (to.is_floating() || to.is_integer())
        }
        _ => from == to || from.is_numeric() && to.is_numeric(),
    }
}
