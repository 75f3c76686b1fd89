//! Allocations that fail: each allocation of a load that grows with the data fails once, and each time
//! the load does without it or returns an error. An allocation that must not fail would end the
//! process, and so this test.
#![expect(
    unsafe_code,
    reason = "an allocator is unsafe to write; this one refuses, or passes on"
)]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "the helpers of a test fail by panicking, and it prints its counts"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use arrow::array::{ArrayRef, Float64Array, RecordBatch, StringArray};
use onecopy::dataset::Origins;
use onecopy::error::Error;
use onecopy::key::Duplicates;
use onecopy::plan::{Fill, Join, Options, OverflowPolicy, Plan};
use onecopy::run::{Destination, Report, load};
use onecopy::types::{Dtype, Order};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::{WriterProperties, WriterPropertiesBuilder};
use tempfile::{TempDir, tempdir};

/// Allocations of at least this size may fail. Smaller ones are names, counts and other data that grow
/// only with the columns and files of a load.
const SMALLEST: usize = 24 << 10;
/// More allocations of that size than any load here makes.
const MOST: usize = 4000;

/// Allocations left until one fails; 0 if none is to fail any more.
static LEFT: AtomicUsize = AtomicUsize::new(0);

struct Failing;

impl Failing {
    fn fails(bytes: usize) -> bool {
        let count = |left: usize| left.checked_sub(1);
        let order = Ordering::Relaxed;
        bytes >= SMALLEST && LEFT.fetch_update(order, order, count) == Ok(1)
    }
}

// SAFETY: every call is passed on as it is, or refused with the null pointer that says so.
unsafe impl GlobalAlloc for Failing {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if Self::fails(layout.size()) {
            return std::ptr::null_mut();
        }
        // SAFETY: the caller's promises are the system allocator's.
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promises are the system allocator's.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Failing = Failing;

/// One test at a time, because they share the count.
static ALONE: Mutex<()> = Mutex::new(());

/// Rows of a file: more of them where `ONECOPY_WHOLE` asks for the long form.
fn rows(short: u32) -> u32 {
    short
        * if std::env::var_os("ONECOPY_WHOLE").is_some() {
            4
        } else {
            1
        }
}

fn write(path: &Path, columns: Vec<(String, ArrayRef)>, writer: WriterPropertiesBuilder) {
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let writer = writer.set_max_row_group_row_count(Some(12_000)).build();
    let out = std::fs::File::create(path).unwrap();
    let mut writer = ArrowWriter::try_new(out, batch.schema(), Some(writer)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

/// Columns of many different values, with gaps; the last one is sorted, so that its bracket misses.
fn numbers(rows: u32, columns: u32) -> Vec<(String, ArrayRef)> {
    let column = |column: u32| {
        let cells = (0..rows).map(|row| {
            let mixed = row.wrapping_mul(0x9e37_79b9) >> 12;
            let value = if column + 1 == columns { row } else { mixed };
            (row % 11 > 0).then(|| f64::from(value) + f64::from(column))
        });
        Arc::new(cells.collect::<Float64Array>()) as ArrayRef
    };
    (0..columns)
        .map(|at| (format!("c{at}"), column(at)))
        .collect()
}

fn file(columns: Vec<(String, ArrayRef)>, writer: WriterPropertiesBuilder) -> (TempDir, PathBuf) {
    let folder = tempdir().unwrap();
    let path = folder.path().join("x.parquet");
    write(&path, columns, writer);
    (folder, path)
}

/// Plans and loads while the `nth` large allocation fails, and returns whether it was reached.
fn attempt(path: &Path, options: &Options, nth: usize) -> (Result<Report, Error>, bool) {
    LEFT.store(nth, Ordering::Relaxed);
    let paths = [path.to_path_buf()];
    let loaded = Plan::new(&paths, options.clone())
        .and_then(|plan| load(&plan, Destination::Memory, &mut ()));
    let reached = LEFT.swap(0, Ordering::Relaxed) == 0;
    (loaded.map(|loaded| loaded.report), reached)
}

/// Has each allocation fail in turn, until a load makes no more of them.
fn check(what: &str, path: &Path, options: Options) {
    let options = Options {
        threads: Some(1),
        ..options
    };
    let (expected, _) = attempt(path, &options, 0);
    let expected = expected.unwrap();
    let mut refused = 0;
    let mut survived = 0;
    for nth in 1..MOST {
        let (loaded, reached) = attempt(path, &options, nth);
        if !reached {
            println!("{what}: {refused} refused, {survived} done without");
            assert!(refused + survived > 0);
            return;
        }
        match loaded {
            Ok(report) => {
                survived += 1;
                assert_eq!(report.columns, expected.columns, "allocation {nth}");
            }
            Err(Error::MemoryLimit(_) | Error::Scarce { .. }) => refused += 1,
            Err(error) => panic!("allocation {nth}: {error}"),
        }
    }
    panic!("{what}: more than {MOST} allocations");
}

#[test]
fn medians_and_means() {
    let _alone = ALONE.lock();
    let writer = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_dictionary_page_size_limit(1 << 20);
    let (_folder, path) = file(numbers(rows(36_000), 3), writer);
    for (order, fill) in [
        (Order::C, Fill::Median),
        (Order::F, Fill::Median),
        (Order::C, Fill::Mean),
    ] {
        let options = Options {
            order,
            fill,
            ..Options::default()
        };
        check(&format!("{order:?} {fill:?}"), &path, options);
    }
}

#[test]
fn what_is_not_plain() {
    let _alone = ALONE.lock();
    let writer = WriterProperties::builder()
        .set_compression(Compression::ZSTD(parquet::basic::ZstdLevel::default()))
        .set_dictionary_page_size_limit(1 << 20);
    let (_folder, path) = file(numbers(rows(30_000), 3), writer);
    let options = Options {
        dtype: Dtype::F16,
        overflow: OverflowPolicy::Clip,
        ..Options::default()
    };
    check("overflows", &path, options);
}

/// Keys of text in another order: streamed, kept, indexed and looked up.
#[test]
fn a_join() {
    let _alone = ALONE.lock();
    let rows = rows(25_000);
    let text = |step: u32| {
        let keys =
            (0..rows).map(|row| format!("key-{:07}", u64::from(row) * u64::from(step) % 100_003));
        Arc::new(StringArray::from_iter_values(keys)) as ArrayRef
    };
    let writer = || WriterProperties::builder().set_dictionary_page_size_limit(1 << 20);
    let (_folder, path) = file(vec![("k".to_owned(), text(1))], writer());
    let mut columns = numbers(rows, 3);
    columns.push(("k".to_owned(), text(7)));
    let (_other, table) = file(columns, writer());
    let options = Options {
        join: Some(Join {
            tables: Origins::files(&[table]),
            on: vec!["k".to_owned()],
            duplicates: Duplicates::Raise,
            prefix: None,
        }),
        ..Options::default()
    };
    check("join", &path, options);
}
