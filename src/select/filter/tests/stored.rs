//! Files whose columns are of several types, or missing in some, and what each of their rows holds.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float32Array, Float64Array, Int16Array,
    Int64Array, RecordBatch, StringArray, Time64MicrosecondArray, TimestampMillisecondArray,
    TimestampNanosecondArray, UInt64Array,
};
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;

use super::exact::{Exact, Value};
use crate::account::Account;
use crate::dataset::{Dataset, Origins};
use crate::error::Checkpoint;

const ROW_GROUP: usize = 1500;
/// Rows of each file.
pub(super) const ROWS: usize = 2 * ROW_GROUP + 77;

/// A column of a file: how it is stored, and what it holds.
struct Stored {
    name: &'static str,
    array: ArrayRef,
    values: Vec<Value>,
}

/// Files, and what each column holds in all rows of them.
pub(super) struct Files {
    _folder: tempfile::TempDir,
    pub(super) dataset: Dataset,
    pub(super) account: Arc<Account>,
    columns: Vec<(&'static str, Vec<Value>)>,
}

fn mixed(row: usize) -> u64 {
    let mixed = (row as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed ^ mixed >> 29
}

/// A small number for each row, which grows from row group to row group; none in some rows.
fn numbers(seed: usize) -> Vec<Option<i64>> {
    let number = |row: usize| {
        let drawn = mixed(row * 31 + seed);
        let group = i64::try_from(row / ROW_GROUP).unwrap();
        let small = i64::try_from(drawn % 9).unwrap() + 8 * group;
        (drawn >> 20 & 7 != 0).then_some(small)
    };
    (0..ROWS).map(number).collect()
}

/// The same, and none of them missing.
fn whole_numbers(seed: usize) -> Vec<Option<i64>> {
    let rows = numbers(seed).into_iter().enumerate();
    let rows =
        rows.map(|(row, number)| number.or_else(|| i64::try_from(8 * (row / ROW_GROUP)).ok()));
    rows.collect()
}

fn column<T>(
    name: &'static str,
    rows: Vec<Option<T>>,
    value: impl Fn(&T) -> Value,
    array: impl Fn(Vec<Option<T>>) -> ArrayRef,
) -> Stored {
    let values = rows.iter();
    let values = values.map(|row| row.as_ref().map_or(Value::Null, &value));
    Stored {
        name,
        values: values.collect(),
        array: array(rows),
    }
}

fn map<T>(rows: &[Option<i64>], each: impl Fn(i64) -> T) -> Vec<Option<T>> {
    rows.iter().map(|row| row.map(&each)).collect()
}

pub(super) fn float(number: i64) -> f64 {
    match number {
        1 => f64::NAN,
        2 => -0.0,
        3 => 0.0,
        4 => 2.5,
        5 => 9_007_199_254_740_992.0,
        6 => f64::INFINITY,
        number => f64::from(i32::try_from(number).unwrap()) / 4.0,
    }
}

pub(super) fn string(number: i64) -> String {
    match number {
        0 => String::new(),
        1 => "\0".to_owned(),
        2 => "a\0b".to_owned(),
        number => format!("text {number:02} has more than its first thirty-two bytes, and more"),
    }
}

fn whole<T: Copy + Into<i128>>(number: &T) -> Value {
    scaled(number, 0)
}

fn scaled<T: Copy + Into<i128>>(number: &T, scale: i32) -> Value {
    Value::Number(Exact::decimal((*number).into(), scale))
}

fn decimals(rows: Vec<Option<i128>>, precision: u8, scale: i8) -> ArrayRef {
    let array = Decimal128Array::from(rows);
    Arc::new(array.with_precision_and_scale(precision, scale).unwrap())
}

/// A file of long texts, which are few: `a...a`, `b...b` and `c...c` in turn.
pub(super) fn long_texts(path: &Path) {
    let text = |row: usize| Some(["a", "b", "c"][row % 3].repeat(100_000));
    let texts: Vec<Option<String>> = (0..ROWS).map(text).collect();
    let array = |rows| Arc::new(StringArray::from(rows)) as ArrayRef;
    write(path, &[column("s", texts, |_| Value::Null, array)]);
}

/// The columns that both files store alike.
fn common() -> Vec<Stored> {
    let days = map(&numbers(5), |n| i32::try_from(n).unwrap());
    let day = |day: &i32| whole(&(i128::from(*day) * 86_400));
    let order = (0..ROWS).map(|row| i64::try_from(row).ok().filter(|row| row % 500 != 7));
    let largest = map(&numbers(9), |n| u64::MAX - n.cast_unsigned());
    vec![
        column("e", days, day, |rows| Arc::new(Date32Array::from(rows))),
        column("b", map(&numbers(7), |n| n % 2 == 1), whole, |rows| {
            Arc::new(BooleanArray::from(rows))
        }),
        column("o", order.collect(), whole, |rows| {
            Arc::new(Int64Array::from(rows))
        }),
        column("r", whole_numbers(8), whole, |rows| {
            Arc::new(Int64Array::from(rows))
        }),
        column("u", largest, whole, |rows| {
            Arc::new(UInt64Array::from(rows))
        }),
    ]
}

/// The first file has wide types.
fn first() -> Vec<Stored> {
    let beyond = map(&numbers(1), |n| n - 4 + (1 << 53));
    let texts = map(&numbers(3), string);
    let text = |text: &String| Value::Text(text.as_bytes().to_vec());
    let times = map(&numbers(6), |n| n * 43_200_000_000_000);
    let floats = map(&numbers(2), float);
    let float = |float: &f64| Value::Number(Exact::float(*float));
    let quarters = map(&numbers(4), |n| i128::from(n - 3) * 25);
    let mut columns = common();
    columns.extend([
        column("i", beyond, whole, |rows| Arc::new(Int64Array::from(rows))),
        column("f", floats, float, |rows| {
            Arc::new(Float64Array::from(rows))
        }),
        column("s", texts, text, |rows| Arc::new(StringArray::from(rows))),
        column(
            "d",
            quarters,
            |d| scaled(d, 2),
            |rows| decimals(rows, 25, 2),
        ),
        column(
            "t",
            times,
            |t| scaled(t, 9),
            |rows| Arc::new(TimestampNanosecondArray::from(rows)),
        ),
    ]);
    columns
}

/// The second file has narrow types, and lacks the texts.
fn second() -> Vec<Stored> {
    let floats = map(&numbers(12), |n| f32::from(i16::try_from(n).unwrap()) / 8.0);
    let float = |float: &f32| Value::Number(Exact::float(f64::from(*float)));
    let eighths = map(&numbers(14), |n| i128::from(n) * 125);
    let times = map(&numbers(16), |n| n * 43_200_000);
    let clock = map(&numbers(17), |n| n * 1_000_000);
    let small = map(&numbers(11), |n| i16::try_from(n).unwrap());
    let mut columns = common();
    columns.extend([
        column("i", small, whole, |rows| Arc::new(Int16Array::from(rows))),
        column("f", floats, float, |rows| {
            Arc::new(Float32Array::from(rows))
        }),
        column("d", eighths, |d| scaled(d, 3), |rows| decimals(rows, 9, 3)),
        column(
            "t",
            times,
            |t| scaled(t, 3),
            |rows| Arc::new(TimestampMillisecondArray::from(rows)),
        ),
        column(
            "c",
            clock,
            |c| scaled(c, 6),
            |rows| Arc::new(Time64MicrosecondArray::from(rows)),
        ),
    ]);
    columns
}

fn write(path: &Path, columns: &[Stored]) {
    let arrays = columns.iter();
    let arrays = arrays.map(|column| (column.name, Arc::clone(&column.array), column.name != "r"));
    let batch = RecordBatch::try_from_iter_with_nullable(arrays).unwrap();
    let properties = WriterProperties::builder()
        .set_max_row_group_row_count(Some(ROW_GROUP))
        .set_data_page_row_count_limit(400)
        .set_write_batch_size(100)
        .set_statistics_truncate_length(Some(40))
        .set_bloom_filter_enabled(true)
        .build();
    let file = tempfile::NamedTempFile::new_in(path.parent().unwrap()).unwrap();
    let mut writer =
        ArrowWriter::try_new(file.as_file(), batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    file.persist(path).unwrap();
}

impl Files {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let files = [first(), second()];
        let mut paths: Vec<PathBuf> = Vec::new();
        for (at, columns) in files.iter().enumerate() {
            paths.push(folder.path().join(format!("{at}.parquet")));
            write(&paths[at], columns);
        }
        let account = Account::new(64 << 20);
        let names = ["i", "f", "s", "d", "e", "t", "b", "r", "u", "c", "o"];
        let columns = names.map(|name| {
            let values = files.iter().flat_map(|columns| {
                let found = columns.iter().find(|column| column.name == name);
                found.map_or_else(|| vec![Value::Null; ROWS], |column| column.values.clone())
            });
            (name, values.collect())
        });
        Self {
            dataset: Dataset::new(&Origins::files(&paths), &account, Checkpoint::NONE).unwrap(),
            _folder: folder,
            account,
            columns: columns.to_vec(),
        }
    }

    /// What a column holds in all rows.
    pub(super) fn values(&self, column: &str) -> &[Value] {
        let found = self.columns.iter().find(|(name, _)| *name == column);
        &found.unwrap().1
    }
}
