//! Casts held against those of the `arrow` crate, there and back; pieces against the rows in one.

mod checksums;
mod row_groups;

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, Float64Array, Int64Array, ListArray, RecordBatch, StringArray,
};
use arrow::compute::{CastOptions, cast_with_options, concat_batches};
use arrow::datatypes::{DataType, Field, Int64Type, Schema, TimeUnit};

use crate::error::Result;
use crate::table::cast::recast;
use crate::table::pieces::{PIECE_ROWS, Pieces, TakePieces};
use crate::table::types::{may_become, plain};

const INSTANT: fn(TimeUnit) -> DataType = |unit| DataType::Timestamp(unit, None);

fn types() -> Vec<DataType> {
    use DataType::{
        Binary, BinaryView, Date32, Date64, Decimal32, Decimal64, Decimal128, Dictionary, Float16,
        Float32, Float64, Int8, Int16, Int32, Int64, LargeBinary, LargeUtf8, Time32, Time64, UInt8,
        UInt16, UInt32, UInt64, Utf8, Utf8View,
    };
    let texts = Dictionary(Box::new(Int32), Box::new(Utf8));
    let item = |of| Arc::new(Field::new("item", of, true));
    vec![
        Int8,
        Int16,
        Int32,
        Int64,
        UInt8,
        UInt16,
        UInt32,
        UInt64,
        Float16,
        Float32,
        Float64,
        Decimal32(7, 2),
        Decimal64(15, 0),
        Decimal128(30, 5),
        Decimal128(9, -1),
        Date32,
        Date64,
        Time32(TimeUnit::Second),
        Time32(TimeUnit::Millisecond),
        Time64(TimeUnit::Nanosecond),
        INSTANT(TimeUnit::Second),
        INSTANT(TimeUnit::Millisecond),
        INSTANT(TimeUnit::Nanosecond),
        DataType::Duration(TimeUnit::Millisecond),
        DataType::Duration(TimeUnit::Microsecond),
        Utf8,
        LargeUtf8,
        Utf8View,
        texts,
        Binary,
        LargeBinary,
        BinaryView,
        DataType::List(item(Int64)),
        DataType::LargeList(item(Int16)),
        DataType::FixedSizeList(item(Int32), 2),
    ]
}

fn strict(values: &ArrayRef, to: &DataType) -> Option<ArrayRef> {
    let options = CastOptions {
        safe: false,
        ..CastOptions::default()
    };
    cast_with_options(values, to, &options).ok()
}

/// Arrays of a type, made of numbers that fit some types and not others.
fn arrays(of: &DataType) -> Vec<ArrayRef> {
    let sets: [&[Option<i64>]; 6] = [
        &[Some(0), None, Some(100), Some(7)],
        &[Some(86_400), Some(-172_800)],
        &[Some(300), Some(-5)],
        &[Some(1 << 40), Some(3)],
        &[Some((1 << 53) + 1)],
        &[Some(65_504), Some(2_000), Some(99_999)],
    ];
    let mut made: Vec<ArrayRef> = Vec::new();
    for set in sets {
        let whole: ArrayRef = Arc::new(Int64Array::from(set.to_vec()));
        let lists = set
            .iter()
            .map(|value| value.map(|value| vec![Some(value), None]));
        let lists: ArrayRef = Arc::new(ListArray::from_iter_primitive::<Int64Type, _, _>(lists));
        let texts: Vec<Option<String>> = set
            .iter()
            .map(|value| value.map(|value| format!("é{value}")))
            .collect();
        let texts: ArrayRef = Arc::new(StringArray::from(texts));
        let source = match of {
            DataType::List(_) | DataType::LargeList(_) | DataType::FixedSizeList(..) => &lists,
            DataType::Utf8
            | DataType::LargeUtf8
            | DataType::Utf8View
            | DataType::Dictionary(..)
            | DataType::Binary
            | DataType::LargeBinary
            | DataType::BinaryView => &texts,
            _ => &whole,
        };
        made.extend(strict(source, of));
    }
    if of.is_floating() {
        let odd = Float64Array::from(vec![1.5, -0.25, f64::NAN, f64::INFINITY]);
        made.extend(strict(&(Arc::new(odd) as ArrayRef), of));
        made.extend(strict(
            &(Arc::new(Float64Array::from(vec![0.5])) as ArrayRef),
            of,
        ));
    }
    let sliced = made
        .iter()
        .map(|array| array.slice(1.min(array.len()), array.len() - 1));
    let sliced: Vec<ArrayRef> = sliced.collect();
    made.extend(sliced);
    made
}

/// The same values as the crate casts them without loss: dictionaries and views as what they stand for, and
/// days in milliseconds as such, which the crate rounds on the way back.
fn compared(values: &ArrayRef, to: &DataType) -> ArrayRef {
    let from = values.data_type();
    let own = match (from, to) {
        (DataType::Date64, DataType::Timestamp(..)) => strict(values, &DataType::Int64)
            .and_then(|own| strict(&own, &INSTANT(TimeUnit::Millisecond))),
        _ if from.is_primitive() => None,
        _ => strict(values, &plain(from)),
    };
    own.unwrap_or_else(|| Arc::clone(values))
}

#[test]
fn casts_are_those_of_the_crate_that_change_nothing() {
    let (mut same, mut refused) = (0, 0);
    for from in types() {
        for to in types().iter().map(plain) {
            if !may_become(&from, &to) {
                continue;
            }
            for values in arrays(&from) {
                let own = compared(&values, &to);
                let expected = strict(&own, &to).filter(|there| {
                    let back = strict(there, own.data_type());
                    back.is_some_and(|back| back.to_data() == own.to_data())
                });
                let told = format!("{from} to {to}: {values:?}");
                match (recast(&values, &to), expected) {
                    (Ok(found), Some(expected)) => {
                        assert_eq!(found.to_data(), expected.to_data(), "{told}");
                        found.to_data().validate_full().unwrap();
                        same += 1;
                    }
                    (Err(_), None) => refused += 1,
                    (Ok(found), None) => panic!("{told} became {found:?}"),
                    (Err(error), Some(_)) => panic!("{told}: {error}"),
                }
            }
        }
    }
    assert!(
        same > 500 && refused > 100,
        "{same} casts, {refused} refusals"
    );
}

struct Gathered {
    pieces: Vec<RecordBatch>,
}

impl TakePieces for Gathered {
    fn room(&self) -> usize {
        PIECE_ROWS
    }

    fn take(&mut self, piece: &RecordBatch) -> Result<()> {
        self.pieces.push(piece.clone());
        Ok(())
    }
}

fn pieces(batches: &[RecordBatch]) -> Vec<RecordBatch> {
    let mut to = Gathered { pieces: Vec::new() };
    let mut pieces = Pieces::default();
    for batch in batches {
        pieces.add(batch, &mut to).unwrap();
    }
    pieces.finish(&mut to).unwrap();
    to.pieces
}

#[test]
fn pieces_do_not_depend_on_batches() {
    let texts = (0..5000_usize).map(|row| match row % 400 {
        0 => "x".repeat(3 << 20),
        1 => "y".repeat(9 << 20),
        short => "z".repeat(short % 7),
    });
    let texts: StringArray = texts.take(1500).map(Some).collect();
    let schema = Arc::new(Schema::new(vec![Field::new("t", DataType::Utf8, true)]));
    let whole = RecordBatch::try_new(Arc::clone(&schema), vec![Arc::new(texts)]).unwrap();
    let expected = pieces(std::slice::from_ref(&whole));
    assert_eq!(concat_batches(&schema, &expected).unwrap(), whole);
    for rows in [1, 7, 400, 1023, 1025] {
        let starts = (0..whole.num_rows()).step_by(rows);
        let cut = starts.map(|at| whole.slice(at, rows.min(whole.num_rows() - at)));
        assert_eq!(
            pieces(&cut.collect::<Vec<_>>()),
            expected,
            "batches of {rows} rows"
        );
    }
    assert!(expected.iter().any(|piece| piece.num_rows() == 1));
    assert!(expected.iter().all(|piece| piece.num_rows() <= PIECE_ROWS));
}
