//! The `parquet` crate as a second reader: the numbers of a flat column, or nothing where it
//! refuses, gives up halfway or panics.

use std::cell::Cell;
use std::fs::{File, OpenOptions};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Once;

use half::f16;
use onecopy::parquet::{Column, Kind, Nesting};
use parquet::basic::Encoding;
use parquet::column::page::Page;
use parquet::column::reader::ColumnReader;
use parquet::data_type::{ByteArray, FixedLenByteArray};
use parquet::file::reader::{FileReader, SerializedFileReader};

/// One source value: exact.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value {
    /// A whole number.
    Whole(i128),
    /// A floating-point number, or the nearest one of a decimal.
    Float(f64),
}

thread_local! {
    static TOLERANT: Cell<bool> = const { Cell::new(false) };
}

/// Runs foreign code: its panics are a refusal, and no finding.
pub fn tolerate<R>(work: impl FnOnce() -> Option<R>) -> Option<R> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let strict = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if !TOLERANT.get() {
                strict(panic);
            }
        }));
    });
    TOLERANT.set(true);
    let result = catch_unwind(AssertUnwindSafe(work));
    TOLERANT.set(false);
    result.ok().flatten()
}

fn open(path: &Path) -> Option<SerializedFileReader<File>> {
    SerializedFileReader::new(OpenOptions::new().read(true).open(path).ok()?).ok()
}

/// The values of a column, which has `rows` rows in all.
pub fn column(path: &Path, column: &Column, rows: usize) -> Option<Vec<Option<Value>>> {
    tolerate(|| {
        let reader = open(path)?;
        let mut values = Vec::with_capacity(rows);
        for number in 0..reader.num_row_groups() {
            let row_group = reader.get_row_group(number).ok()?;
            let told = row_group.metadata();
            let schema = told.schema_descr();
            if column.leaf >= schema.num_columns() {
                return None;
            }
            let about = schema.column(column.leaf);
            let levels = (about.max_def_level(), about.max_rep_level());
            let nullable = column.nesting == Nesting::flat(true);
            let flat = levels == (nullable.into(), 0) && about.path().parts().len() == 1;
            if !flat || about.name() != column.name {
                return None;
            }
            let rows = usize::try_from(told.num_rows()).ok()?;
            let read = row_group.get_column_reader(column.leaf).ok()?;
            values.extend(read_column(read, column.kind.ok()?, nullable, rows)?);
        }
        (values.len() == rows).then_some(values)
    })
}

/// Whether a page of the column has `BIT_PACKED` levels: the format puts their first bit highest, and
/// the `parquet` crate takes it for the lowest (apache/arrow-rs#5338).
#[expect(deprecated, reason = "that is what is looked for")]
pub fn misreads(path: &Path, column: &Column) -> bool {
    let packed = tolerate(|| {
        let reader = open(path)?;
        for number in 0..reader.num_row_groups() {
            let row_group = reader.get_row_group(number).ok()?;
            for page in row_group.get_column_page_reader(column.leaf).ok()? {
                if let Page::DataPage {
                    def_level_encoding: Encoding::BIT_PACKED,
                    ..
                } = page.ok()?
                {
                    return Some(());
                }
            }
        }
        None
    });
    column.nesting.has_levels() && packed.is_some()
}

macro_rules! records {
    ($reader:ident, $rows:ident, $nullable:ident, $value:expr) => {{
        let (mut levels, mut values) = (Vec::new(), Vec::new());
        let (mut seen, most) = (0, $rows);
        while seen < most {
            let wanted = $nullable.then_some(&mut levels);
            let (records, ..) = $reader
                .read_records(most - seen, wanted, None, &mut values)
                .ok()?;
            if records == 0 {
                return None;
            }
            seen += records;
        }
        let convert = $value;
        let mut values = values.iter().map(|value| convert(value));
        if !$nullable {
            let values: Vec<_> = values.map(|value| value.map(Some)).collect::<Option<_>>()?;
            return (values.len() == most).then_some(values);
        }
        let mut out = Vec::with_capacity(most);
        for level in levels {
            out.push(if level == 1 {
                Some(values.next()??)
            } else {
                None
            });
        }
        (out.len() == most && values.next().is_none()).then_some(out)
    }};
}

fn read_column(
    reader: ColumnReader,
    kind: Kind,
    nullable: bool,
    rows: usize,
) -> Option<Vec<Option<Value>>> {
    match reader {
        ColumnReader::BoolColumnReader(mut reader) => {
            records!(reader, rows, nullable, |v: &bool| Some(Value::Whole(
                i128::from(*v)
            )))
        }
        ColumnReader::Int32ColumnReader(mut reader) => {
            records!(reader, rows, nullable, |v: &i32| small(*v, kind))
        }
        ColumnReader::Int64ColumnReader(mut reader) => {
            records!(reader, rows, nullable, |v: &i64| large(*v, kind))
        }
        ColumnReader::FloatColumnReader(mut reader) => {
            records!(reader, rows, nullable, |v: &f32| Some(Value::Float(
                f64::from(*v)
            )))
        }
        ColumnReader::DoubleColumnReader(mut reader) => {
            records!(reader, rows, nullable, |v: &f64| Some(Value::Float(*v)))
        }
        ColumnReader::ByteArrayColumnReader(mut reader) => {
            records!(reader, rows, nullable, |v: &ByteArray| wide(v.data(), kind))
        }
        ColumnReader::FixedLenByteArrayColumnReader(mut reader) => {
            records!(reader, rows, nullable, |v: &FixedLenByteArray| wide(
                v.data(),
                kind
            ))
        }
        ColumnReader::Int96ColumnReader(_) => None,
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "narrow integers are stored in wider ones"
)]
fn small(value: i32, kind: Kind) -> Option<Value> {
    Some(Value::Whole(match kind {
        Kind::I8 => (value as i8).into(),
        Kind::I16 => (value as i16).into(),
        Kind::I32 => value.into(),
        Kind::U8 => (value as u8).into(),
        Kind::U16 => (value as u16).into(),
        Kind::U32 => (value as u32).into(),
        Kind::Decimal32 { scale } => return decimal(value.into(), scale),
        _ => return None,
    }))
}

fn large(value: i64, kind: Kind) -> Option<Value> {
    Some(Value::Whole(match kind {
        Kind::I64 => value.into(),
        Kind::U64 => value.cast_unsigned().into(),
        Kind::Decimal64 { scale } => return decimal(value.into(), scale),
        _ => return None,
    }))
}

/// Halves, and decimals of up to 16 bytes.
fn wide(bytes: &[u8], kind: Kind) -> Option<Value> {
    match kind {
        Kind::F16 => {
            let half = f16::from_le_bytes(*bytes.first_chunk()?);
            Some(Value::Float(half.to_f64()))
        }
        Kind::DecimalFixed { scale, .. } | Kind::DecimalBytes { scale } if bytes.len() <= 16 => {
            let negative = bytes.first().is_some_and(|byte| *byte >= 0x80);
            let start = if negative { -1_i128 } else { 0 };
            let unscaled = bytes.iter().fold(start, |v, b| v << 8 | i128::from(*b));
            decimal(unscaled, scale)
        }
        _ => None,
    }
}

fn decimal(unscaled: i128, scale: i32) -> Option<Value> {
    let text = format!("{unscaled}e{}", -i64::from(scale));
    text.parse().ok().map(Value::Float)
}
