//! Column chunks made by hand: values of any width in any encoding, with nulls, in pages of either
//! version, under any codec.

use std::io::Write;
use std::sync::Arc;

use flate2::write::GzEncoder;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use crate::io::Source;
use crate::parquet::page::header::Encoding;
use crate::parquet::tests::bytes::{prefixed, split};
use crate::parquet::tests::compact::{Page, Struct, varint};
use crate::parquet::tests::delta::{USUAL, encode};
use crate::parquet::tests::pack;
use crate::parquet::{Chunk, ColumnChunk, Kind, Nesting, Width};

/// A value as it is stored: its bytes, or one byte for a bit.
type Stored = Vec<u8>;

/// The form of data pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    One,
    /// With levels in their oldest form.
    OldOne,
    Two,
}

/// How a column is written.
#[derive(Debug, Clone)]
pub(super) struct Recipe {
    pub(super) width: Width,
    pub(super) encoding: Encoding,
    pub(super) nullable: bool,
    /// The codec's number.
    pub(super) codec: u8,
    pub(super) form: Form,
    /// Whether pages have checksums.
    pub(super) is_summed: bool,
    /// The rows of each page.
    pub(super) pages: Vec<Vec<Option<Stored>>>,
}

/// A chunk in a file, and where the bytes of its data pages are there.
pub(super) struct Written {
    pub(super) source: Arc<Source>,
    pub(super) chunk: Chunk,
    pub(super) nullable: bool,
    /// Where the first data page is.
    first: u64,
    file: tempfile::NamedTempFile,
    bodies: Vec<std::ops::Range<usize>>,
}

/// Kinds of numbers, and encodings that each comes in.
pub(super) fn numbers() -> impl Strategy<Value = (Kind, Encoding)> {
    use Encoding::{Delta, DeltaBytes, DeltaLength, Dictionary, Plain, Rle, Split};
    let fixed = Kind::DecimalFixed { bytes: 5, scale: 2 };
    let variable = Kind::DecimalBytes { scale: 3 };
    let kinds: [(Kind, &[Encoding]); 8] = [
        (Kind::I32, &[Plain, Dictionary, Delta, Split]),
        (Kind::U64, &[Plain, Dictionary, Delta, Split]),
        (Kind::Decimal64 { scale: 4 }, &[Plain, Dictionary, Delta]),
        (Kind::F64, &[Plain, Dictionary, Split]),
        (Kind::F16, &[Plain, Dictionary, Split, DeltaBytes]),
        (Kind::Bool, &[Plain, Rle]),
        (fixed, &[Plain, Dictionary, Split, DeltaBytes]),
        (variable, &[Plain, Dictionary, DeltaLength, DeltaBytes]),
    ];
    let pairs = kinds.into_iter();
    let pairs = pairs.flat_map(|(kind, all)| all.iter().map(move |encoding| (kind, *encoding)));
    proptest::sample::select(pairs.collect::<Vec<_>>())
}

/// Encodings that byte strings come in.
pub(super) fn strings() -> impl Strategy<Value = Encoding> {
    use Encoding::{DeltaBytes, DeltaLength, Dictionary, Plain};
    proptest::sample::select(vec![Plain, Dictionary, DeltaLength, DeltaBytes])
}

fn value(width: Width) -> BoxedStrategy<Stored> {
    // Few values make runs, dictionaries and prefixes; any values make the rest.
    match width {
        Width::Bit => vec(0..2_u8, 1).boxed(),
        Width::Fixed(bytes) => prop_oneof![vec(0..2_u8, bytes), vec(any::<u8>(), bytes)].boxed(),
        Width::Variable => prop_oneof![vec(0..2_u8, 0..4), vec(any::<u8>(), 0..12)].boxed(),
    }
}

/// Columns of a width in an encoding.
pub(super) fn recipe(width: Width, encoding: Encoding) -> impl Strategy<Value = Recipe> {
    let flags = any::<[bool; 2]>();
    let form = proptest::sample::select(vec![Form::One, Form::OldOne, Form::Two, Form::Two]);
    let codec = proptest::sample::select(vec![0, 0, 1, 2, 6]);
    let page = prop_oneof![
        4 => vec(option::weighted(0.8, value(width)), 0..120),
        1 => vec(option::weighted(0.98, value(width)), 0..400),
        1 => vec(Just(None), 0..40),
    ];
    (flags, form, codec, vec(page, 1..8)).prop_map(move |(flags, form, codec, mut pages)| {
        let [nullable, is_summed] = flags;
        if !nullable {
            for page in &mut pages {
                page.retain(Option::is_some);
            }
        }
        Recipe {
            width,
            encoding,
            nullable,
            codec,
            form,
            is_summed,
            pages,
        }
    })
}

/// Runs and packed bits in turn.
fn hybrid(values: &[u64], width: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut at = 0;
    while at < values.len() {
        let left = &values[at..];
        if left.len() >= 8 && at / 8 % 3 < 2 {
            bytes.extend(varint(1 << 1 | 1));
            bytes.extend(pack(left[..8].iter().copied(), width));
            at += 8;
            continue;
        }
        let count = left.iter().take_while(|value| **value == left[0]).count();
        bytes.extend(varint((count as u64) << 1));
        bytes.extend(&left[0].to_le_bytes()[..(width as usize).div_ceil(8)]);
        at += count;
    }
    bytes
}

fn behind_length(bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).unwrap().to_le_bytes();
    [&length[..], bytes].concat()
}

fn signed(value: usize) -> i64 {
    value.try_into().unwrap()
}

impl Recipe {
    pub(super) fn rows(&self) -> usize {
        self.pages.iter().map(Vec::len).sum()
    }

    /// Values side by side.
    fn plain(&self, values: &[Stored]) -> Vec<u8> {
        match self.width {
            Width::Bit => pack(values.iter().map(|value| u64::from(value[0])), 1),
            Width::Fixed(_) => values.concat(),
            Width::Variable => values.iter().flat_map(|v| behind_length(v)).collect(),
        }
    }

    fn values(&self, values: &[Stored], dictionary: &[Stored]) -> Vec<u8> {
        match self.encoding {
            Encoding::Plain => self.plain(values),
            Encoding::Rle => {
                let bits: Vec<u64> = values.iter().map(|value| value[0].into()).collect();
                behind_length(&hybrid(&bits, 1))
            }
            Encoding::Delta => {
                let number = |value: &Stored| {
                    let mut bytes = [0; 8];
                    bytes[..value.len()].copy_from_slice(value);
                    i64::from_le_bytes(bytes)
                };
                encode(&values.iter().map(number).collect::<Vec<_>>(), USUAL)
            }
            Encoding::DeltaLength => {
                let lengths: Vec<i64> = values.iter().map(|value| signed(value.len())).collect();
                [encode(&lengths, USUAL), values.concat()].concat()
            }
            Encoding::DeltaBytes => prefixed(values),
            Encoding::Split => split(values),
            _ => {
                let index = |value: &Stored| dictionary.iter().position(|d| d == value).unwrap();
                let indices: Vec<u64> = values.iter().map(|value| index(value) as u64).collect();
                let width = 64 - (dictionary.len() as u64).leading_zeros();
                [vec![width.to_le_bytes()[0]], hybrid(&indices, width)].concat()
            }
        }
    }

    fn levels(&self, rows: &[Option<Stored>]) -> Vec<u8> {
        let levels: Vec<u64> = rows.iter().map(|row| row.is_some().into()).collect();
        match self.form {
            _ if !self.nullable => Vec::new(),
            Form::Two => hybrid(&levels, 1),
            Form::OldOne => {
                let packed = pack(levels, 1);
                packed.iter().map(|byte| byte.reverse_bits()).collect()
            }
            Form::One => behind_length(&hybrid(&levels, 1)),
        }
    }

    fn compress(&self, bytes: &[u8]) -> Vec<u8> {
        match self.codec {
            1 => snap::raw::Encoder::new().compress_vec(bytes).unwrap(),
            2 => {
                let mut stream = GzEncoder::new(Vec::new(), flate2::Compression::fast());
                stream.write_all(bytes).unwrap();
                stream.finish().unwrap()
            }
            6 => {
                let mut out = Vec::with_capacity(zstd_safe::compress_bound(bytes.len()));
                zstd_safe::compress(&mut out, bytes, 1).unwrap();
                out
            }
            _ => bytes.to_vec(),
        }
    }

    /// A page of a kind, which begins with `bare` bytes that are not compressed.
    fn page(&self, kind: i64, about: (i16, Struct), bare: &[u8], rest: &[u8]) -> Page {
        let body = [bare, &self.compress(rest)].concat();
        let head = [kind, signed(bare.len() + rest.len()), signed(body.len())];
        let sum = crc32fast::hash(&body).cast_signed();
        Page {
            head,
            checksum: self.is_summed.then_some(sum.into()),
            about,
            body,
        }
    }

    fn data(&self, rows: &[Option<Stored>], dictionary: &[Stored]) -> Page {
        let values: Vec<Stored> = rows.iter().flatten().cloned().collect();
        let levels = self.levels(rows);
        let values_bytes = self.values(&values, dictionary);
        let encoding = match self.encoding {
            Encoding::Plain => 0,
            Encoding::Rle => 3,
            Encoding::Delta => 5,
            Encoding::DeltaLength => 6,
            Encoding::DeltaBytes => 7,
            Encoding::Split => 9,
            _ => 8,
        };
        let count = signed(rows.len());
        let about = Struct::default().int(1, count);
        if self.form == Form::Two {
            let nulls = signed(rows.len() - values.len());
            let about = about.int(2, nulls).int(3, count).int(4, encoding);
            let about = about.int(5, signed(levels.len())).int(6, 0).bool(7, true);
            return self.page(3, (8, about), &levels, &values_bytes);
        }
        let form = if self.form == Form::OldOne { 4 } else { 3 };
        let about = about.int(2, encoding).int(3, form).int(4, 3);
        self.page(0, (5, about), &[], &[levels, values_bytes].concat())
    }

    /// Writes the chunk to a file.
    pub(super) fn write(&self) -> Written {
        let mut dictionary: Vec<Stored> = self.pages.iter().flatten().flatten().cloned().collect();
        dictionary.sort_unstable();
        dictionary.dedup();
        let mut bytes = b"PAR1".to_vec();
        let mut bodies = Vec::new();
        if self.encoding == Encoding::Dictionary {
            let about = Struct::default().int(1, signed(dictionary.len())).int(2, 0);
            let page = self.page(2, (7, about), &[], &self.plain(&dictionary));
            bytes.extend(page.bytes());
        }
        let first = bytes.len() as u64;
        for rows in &self.pages {
            let page = self.data(rows, &dictionary);
            bytes.extend(page.bytes());
            bodies.push(bytes.len() - page.body.len()..bytes.len());
        }
        let chunk = Chunk {
            start: 4,
            bytes: bytes.len() as u64 - 4,
            values: self.rows() as u64,
            codec: self.codec,
            ..Chunk::default()
        };
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&bytes).unwrap();
        Written {
            source: Source::open(file.path(), None).unwrap(),
            chunk,
            nullable: self.nullable,
            first,
            file,
            bodies,
        }
    }
}

impl Written {
    pub(super) const fn column(&self) -> ColumnChunk<'_> {
        ColumnChunk {
            source: &self.source,
            chunk: &self.chunk,
            nesting: Nesting::flat(self.nullable),
        }
    }

    /// Bytes of the dictionary page, and those of its header.
    pub(super) const fn dictionary_bytes(&self) -> u64 {
        self.first - self.chunk.start
    }

    /// Changes bits of a byte of a data page; false where the page has none.
    pub(super) fn damage(&self, page: usize, at: usize, bits: u8) -> bool {
        let body = self.bodies[page].clone();
        if body.is_empty() {
            return false;
        }
        let at = (body.start + at % body.len()) as u64;
        let mut byte = [0];
        let file = self.file.as_file();
        crate::sys::read_exact_at(file, &mut byte, at).unwrap();
        crate::sys::write_all_at(file, &[byte[0] ^ bits], at).unwrap();
        true
    }
}
