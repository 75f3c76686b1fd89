//! How large everything is: threads, tiles and sheets of rows, and the scratch that they share. A
//! memory limit that is too small is refused with one that would do.

use crate::dataset::Dataset;
use crate::dataset::scan::AHEAD_BYTES;
use crate::error::{Error, Place, Result, Shortage};
use crate::kernel::median::bracket;
use crate::parquet::page::buffers::WINDOW;
use crate::plan::extras::Extra;
use crate::plan::fields::choose::Chosen;
use crate::plan::fields::field::Field;
use crate::plan::messages::too_little;
use crate::plan::options::{Fill, Options, Output};
use crate::plan::selection::leaves;

const MIB: usize = 1 << 20;

/// What a load may allocate beyond the account: codecs, stacks, the allocator's own slack.
const RESERVE: usize = 8 * MIB;
/// What a load may allocate beyond the account for each column: its name, rules, counts and chunks,
/// here and in Python.
const RESERVE_PER_COLUMN: usize = 640;
/// Bytes of metadata for one chunk of a row group that is being read.
const CHUNK: usize = 192;
/// The size up to which pages are expected: most writers make none that are larger.
pub(super) const PAGE: usize = MIB + MIB / 4;
/// Bytes that are fetched ahead over a network, at least.
const LEAST_FETCHED: usize = MIB;
/// The most threads, however many are requested.
const MOST_THREADS: usize = 1024;
/// The least rows of a tile: one block of levels.
pub(super) const LEAST_TILE: usize = 1024;
/// The most rows of a tile, so that it stays in the second-level cache. See `benchmarks/NOTES.md`.
const MOST_TILE: usize = 16 << 10;

/// Values left free between neighbouring columns, so that these do not evict each other from the
/// first-level cache.
pub const PAD: usize = 16;
/// Bytes of a sheet, so that it and the buffer for turning it stay in the second-level cache. See
/// `benchmarks/NOTES.md`.
const SHEET: usize = 256 << 10;
/// Bytes of a cache line. Each column of a sheet fills whole lines, even of halves.
const LINE: usize = 64;
/// Rows of a sheet are a multiple of this, because as many are turned together.
const SHEET_STEP: usize = 16;
/// The most rows of a sheet.
const MOST_SHEET: usize = 4 << 10;

/// What the outputs of a load take, and what is known of their rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutputSizes {
    /// Rows.
    pub rows: usize,
    /// Bytes of all outputs.
    pub bytes: usize,
    /// Bytes for which rows are chosen, and for their order.
    pub row_bytes: usize,
    /// Whether anything is fetched over a network.
    pub is_remote: bool,
}

/// The sizes of a load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Threads.
    pub threads: usize,
    /// Rows of a tile.
    pub tile_rows: usize,
    /// Bytes that a thread has for turning a sheet.
    sheet_bytes: usize,
    /// Bytes of the outputs that the load allocates.
    pub owned_bytes: usize,
    /// Bytes that the load may allocate beside its outputs.
    pub scratch_bytes: usize,
    /// The part of the scratch that buffers are leased from.
    pub account_bytes: usize,
    /// The part of the scratch for footers and the chunks of the row groups in work.
    pub metadata_bytes: usize,
    /// The part of the scratch for bytes that are fetched ahead over a network; 0 without one.
    pub fetch_bytes: usize,
    /// The part of the scratch for medians found while pouring; 0 where there is no room for them.
    pub sieve_bytes: usize,
}

impl Budget {
    /// Sizes that fit the memory limit, or an error with a limit that would do. A join needs at
    /// least `join_bytes` of the account.
    pub fn new(
        dataset: &Dataset,
        chosen: &Chosen,
        options: &Options,
        sizes: OutputSizes,
        join_bytes: Option<usize>,
    ) -> Result<Self> {
        let output_bytes = sizes.bytes;
        let columns = chosen.features.len();
        let beside = chosen.extras.iter().map(Extra::columns);
        let fields = columns + beside.sum::<usize>();
        let mut threads = threads(options);
        let item = options.dtype.bytes();
        // The columns of all threads are in so many row groups, and one more is being opened.
        let row_groups = 2 + threads / fields.max(1);
        let (ahead, least_fetched) = network_bytes(sizes.is_remote);
        let metadata_bytes = 2 * WINDOW + CHUNK * fields.max(1) * row_groups + ahead;
        let standing = RESERVE + RESERVE_PER_COLUMN * fields + metadata_bytes + least_fetched;
        let page = usize::try_from(most_plain_bytes(dataset, chosen)).map_or(PAGE, |p| p.min(PAGE));
        let window = WINDOW.max(page);
        // At worst there is a page, compressed and plain, beside a dictionary, converted and with
        // the source values of its entries that are not plain numbers.
        let worst = window + page + page / 4 * (item + size_of::<f64>());
        let rows =
            usize::try_from(dataset.most_rows()).map_or(MOST_TILE, |r| r.clamp(1, MOST_TILE));
        // Rows of lists are turned in a tile of their own.
        let widest = match widest(chosen) {
            1 => 1,
            width => 2 * width,
        };
        let tile = rows.min(LEAST_TILE).max(widest);
        let lane = worst + tile * item;
        let least = standing + lane;
        let matrix = matrix_bytes(sizes.rows, columns, item).unwrap_or(0);
        let owned_bytes = owned_bytes(options.output, output_bytes, matrix);
        // The limit in a message must do for the join as well.
        let joined = standing.saturating_add(join_bytes.unwrap_or(0));
        let scratch_bytes = match options.memory_limit {
            None => scratch(output_bytes),
            Some(limit) => match limit.checked_sub(owned_bytes.saturating_add(sizes.row_bytes)) {
                Some(scratch) if scratch >= least => scratch,
                _ => {
                    let least = least.max(joined).saturating_add(sizes.row_bytes);
                    return Err(limit_is_too_little(limit, owned_bytes, least));
                }
            },
        };
        let account_bytes = scratch_bytes.saturating_sub(standing).max(lane);
        let sieve_bytes = match join_bytes {
            None => sieve_bytes(chosen, sizes.rows, item, account_bytes / 32 * item),
            Some(_) => 0,
        };
        let account_bytes = account_bytes - sieve_bytes;
        let needed = join_bytes.unwrap_or(0).max(threads * lane);
        let fetched = fetched_bytes(sizes.is_remote, account_bytes, needed).min(scratch_bytes / 2);
        let account_bytes = account_bytes - fetched;
        // Bytes of the account for one lane, beside its window.
        let each = |threads: usize| (account_bytes / threads).saturating_sub(window);
        while each(threads) < page + tile * item && threads > 1 {
            threads -= 1;
        }
        let tile_rows = each(threads).saturating_sub(page) / item;
        Ok(Self {
            threads,
            tile_rows: tile_rows.clamp(LEAST_TILE, rows.max(LEAST_TILE).max(widest.min(MOST_TILE))),
            sheet_bytes: account_bytes / threads,
            owned_bytes,
            scratch_bytes: scratch_bytes.saturating_add(sizes.row_bytes),
            account_bytes,
            metadata_bytes,
            fetch_bytes: least_fetched + fetched,
            sieve_bytes,
        })
    }

    /// Rows of a sheet of `columns` columns, whose values have `item` bytes.
    pub fn sheet_rows(&self, columns: usize, item: usize) -> usize {
        let row = (columns * item).max(1);
        let step = SHEET_STEP.max(LINE / item.max(1));
        let most = (self.sheet_bytes / row).saturating_sub(step).max(1);
        (SHEET / row / step * step)
            .clamp(step, MOST_SHEET)
            .min(most)
    }
}

/// Bytes of the outputs that the load allocates itself.
const fn owned_bytes(output: Output, all: usize, matrix: usize) -> usize {
    match output {
        Output::Memory => all,
        Output::Array => all - matrix,
        Output::File => 0,
    }
}

/// Bytes of the row groups that a scan looks ahead to, and the least for what is fetched ahead.
const fn network_bytes(is_remote: bool) -> (usize, usize) {
    if is_remote {
        (AHEAD_BYTES, LEAST_FETCHED)
    } else {
        (0, 0)
    }
}

/// What an account can spare for bytes that are fetched ahead: all but what lanes and a join need.
const fn fetched_bytes(is_remote: bool, account_bytes: usize, needed: usize) -> usize {
    if is_remote {
        account_bytes.saturating_sub(needed)
    } else {
        0
    }
}

/// The most numbers of a list of a column.
fn widest(chosen: &Chosen) -> usize {
    let beside = chosen.extras.iter().filter_map(|extra| extra.width);
    let fields = chosen.fields.iter().map(Field::width);
    fields.chain(beside).max().unwrap_or(1)
}

/// Bytes for the medians that are found while pouring, but not more than `most`: the medians of
/// columns for which nothing is left are found afterwards.
fn sieve_bytes(chosen: &Chosen, rows: usize, item: usize, most: usize) -> usize {
    let medians = chosen.features.iter().filter(|f| f.fill == Fill::Median);
    let bytes = medians.count().saturating_mul(bracket::room(rows) * item);
    bytes.min(most)
}

/// Bytes of all outputs; an error if they cannot be addressed.
pub fn output_bytes(
    dataset: &Dataset,
    rows: usize,
    chosen: &Chosen,
    options: &Options,
) -> Result<usize> {
    let matrix = (chosen.features.len(), options.dtype.bytes());
    let extras = chosen.extras.iter().map(|e| (e.columns(), e.dtype.bytes()));
    let bytes = extras
        .chain([matrix])
        .try_fold(0_usize, |sum, (columns, item)| {
            sum.checked_add(matrix_bytes(rows, columns, item)?)
        });
    bytes
        .filter(|bytes| isize::try_from(*bytes).is_ok())
        .ok_or_else(|| {
            let place = Place::file(dataset.largest());
            let what = format!(
                "{rows} rows of {} columns are more than can be addressed; most of the rows are \
                 those that {place} claims",
                chosen.features.len(),
            );
            Shortage::new(what).at(place).into()
        })
}

fn matrix_bytes(rows: usize, columns: usize, item: usize) -> Option<usize> {
    rows.checked_mul(columns)?.checked_mul(item)
}

/// Bytes of scratch without a memory limit: 5 % of the outputs, at least 64 and at most 256 MiB.
const fn scratch(output_bytes: usize) -> usize {
    let part = output_bytes / 20;
    let most = if part < 256 * MIB { part } else { 256 * MIB };
    if most > 64 * MIB { most } else { 64 * MIB }
}

fn most_plain_bytes(dataset: &Dataset, chosen: &Chosen) -> u64 {
    let selections = chosen.selections();
    let leaves = selections.flat_map(|selection| leaves(dataset, selection));
    leaves.map(|leaf| leaf.most_plain_bytes).max().unwrap_or(0)
}

/// The threads that a load may have.
pub fn threads(options: &Options) -> usize {
    let available = || std::thread::available_parallelism().map_or(1, usize::from);
    let wanted = options.threads.unwrap_or_else(available);
    wanted.clamp(1, MOST_THREADS)
}

fn limit_is_too_little(limit: usize, owned: usize, least: usize) -> Error {
    let what = format!("at least {least} are needed to read");
    let (what, ways) = if owned > 0 {
        (
            format!("the outputs take {owned} bytes, and {what}"),
            "; or write to a file with out=\"X.npy\", halve the matrix with dtype=\"float16\", or \
             take fewer columns",
        )
    } else {
        (what, "; or take fewer columns")
    };
    too_little(
        &format!("memory_limit is {limit} bytes: {what}"),
        owned.saturating_add(least),
        Some(limit),
        ways,
    )
}
