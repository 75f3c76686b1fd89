//! All refusals of files and arguments; no input causes a panic.

mod arguments;
mod claims;
mod limits;

use std::path::{Path, PathBuf};

use onecopy::error::{Error, Result};
use onecopy::plan::{Options, OverflowPolicy, Plan};
use onecopy::run::{Destination, Report, load};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use tempfile::tempdir;

use crate::support::files;
use crate::support::files::Column;

/// Plans and loads.
fn run(paths: &[PathBuf], options: Options) -> Result<Report> {
    let plan = Plan::new(paths, options)?;
    Ok(load(&plan, Destination::Memory, &mut ())?.report)
}

/// Writes bytes and loads them. A panic of a worker would be an internal error.
fn run_bytes(path: &Path, bytes: &[u8]) -> Result<Report> {
    std::fs::write(path, bytes).unwrap();
    let options = Options {
        threads: Some(1),
        overflow: OverflowPolicy::Clip,
        ..Options::default()
    };
    let result = run(&[path.to_path_buf()], options);
    assert!(
        !matches!(result, Err(Error::Internal(_) | Error::Scarce { .. })),
        "{result:?}"
    );
    result
}

fn small(folder: &Path, version: WriterVersion, dictionary: bool) -> Vec<u8> {
    let columns: Vec<Column> = files::columns(12)
        .into_iter()
        .filter(|column| ["i16", "few", "d16"].contains(&column.name.as_str()))
        .collect();
    let writer = WriterProperties::builder()
        .set_writer_version(version)
        .set_dictionary_enabled(dictionary)
        .set_statistics_enabled(EnabledStatistics::None)
        .set_max_row_group_row_count(Some(7));
    let path = files::write(&folder.join("small"), &columns, writer.build());
    std::fs::read(path).unwrap()
}

fn smalls(folder: &Path) -> [Vec<u8>; 2] {
    [
        small(folder, WriterVersion::PARQUET_1_0, true),
        small(folder, WriterVersion::PARQUET_2_0, false),
    ]
}

#[test]
fn a_file_cut_at_any_byte_is_refused() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("cut");
    for bytes in smalls(folder.path()) {
        assert!(run_bytes(&path, &bytes).is_ok());
        for cut in 0..bytes.len() {
            let refused = run_bytes(&path, &bytes[..cut]).unwrap_err();
            assert!(
                matches!(refused, Error::Corrupt { .. }),
                "cut at {cut}: {refused}"
            );
        }
    }
}

#[test]
fn a_file_that_lacks_any_byte_is_refused() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("lacking");
    for bytes in smalls(folder.path()) {
        for at in (0..bytes.len()).step_by(3) {
            let (front, back) = bytes.split_at(at);
            // Some bytes do not matter: those of the first magic, or of the name of the writer.
            let _ = run_bytes(&path, &[front, &back[1..]].concat());
        }
    }
}

#[test]
fn a_file_with_any_byte_changed_is_read_or_refused() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("changed");
    for bytes in smalls(folder.path()) {
        for at in 0..bytes.len() {
            let mut bytes = bytes.clone();
            bytes[at] ^= [0x01, 0x40, 0x80, 0xff][at % 4];
            // Whether it is refused depends on the byte; that it ends does not.
            let _ = run_bytes(&path, &bytes);
        }
    }
}
