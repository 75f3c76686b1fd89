//! What is known of the columns of files, added up over their chunks.

use crate::dataset::constant::value::Value;
use crate::parquet::{Chunk, Kind};

/// Statistics of a leaf of a layout, over the chunks of all files of the layout.
#[derive(Debug, Clone, Default)]
pub struct LeafStatistics {
    /// Bytes in the files.
    pub bytes: u64,
    /// Bytes of the largest chunk after decompression.
    pub most_plain_bytes: u64,
    /// Nulls, if every chunk states them.
    pub nulls: Option<u64>,
    /// Codecs in use: a bit for each number of the format.
    pub codecs: u32,
    /// Encodings in use: a bit for each number of the format.
    pub encodings: u32,
    /// Least and greatest value, if every chunk states them.
    pub range: Option<(f64, f64)>,
    /// Whether a chunk is encrypted.
    pub encrypted: bool,
    /// Values of each row, if no chunk has a null and all have as many.
    pub width: Option<u64>,
    /// How many chunks there are.
    pub(super) chunks: u64,
}

/// What a leaf is, as far as its statistics need it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct LeafKind {
    /// What its numbers are, if it has any.
    pub(super) kind: Option<Kind>,
    /// Whether they are in lists.
    pub(super) is_vector: bool,
}

impl LeafStatistics {
    /// Those of one chunk.
    pub(super) fn of(chunk: &Chunk, leaf: LeafKind, rows: u64) -> Self {
        let counts_all = !leaf.is_vector || chunk.writer.counts_missing_lists();
        let range = chunk.range.zip(leaf.kind).and_then(|((low, high), kind)| {
            let (low, high) = (kind.bound(low)?, kind.bound(high)?);
            (low <= high).then_some((low, high))
        });
        Self {
            bytes: chunk.bytes,
            most_plain_bytes: chunk.plain_bytes,
            nulls: chunk.nulls.filter(|_| counts_all),
            codecs: 1 << chunk.codec.min(31),
            encodings: chunk.encodings,
            range,
            encrypted: chunk.encrypted,
            width: chunk.values_per_row(rows),
            chunks: 1,
        }
    }

    /// Those of a file that has one value in all rows.
    #[expect(clippy::cast_precision_loss, reason = "a range is shown, not compared")]
    pub(super) fn of_constant(value: &Value, rows: u64) -> Self {
        let number = match value {
            Value::Integer(value) => Some(*value as f64),
            Value::Float(value) => Some(*value),
            Value::Null | Value::Text(_) | Value::Time { .. } => None,
        };
        Self {
            nulls: Some(if *value == Value::Null { rows } else { 0 }),
            range: number.map(|number| (number, number)),
            chunks: 1,
            ..Self::default()
        }
    }

    /// Adds those of other chunks.
    pub(super) fn merge(&mut self, other: &Self) {
        if other.chunks == 0 {
            return;
        }
        if self.chunks == 0 {
            *self = other.clone();
            return;
        }
        self.nulls = self.nulls.and_then(|nulls| nulls.checked_add(other.nulls?));
        self.range = wider(self.range, other.range);
        self.width = self.width.filter(|width| other.width == Some(*width));
        self.chunks += other.chunks;
        self.bytes = self.bytes.saturating_add(other.bytes);
        self.most_plain_bytes = self.most_plain_bytes.max(other.most_plain_bytes);
        self.codecs |= other.codecs;
        self.encodings |= other.encodings;
        self.encrypted |= other.encrypted;
    }
}

/// The range that contains both; `None` if one is unknown.
pub fn wider(a: Option<(f64, f64)>, b: Option<(f64, f64)>) -> Option<(f64, f64)> {
    let (a_low, a_high) = a?;
    let (b_low, b_high) = b?;
    Some((a_low.min(b_low), a_high.max(b_high)))
}
