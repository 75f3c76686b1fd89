//! A join, decided: the form of the key, the tables, and what there is room for.

use crate::account::Account;
use crate::dataset::table::SURVEY_BYTES;
use crate::dataset::{Dataset, Table};
use crate::error::{Checkpoint, Error, Place, Result};
use crate::key::column::KEY_ROWS;
use crate::key::form::key_slots;
use crate::key::{KeyForm, KeySlot};
use crate::parquet::page::buffers::WINDOW;
use crate::plan::Budget;
use crate::plan::fields::Chosen;
use crate::plan::tables::{TableFooter, choose, prefix};
use crate::plan::{BlockOrigin, ColumnBlock};
use crate::plan::{Join, Options, Output};
use crate::types::Order;
use std::sync::Arc;

/// Values between two columns of a band beyond the rows themselves, as for a tile.
pub const PAD: usize = 16;
/// Most rows of a table that are decoded before they go to the rows that they match: beyond, those
/// that are looked up in any order leave the second cache.
const MOST_TILE: usize = 128 << 10;
/// The least: one block of levels.
const LEAST_TILE: usize = 1024;
/// What one lane is expected to hold at most, as for a load without a join.
const PAGE: usize = (1 << 20) + (1 << 18);

/// A table of a join.
#[derive(Debug)]
pub struct JoinedTable {
    /// The file.
    pub file: Table,
    /// Where its key is.
    pub keys: Vec<KeySlot>,
}

/// A join, decided.
#[derive(Debug)]
pub struct JoinPlan {
    /// The names of the key's columns.
    pub on: Vec<String>,
    /// Their forms.
    pub forms: Vec<KeyForm>,
    /// Where they are in each layout of the source.
    pub source_keys: Vec<Vec<KeySlot>>,
    /// The tables.
    pub tables: Vec<JoinedTable>,
    /// Which features come from where.
    pub parts: Vec<ColumnBlock>,
    /// Columns of a table that are made side by side.
    pub band: usize,
    /// Rows of a table that are decoded before they are placed.
    pub tile_rows: usize,
    /// Threads that there is room for.
    pub threads: usize,
    /// Bytes of the tables that are read.
    pub read_bytes: u64,
}

impl JoinPlan {
    /// Reads the footers of the tables and decides.
    pub fn new(
        source: &Dataset,
        options: &Options,
        join: &Join,
        look: Checkpoint<'_>,
    ) -> Result<(Chosen, Self)> {
        let account = Account::new(options.memory_limit.unwrap_or(0).max(SURVEY_BYTES));
        let tables = join.tables.iter();
        let tables = tables.map(|path| dataset(path, join, &account, look));
        let tables: Vec<TableFooter> = tables.collect::<Result<_>>()?;
        let on = &join.on;
        let layouts = source.layouts.iter();
        let source_keys: Vec<Vec<KeySlot>> = layouts
            .map(|layout| key_slots(layout, on))
            .collect::<Result<_>>()?;
        let table_keys: Vec<Vec<KeySlot>> = tables
            .iter()
            .map(|table| key_slots(&table.layout, on))
            .collect::<Result<_>>()?;
        let mut forms = Vec::with_capacity(on.len());
        for (at, name) in on.iter().enumerate() {
            let own = source.layouts.iter().zip(&source_keys);
            let others = tables.iter().map(|table| &table.layout).zip(&table_keys);
            let slots: Vec<_> = own.chain(others).map(|(l, keys)| (l, keys[at])).collect();
            forms.push(KeyForm::new(name, &slots)?);
        }
        let (chosen, parts) = choose(source, &tables, options, join)?;
        let bytes = read_bytes(source, &source_keys, (&tables, &table_keys), &parts);
        let tables = tables.into_iter().zip(table_keys);
        let joined = Self {
            on: on.clone(),
            forms,
            source_keys,
            tables: tables
                .map(|(table, keys)| JoinedTable {
                    file: table.file,
                    keys,
                })
                .collect(),
            parts,
            band: 1,
            tile_rows: LEAST_TILE,
            threads: 1,
            read_bytes: bytes,
        };
        joined.countable(source)?;
        Ok((chosen, joined))
    }

    /// Rows are counted in 32 bits while they are matched.
    fn countable(&self, source: &Dataset) -> Result<()> {
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

    /// Bytes of the account that a join to `rows` rows needs at least: for one thread and one
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
        let lanes = lane + tile_rows * item + self.on.len() * (2 * WINDOW + KEY_ROWS * 64);
        JoinBytes {
            shared: rows.saturating_mul(key + 1 + 16),
            each: lanes.saturating_add(rows.saturating_mul(8 + item)),
            column: (rows + PAD).saturating_mul(item),
            tile_rows,
        }
    }

    /// Divides what the account holds; an error with the number that would do where it is too
    /// little for one thread and one column.
    pub fn divide(
        &mut self,
        rows: usize,
        budget: &mut Budget,
        options: &Options,
        output_bytes: usize,
    ) -> Result<()> {
        let JoinBytes {
            shared,
            each,
            column,
            tile_rows,
        } = self.needs(rows, options);
        let widest = self.parts.iter().filter_map(|part| match part.origin {
            BlockOrigin::Table(..) => Some(part.columns.len()),
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
            return Err(too_little(rows, budget, options, (output_bytes, needed)));
        }
        let band = (room / threads - each) / column;
        // Few tables still give every thread some columns, a cache line of them at least.
        let fair = match self.tables.len() {
            tables if tables >= 2 * threads => widest,
            _ => widest.div_ceil(threads).max(16),
        };
        let band = band.min(fair).max(1);
        self.band = if options.order == Order::F { 1 } else { band };
        (self.threads, self.tile_rows) = (threads, tile_rows);
        Ok(())
    }
}

/// What a join needs of the account, in bytes.
struct JoinBytes {
    /// The source's keys, a mark for each null, and an index of at most 16 bytes a row.
    shared: usize,
    /// For each thread: a lane for a column and lanes for keys, the rows that match, in two
    /// orders, and a column to find its median in.
    each: usize,
    /// For each column of a band.
    column: usize,
    /// Rows that are decoded at a time.
    tile_rows: usize,
}

fn dataset(
    path: &std::path::Path,
    join: &Join,
    account: &Arc<Account>,
    look: Checkpoint<'_>,
) -> Result<TableFooter> {
    let mut dataset = Dataset::new(&[path.to_path_buf()], account, look)?;
    match (dataset.files.pop(), dataset.layouts.pop()) {
        (Some(file), Some(layout)) => Ok(TableFooter {
            prefix: prefix(join, path)?,
            file,
            layout,
        }),
        _ => Err(Error::Internal("a file without a layout".to_owned())),
    }
}

fn read_bytes(
    source: &Dataset,
    source_keys: &[Vec<KeySlot>],
    (tables, table_keys): (&[TableFooter], &[Vec<KeySlot>]),
    parts: &[ColumnBlock],
) -> u64 {
    let own = source.layouts.iter().zip(source_keys);
    let others = tables.iter().map(|table| &table.layout).zip(table_keys);
    let keys = own.chain(others).flat_map(|(layout, keys)| {
        let leaves = keys.iter().map(|key| &layout.leaves[key.leaf]);
        leaves.map(|leaf| leaf.bytes)
    });
    let features = parts.iter().flat_map(|part| match &part.origin {
        BlockOrigin::Source(_) => Vec::new(),
        BlockOrigin::Table(at, slots) => {
            let leaves = &tables[*at].layout.leaves;
            slots.iter().map(|slot| leaves[slot.leaf].bytes).collect()
        }
    });
    keys.chain(features).fold(0, u64::saturating_add)
}

fn too_little(
    rows: usize,
    budget: &Budget,
    options: &Options,
    (output_bytes, needed): (usize, usize),
) -> Error {
    let owned = match options.output {
        Output::Memory => output_bytes,
        Output::Array | Output::File => 0,
    };
    let standing = budget.scratch_bytes - budget.account_bytes;
    let would = owned + standing + needed;
    Error::MemoryLimit(format!(
        "joining {rows} rows takes {} bytes of scratch for keys, matches and one column, and this \
         load may have {}; memory_limit={would} (\"{}MiB\") would do{}",
        standing + needed,
        budget.scratch_bytes,
        would.div_ceil(1 << 20),
        if owned > 0 {
            "; or write to a file with out=\"X.npy\""
        } else {
            ""
        }
    ))
}
