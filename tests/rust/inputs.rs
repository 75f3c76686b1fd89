//! Parquet read from a file and from memory: the same values from the same bytes.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use onecopy::account::Account;
use onecopy::error::{Error, Fault, Place, Result};
use onecopy::io::{Identity, Input, Source};
use onecopy::kernel::{Rule, Tally};
use onecopy::parquet::page::buffers::ReadBuffers;
use onecopy::parquet::{ColumnChunk, Footer, Lane};
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;
use tempfile::tempdir;

use crate::support::files;

/// A file in memory.
#[derive(Debug)]
struct Memory {
    bytes: Vec<u8>,
    name: PathBuf,
    identity: Identity,
}

impl Memory {
    fn source(bytes: &[u8]) -> Arc<Source> {
        Source::new(Box::new(Self {
            bytes: bytes.to_vec(),
            name: PathBuf::from("memory"),
            identity: Identity {
                device: 0,
                number: 0,
                bytes: bytes.len() as u64,
                modified: (0, 0),
            },
        }))
    }
}

impl Input for Memory {
    fn name(&self) -> &Path {
        &self.name
    }

    fn identity(&self) -> &Identity {
        &self.identity
    }

    fn read_at(&self, position: u64, buffer: &mut [u8]) -> Result<()> {
        let start = usize::try_from(position).unwrap();
        let read = self.bytes.get(start..start + buffer.len());
        let short = || Error::io(&self.name, std::io::ErrorKind::UnexpectedEof.into());
        buffer.copy_from_slice(read.ok_or_else(short)?);
        Ok(())
    }

    fn verify(&self) -> Result<()> {
        Ok(())
    }
}

/// The bits and the tally of each column of numbers in each row group.
fn read(source: &Arc<Source>) -> Result<Vec<(Vec<u64>, Tally)>> {
    let nowhere = |fault: Fault| fault.at(Place::file(source.path()));
    let account = Account::new(64 << 20);
    let rule = Rule::<f64>::keep();
    let mut buffers = ReadBuffers::new(&account);
    let mut columns = Vec::new();
    let footer = Footer::walk(source, &account, &mut |_, _| Ok(()))?;
    let mut row_groups = footer.row_groups(source, &account);
    while let Some(row_group) = row_groups.next()? {
        for column in &footer.schema.columns {
            let Some(kind) = column.kind.ok().filter(|_| !column.nesting.is_vector()) else {
                continue;
            };
            let chunk = ColumnChunk {
                source,
                chunk: &row_group.chunks[column.leaf],
                nesting: column.nesting,
            };
            let lane = Lane::<f64>::new(&chunk, &kind.into(), &rule, &account);
            let mut lane = lane.map_err(nowhere)?;
            let mut values = vec![0.0; usize::try_from(row_group.rows).unwrap()];
            lane.fill(&mut values, &mut buffers).map_err(nowhere)?;
            let tally = lane.finish(&mut buffers).map_err(nowhere)?;
            columns.push((values.into_iter().map(f64::to_bits).collect(), tally));
        }
    }
    source.verify()?;
    Ok(columns)
}

fn written() -> Vec<u8> {
    let folder = tempdir().unwrap();
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_max_row_group_row_count(Some(700))
        .set_data_page_row_count_limit(100)
        .build();
    let path = folder.path().join("x.parquet");
    files::write(&path, &files::columns(2500), properties);
    std::fs::read(path).unwrap()
}

#[test]
fn memory_reads_like_a_file() {
    let bytes = written();
    let folder = tempdir().unwrap();
    let path = folder.path().join("x.parquet");
    std::fs::write(&path, &bytes).unwrap();
    let file = Source::open(&path, None).unwrap();
    let memory = Memory::source(&bytes);
    let expected = read(&file).unwrap();
    assert!(expected.len() > 4 * 10, "{} chunks", expected.len());
    assert_eq!(read(&memory).unwrap(), expected);
    assert_eq!(memory.bytes_read(), file.bytes_read());
    assert_eq!(memory.bytes_read(), 0);
}

#[test]
fn errors_name_the_input() {
    let bytes = written();
    let cut = Memory::source(&bytes[..bytes.len() - 1]);
    let error = read(&cut).unwrap_err().to_string();
    assert!(error.starts_with("memory: "), "{error}");
}

#[test]
fn a_file_must_stay_the_file_that_it_was() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("x.parquet");
    std::fs::write(&path, b"first").unwrap();
    let source = Source::open(&path, None).unwrap();
    let identity = *source.identity();
    assert!(Source::open(&path, Some(&identity)).is_ok());
    std::fs::write(&path, b"longer than the first").unwrap();
    for changed in [
        source.verify(),
        Source::open(&path, Some(&identity)).map(drop),
    ] {
        let error = changed.unwrap_err().to_string();
        assert!(error.contains("it had 5 bytes and now has 21"), "{error}");
    }
    std::fs::write(&path, b"").unwrap();
    let error = source.read_at(0, &mut [0]).unwrap_err().to_string();
    assert!(error.contains("it has become shorter"), "{error}");
}
