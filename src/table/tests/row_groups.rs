//! Files whose pages have checksums, held against those that the crate writes of the same rows.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, Float64Array, Int32Array, Int64Array, ListArray, RecordBatch, StringArray,
    StructArray,
};
use arrow::compute::concat_batches;
use arrow::datatypes::{DataType, Field, Int32Type, Schema};
use bytes::Bytes;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::{Compression, GzipLevel, ZstdLevel};
use parquet::file::metadata::{
    PageIndexPolicy, ParquetMetaData, ParquetMetaDataReader, RowGroupMetaData,
};
use parquet::file::properties::{WriterProperties, WriterVersion};

use crate::parquet::page::header::{PageHeader, PageKind, header as page_header};
use crate::table::row_groups::RowGroupWriter;

/// The rows of a batch: few texts, many texts, numbers, lists, structs and nothing but nulls.
fn rows(range: Range<i32>) -> RecordBatch {
    let each = || range.clone();
    let lists = each().map(|row| {
        let items = (0..row % 4).map(|item| (item != 2).then_some(row * 7 % 11));
        (row % 13 != 0).then(|| items.collect::<Vec<_>>())
    });
    let whole: ArrayRef = Arc::new(Int64Array::from_iter_values(
        each().map(|row| i64::from(row).pow(3)),
    ));
    let few = each().map(|row| (row % 5 != 0).then(|| format!("{}é", row % 17)));
    let inner = Field::new("n", DataType::Int64, true);
    let columns: Vec<ArrayRef> = vec![
        Arc::new(few.collect::<StringArray>()),
        Arc::new(StringArray::from_iter_values(
            each().map(|row| format!("text number {row}")),
        )),
        Arc::new(Float64Array::from_iter_values(
            each().map(|row| f64::from(row).sqrt()),
        )),
        Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>(lists)),
        Arc::new(StructArray::from(vec![(Arc::new(inner), whole)])),
        Arc::new(Int32Array::from(vec![None; each().len()])),
    ];
    let names = ["few", "many", "floats", "lists", "struct", "nulls"];
    let fields = names
        .iter()
        .zip(&columns)
        .map(|(name, values)| Field::new(*name, values.data_type().clone(), true));
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    RecordBatch::try_new(schema, columns).unwrap()
}

fn batches() -> Vec<RecordBatch> {
    let starts = (0..6000).step_by(500);
    starts.map(|start| rows(start..start + 500)).collect()
}

/// Pages are small, and dictionaries too: some columns give theirs up.
fn properties(version: WriterVersion, compression: Compression) -> WriterProperties {
    WriterProperties::builder()
        .set_writer_version(version)
        .set_compression(compression)
        .set_write_batch_size(100)
        .set_data_page_row_count_limit(300)
        .set_dictionary_page_size_limit(4000)
        .set_max_row_group_row_count(None)
        .build()
}

/// Whether a row group ends before this batch.
const fn ends_before(batch: usize) -> bool {
    batch % 5 == 4
}

fn written(properties: WriterProperties) -> Bytes {
    let batches = batches();
    let schema = batches[0].schema();
    let mut writer = RowGroupWriter::new(Vec::new(), schema, properties).unwrap();
    for (at, batch) in batches.iter().enumerate() {
        if ends_before(at) {
            writer.close_row_group().unwrap();
            assert_eq!((writer.row_group_bytes(), writer.memory()), (0, 0));
        }
        writer.write(batch).unwrap();
        let (bytes, memory) = (writer.row_group_bytes(), writer.memory());
        assert!(0 < bytes && bytes <= memory, "{bytes} bytes in {memory}");
    }
    writer.finish().unwrap().into()
}

fn written_by_the_crate(properties: WriterProperties) -> Bytes {
    let batches = batches();
    let mut writer =
        ArrowWriter::try_new(Vec::new(), batches[0].schema(), Some(properties)).unwrap();
    for (at, batch) in batches.iter().enumerate() {
        if ends_before(at) {
            writer.flush().unwrap();
        }
        writer.write(batch).unwrap();
    }
    writer.into_inner().unwrap().into()
}

fn footer(file: &Bytes) -> ParquetMetaData {
    let reader = ParquetMetaDataReader::new();
    let mut reader = reader.with_page_index_policy(PageIndexPolicy::Required);
    reader.try_parse(file).unwrap();
    reader.finish().unwrap()
}

/// What the pages of a file are, as walked from each chunk's first byte to its last.
#[derive(Default)]
struct Walked {
    dictionaries: usize,
    /// The bytes of all headers and bodies.
    bytes: u64,
    /// The bodies, and what the headers say of them but their checksums.
    told: Vec<(PageKind, u64, Bytes)>,
    checksums: Vec<Option<u32>>,
}

impl Walked {
    /// Takes the page that begins at `at`, and returns its header and the length of that.
    fn take(&mut self, file: &Bytes, at: u64) -> (PageHeader, u64) {
        let (header, length) = page_header(&file[usize::try_from(at).unwrap()..]).unwrap();
        let body = at + length as u64..at + length as u64 + header.bytes;
        let [start, end] = [body.start, body.end].map(|own| usize::try_from(own).unwrap());
        self.dictionaries += usize::from(header.kind == PageKind::Dictionary);
        self.bytes += length as u64 + header.bytes;
        self.told
            .push((header.kind, header.values, file.slice(start..end)));
        self.checksums.push(header.checksum);
        (header, length as u64)
    }
}

/// Walks all pages; they must be where the footer and the offset index say.
fn walked(file: &Bytes) -> Walked {
    let footer = footer(file);
    let mut walked = Walked::default();
    for (group, columns) in footer.row_groups().iter().enumerate() {
        let index = footer.page_index_for_row_group(group);
        let mut plain_bytes = 0;
        for (column, chunk) in columns.columns().iter().enumerate() {
            let (first, length) = chunk.byte_range();
            let (mut found, mut data_page, mut dictionary_page) = (Vec::new(), None, None);
            let (mut at, mut plain) = (first, 0);
            while at < first + length {
                let (header, own) = walked.take(file, at);
                if header.kind == PageKind::Dictionary {
                    dictionary_page = Some(at.cast_signed());
                } else {
                    data_page.get_or_insert_with(|| at.cast_signed());
                    found.push((at.cast_signed(), own + header.bytes));
                }
                plain += own + header.plain_bytes;
                at += own + header.bytes;
            }
            assert_eq!(at, first + length);
            assert_eq!(Some(chunk.data_page_offset()), data_page);
            assert_eq!(chunk.dictionary_page_offset(), dictionary_page);
            assert_eq!(chunk.uncompressed_size(), plain.cast_signed());
            let told = index.page_locations(column).unwrap().iter();
            let told =
                told.map(|own| (own.offset, u64::try_from(own.compressed_page_size).unwrap()));
            assert_eq!(told.collect::<Vec<_>>(), found);
            plain_bytes += plain;
        }
        assert_eq!(columns.total_byte_size(), plain_bytes.cast_signed());
    }
    walked
}

/// Everything that the footer says beside sizes and places.
fn told(footer: &ParquetMetaData) -> String {
    let file = footer.file_metadata();
    let kept = file.key_value_metadata().unwrap();
    assert!(kept.iter().any(|own| own.key == "ARROW:schema"));
    let chunks = footer
        .row_groups()
        .iter()
        .flat_map(RowGroupMetaData::columns);
    let chunks = chunks.map(|chunk| {
        let own = chunk.clone().into_builder();
        let own = own.set_data_page_offset(0).set_dictionary_page_offset(None);
        let own = own
            .set_total_compressed_size(0)
            .set_total_uncompressed_size(0);
        let own = own
            .set_column_index_offset(None)
            .set_offset_index_offset(None)
            .set_offset_index_length(None);
        own.build().unwrap()
    });
    let groups = footer.row_groups().iter().enumerate();
    let bounds = groups.map(|(group, columns)| {
        let index = footer.page_index_for_row_group(group);
        let own =
            (0..columns.num_columns()).map(|column| format!("{:?}", index.column_index(column)));
        (columns.num_rows(), own.collect::<Vec<_>>())
    });
    format!(
        "{file:?} {:?} {:?}",
        chunks.collect::<Vec<_>>(),
        bounds.collect::<Vec<_>>()
    )
}

#[test]
fn every_page_has_a_checksum_and_is_else_what_the_crate_writes() {
    let codecs = [
        Compression::UNCOMPRESSED,
        Compression::SNAPPY,
        Compression::ZSTD(ZstdLevel::default()),
        Compression::LZ4_RAW,
        Compression::GZIP(GzipLevel::default()),
    ];
    for version in [WriterVersion::PARQUET_1_0, WriterVersion::PARQUET_2_0] {
        for codec in codecs {
            let file = written(properties(version, codec));
            let other = written_by_the_crate(properties(version, codec));
            let (own, others) = (walked(&file), walked(&other));
            assert!(own.dictionaries > 10 && own.told.len() > 100);
            assert_eq!(own.told, others.told);
            let sums = own.told.iter().map(|(_, _, body)| crc32fast::hash(body));
            assert_eq!(own.checksums, sums.map(Some).collect::<Vec<_>>());
            assert!(others.checksums.iter().all(Option::is_none));
            assert!(told(&footer(&file)) == told(&footer(&other)), "{codec:?}");
            let grown = own.bytes - others.bytes;
            assert!(grown <= 6 * own.told.len() as u64, "{grown} bytes");

            let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
            let schema = Arc::clone(reader.schema());
            let found: Vec<RecordBatch> = reader.build().unwrap().map(Result::unwrap).collect();
            let found = concat_batches(&schema, &found).unwrap();
            assert_eq!(found, concat_batches(&schema, &batches()).unwrap());
        }
    }
}

#[test]
fn a_file_without_rows_is_that_of_the_crate() {
    let schema = rows(0..1).schema();
    let own = RowGroupWriter::new(Vec::new(), Arc::clone(&schema), WriterProperties::default());
    let other = ArrowWriter::try_new(Vec::new(), schema, None).unwrap();
    let own = own.unwrap().finish().unwrap();
    assert_eq!(own, other.into_inner().unwrap());
}
