//! What a footer may claim of a chunk, in a few bytes that stand before its pages.

use onecopy::parquet::{Chunk, Column, Key, Kind, Nesting, Physical};

/// What the pages are read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Read {
    /// Numbers.
    Numbers(Kind),
    /// Byte strings; `None`: as long as each says.
    Text(Option<usize>),
}

/// The claims.
#[derive(Debug, Clone, Copy)]
pub struct Claims {
    /// What the pages are read as.
    pub read: Read,
    /// Whether there are levels.
    pub nullable: bool,
    /// What the column is in: nothing, structs, or lists with items that may be missing or not.
    pub inside: u8,
    /// Which of some widths lists have.
    pub width: u8,
    /// Which dtype is made of them: one of four.
    pub dtype: u8,
    /// In which pieces they are read the second time.
    pub pieces: u8,
    /// The codec's number.
    pub codec: u8,
    /// Values.
    pub values: u32,
    /// Bytes after decompression.
    pub plain_bytes: u32,
}

/// Bytes of the claims.
pub const BYTES: usize = 14;

const WIDTHS: [usize; 8] = [1, 2, 3, 4, 7, 16, 63, 200];

const PLAIN: [Kind; 12] = [
    Kind::Bool,
    Kind::I8,
    Kind::I16,
    Kind::I32,
    Kind::I64,
    Kind::U8,
    Kind::U16,
    Kind::U32,
    Kind::U64,
    Kind::F16,
    Kind::F32,
    Kind::F64,
];

fn read(number: u8, length: u8, scale: u8) -> Read {
    let scale = i32::from(scale.cast_signed());
    let bytes = usize::from(length).max(1);
    Read::Numbers(match number {
        12 => Kind::Decimal32 { scale },
        13 => Kind::Decimal64 { scale },
        14 => Kind::DecimalFixed { bytes, scale },
        15 => Kind::DecimalBytes { scale },
        16 => Kind::Null,
        17 => return Read::Text(None),
        18 => return Read::Text(Some(bytes)),
        number => PLAIN[usize::from(number) % PLAIN.len()],
    })
}

/// Number, length and scale of what `read` makes of them.
fn numbers(read: Read) -> [u8; 3] {
    let low = |scale: i32| scale.to_le_bytes()[0];
    let short = |bytes: usize| u8::try_from(bytes).unwrap_or(u8::MAX);
    match read {
        Read::Numbers(Kind::Decimal32 { scale }) => [12, 0, low(scale)],
        Read::Numbers(Kind::Decimal64 { scale }) => [13, 0, low(scale)],
        Read::Numbers(Kind::DecimalFixed { bytes, scale }) => [14, short(bytes), low(scale)],
        Read::Numbers(Kind::DecimalBytes { scale }) => [15, 0, low(scale)],
        Read::Numbers(Kind::Null) => [16, 0, 0],
        Read::Text(None) => [17, 0, 0],
        Read::Text(Some(bytes)) => [18, short(bytes), 0],
        Read::Numbers(kind) => {
            let at = PLAIN.iter().position(|plain| *plain == kind);
            [u8::try_from(at.unwrap_or(0)).unwrap_or(0), 0, 0]
        }
    }
}

impl Claims {
    /// The claims at the front of an input, and the pages behind them.
    pub fn split(input: &[u8]) -> Option<(Self, &[u8])> {
        let (head, pages) = input.split_first_chunk::<BYTES>()?;
        let [number, flags, pieces, codec, length, scale, counts @ ..] = *head;
        let count = |at: usize| {
            let bytes = counts.get(at..).and_then(<[u8]>::first_chunk);
            bytes.map_or(0, |bytes| u32::from_le_bytes(*bytes))
        };
        let claims = Self {
            read: read(number, length, scale),
            nullable: flags & 1 == 1,
            inside: flags >> 3 & 3,
            width: flags >> 5,
            dtype: flags >> 1 & 3,
            pieces,
            codec,
            values: count(0),
            plain_bytes: count(4),
        };
        Some((claims, pages))
    }

    /// The bytes that `split` reads.
    pub fn bytes(&self) -> [u8; BYTES] {
        let [number, length, scale] = numbers(self.read);
        let flags = u8::from(self.nullable) | self.dtype << 1 | self.inside << 3 | self.width << 5;
        let mut bytes = [0; BYTES];
        bytes[..6].copy_from_slice(&[number, flags, self.pieces, self.codec, length, scale]);
        bytes[6..10].copy_from_slice(&self.values.to_le_bytes());
        bytes[10..].copy_from_slice(&self.plain_bytes.to_le_bytes());
        bytes
    }

    /// What a footer claims of a column that can be read in some way.
    pub fn of(column: &Column, chunk: &Chunk) -> Option<Self> {
        let read = match (column.kind, column.key) {
            (Ok(kind), _) => Read::Numbers(kind),
            (_, Ok(Key::Text(width))) => Read::Text(width),
            (_, Ok(Key::Timestamp96)) => Read::Text(Some(12)),
            _ => return None,
        };
        Some(Self {
            read,
            nullable: column.nesting.is_nullable(),
            inside: match column.nesting {
                nesting if nesting.is_vector() => 2 + u8::from(nesting.definition > nesting.item),
                nesting => u8::from(nesting.definition > 1),
            },
            width: 0,
            dtype: 0,
            pieces: chunk.values.to_le_bytes()[0],
            codec: chunk.codec,
            values: u32::try_from(chunk.values).ok()?,
            plain_bytes: u32::try_from(chunk.plain_bytes).ok()?,
        })
    }

    /// How the column is nested.
    pub fn nesting(&self) -> Nesting {
        let outer = u8::from(self.nullable);
        match self.inside {
            1 => Nesting {
                definition: 2 + outer,
                item: 0,
            },
            2 => Nesting {
                definition: 1 + outer,
                item: 1 + outer,
            },
            3 => Nesting {
                definition: 2 + outer,
                item: 1 + outer,
            },
            _ => Nesting::flat(self.nullable),
        }
    }

    /// How many numbers each list has.
    pub fn width(&self) -> usize {
        WIDTHS[usize::from(self.width) % WIDTHS.len()]
    }

    /// The physical type that goes with it.
    pub fn physical(&self) -> Physical {
        match self.read {
            Read::Numbers(kind) => kind.physical().unwrap_or(Physical::Int32),
            Read::Text(None) => Physical::ByteArray,
            Read::Text(Some(_)) => Physical::Fixed,
        }
    }
}
