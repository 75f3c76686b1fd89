//! A join, decided: the form of the key, the tables, and how many threads and columns fit memory.

use crate::account::Account;
use crate::dataset::table::SURVEY_BYTES;
use crate::dataset::{Dataset, Layout, Table};
use crate::error::{Checkpoint, Error, Place, Result};
use crate::key::column::KEY_ROWS;
use crate::key::form::key_slots;
use crate::key::{KeyForm, KeySlot};
use crate::parquet::page::buffers::WINDOW;
use crate::plan::budget::{Budget, LEAST_TILE, PAD, PAGE};
use crate::plan::fields::blocks::{BlockOrigin, ColumnBlock, blocks};
use crate::plan::fields::choose::{Chosen, choose};
use crate::plan::messages::too_little;
use crate::plan::options::{Join, Options, Output};
use crate::plan::tables::TableFooter;
use crate::types::Order;

/// The most rows of a table that are decoded before they are copied to the rows that they match:
/// with more, random lookups would miss the second-level cache.
const MOST_TILE: usize = 128 << 10;

/// A table of a join.
#[derive(Debug, Clone)]
pub struct JoinedTable {
    /// The file.
    pub file: Table,
    /// Where the key is in the file.
    pub keys: Vec<KeySlot>,
}

/// A join, decided.
#[derive(Debug, Clone)]
pub struct JoinPlan {
    /// The names of the key's columns.
    pub on: Vec<String>,
    /// The form of each column of the key.
    pub forms: Vec<KeyForm>,
    /// Where the key is in each layout of the source.
    pub source_keys: Vec<Vec<KeySlot>>,
    /// The tables.
    pub tables: Vec<JoinedTable>,
    /// Which features come from where.
    pub blocks: Vec<ColumnBlock>,
    /// Columns of a table that are made side by side.
    pub band: usize,
    /// Rows of a table that are decoded before they are placed.
    pub tile_rows: usize,
    /// Threads that there is room for.
    pub threads: usize,
    /// Bytes of keys and tables that are read.
    pub read_bytes: u64,
}

impl JoinPlan {
    /// Reads the footers of the tables and decides.
    pub fn new(
        source: &Dataset,
        options: &Options,
        join: &Join,
        checkpoint: Checkpoint<'_>,
    ) -> Result<(Chosen, Self)> {
        let account = Account::new(options.memory_limit.unwrap_or(0).max(SURVEY_BYTES));
        let origins = join.tables.all.iter();
        let tables = origins.map(|origin| TableFooter::read(origin, join, &account, checkpoint));
        let tables: Vec<TableFooter> = tables.collect::<Result<_>>()?;
        let layouts = tables.iter().map(|table| &table.layout);
        let layouts = source.layouts.iter().chain(layouts);
        let keys = layouts.clone().map(|layout| key_slots(layout, &join.on));
        let mut source_keys: Vec<Vec<KeySlot>> = keys.collect::<Result<_>>()?;
        let keys = layouts.zip(&source_keys);
        let mut forms = Vec::with_capacity(join.on.len());
        for (at, name) in join.on.iter().enumerate() {
            let slots = keys.clone().map(|(layout, slots)| (layout, slots[at]));
            forms.push(KeyForm::new(name, &slots.collect::<Vec<_>>())?);
        }
        let chosen = choose(source, &tables, options, checkpoint)?;
        let blocks = blocks(&chosen.fields, &chosen.origins, &chosen.selection);
        let read_bytes = read_bytes(keys, &tables, &blocks);
        let table_keys = source_keys.split_off(source.layouts.len());
        let tables = tables.into_iter().zip(table_keys);
        let joined = Self {
            on: join.on.clone(),
            forms,
            source_keys,
            tables: tables
                .map(|(table, keys)| JoinedTable {
                    file: table.file,
                    keys,
                })
                .collect(),
            blocks,
            band: 1,
            tile_rows: LEAST_TILE,
            threads: 1,
            read_bytes,
        };
        joined.require_countable(source)?;
        Ok((chosen, joined))
    }

    /// Refuses more rows than 32 bits can count, because rows are matched by 32-bit numbers.
    fn require_countable(&self, source: &Dataset) -> Result<()> {
        let most = u64::from(u32::MAX) - 1;
        let rows = source.rows()? as u64;
        let tables = self
            .tables
            .iter()
            .map(|table| (&table.file.path, table.file.rows));
        let source = source.files.first().map(|file| (&file.path, rows));
        match tables.chain(source).find(|(_, rows)| *rows > most) {
            Some((path, rows)) => Err(Error::Unsupported {
                place: Place::file(path),
                what: format!(
                    "{rows} rows are more than the {most} that can be joined: join parts of it"
                ),
            }),
            None => Ok(()),
        }
    }

    /// The least bytes of the account that a join to `rows` rows needs: for one thread and one
    /// column.
    pub fn least(&self, rows: usize, options: &Options) -> usize {
        let needs = self.needs(rows, options);
        let each = needs.shared.saturating_add(needs.each);
        each.saturating_add(needs.column)
    }

    fn needs(&self, rows: usize, options: &Options) -> JoinBytes {
        let item = options.dtype.bytes();
        let tile_rows = self.tables.iter().map(|table| table.file.rows).max();
        let tile_rows = usize::try_from(tile_rows.unwrap_or(0)).unwrap_or(MOST_TILE);
        let tile_rows = tile_rows.clamp(LEAST_TILE, MOST_TILE);
        let key = KeyForm::key_bytes(&self.forms).unwrap_or(24);
        let lane = WINDOW + 3 * PAGE;
        let slots = self.blocks.iter().flat_map(|block| match &block.origin {
            BlockOrigin::Table(_, slots) => &slots[..],
            BlockOrigin::Source(_) => &[],
        });
        let widest = slots.map(|column| column.slot.width).max().unwrap_or(1);
        let lanes =
            lane + (2 * tile_rows + widest) * item + self.on.len() * (2 * WINDOW + KEY_ROWS * 64);
        JoinBytes {
            shared: rows.saturating_mul(key + 1 + 16),
            each: lanes.saturating_add(rows.saturating_mul(8 + item)),
            column: (rows + PAD).saturating_mul(item),
            tile_rows,
        }
    }

    /// Divides the account among threads and columns, or returns an error with a limit that would
    /// do.
    pub fn divide(
        &mut self,
        rows: usize,
        budget: &Budget,
        options: &Options,
        output_bytes: usize,
    ) -> Result<()> {
        let JoinBytes {
            shared,
            each,
            column,
            tile_rows,
        } = self.needs(rows, options);
        let widest = self.blocks.iter().filter_map(|block| match block.origin {
            BlockOrigin::Table(..) => Some(block.columns.len()),
            BlockOrigin::Source(_) => None,
        });
        let widest = widest.max().unwrap_or(1);
        let room = budget.account_bytes.saturating_sub(shared);
        let most = self.tables.len().max(1).saturating_mul(widest);
        let mut threads = budget.threads.min(most);
        while threads > 1 && room / threads < each + column {
            threads -= 1;
        }
        let needed = self.least(rows, options);
        if needed > budget.account_bytes {
            return Err(account_is_too_little(
                rows,
                budget,
                options,
                output_bytes,
                needed,
            ));
        }
        let band = (room / threads - each) / column;
        // With few tables, each thread still gets some columns, at least a cache line of them.
        let fair = match self.tables.len() {
            tables if tables >= 2 * threads => widest,
            _ => widest.div_ceil(threads).max(16),
        };
        let band = band.min(fair).max(1);
        self.band = if options.order == Order::F { 1 } else { band };
        self.threads = threads;
        self.tile_rows = tile_rows;
        Ok(())
    }
}

/// What a join needs of the account, in bytes.
struct JoinBytes {
    /// The keys of the source, a mark for each null, and an index of at most 16 bytes a row.
    shared: usize,
    /// For each thread: a lane for a column and lanes for keys, the rows that match, in two
    /// orders, and a column to find its median in.
    each: usize,
    /// For each column of a band.
    column: usize,
    /// Rows that are decoded at a time.
    tile_rows: usize,
}

/// Bytes that are read of all keys, and of the features of the tables.
fn read_bytes<'a>(
    keys: impl Iterator<Item = (&'a Layout, &'a Vec<KeySlot>)>,
    tables: &[TableFooter],
    blocks: &[ColumnBlock],
) -> u64 {
    let keys = keys.flat_map(|(layout, slots)| {
        let leaves = slots.iter().map(|slot| &layout.leaves[slot.leaf]);
        leaves.map(|leaf| leaf.bytes)
    });
    let features = blocks.iter().flat_map(|block| match &block.origin {
        BlockOrigin::Source(_) => Vec::new(),
        BlockOrigin::Table(at, slots) => {
            let leaves = &tables[*at].layout.leaves;
            let first = slots.iter().filter(|column| column.item == 0);
            first.map(|column| leaves[column.slot.leaf].bytes).collect()
        }
    });
    keys.chain(features).fold(0, u64::saturating_add)
}

fn account_is_too_little(
    rows: usize,
    budget: &Budget,
    options: &Options,
    output_bytes: usize,
    needed: usize,
) -> Error {
    let owned = match options.output {
        Output::Memory => output_bytes,
        Output::Array | Output::File => 0,
    };
    let standing = budget.scratch_bytes - budget.account_bytes;
    let what = format!(
        "joining {rows} rows takes {} bytes of scratch for keys, matches and one column, and this \
         load may have {}",
        standing + needed,
        budget.scratch_bytes
    );
    let ways = if owned > 0 {
        "; or write to a file with out=\"X.npy\""
    } else {
        ""
    };
    too_little(&what, owned + standing + needed, options.memory_limit, ways)
}
