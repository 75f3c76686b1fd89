//! One row group of a footer: its rows, and a chunk for each leaf of the schema. A chunk is handed out
//! only once it has been held against the schema, the row group and the file.

use crate::error::Fault;
use crate::error::fault::ensure;
use crate::parquet::Chunk;
use crate::parquet::footer::hints::Hints;
use crate::parquet::schema::nesting::Nesting;
use crate::parquet::schema::types::Physical;

/// One row group: a chunk for each leaf of the schema.
#[derive(Debug, Default)]
pub struct RowGroup {
    /// Rows.
    pub rows: u64,
    /// The chunks, in the order of the leaves.
    pub chunks: Vec<Chunk>,
    /// The leaves whose hints are wanted, in ascending order, each with its hints.
    pub hints: Vec<(usize, Hints)>,
}

impl RowGroup {
    /// What may save reading the chunk of a leaf: nothing, unless it was asked for.
    pub fn hints(&self, leaf: usize) -> Hints {
        let found = self.hints.binary_search_by_key(&leaf, |(leaf, _)| *leaf);
        found.map_or_else(|_| Hints::default(), |at| self.hints[at].1)
    }

    /// Takes the hints of a leaf if they are wanted.
    pub(super) fn take_hints(&mut self, leaf: usize, hints: Hints) {
        if let Ok(at) = self.hints.binary_search_by_key(&leaf, |(leaf, _)| *leaf) {
            self.hints[at].1 = hints;
        }
    }

    /// The chunk of a leaf, held against the file, whose data ends at `data_end`.
    pub fn chunk(
        &self,
        leaf: usize,
        physical: Option<Physical>,
        nesting: Nesting,
        data_end: u64,
    ) -> Result<Chunk, Fault> {
        let Some(chunk) = self.chunks.get(leaf) else {
            return Err(Fault::corrupt("the row group lacks the column"));
        };
        if chunk.elsewhere {
            let what = "its data lies in another file, which is not followed";
            return Err(Fault::unsupported(what));
        }
        if chunk.encrypted {
            let what = "it is encrypted, which is not read here";
            return Err(Fault::unsupported(what));
        }
        let is_same = physical.is_none_or(|physical| physical.number() == chunk.physical);
        ensure!(is_same, "its physical type is not the schema's");
        let (values, rows) = (chunk.values, self.rows);
        // A list has at least one value in its levels, even where it has none.
        let is_right = values == rows || nesting.is_vector() && values > rows && rows > 0;
        ensure!(is_right, "{values} values for {rows} rows");
        chunk.extent(data_end)?;
        Ok(*chunk)
    }
}
