//! Files as their footers describe them, and tables in memory: how many rows, which columns, how many
//! bytes.
//!
//! Files with the same schema share one layout, so the memory taken grows with files plus columns,
//! not with files times columns.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::account::Account;
use crate::arrow::Frame;
use crate::dataset::constant::hive::FolderKeys;
use crate::dataset::constant::value::Value;
use crate::dataset::origin::{FileOrigin, Origin, Origins, Outline};
use crate::dataset::statistics::{LeafKind, LeafStatistics};
use crate::dataset::stored::StoredGroups;
use crate::error::{Checkpoint, Error, Place, Result, Shortage, poison};
use crate::io::remote::Object;
use crate::io::{Announced, Identity, InMemory, Location, Source};
use crate::parquet::{Column, Footer, Schema};

/// Bytes of memory for the schemas of all files, and for the footer being read, while planning.
pub const SURVEY_BYTES: usize = 64 << 20;

/// A file, as its footer describes it, or a table in memory.
#[derive(Debug, Clone)]
pub struct Table {
    /// The file, or what errors call the table.
    pub path: PathBuf,
    /// The identity of the file when its footer was read.
    pub identity: Identity,
    /// The number of the layout.
    pub layout: usize,
    /// Rows in the file.
    pub rows: u64,
    content: Content,
}

/// Where row groups come from.
#[derive(Debug, Clone)]
enum Content {
    File {
        location: Location,
        footer: Footer,
        /// What is the same in all rows.
        constants: Arc<[Value]>,
    },
    Frame(Arc<Frame>),
    /// Nowhere: there are only columns.
    Outline,
}

impl Table {
    /// Row groups in the file.
    pub fn row_groups(&self) -> u64 {
        match &self.content {
            Content::File { footer, .. } => footer.row_group_count(),
            Content::Frame(frame) => frame.group_count() as u64,
            Content::Outline => 0,
        }
    }

    /// Whether it is no file.
    pub const fn is_in_memory(&self) -> bool {
        matches!(self.content, Content::Frame(_) | Content::Outline)
    }

    const fn location(&self) -> Option<&Location> {
        match &self.content {
            Content::File { location, .. } => Some(location),
            Content::Frame(_) | Content::Outline => None,
        }
    }

    /// Opens it, if it is still what it was.
    pub fn open(&self) -> Result<Arc<Source>> {
        if let Some(location) = self.location() {
            return location.open(Some(&self.identity));
        }
        let input = InMemory::new(&self.path, self.identity);
        Ok(Source::new(Box::new(input)))
    }

    /// It as an object that is read over a network, if it is one.
    pub const fn object(&self) -> Option<&Arc<Object>> {
        match self.location() {
            Some(Location::Remote(object)) => Some(object),
            _ => None,
        }
    }

    /// Announces that its footer will be needed, where that is a wait.
    pub fn announce_footer(&self) -> Option<Box<dyn Announced>> {
        self.location()?.announce_footer()
    }

    /// An iteration over the row groups.
    pub fn walk(&self, source: &Arc<Source>, account: &Arc<Account>) -> StoredGroups {
        match &self.content {
            Content::File {
                footer, constants, ..
            } => StoredGroups::File(footer.row_groups(source, account), Arc::clone(constants)),
            Content::Frame(frame) => StoredGroups::Frame(Arc::clone(frame), 0),
            Content::Outline => StoredGroups::Nothing,
        }
    }
}

/// A schema, and statistics of the files that have it.
#[derive(Debug)]
pub struct Layout {
    /// The first file with this schema.
    pub path: PathBuf,
    /// The columns.
    pub schema: Arc<Schema>,
    /// Statistics of each leaf of the schema.
    pub leaves: Vec<LeafStatistics>,
    /// Rows of the largest row group.
    pub most_rows: u64,
    /// The number of the column with a name; none where two have it.
    names: HashMap<String, Option<usize>>,
}

/// Files that are read as one table, their rows in sequence.
#[derive(Debug)]
pub struct Dataset {
    /// The files, in order.
    pub files: Vec<Table>,
    /// The layouts of the files, in order of first appearance.
    pub layouts: Vec<Layout>,
}

impl Dataset {
    /// Reads the footers of those of `origins` that are files.
    pub fn new(
        origins: &Origins,
        account: &Arc<Account>,
        checkpoint: Checkpoint<'_>,
    ) -> Result<Self> {
        Self::in_folders(&origins.all, &origins.keys, account, checkpoint)
    }

    /// The same of some of them, whose folders have these keys.
    pub fn in_folders(
        origins: &[Origin],
        keys: &FolderKeys,
        account: &Arc<Account>,
        checkpoint: Checkpoint<'_>,
    ) -> Result<Self> {
        let mut dataset = Self {
            files: Vec::with_capacity(origins.len()),
            layouts: Vec::new(),
        };
        for origin in origins {
            match origin {
                Origin::File(file) => dataset.add(file, keys, account, checkpoint)?,
                Origin::Frame(frame) => dataset.add_frame(frame, checkpoint)?,
                Origin::Outline(outline) => dataset.add_outline(outline),
            }
            checkpoint.check()?;
        }
        Ok(dataset)
    }

    /// Rows of all files.
    pub fn rows(&self) -> Result<usize> {
        let mut files = self.files.iter();
        let rows = files.try_fold(0_u64, |rows, file| rows.checked_add(file.rows));
        rows.and_then(|rows| usize::try_from(rows).ok())
            .ok_or_else(|| {
                let what = "the files claim more rows than can be counted; leave out those that do";
                let place = Place::file(self.largest());
                Shortage::new(format!("{place}: {what}")).at(place).into()
            })
    }

    /// The file that claims the most rows.
    pub fn largest(&self) -> &Path {
        let largest = self.files.iter().max_by_key(|file| file.rows);
        largest.map_or_else(|| Path::new(""), |file| &file.path)
    }

    /// The first file.
    pub fn first(&self) -> &Path {
        let first = self.files.first();
        first.map_or_else(|| Path::new(""), |file| &file.path)
    }

    /// Whether a file has a column of this name.
    pub fn has(&self, name: &str) -> bool {
        self.layouts.iter().any(|layout| layout.has(name))
    }

    /// The names of the columns of all files, each once, in order of first appearance.
    pub fn column_names(&self) -> Vec<String> {
        let mut known = HashSet::new();
        let columns = self.layouts.iter().flat_map(|l| &l.schema.columns);
        let names = columns.map(|column| column.name.as_str());
        let names = names.filter(|name| known.insert(*name));
        names.map(str::to_owned).collect()
    }

    /// The type of a column that cannot be taken from some file; `None` if it can from all.
    pub fn refused_type(&self, name: &str) -> Result<Option<&str>> {
        for layout in &self.layouts {
            let column = layout.column(name)?;
            if let Some(refused) = column.and_then(|column| layout.refused_type(column)) {
                return Ok(Some(refused));
            }
        }
        Ok(None)
    }

    /// Rows of the largest row group.
    pub fn most_rows(&self) -> u64 {
        let rows = self.layouts.iter().map(|layout| layout.most_rows);
        rows.max().unwrap_or(0)
    }

    fn add(
        &mut self,
        file: &FileOrigin,
        keys: &FolderKeys,
        account: &Arc<Account>,
        checkpoint: Checkpoint<'_>,
    ) -> Result<()> {
        let path = file.location.path();
        let source = file.location.open(None)?;
        poison("footers");
        let mut leaves: Vec<LeafStatistics> = Vec::new();
        let mut kinds = Vec::new();
        let mut most_rows = 0;
        let mut footer = Footer::walk(&source, account, &mut |schema, row_group| {
            if kinds.is_empty() {
                leaves.resize_with(schema.leaves, LeafStatistics::default);
                kinds.resize(schema.leaves, LeafKind::default());
                for column in &schema.columns {
                    kinds[column.leaf] = LeafKind {
                        kind: column.kind.ok(),
                        is_vector: column.nesting.is_vector(),
                    };
                }
            }
            most_rows = most_rows.max(row_group.rows);
            for ((sum, chunk), kind) in leaves.iter_mut().zip(&row_group.chunks).zip(&kinds) {
                sum.merge(&LeafStatistics::of(chunk, *kind, row_group.rows));
            }
            checkpoint.check()
        })?;
        leaves.resize_with(footer.schema.leaves, LeafStatistics::default);
        let shared = || Error::Internal("a new schema is shared".to_owned());
        let schema = Arc::get_mut(&mut footer.schema).ok_or_else(shared)?;
        let constants = match &file.lake {
            Some(lake) => lake.describe(path, schema)?,
            None => keys.describe(&file.folders(), path, schema)?,
        };
        let constant = |value| LeafStatistics::of_constant(value, footer.rows);
        leaves.extend(constants.iter().map(constant));
        let layout = self.layout(path, &footer.schema, leaves.len());
        let sums = &mut self.layouts[layout];
        // Files of one layout share its columns, or memory would grow with files times columns.
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
            content: Content::File {
                location: file.location.clone(),
                footer,
                constants,
            },
        });
        Ok(())
    }

    /// Adds a table in memory, all of whose arrays are checked here.
    fn add_frame(&mut self, frame: &Arc<Frame>, checkpoint: Checkpoint<'_>) -> Result<()> {
        let schema = frame.schema();
        let layout = self.layout(frame.name(), schema, schema.leaves);
        let sums = &mut self.layouts[layout];
        let mut bytes = 0_u64;
        for number in 0..frame.group_count() {
            let Some(group) = frame.group(number) else {
                break;
            };
            sums.most_rows = sums.most_rows.max(group.rows() as u64);
            for (leaf, sum) in sums.leaves.iter_mut().enumerate() {
                let array = group.array(leaf).map_err(|fault| {
                    let column = schema.column_of(leaf).map(|column| column.name.as_str());
                    fault.at(frame.place().in_row_group(number).in_column(column))
                })?;
                bytes = bytes.saturating_add(array.bytes());
                sum.merge(&LeafStatistics {
                    bytes: array.bytes(),
                    nulls: array.nulls(),
                    chunks: 1,
                    ..LeafStatistics::default()
                });
            }
            checkpoint.check()?;
        }
        self.files.push(Table {
            path: frame.name().to_path_buf(),
            identity: Identity::of_memory(bytes),
            layout,
            rows: frame.rows(),
            content: Content::Frame(Arc::clone(frame)),
        });
        Ok(())
    }

    /// Adds columns without rows.
    fn add_outline(&mut self, outline: &Outline) {
        let layout = self.layout(&outline.name, &outline.schema, outline.leaves);
        self.files.push(Table {
            path: outline.name.clone(),
            identity: Identity::of_memory(0),
            layout,
            rows: 0,
            content: Content::Outline,
        });
    }

    /// The outline of each layout, in their order.
    pub fn outlines(&self) -> impl Iterator<Item = Outline> {
        self.layouts.iter().map(|layout| Outline {
            name: layout.path.clone(),
            schema: Arc::clone(&layout.schema),
            leaves: layout.leaves.len(),
        })
    }

    /// The number of the layout with this schema; a new layout is added if there is none.
    fn layout(&mut self, path: &Path, schema: &Arc<Schema>, leaves: usize) -> usize {
        let same = |layout: &Layout| layout.schema == *schema;
        if let Some(found) = self.layouts.iter().rposition(same) {
            return found;
        }
        let mut names = HashMap::with_capacity(schema.columns.len());
        for (at, column) in schema.columns.iter().enumerate() {
            let found = names.entry(column.name.clone());
            found.and_modify(|at| *at = None).or_insert(Some(at));
        }
        self.layouts.push(Layout {
            path: path.to_path_buf(),
            schema: Arc::clone(schema),
            leaves: vec![LeafStatistics::default(); leaves],
            most_rows: 0,
            names,
        });
        self.layouts.len() - 1
    }
}

impl Layout {
    /// Whether a column has this name.
    pub fn has(&self, name: &str) -> bool {
        self.names.contains_key(name)
    }

    /// The column of this name, if there is one; an error if there are two.
    pub fn column(&self, name: &str) -> Result<Option<&Column>> {
        match self.names.get(name) {
            None => Ok(None),
            Some(Some(at)) => Ok(self.schema.columns.get(*at)),
            Some(None) => Err(Error::Mismatch {
                place: Place::column(&self.path, name),
                what: "two columns have this name; exclude it, or rename one of them".to_owned(),
                difference: None,
            }),
        }
    }

    /// Why a column cannot be taken; `None` if it can.
    pub fn refusal(&self, column: &Column) -> Option<&'static str> {
        match column.kind {
            _ if self.leaves[column.leaf].encrypted => Some("it is encrypted"),
            Err(why) => Some(why),
            Ok(_) => None,
        }
    }

    /// The type that a message names for a column that cannot be taken; `None` if it can.
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
