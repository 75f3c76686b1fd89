//! One column of lists of numbers of one row group, streaming: decoded, cast, cleaned, and handed out row
//! by row, as many numbers for each. A list of another length is refused, with its row.
//!
//! ```text
//! where all of the next items have a value: hold their repetition levels against where lists begin,
//!                                           and convert the values straight to their place
//! else, for each block of levels: find runs of items, convert their values, spread them over gaps;
//!                                 a list that is missing is as many nulls
//! ```

use std::sync::Arc;

use crate::account::Account;
use crate::error::Fault;
use crate::error::fault::ensure;
use crate::kernel::bytes::depth::{at_least, run};
use crate::kernel::bytes::unpack::ones;
use crate::kernel::moves::extract::bits_from;
use crate::kernel::{Element, Rule, Tally, expand};
use crate::parquet::lane::numbers::NumberReader;
use crate::parquet::lane::vector_rows::{Broken, RowLengths};
use crate::parquet::page::buffers::ReadBuffers;
use crate::parquet::page::cursor::{PageCursor, PageValues as _};
use crate::parquet::page::deep::LevelRun;
use crate::parquet::page::levels::{BLOCK, Mask};
use crate::parquet::page::lists::{ListPage, ReadLevels};
use crate::parquet::{ColumnChunk, Nesting, Stored};

/// The most items that are converted at a time: they fit the window of a file, and L2.
const AT_ONCE: usize = 4096;
/// Items after which a list is longer than any that is taken.
const MOST_LENGTH: usize = 1 << 20;
/// Fewest equal levels that are followed as a run.
const LONG: usize = 64;

/// A column of lists of a row group, streaming.
#[derive(Debug)]
pub struct VectorLane<T: Element> {
    pages: PageCursor<NumberReader<T>>,
    nesting: Nesting,
    lengths: RowLengths,
    levels: Box<LevelBlock>,
}

/// Levels that were read, and what is left of them.
#[derive(Debug)]
struct LevelBlock {
    definitions: [u8; BLOCK],
    /// Whether each goes on with a list.
    repetitions: Mask,
    /// Which of them are items.
    items: Mask,
    /// Which of them have a value.
    present: Mask,
    at: usize,
    end: usize,
}

/// Where numbers go.
enum Sink<'a, T> {
    /// To the front of these.
    Values(&'a mut [T]),
    /// Nowhere: so many are skipped.
    Skip(usize),
}

impl<'a, T: Copy> Sink<'a, T> {
    const fn left(&self) -> usize {
        match self {
            Self::Values(out) => out.len(),
            Self::Skip(left) => *left,
        }
    }

    /// Takes off places for the next `count` numbers; `None` where they are skipped.
    fn take(&mut self, count: usize) -> Option<&'a mut [T]> {
        match self {
            Self::Values(out) => {
                let (now, later) = std::mem::take(out).split_at_mut(count);
                *out = later;
                Some(now)
            }
            Self::Skip(left) => {
                *left -= count;
                None
            }
        }
    }
}

impl<T: Element> VectorLane<T> {
    /// Opens a lane of lists of `width` numbers that are stored in some way.
    pub fn new(
        column: &ColumnChunk<'_>,
        stored: &Stored,
        width: usize,
        rule: &Rule<T>,
        account: &Arc<Account>,
    ) -> Result<Self, Fault> {
        let reader = NumberReader::new(stored, rule, account);
        Ok(Self {
            pages: PageCursor::new(column, reader, account)?,
            nesting: column.nesting,
            lengths: RowLengths::new(width),
            levels: Box::new(LevelBlock {
                definitions: [0; BLOCK],
                repetitions: [0; BLOCK / 64],
                items: [0; BLOCK / 64],
                present: [0; BLOCK / 64],
                at: 0,
                end: 0,
            }),
        })
    }

    /// The length of the first list of a chunk that has an item; `None` where none has.
    pub fn first_length(
        column: &ColumnChunk<'_>,
        stored: &Stored,
        account: &Arc<Account>,
        buffers: &mut ReadBuffers,
    ) -> Result<Option<usize>, Fault> {
        let mut lane = Self::new(column, stored, 1, &Rule::all(T::MISSING), account)?;
        let mut length = 0;
        while lane.pages.has_levels() {
            let left = lane.pages.levels_left(buffers)?;
            lane.read_levels(left, buffers)?;
            let block = &*lane.levels;
            for at in 0..block.end {
                if !block.goes_on(at) && length > 0 {
                    return Ok(Some(length));
                }
                length += usize::from(block.definitions[at] >= lane.nesting.item);
            }
            if length > MOST_LENGTH {
                break;
            }
            let valid = ones(&block.present);
            let page = lane.pages.lists(buffers)?;
            let value_width = page.reader.width();
            page.values.skip(page.body, value_width, valid, page.from)?;
        }
        Ok((length > 0).then_some(length))
    }

    /// Moves to another chunk, with the same buffers.
    pub fn reopen(
        &mut self,
        column: &ColumnChunk<'_>,
        stored: &Stored,
        width: usize,
        rule: &Rule<T>,
    ) -> Result<(), Fault> {
        self.pages.reopen(column)?;
        self.pages.reader.reset(stored, rule);
        self.nesting = column.nesting;
        self.lengths = RowLengths::new(width);
        (self.levels.at, self.levels.end) = (0, 0);
        Ok(())
    }

    /// Fills `out` with the numbers of the next rows, one row behind the other.
    pub fn fill(&mut self, out: &mut [T], buffers: &mut ReadBuffers) -> Result<(), Fault> {
        self.advance(Sink::Values(out), buffers)
    }

    /// Skips the next `rows` rows, which are not counted. Pages of version 2 that are skipped whole are not
    /// decoded.
    pub fn skip(&mut self, rows: usize, buffers: &mut ReadBuffers) -> Result<(), Fault> {
        let mut left = rows;
        while left > 0 && self.levels.is_empty() && self.lengths.is_between_rows() {
            let passed = self.pages.pass_page(left as u64, buffers)?;
            if passed == 0 {
                break;
            }
            left -= usize::try_from(passed).unwrap_or(left).min(left);
            self.lengths.pass(passed);
        }
        let items = left.checked_mul(self.lengths.width());
        let items =
            items.ok_or_else(|| Fault::corrupt("more items are skipped than can be counted"));
        self.advance(Sink::Skip(items?), buffers)
    }

    /// What was counted so far, in numbers of all columns.
    pub const fn tally(&self) -> &Tally {
        &self.pages.reader.tally
    }

    /// Checks that nothing is left, and returns what was counted.
    pub fn finish(&mut self, buffers: &mut ReadBuffers) -> Result<Tally, Fault> {
        while !self.levels.is_empty() || self.pages.has_levels() {
            if self.levels.is_empty() {
                let left = self.pages.levels_left(buffers)?;
                self.read_levels(left, buffers)?;
            }
            let ended = self.end_missing();
            ended.map_err(|fault| self.pages.about(fault))?;
        }
        self.pages.finish(buffers)?;
        Ok(self.pages.reader.tally)
    }

    /// Takes a level behind the last row: it has to belong to that one, which is missing.
    fn end_missing(&mut self) -> Result<(), Fault> {
        let block = &mut *self.levels;
        ensure!(block.goes_on(block.at), "it has more lists than rows");
        let level = block.definitions[block.at];
        if level >= self.nesting.item {
            return Err(self.lengths.broken(Broken::Longer(0)));
        }
        block.at += 1;
        let is_empty = level + 1 == self.nesting.item;
        self.lengths.take_missing(true, is_empty).map(drop)
    }

    fn advance(&mut self, mut sink: Sink<'_, T>, buffers: &mut ReadBuffers) -> Result<(), Fault> {
        while sink.left() > 0 {
            if self.levels.is_empty() {
                self.check_left()?;
                let left = self.pages.levels_left(buffers)?;
                let opened = self.check_page();
                let followed = opened.and_then(|()| self.follow(left, &mut sink, buffers));
                if followed.map_err(|fault| self.pages.about(fault))? {
                    continue;
                }
                self.read_levels(left, buffers)?;
            }
            let taken = self.take(&mut sink, buffers);
            taken.map_err(|fault| self.pages.about(fault))?;
        }
        Ok(())
    }

    /// Refuses a chunk that ends inside a list, or before all rows have one.
    fn check_left(&self) -> Result<(), Fault> {
        if self.pages.has_levels() {
            return Ok(());
        }
        Err(if self.lengths.is_between_rows() {
            Fault::corrupt("it has fewer lists than rows")
        } else {
            self.lengths.broken(Broken::Shorter(0))
        })
    }

    /// Refuses a page of version 2 that begins inside a list.
    fn check_page(&self) -> Result<(), Fault> {
        let is_right = !self.pages.begins_rows() || self.lengths.is_between_rows();
        ensure!(is_right, "a page of version 2 begins inside a list");
        Ok(())
    }

    /// Follows a run of equal definition levels, if one comes next that is long, and returns whether.
    fn follow(
        &mut self,
        left: usize,
        sink: &mut Sink<'_, T>,
        buffers: &mut ReadBuffers,
    ) -> Result<bool, Fault> {
        let width = self.lengths.width();
        let nesting = self.nesting;
        let page = self.pages.lists(buffers)?;
        let Some(LevelRun { level, count }) = page.levels.definitions.peek(page.body)? else {
            return Ok(false);
        };
        let is_item = level >= nesting.item;
        let room = if is_item {
            sink.left()
        } else {
            sink.left() / width
        };
        let count = count.min(left).min(room).min(AT_ONCE);
        if count == 0 || count < LONG.min(left).min(room) {
            return Ok(false);
        }
        page.levels.definitions.skip(page.body, count)?;
        let before = self.lengths.rows();
        let repetitions = &mut page.levels.repetitions;
        let numbers = if is_item {
            self.lengths.follow_items(repetitions, page.body, count)?;
            count
        } else {
            let is_empty = level + 1 == nesting.item;
            let lists = self
                .lengths
                .follow_missing(repetitions, page.body, count, is_empty)?;
            lists * width
        };
        let has_values = level == nesting.definition;
        let nulls = if has_values { 0 } else { count };
        match sink.take(numbers) {
            Some(out) if has_values => page.reader.read(page.values, page.body, page.from, out)?,
            Some(out) => {
                out.fill(page.reader.rule.null);
                page.reader.tally.nulls += numbers as u64;
            }
            None if has_values => {
                let value_width = page.reader.width();
                page.values.skip(page.body, value_width, count, page.from)?;
            }
            None => {}
        }
        let rows = self.lengths.rows() - before;
        self.pages.note(ReadLevels { count, nulls, rows });
        Ok(true)
    }

    /// Reads a block of levels of the open page.
    fn read_levels(&mut self, left: usize, buffers: &mut ReadBuffers) -> Result<(), Fault> {
        let count = left.min(BLOCK);
        let block = &mut *self.levels;
        let page = self.pages.lists(buffers)?;
        let levels = &mut block.definitions[..count];
        let read = page.levels.definitions.read(page.body, levels);
        let read = read.and_then(|()| {
            let repetitions = &mut block.repetitions;
            page.levels.read_repetitions(page.body, count, repetitions)
        });
        read.map_err(|fault| self.pages.about(fault))?;
        at_least(levels, self.nesting.item, &mut block.items);
        at_least(levels, self.nesting.definition, &mut block.present);
        (block.at, block.end) = (0, count);
        let beginning = count - ones(&block.repetitions);
        self.pages.note(ReadLevels {
            count,
            nulls: count - ones(&block.present),
            rows: beginning as u64,
        });
        Ok(())
    }

    /// Takes the next items of the block, or else a list that is missing.
    fn take(&mut self, sink: &mut Sink<'_, T>, buffers: &mut ReadBuffers) -> Result<(), Fault> {
        let block = &mut *self.levels;
        let most = block.end.min(block.at + sink.left());
        let count = run(&block.items, block.at, most);
        if count == 0 {
            let goes_on = block.goes_on(block.at);
            let is_empty = block.definitions[block.at] + 1 == self.nesting.item;
            let begins = self.lengths.take_missing(goes_on, is_empty)?;
            block.at += 1;
            if !begins {
                return Ok(());
            }
            let width = self.lengths.width();
            ensure!(sink.left() >= width, "a list begins inside another one");
            if let Some(out) = sink.take(width) {
                out.fill(self.pages.reader.rule.null);
                self.pages.reader.tally.nulls += width as u64;
            }
            return Ok(());
        }
        let mut repetitions: Mask = [0; BLOCK / 64];
        bits_from(&block.repetitions, block.at, count, &mut repetitions);
        self.lengths.take_items(&repetitions, count)?;
        let mut present: Mask = [0; BLOCK / 64];
        bits_from(&block.present, block.at, count, &mut present);
        block.at += count;
        let valid = ones(&present);
        let page = self.pages.lists(buffers)?;
        let Some(out) = sink.take(count) else {
            let value_width = page.reader.width();
            return page.values.skip(page.body, value_width, valid, page.from);
        };
        let ListPage {
            body,
            values,
            from,
            reader,
            ..
        } = page;
        reader.read(values, body, from, &mut out[..valid])?;
        reader.tally.nulls += (count - valid) as u64;
        let null = reader.rule.null;
        if valid == 0 {
            out.fill(null);
        } else if valid < count {
            expand(out, valid, &present, null);
        }
        Ok(())
    }
}

impl LevelBlock {
    const fn is_empty(&self) -> bool {
        self.at == self.end
    }

    const fn goes_on(&self, at: usize) -> bool {
        self.repetitions[at / 64] >> (at % 64) & 1 == 1
    }
}
