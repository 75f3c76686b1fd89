//! The footers of all files, summed up: how many rows, which columns, how many bytes.
//!
//! Files with the same schema share one layout, so what is kept grows with files plus columns, not
//! with files times columns.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::account::Account;
use crate::error::{Checkpoint, Error, Place, Result, poison};
use crate::io::Identity;
use crate::io::Source;
use crate::parquet::{Chunk, Column, Footer, Kind, RowGroups, Schema};

/// What columns may take that footers describe, and the walk along the footers, while planning.
pub const SURVEY_BYTES: usize = 64 << 20;

/// One file of a source.
#[derive(Debug)]
pub struct Table {
    /// Where it is.
    pub path: PathBuf,
    /// What it was when its footer was read.
    pub identity: Identity,
    /// Its layout's number.
    pub layout: usize,
    /// Its rows.
    pub rows: u64,
    footer: Footer,
}

impl Table {
    /// Row groups in the file.
    pub const fn row_groups(&self) -> u64 {
        self.footer.row_group_count()
    }

    /// The row groups, to be walked again.
    pub fn walk(&self, source: &Arc<Source>, account: &Arc<Account>) -> RowGroups {
        self.footer.row_groups(source, account)
    }
}

/// What the footers of one layout say about one leaf.
#[derive(Debug, Clone, Default)]
pub struct LeafStatistics {
    /// Bytes in the files.
    pub bytes: u64,
    /// Bytes of the largest chunk after decompression.
    pub most_plain_bytes: u64,
    /// Nulls, where every chunk knows.
    pub nulls: Option<u64>,
    /// Codecs, as bits.
    pub codecs: u32,
    /// Encodings, as bits.
    pub encodings: u32,
    /// Least and greatest value, where every chunk knows.
    pub range: Option<(f64, f64)>,
    /// Whether a chunk is encrypted.
    pub encrypted: bool,
    /// Whether a chunk lies in another file.
    pub elsewhere: bool,
    chunks: u64,
}

/// A schema, and what the footers of its files sum up to.
#[derive(Debug)]
pub struct Layout {
    /// The first file that has it.
    pub path: PathBuf,
    /// The columns.
    pub schema: Arc<Schema>,
    /// One sum for each leaf.
    pub leaves: Vec<LeafStatistics>,
    /// Rows of the largest row group.
    pub most_rows: u64,
    names: HashMap<String, NameIndex>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NameIndex {
    Once(usize),
    Twice,
}

/// All footers.
#[derive(Debug)]
pub struct Dataset {
    /// The files, in order.
    pub files: Vec<Table>,
    /// Their layouts, in order of first appearance.
    pub layouts: Vec<Layout>,
}

impl Dataset {
    /// Reads the footers of `paths`.
    pub fn new(paths: &[PathBuf], account: &Arc<Account>, look: Checkpoint<'_>) -> Result<Self> {
        let mut dataset = Self {
            files: Vec::with_capacity(paths.len()),
            layouts: Vec::new(),
        };
        for path in paths {
            dataset.add(path, account, look)?;
            look()?;
        }
        Ok(dataset)
    }

    /// Rows of all files.
    pub fn rows(&self) -> Result<usize> {
        let rows = self
            .files
            .iter()
            .try_fold(0_u64, |rows, file| rows.checked_add(file.rows));
        rows.and_then(|rows| usize::try_from(rows).ok())
            .ok_or_else(|| {
                let what = "the files claim more rows than can be counted; leave out those that do";
                Error::MemoryLimit(format!("{}: {what}", self.largest().display()))
            })
    }

    /// The file that claims most rows.
    pub fn largest(&self) -> &Path {
        let largest = self.files.iter().max_by_key(|file| file.rows);
        largest.map_or_else(|| Path::new(""), |file| &file.path)
    }

    /// Rows of the largest row group.
    pub fn most_rows(&self) -> u64 {
        let rows = self.layouts.iter().map(|layout| layout.most_rows);
        rows.max().unwrap_or(0)
    }

    fn add(&mut self, path: &Path, account: &Arc<Account>, look: Checkpoint<'_>) -> Result<()> {
        let source = Source::open(path, None)?;
        poison("footers");
        let (mut leaves, mut most_rows) = (Vec::new(), 0);
        let mut footer = Footer::walk(&source, account, &mut |schema, row_group| {
            leaves.resize_with(schema.leaves, LeafStatistics::default);
            most_rows = most_rows.max(row_group.rows);
            for (sum, chunk) in leaves.iter_mut().zip(&row_group.chunks) {
                sum.add(chunk);
            }
            for column in &schema.columns {
                if let Ok(kind) = column.kind {
                    leaves[column.leaf].add_range(&row_group.chunks[column.leaf], kind);
                }
            }
            look()
        })?;
        leaves.resize_with(footer.schema.leaves, LeafStatistics::default);
        let layout = self.layout(path, &footer.schema);
        let sums = &mut self.layouts[layout];
        // Files of one layout share its columns, or what is held would grow with both.
        footer.schema = Arc::clone(&sums.schema);
        sums.most_rows = sums.most_rows.max(most_rows);
        for (sum, leaf) in sums.leaves.iter_mut().zip(&leaves) {
            sum.merge(leaf);
        }
        self.files.push(Table {
            path: path.to_path_buf(),
            identity: *source.identity(),
            layout,
            rows: footer.rows,
            footer,
        });
        Ok(())
    }

    /// The number of the layout with this schema, made if there is none.
    fn layout(&mut self, path: &Path, schema: &Arc<Schema>) -> usize {
        let same = |layout: &Layout| layout.schema == *schema;
        if let Some(found) = self.layouts.iter().rposition(same) {
            return found;
        }
        let mut names = HashMap::with_capacity(schema.columns.len());
        for (at, column) in schema.columns.iter().enumerate() {
            let found = names
                .entry(column.name.clone())
                .or_insert(NameIndex::Once(at));
            if *found != NameIndex::Once(at) {
                *found = NameIndex::Twice;
            }
        }
        self.layouts.push(Layout {
            path: path.to_path_buf(),
            schema: Arc::clone(schema),
            leaves: vec![LeafStatistics::default(); schema.leaves],
            most_rows: 0,
            names,
        });
        self.layouts.len() - 1
    }
}

impl Layout {
    /// The column of a name, if it has one. A name that stands twice names nothing.
    pub fn column(&self, name: &str) -> Result<Option<&Column>> {
        match self.names.get(name) {
            None => Ok(None),
            Some(NameIndex::Once(at)) => Ok(self.schema.columns.get(*at)),
            Some(NameIndex::Twice) => Err(Error::Mismatch {
                place: Place {
                    column: Some(name.to_owned()),
                    ..Place::file(&self.path)
                },
                what: "two columns have this name; exclude it, or rename one of them".to_owned(),
            }),
        }
    }

    /// Why a column cannot be taken.
    pub fn refusal(&self, column: &Column) -> Option<&'static str> {
        match column.kind {
            _ if self.leaves[column.leaf].encrypted => Some("it is encrypted"),
            Err(why) => Some(why),
            Ok(_) => None,
        }
    }

    /// The type by which a column is named that cannot be taken.
    pub fn refused_type<'a>(&self, column: &'a Column) -> Option<&'a str> {
        self.refusal(column)?;
        let encrypted = self.leaves[column.leaf].encrypted;
        Some(if encrypted {
            "encrypted"
        } else {
            &column.type_name
        })
    }
}

impl LeafStatistics {
    fn add(&mut self, chunk: &Chunk) {
        let nulls = if self.chunks == 0 {
            Some(0)
        } else {
            self.nulls
        };
        self.nulls = nulls.and_then(|nulls| nulls.checked_add(chunk.nulls?));
        self.chunks += 1;
        self.bytes = self.bytes.saturating_add(chunk.bytes);
        self.most_plain_bytes = self.most_plain_bytes.max(chunk.plain_bytes);
        self.codecs |= 1 << chunk.codec.min(31);
        self.encodings |= chunk.encodings;
        self.encrypted |= chunk.encrypted;
        self.elsewhere |= chunk.elsewhere;
    }

    /// To be called behind `add`.
    fn add_range(&mut self, chunk: &Chunk, kind: Kind) {
        let range = chunk.range.and_then(|(low, high)| {
            let (low, high) = (kind.bound(low)?, kind.bound(high)?);
            (low <= high).then_some((low, high))
        });
        self.range = if self.chunks == 1 {
            range
        } else {
            wider(self.range, range)
        };
    }

    fn merge(&mut self, other: &Self) {
        if other.chunks == 0 {
            return;
        }
        if self.chunks == 0 {
            *self = other.clone();
            return;
        }
        self.nulls = self.nulls.and_then(|nulls| nulls.checked_add(other.nulls?));
        self.range = wider(self.range, other.range);
        self.chunks += other.chunks;
        self.bytes = self.bytes.saturating_add(other.bytes);
        self.most_plain_bytes = self.most_plain_bytes.max(other.most_plain_bytes);
        self.codecs |= other.codecs;
        self.encodings |= other.encodings;
        self.encrypted |= other.encrypted;
        self.elsewhere |= other.elsewhere;
    }
}

/// The range that holds both; unknown where either is.
pub fn wider(a: Option<(f64, f64)>, b: Option<(f64, f64)>) -> Option<(f64, f64)> {
    let ((a_low, a_high), (b_low, b_high)) = a.zip(b)?;
    Some((a_low.min(b_low), a_high.max(b_high)))
}
