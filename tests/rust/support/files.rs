//! Files with columns of every supported type, and their values.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BooleanArray, Decimal128Array, Float16Array, Float32Array, Float64Array,
    Int8Array, Int16Array, Int32Array, Int64Array, NullArray, RecordBatch, UInt8Array, UInt16Array,
    UInt32Array, UInt64Array,
};
use half::f16;
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;

use crate::support::naive::Value;

/// A column, and its values as they are expected.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) array: ArrayRef,
    pub(crate) values: Vec<Option<Value>>,
}

/// Pseudo-random numbers, the same in every run.
fn mixed(row: usize, column: u64) -> u64 {
    let x = (row as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ column.wrapping_mul(0xd6e8_feb8);
    (x ^ x >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9) ^ x >> 32
}

/// Whether the value of a row is null. Every third column has no nulls.
fn null(row: usize, column: u64) -> bool {
    !column.is_multiple_of(3) && mixed(row, column + 100).is_multiple_of(4 + column)
}

struct Maker {
    rows: usize,
    columns: Vec<Column>,
}

impl Maker {
    fn add<V, A: Array + 'static>(
        &mut self,
        name: &str,
        make: impl Fn(u64) -> V,
        value: impl Fn(&V) -> Value,
        array: impl FnOnce(Vec<Option<V>>) -> A,
    ) {
        let column = self.columns.len() as u64;
        let cell = |row: usize| (!null(row, column)).then(|| make(mixed(row, column)));
        let cells: Vec<Option<V>> = (0..self.rows).map(cell).collect();
        self.columns.push(Column {
            name: name.to_owned(),
            values: cells.iter().map(|cell| cell.as_ref().map(&value)).collect(),
            array: Arc::new(array(cells)),
        });
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_possible_wrap,
        reason = "any bits will do"
    )]
    fn integers(&mut self) {
        let whole = |value: i128| Value::Whole(value);
        self.add("i8", |m| m as i8, |v| whole((*v).into()), Int8Array::from);
        self.add(
            "i16",
            |m| m as i16,
            |v| whole((*v).into()),
            Int16Array::from,
        );
        // What a half can hold, so that no cast overflows.
        self.add(
            "i32",
            |m| m as i32 >> 16,
            |v| whole((*v).into()),
            Int32Array::from,
        );
        self.add(
            "i64",
            |m| m as i64 >> 48,
            |v| whole((*v).into()),
            Int64Array::from,
        );
        self.add("u8", |m| m as u8, |v| whole((*v).into()), UInt8Array::from);
        self.add(
            "u16",
            |m| m as u16 % 65_504,
            |v| whole((*v).into()),
            UInt16Array::from,
        );
        self.add(
            "u32",
            |m| m as u32 >> 17,
            |v| whole((*v).into()),
            UInt32Array::from,
        );
        self.add("u64", |m| m % 7, |v| whole((*v).into()), UInt64Array::from);
        self.add(
            "large",
            |m| (m % 9 + 1) as i64 * 7001,
            |v| whole((*v).into()),
            Int64Array::from,
        );
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "any bits will do"
    )]
    fn others(&mut self) {
        let float = Value::Float;
        self.add(
            "bool",
            |m| m % 3 == 0,
            |v| Value::Whole((*v).into()),
            BooleanArray::from,
        );
        let half = |m: u64| f16::from_bits(m as u16);
        self.add("f16", half, |v| float(v.to_f64()), Float16Array::from);
        let single = |m: u64| match m % 50 {
            0 => f32::INFINITY,
            1 => f32::NAN,
            _ => (m >> 40) as f32 / 300.0,
        };
        self.add("f32", single, |v| float((*v).into()), Float32Array::from);
        let double = |m: u64| match m % 50 {
            0 => f64::NEG_INFINITY,
            1 => -f64::NAN,
            2 => 5e-324,
            3 => 1.0 + 1.0 / 2048.0 + 1.0 / 1_099_511_627_776.0,
            _ => (m >> 11) as f64 / (1_u64 << 38) as f64,
        };
        self.add("f64", double, |v| float(*v), Float64Array::from);
        let few = |m: u64| (m % 5) as f64 / 3.0;
        self.add("few", few, |v| float(*v), Float64Array::from);
        for (name, precision, scale) in [("d4", 7, 3), ("d8", 16, 13), ("d16", 30, 26)] {
            let most = 10_i128.pow(u32::from(precision - 2_u8));
            let make = move |m: u64| i128::from(m) * i128::from(m >> 2) % most - most / 3;
            let value = move |v: &i128| {
                let text = format!("{v}e-{scale}");
                Value::Float(text.parse().unwrap())
            };
            self.add(name, make, value, |cells| {
                let array = Decimal128Array::from(cells);
                array.with_precision_and_scale(precision, scale).unwrap()
            });
        }
    }
}

/// `rows` rows of every type.
pub(crate) fn columns(rows: usize) -> Vec<Column> {
    let mut maker = Maker {
        rows,
        columns: Vec::new(),
    };
    maker.integers();
    maker.others();
    let mut columns = maker.columns;
    columns.push(Column {
        name: "nothing".to_owned(),
        array: Arc::new(NullArray::new(rows)),
        values: vec![None; rows],
    });
    columns
}

pub(crate) fn write(path: &Path, columns: &[Column], properties: WriterProperties) -> PathBuf {
    let arrays = columns
        .iter()
        .map(|c| (c.name.as_str(), Arc::clone(&c.array), true));
    let batch = RecordBatch::try_from_iter_with_nullable(arrays).unwrap();
    let file = std::fs::File::create(path).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    path.to_path_buf()
}
