//! Files of all types, encodings and codecs, poured into memory and into a caller's array.

use half::f16;
use ndarray::{Array2, ArrayView2, ShapeBuilder};
use onecopy::plan::{MissingColumns, Options, Output, OverflowPolicy, Plan};
use onecopy::run::Matrix;
use onecopy::run::{Destination, load};
use onecopy::types::{Dtype, Order};
use parquet::basic::{Compression, Encoding};
use parquet::file::properties::{WriterProperties, WriterPropertiesBuilder, WriterVersion};
use parquet::schema::types::ColumnPath;
use tempfile::tempdir;

use crate::support::files;
use crate::support::files::Column;
use crate::support::naive;
use crate::support::naive::{Cell, Value};

const ROWS: usize = 2500;

/// An element and its dtype.
pub(crate) trait Dtyped: Cell {
    const DTYPE: Dtype;
    fn matrix(array: &mut Array2<Self>) -> Matrix<'_>;
}

impl Dtyped for f16 {
    const DTYPE: Dtype = Dtype::F16;
    fn matrix(array: &mut Array2<Self>) -> Matrix<'_> {
        Matrix::F16(array.view_mut())
    }
}

impl Dtyped for f32 {
    const DTYPE: Dtype = Dtype::F32;
    fn matrix(array: &mut Array2<Self>) -> Matrix<'_> {
        Matrix::F32(array.view_mut())
    }
}

impl Dtyped for f64 {
    const DTYPE: Dtype = Dtype::F64;
    fn matrix(array: &mut Array2<Self>) -> Matrix<'_> {
        Matrix::F64(array.view_mut())
    }
}

fn options<T: Dtyped>(order: Order, threads: usize) -> Options {
    Options {
        dtype: T::DTYPE,
        order,
        threads: Some(threads),
        overflow: OverflowPolicy::Missing,
        ..Options::default()
    }
}

fn compare<T: Cell>(found: &ArrayView2<'_, T>, columns: &[Column], what: &str) {
    assert_eq!(found.ncols(), columns.len());
    for (found, column) in found.columns().into_iter().zip(columns) {
        let mut values = column.values.clone();
        // What overflows is missing in these loads.
        for value in &mut values {
            *value = value.filter(|value| T::of(*value).to_f64().is_finite());
        }
        for (row, (found, expected)) in found.iter().zip(naive::column::<T>(&values)).enumerate() {
            let zeros = found.to_f64().abs() + expected.to_f64().abs() == 0.0;
            assert!(
                found.same(expected) || zeros && values[row].is_none(),
                "{what}: `{}`, row {row}: {found:?} for {expected:?}",
                column.name
            );
        }
    }
}

/// Loads into memory and into an array, and compares both.
fn check<T: Dtyped>(
    paths: &[std::path::PathBuf],
    columns: &[Column],
    order: Order,
    threads: usize,
) {
    let what = format!("{paths:?} as {} {order:?} by {threads}", T::NAME);
    let plan = Plan::new(paths, options::<T>(order, threads)).unwrap();
    let shape = (plan.rows, plan.features.len());
    let mut loaded = load(&plan, Destination::Memory, &mut ()).unwrap();
    let matrix = loaded.matrix.as_mut().unwrap();
    compare(
        &matrix.view::<T>(shape, order).unwrap().view(),
        columns,
        &what,
    );
    for (report, column) in loaded.report.columns.iter().zip(columns) {
        let nulls = column.values.iter().filter(|value| value.is_none()).count();
        assert_eq!(
            report.tally.nulls, nulls as u64,
            "{what}: `{}`",
            column.name
        );
    }
    let plan = Plan::new(
        paths,
        Options {
            output: Output::Array,
            ..options::<T>(order, threads)
        },
    );
    let mut array = Array2::from_elem(shape.set_f(order == Order::F), T::of(Value::Whole(77)));
    let destination = Destination::Array(T::matrix(&mut array));
    load(&plan.unwrap(), destination, &mut ()).unwrap();
    compare(&array.view(), columns, &what);
}

fn writers() -> Vec<(&'static str, WriterPropertiesBuilder)> {
    let one = || WriterProperties::builder().set_writer_version(WriterVersion::PARQUET_1_0);
    let two = || WriterProperties::builder().set_writer_version(WriterVersion::PARQUET_2_0);
    let mut encoded = two()
        .set_dictionary_enabled(false)
        .set_data_page_size_limit(1000);
    for name in [
        "i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64", "large", "d4", "d8",
    ] {
        encoded =
            encoded.set_column_encoding(ColumnPath::from(name), Encoding::DELTA_BINARY_PACKED);
    }
    for name in ["f16", "f32", "f64", "d16"] {
        encoded = encoded.set_column_encoding(ColumnPath::from(name), Encoding::BYTE_STREAM_SPLIT);
    }
    vec![
        ("plain", one().set_dictionary_enabled(false)),
        ("dictionary", one().set_max_row_group_row_count(Some(700))),
        (
            "snappy",
            one()
                .set_compression(Compression::SNAPPY)
                .set_data_page_size_limit(500)
                .set_write_batch_size(100),
        ),
        (
            "zstd",
            two().set_compression(Compression::ZSTD(parquet::basic::ZstdLevel::default())),
        ),
        (
            "gzip",
            two()
                .set_compression(Compression::GZIP(parquet::basic::GzipLevel::default()))
                .set_max_row_group_row_count(Some(1024)),
        ),
        (
            "lz4",
            one()
                .set_compression(Compression::LZ4_RAW)
                .set_dictionary_enabled(false),
        ),
        (
            "brotli",
            two().set_compression(Compression::BROTLI(parquet::basic::BrotliLevel::default())),
        ),
        // The dictionary overflows, so that plain pages follow.
        (
            "fallback",
            one()
                .set_dictionary_page_size_limit(256)
                .set_data_page_row_count_limit(300)
                .set_write_batch_size(50),
        ),
        ("delta", encoded),
    ]
}

#[test]
fn every_type_encoding_and_codec() {
    let folder = tempdir().unwrap();
    let columns = files::columns(ROWS);
    for (at, (name, writer)) in writers().into_iter().enumerate() {
        let path = folder.path().join(format!("{name}.parquet"));
        let paths = [files::write(&path, &columns, writer.build())];
        let threads = 1 + at % 3;
        let order = [Order::C, Order::F];
        check::<f16>(&paths, &columns, order[at % 2], threads);
        check::<f32>(&paths, &columns, order[0], 1 + (at + 1) % 3);
        check::<f32>(&paths, &columns, order[1], threads);
        check::<f64>(&paths, &columns, order[(at + 1) % 2], 1 + (at + 2) % 3);
    }
}

#[test]
fn one_giant_row_group_and_many_tiny_ones() {
    let folder = tempdir().unwrap();
    let columns: Vec<Column> = files::columns(150_000)
        .into_iter()
        .filter(|column| ["i64", "f32", "few"].contains(&column.name.as_str()))
        .collect();
    for (name, rows) in [("giant", 1 << 30), ("tiny", 999)] {
        let writer = WriterProperties::builder().set_max_row_group_row_count(Some(rows));
        let path = folder.path().join(name);
        let paths = [files::write(&path, &columns, writer.build())];
        check::<f32>(&paths, &columns, Order::C, 2);
        check::<f64>(&paths, &columns, Order::F, 3);
    }
}

#[test]
fn no_rows_and_one_row() {
    let folder = tempdir().unwrap();
    for rows in [0, 1] {
        let columns = files::columns(rows);
        let path = folder.path().join(format!("{rows}.parquet"));
        let paths = [files::write(&path, &columns, WriterProperties::default())];
        check::<f32>(&paths, &columns, Order::C, 2);
        check::<f16>(&paths, &columns, Order::F, 1);
    }
}

#[test]
fn several_files_one_without_a_column() {
    let folder = tempdir().unwrap();
    let columns = files::columns(1200);
    let part = |name: &str, columns: &[Column]| {
        files::write(
            &folder.path().join(name),
            columns,
            WriterProperties::default(),
        )
    };
    // In the second file the first columns are absent, and the others in another order.
    let mut fewer = columns[5..].to_vec();
    fewer.reverse();
    let paths = [
        part("a", &columns),
        part("b", &fewer),
        part("c", &files::columns(0)),
    ];
    let mut expected = columns.clone();
    for (at, column) in expected.iter_mut().enumerate() {
        let second = if at < 5 {
            vec![None; 1200]
        } else {
            column.values.clone()
        };
        column.values.extend(second);
    }
    for (order, threads) in [(Order::C, 3), (Order::F, 2)] {
        let options = Options {
            missing_columns: MissingColumns::Missing,
            ..options::<f32>(order, threads)
        };
        let plan = Plan::new(&paths, options).unwrap();
        let mut loaded = load(&plan, Destination::Memory, &mut ()).unwrap();
        let matrix = loaded.matrix.as_mut().unwrap();
        let view = matrix.view::<f32>((2400, columns.len()), order).unwrap();
        compare(&view.view(), &expected, "absent");
    }
}
