//! Refusals for want of memory: each names a limit that works.

use std::path::Path;

use onecopy::error::Error;
use onecopy::plan::Options;
use onecopy::types::Order;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;
use tempfile::tempdir;

use super::arguments::floats;
use super::run;
use crate::support::files;
use crate::support::files::Column;

/// The number after some words of a message.
fn number_after(what: &str, words: &str) -> usize {
    let (_, after) = what
        .split_once(words)
        .unwrap_or_else(|| panic!("no number in: {what}"));
    let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap()
}

/// Refused with a number, a load must run with that number.
fn number_that_works(path: &Path, order: Order, threads: usize) {
    let options = |limit| Options {
        memory_limit: Some(limit),
        threads: Some(threads),
        order,
        ..Options::default()
    };
    let limited = |limit| run(&[path.to_path_buf()], options(limit));
    let shortage = match limited(1) {
        Err(Error::MemoryLimit(shortage)) => shortage,
        other => panic!("{other:?}"),
    };
    let enough = number_after(&shortage.what, "memory_limit=");
    assert_eq!((shortage.needed, shortage.limit), (Some(enough), Some(1)));
    assert!(matches!(limited(enough - 1), Err(Error::MemoryLimit(_))));
    if let Err(refused) = limited(enough) {
        panic!(
            "{}, {order:?} by {threads}: {enough} do not do: {refused}",
            path.display()
        );
    }
}

#[test]
fn a_memory_limit_that_is_too_small_names_one_that_works() {
    let folder = tempdir().unwrap();
    let columns = files::columns(60_000);
    let some: Vec<Column> = columns
        .into_iter()
        .filter(|c| ["f64", "f32", "few", "i64"].contains(&c.name.as_str()))
        .collect();
    for (name, writer) in [
        ("usual", WriterProperties::builder()),
        (
            "packed",
            WriterProperties::builder().set_compression(Compression::SNAPPY),
        ),
        (
            "large",
            WriterProperties::builder()
                .set_compression(Compression::SNAPPY)
                .set_dictionary_enabled(false)
                .set_data_page_size_limit(1 << 30)
                .set_data_page_row_count_limit(1 << 30),
        ),
    ] {
        let path = files::write(&folder.path().join(name), &some, writer.build());
        for order in [Order::C, Order::F] {
            number_that_works(&path, order, 1);
            number_that_works(&path, order, 3);
        }
    }
}

/// A page that is larger than the scratch: the error of the load names a number as well.
#[test]
fn a_page_that_is_too_large_names_a_limit_that_works() {
    let folder = tempdir().unwrap();
    let values = (0..2_000_000)
        .map(|row| Some(f64::from(row).sqrt()))
        .collect();
    let writer = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_dictionary_enabled(false)
        .set_data_page_size_limit(1 << 30)
        .set_data_page_row_count_limit(1 << 30)
        .set_write_batch_size(1 << 30);
    let path = [files::write(
        &folder.path().join("x"),
        &[floats("x", values)],
        writer.build(),
    )];
    let limited = |limit| {
        let memory_limit = Some(limit);
        run(
            &path,
            Options {
                memory_limit,
                ..Options::default()
            },
        )
    };
    let mut limit = 26 << 20;
    for _ in 0..3 {
        match limited(limit) {
            Ok(_) => return,
            Err(Error::MemoryLimit(shortage)) => {
                let what = &shortage.what;
                if what.contains("raise memory_limit by ") {
                    assert_eq!(shortage.place.column.as_deref(), Some("x"));
                    assert!(shortage.needed.is_some());
                    limit += number_after(what, "raise memory_limit by ");
                } else {
                    limit = number_after(what, "memory_limit=");
                }
            }
            Err(other) => panic!("{other}"),
        }
    }
    panic!("{limit} bytes were promised to do");
}
