//! Rows in pieces whose ends depend on the rows alone: a piece has 1,024 rows, or as many as take 8 MB where
//! that is less. An encoder closes pages between two pieces, so the same rows make the same file however they
//! come. What is left of a batch is copied, so that no batch is held.

use arrow_array::{RecordBatch, UInt32Array};
use arrow_schema::ArrowError;
use arrow_select::concat::concat_batches;
use arrow_select::take::take_record_batch;

use crate::error::Result;
use crate::table::failure::unfit;
use crate::table::rows::{batch_bytes, fitting};

/// Rows of a piece, which an encoder takes at once.
pub(super) const PIECE_ROWS: usize = 1024;
/// Bytes of a piece that has fewer rows.
const PIECE_BYTES: usize = 8 << 20;

/// Rows that are to become pieces.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    /// Copies of the rows of the piece that is begun.
    held: Vec<RecordBatch>,
    /// How many they are.
    rows: usize,
    /// Bytes that they take.
    bytes: usize,
}

/// What takes pieces.
pub(super) trait TakePieces {
    /// How many rows the next piece may have at most.
    fn room(&self) -> usize;
    /// Takes a piece.
    fn take(&mut self, piece: &RecordBatch) -> Result<()>;
}

impl Pieces {
    /// Adds rows, and hands out the pieces that are whole.
    pub(super) fn add(&mut self, batch: &RecordBatch, to: &mut dyn TakePieces) -> Result<()> {
        let mut first = 0;
        while first < batch.num_rows() {
            let most = to.room().min(PIECE_ROWS) - self.rows;
            let left = most.min(batch.num_rows() - first);
            let count = fitting(
                batch,
                first,
                left,
                PIECE_BYTES - self.bytes.min(PIECE_BYTES),
            );
            // A row that is larger than a piece is one.
            let count = if self.rows == 0 { count.max(1) } else { count };
            let rows = batch.slice(first, count);
            let is_whole = count == most || count < left;
            first += count;
            if is_whole && self.rows == 0 {
                to.take(&rows)?;
                continue;
            }
            if count > 0 {
                self.rows += count;
                self.bytes += batch_bytes(&rows, 0..count);
                self.held
                    .push(copied(&rows).map_err(|error| unfit(&error))?);
            }
            if is_whole {
                self.finish(to)?;
            }
        }
        Ok(())
    }

    /// Hands out the rows that are left, as the last piece.
    pub(super) fn finish(&mut self, to: &mut dyn TakePieces) -> Result<()> {
        let held = std::mem::take(self).held;
        let Some(first) = held.first() else {
            return Ok(());
        };
        let piece = concat_batches(first.schema_ref(), &held);
        to.take(&piece.map_err(|error| unfit(&error))?)
    }
}

/// The same rows in memory of their own.
fn copied(rows: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    let count = u32::try_from(rows.num_rows()).unwrap_or(u32::MAX);
    take_record_batch(rows, &UInt32Array::from_iter_values(0..count))
}
