//! The memory that a load allocates beside its output stays within the scratch of its plan. The
//! allocator itself counts, so no allocation is missed.
#![expect(
    unsafe_code,
    reason = "an allocator is unsafe to write; this one counts and passes on"
)]
#![expect(
    clippy::unwrap_used,
    reason = "the helpers of a test fail by panicking, as tests do"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use arrow::array::{ArrayRef, Float64Array, RecordBatch};
use onecopy::plan::{Fill, Options, OverflowPolicy, Plan};
use onecopy::run::{Destination, load};
use onecopy::types::{Dtype, Order};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::{WriterProperties, WriterPropertiesBuilder};
use tempfile::{TempDir, tempdir};

/// Bytes allocated now.
static NOW: AtomicUsize = AtomicUsize::new(0);
/// The most bytes allocated at once, since it was last reset.
static PEAK: AtomicUsize = AtomicUsize::new(0);

struct Counting;

impl Counting {
    fn took(bytes: usize) {
        let now = NOW.fetch_add(bytes, Ordering::Relaxed) + bytes;
        PEAK.fetch_max(now, Ordering::Relaxed);
    }
}

// SAFETY: every call is passed on as it is; the counters touch no memory of the caller's.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        Self::took(layout.size());
        // SAFETY: the caller's promises are the system allocator's.
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's promises are the system allocator's.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// One test at a time, because they share the counters.
static ALONE: Mutex<()> = Mutex::new(());

fn file(
    values: impl Fn(usize, usize) -> f64,
    shape: (usize, usize),
    writer: WriterPropertiesBuilder,
) -> (TempDir, PathBuf) {
    let (rows, columns) = shape;
    let folder = tempdir().unwrap();
    let path = folder.path().join("x.parquet");
    let arrays = (0..columns).map(|column| {
        let cells = (0..rows).map(|row| (row % 11 > 0).then(|| values(row, column)));
        (
            format!("c{column}"),
            Arc::new(cells.collect::<Float64Array>()) as ArrayRef,
        )
    });
    let batch = RecordBatch::try_from_iter(arrays).unwrap();
    let writer = writer.set_max_row_group_row_count(None).build();
    let out = std::fs::File::create(&path).unwrap();
    let mut writer = ArrowWriter::try_new(out, batch.schema(), Some(writer)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    (folder, path)
}

/// Loads, and holds the peak of all allocations against the plan.
fn check(path: &PathBuf, options: Options) {
    let what = format!("{options:?}");
    let plan = Plan::new(std::slice::from_ref(path), options).unwrap();
    let before = NOW.load(Ordering::Relaxed);
    PEAK.store(before, Ordering::Relaxed);
    let loaded = load(&plan, Destination::Memory, &mut ()).unwrap();
    let peak = PEAK.load(Ordering::Relaxed) - before;
    let most = plan.budget.scratch_bytes;
    assert!(peak <= most, "{peak} bytes of {most} for {what}");
    // The report has the bytes that were leased, which are nearly all.
    assert!(loaded.report.peak_scratch <= plan.budget.account_bytes);
}

fn smooth(row: usize, column: usize) -> f64 {
    u32::try_from(row * 7 + column).map_or(0.0, |n| f64::from(n).sqrt())
}

#[test]
fn a_giant_row_group() {
    let _alone = ALONE.lock();
    let writer = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_dictionary_enabled(false);
    let (_folder, path) = file(smooth, (300_000, 12), writer);
    for (order, threads, fill) in [
        (Order::C, 3, Fill::Median),
        (Order::F, 2, Fill::Mean),
        (Order::C, 1, Fill::Median),
    ] {
        for memory_limit in [None, Some(300_000 * 12 * 4 + (20 << 20))] {
            check(
                &path,
                Options {
                    order,
                    threads: Some(threads),
                    fill,
                    memory_limit,
                    ..Options::default()
                },
            );
        }
    }
}

/// Each entry of these dictionaries overflows, so that the source value of each is kept as well.
#[test]
fn dictionaries_of_what_is_not_plain() {
    let _alone = ALONE.lock();
    let writer = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_dictionary_page_size_limit(1 << 20);
    let value = |row: usize, column: usize| 1e5 + smooth(row % 120_000, column);
    let (_folder, path) = file(value, (240_000, 16), writer);
    check(
        &path,
        Options {
            dtype: Dtype::F16,
            overflow: OverflowPolicy::Clip,
            threads: Some(2),
            ..Options::default()
        },
    );
}

/// Decompressors have buffers of their own.
#[test]
fn every_codec() {
    let _alone = ALONE.lock();
    for codec in [
        Compression::GZIP(parquet::basic::GzipLevel::default()),
        Compression::ZSTD(parquet::basic::ZstdLevel::default()),
        Compression::BROTLI(parquet::basic::BrotliLevel::default()),
    ] {
        let writer = WriterProperties::builder()
            .set_compression(codec)
            .set_dictionary_enabled(false);
        let (_folder, path) = file(smooth, (150_000, 6), writer);
        let memory_limit = Some(150_000 * 6 * 4 + (18 << 20));
        check(
            &path,
            Options {
                threads: Some(4),
                memory_limit,
                ..Options::default()
            },
        );
    }
}

/// Memory for files grows with their number or with their columns, not with the product of both.
#[test]
fn files_of_the_same_columns() {
    let _alone = ALONE.lock();
    let (_folder, path) = file(smooth, (2, 2000), WriterProperties::builder());
    let peak = |files: usize| {
        let before = NOW.load(Ordering::Relaxed);
        PEAK.store(before, Ordering::Relaxed);
        let plan = Plan::new(&vec![path.clone(); files], Options::default()).unwrap();
        assert_eq!((plan.rows, plan.features.len()), (2 * files, 2000));
        PEAK.load(Ordering::Relaxed) - before
    };
    let few = peak(2);
    let many = peak(60);
    assert!(many < 2 * few, "{few} bytes for 2 files, {many} for 60");
}
