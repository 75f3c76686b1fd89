//! The contents of files, according to their footers.

use std::collections::HashMap;

use crate::account::Account;
use crate::dataset::statistics::wider;
use crate::dataset::table::SURVEY_BYTES;
use crate::dataset::{Dataset, Layout, LeafStatistics, Origins, Table};
use crate::error::{Checkpoint, Result};
use crate::parquet::Column;
use crate::parquet::page::codec::Codec;

/// One column over all files.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnFacts {
    /// The name of the column.
    pub name: String,
    /// The type of the column; several where files differ.
    pub type_name: String,
    /// Whether it can hold nulls.
    pub nullable: bool,
    /// The number of nulls, if every footer states it.
    pub nulls: Option<u64>,
    /// Least and greatest value, if every footer states them.
    pub range: Option<(f64, f64)>,
    /// The codecs in use.
    pub codecs: Vec<&'static str>,
    /// The encodings in use.
    pub encodings: Vec<&'static str>,
    /// Bytes of the column in the files.
    pub bytes: u64,
    /// How many numbers its lists have, as far as footers tell; none where it has no lists.
    pub width: Option<u64>,
    /// Why the column cannot be taken; `None` if it can.
    pub refusal: Option<&'static str>,
    /// Whether it is taken only where it is named.
    pub only_named: bool,
}

/// The contents of some files.
#[derive(Debug)]
pub struct Facts {
    /// The files.
    pub files: Vec<Table>,
    /// The columns, in order of first appearance.
    pub columns: Vec<ColumnFacts>,
}

/// Reads the footers of some files, and looks at tables in memory.
pub fn inspect(origins: &Origins, checkpoint: Checkpoint<'_>) -> Result<Facts> {
    let dataset = Dataset::new(origins, &Account::new(SURVEY_BYTES), checkpoint)?;
    let mut columns: Vec<ColumnFacts> = Vec::new();
    let mut known: HashMap<String, usize> = HashMap::new();
    for layout in &dataset.layouts {
        let mut starts: Vec<usize> = layout.schema.columns.iter().map(|c| c.leaf).collect();
        starts.push(layout.leaves.len());
        starts.sort_unstable();
        for column in &layout.schema.columns {
            let next = starts.partition_point(|start| *start <= column.leaf);
            let end = starts.get(next).copied().unwrap_or(layout.leaves.len());
            let facts = facts(layout, column, &layout.leaves[column.leaf..end]);
            if let Some(at) = known.get(&column.name) {
                columns[*at].merge(&facts);
            } else {
                known.insert(column.name.clone(), columns.len());
                columns.push(facts);
            }
        }
    }
    Ok(Facts {
        files: dataset.files,
        columns,
    })
}

fn facts(layout: &Layout, column: &Column, leaves: &[LeafStatistics]) -> ColumnFacts {
    let mut sum = LeafStatistics::default();
    for leaf in leaves {
        sum.merge(leaf);
    }
    ColumnFacts {
        name: column.name.clone(),
        type_name: column.type_name.clone(),
        nullable: column.nesting.is_nullable(),
        nulls: sum.nulls.filter(|_| leaves.len() == 1),
        range: sum.range,
        codecs: names(sum.codecs, Codec::name),
        encodings: names(sum.encodings, encoding_name),
        bytes: sum.bytes,
        width: sum.width.filter(|_| column.nesting.is_vector()),
        refusal: layout.refusal(column),
        only_named: column.only_named,
    }
}

impl ColumnFacts {
    fn merge(&mut self, other: &Self) {
        if !self
            .type_name
            .split(" | ")
            .any(|name| name == other.type_name)
        {
            self.type_name = format!("{} | {}", self.type_name, other.type_name);
        }
        self.nullable |= other.nullable;
        self.nulls = self.nulls.and_then(|nulls| nulls.checked_add(other.nulls?));
        self.range = wider(self.range, other.range);
        for (mine, others) in [
            (&mut self.codecs, &other.codecs),
            (&mut self.encodings, &other.encodings),
        ] {
            mine.extend(others);
            mine.sort_unstable();
            mine.dedup();
        }
        self.bytes = self.bytes.saturating_add(other.bytes);
        self.width = self.width.filter(|width| other.width == Some(*width));
        self.refusal = self.refusal.or(other.refusal);
        self.only_named &= other.only_named;
    }
}

/// The names of the bits that are set, sorted.
fn names(bits: u32, name: fn(u8) -> &'static str) -> Vec<&'static str> {
    let mut names: Vec<_> = (0..32)
        .filter(|bit| bits >> bit & 1 == 1)
        .map(name)
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

const fn encoding_name(number: u8) -> &'static str {
    match number {
        0 => "PLAIN",
        2 => "PLAIN_DICTIONARY",
        3 => "RLE",
        4 => "BIT_PACKED",
        5 => "DELTA_BINARY_PACKED",
        6 => "DELTA_LENGTH_BYTE_ARRAY",
        7 => "DELTA_BYTE_ARRAY",
        8 => "RLE_DICTIONARY",
        9 => "BYTE_STREAM_SPLIT",
        _ => "unknown",
    }
}
