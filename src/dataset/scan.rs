//! The one iteration over the row groups of files. Each row group comes with the cells of the columns
//! that are read, and every chunk is checked against its file before it is used.

use std::collections::VecDeque;
use std::fmt;
use std::ops::Range;
use std::slice;
use std::sync::Arc;

use crate::account::{Account, Lease};
use crate::dataset::cells::{Cells, Located, Slot};
use crate::dataset::constant::value::Value;
use crate::dataset::stored::{StoredGroup, StoredGroups};
use crate::dataset::table::Table;
use crate::error::{Error, Fault, Place, Result};
use crate::io::{Announced, Source};
use crate::texts::TextCodes;

/// Bytes of cells that are held of row groups which are fetched ahead, and the most of these.
pub const AHEAD_BYTES: usize = 2 << 20;
const MOST_AHEAD: usize = 32;
/// Files whose footers are fetched ahead.
const FOOTERS_AHEAD: usize = 8;

/// Which row groups of a scan are read, by their numbers.
#[derive(Clone, Copy)]
pub struct WantedGroups<'a>(pub &'a (dyn Fn(usize) -> bool + Sync));

impl fmt::Debug for WantedGroups<'_> {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("WantedGroups")
    }
}

/// The columns that a scan reads.
pub trait Columns {
    /// What the scan returns for a column of a row group.
    type Cells: Located;

    /// How many columns there are.
    fn count(&self) -> usize;
    /// The name of a column.
    fn name(&self, at: usize) -> Option<&str>;
    /// The leaves of a layout of which it is asked what may save reading them.
    fn hinted(&self, _layout: usize) -> Vec<usize> {
        Vec::new()
    }
    /// The cells of a column, in a row group of a file of this layout.
    fn cells(
        &self,
        at: usize,
        layout: usize,
        group: &StoredGroup<'_>,
    ) -> Result<Self::Cells, Fault>;
}

/// Columns of a source. A file may lack some of them.
#[derive(Debug, Clone, Copy)]
pub struct Fields<'a> {
    /// For each layout, where each column is.
    pub selection: &'a [Vec<Option<Slot>>],
    /// The names of the columns.
    pub names: &'a [String],
    /// For each column what its texts become; those of no column may be left out.
    pub texts: &'a [Option<TextCodes>],
}

/// Columns of one table, which has all of them.
#[derive(Debug, Clone, Copy)]
pub struct TableFields<'a> {
    /// Where the columns are.
    pub slots: &'a [Slot],
    /// The names of the columns.
    pub names: &'a [String],
    /// For each column what its texts become; those of no column may be left out.
    pub texts: &'a [Option<TextCodes>],
}

/// A row group in work.
#[derive(Debug)]
pub struct RowGroup<C> {
    /// The file.
    pub source: Arc<Source>,
    /// The number of the row group among all of the scan.
    pub at: usize,
    /// The number of the layout of its file.
    pub layout: usize,
    /// The number of the row group in its file.
    pub number: usize,
    /// The number of rows.
    pub rows: usize,
    /// The cells of each column.
    pub cells: Vec<C>,
    /// Bytes that are fetched ahead for it.
    ahead: u64,
    announced: Option<Box<dyn Announced>>,
    _lease: Lease,
}

/// An iteration over the row groups of some files.
#[derive(Debug)]
pub struct Scan<'a, C: Columns> {
    files: slice::Iter<'a, Table>,
    columns: C,
    account: Arc<Account>,
    open: Option<OpenFile>,
    /// Row groups that were scanned.
    scanned: usize,
    /// The next row groups: one after a `peek`, and several where reading them is a wait.
    ahead: VecDeque<RowGroup<C::Cells>>,
    /// Why there are no more of them.
    failed: Option<Error>,
    wanted: Option<WantedGroups<'a>>,
    /// Footers of the next files that are fetched ahead.
    footers: VecDeque<Option<Box<dyn Announced>>>,
}

#[derive(Debug)]
struct OpenFile {
    layout: usize,
    source: Arc<Source>,
    row_groups: StoredGroups,
    at: usize,
}

impl Columns for Fields<'_> {
    type Cells = Cells;

    fn count(&self) -> usize {
        self.names.len()
    }

    fn name(&self, at: usize) -> Option<&str> {
        self.names.get(at).map(String::as_str)
    }

    fn cells(&self, at: usize, layout: usize, group: &StoredGroup<'_>) -> Result<Cells, Fault> {
        match self.selection[layout][at] {
            Some(slot) => slot.cells(group, texts_of(self.texts, at)),
            None => Ok(Cells::Constant(Value::Null)),
        }
    }
}

/// Several lists of columns in sequence.
impl Columns for &[Fields<'_>] {
    type Cells = Cells;

    fn count(&self) -> usize {
        self.iter().map(Fields::count).sum()
    }

    fn name(&self, at: usize) -> Option<&str> {
        let (fields, at) = part(self, at)?;
        fields.name(at)
    }

    fn cells(&self, at: usize, layout: usize, group: &StoredGroup<'_>) -> Result<Cells, Fault> {
        match part(self, at) {
            Some((fields, at)) => fields.cells(at, layout, group),
            None => Ok(Cells::Constant(Value::Null)),
        }
    }
}

/// The texts of a column, if it has any.
fn texts_of(texts: &[Option<TextCodes>], at: usize) -> Option<&TextCodes> {
    texts.get(at)?.as_ref()
}

/// The list that a column is in, and its number there.
fn part<'a, 'f>(parts: &'a [Fields<'f>], mut at: usize) -> Option<(&'a Fields<'f>, usize)> {
    for fields in parts {
        match at.checked_sub(fields.names.len()) {
            Some(after) => at = after,
            None => return Some((fields, at)),
        }
    }
    None
}

impl Columns for TableFields<'_> {
    type Cells = Cells;

    fn count(&self) -> usize {
        self.slots.len()
    }

    fn name(&self, at: usize) -> Option<&str> {
        self.names.get(at).map(String::as_str)
    }

    fn cells(&self, at: usize, _: usize, group: &StoredGroup<'_>) -> Result<Cells, Fault> {
        self.slots[at].cells(group, texts_of(self.texts, at))
    }
}

impl<C: Located> RowGroup<C> {
    /// Has its cells fetched ahead, where that saves a wait.
    fn announce(&mut self) {
        if self.source.ahead() == 0 {
            return;
        }
        let mut ranges: Vec<Range<u64>> = Vec::new();
        for cells in &self.cells {
            cells.ranges(&mut ranges);
        }
        self.ahead = ranges.iter().map(|range| range.end - range.start).sum();
        self.announced = self.source.announce(&ranges);
    }
}

impl<C> RowGroup<C> {
    /// The place of the row group, or of a column in it, for errors.
    pub fn place(&self, column: Option<&str>) -> Place {
        self.source
            .place()
            .in_row_group(self.number)
            .in_column(column)
    }
}

impl<'a, C: Columns> Scan<'a, C> {
    /// Scans `files` in order; each is opened when the scan reaches it. Footers and row groups in work
    /// are leased from `account`.
    pub fn new(files: &'a [Table], columns: C, account: &Arc<Account>) -> Self {
        Self {
            files: files.iter(),
            columns,
            account: Arc::clone(account),
            open: None,
            scanned: 0,
            ahead: VecDeque::new(),
            failed: None,
            wanted: None,
            footers: VecDeque::new(),
        }
    }

    /// Says which row groups are read, so that no others are fetched ahead.
    #[must_use]
    pub fn wanting(self, wanted: WantedGroups<'a>) -> Self {
        Self {
            wanted: Some(wanted),
            ..self
        }
    }

    /// Scans one file that is open already.
    pub fn opened(file: &Table, source: &Arc<Source>, columns: C, account: &Arc<Account>) -> Self {
        let hinted = columns.hinted(file.layout);
        Self {
            open: Some(OpenFile::new(file, Arc::clone(source), &hinted, account)),
            ..Self::new(&[], columns, account)
        }
    }

    /// The next row group, without moving on.
    pub fn peek(&mut self) -> Result<Option<&RowGroup<C::Cells>>> {
        self.look_ahead()?;
        Ok(self.ahead.front())
    }

    /// The next row group; `None` after the last one.
    #[expect(clippy::should_implement_trait, reason = "it fails")]
    pub fn next(&mut self) -> Result<Option<RowGroup<C::Cells>>> {
        self.look_ahead()?;
        let next = self.ahead.pop_front();
        if next.as_ref().is_some_and(|next| next.source.ahead() > 0) {
            // What follows is on its way while this one is read.
            self.extend();
        }
        Ok(next)
    }

    /// Has a row group at hand, if there is one.
    fn look_ahead(&mut self) -> Result<()> {
        if !self.ahead.is_empty() {
            return Ok(());
        }
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        let next = self.advance()?;
        let is_remote = next.as_ref().is_some_and(|next| next.source.ahead() > 0);
        self.ahead.extend(next);
        if is_remote {
            self.extend();
        }
        Ok(())
    }

    /// Has as many row groups at hand as may be fetched ahead. An error is one of a later row group:
    /// those before it come first.
    fn extend(&mut self) {
        let each = self.columns.count() * size_of::<C::Cells>();
        let most = (AHEAD_BYTES / each.max(1)).clamp(1, MOST_AHEAD);
        while self.ahead.len() < most && self.failed.is_none() {
            let bytes: u64 = self.ahead.iter().map(|row_group| row_group.ahead).sum();
            let last = self.ahead.back();
            if last.is_some_and(|last| last.source.ahead() <= bytes) {
                return;
            }
            match self.advance() {
                Ok(Some(row_group)) => self.ahead.push_back(row_group),
                Ok(None) => return,
                Err(error) => self.failed = Some(error),
            }
        }
    }

    fn advance(&mut self) -> Result<Option<RowGroup<C::Cells>>> {
        loop {
            let Some(open) = &mut self.open else {
                let Some(file) = self.files.next() else {
                    return Ok(None);
                };
                let source = file.open()?;
                self.footers.pop_front();
                if source.ahead() > 0 {
                    let known = self.footers.len();
                    let next = self.files.as_slice().iter().take(FOOTERS_AHEAD);
                    self.footers
                        .extend(next.skip(known).map(Table::announce_footer));
                }
                let hinted = self.columns.hinted(file.layout);
                self.open = Some(OpenFile::new(file, source, &hinted, &self.account));
                continue;
            };
            if let Some(mut row_group) = open.next(&self.columns, &self.account)? {
                row_group.at = self.scanned;
                self.scanned += 1;
                if self.wanted.is_none_or(|wanted| (wanted.0)(row_group.at)) {
                    row_group.announce();
                }
                return Ok(Some(row_group));
            }
            self.open = None;
        }
    }
}

impl OpenFile {
    fn new(file: &Table, source: Arc<Source>, hinted: &[usize], account: &Arc<Account>) -> Self {
        let mut row_groups = file.walk(&source, account);
        row_groups.keep_hints(hinted);
        Self {
            layout: file.layout,
            row_groups,
            source,
            at: 0,
        }
    }

    fn next<C: Columns>(
        &mut self,
        columns: &C,
        account: &Arc<Account>,
    ) -> Result<Option<RowGroup<C::Cells>>> {
        let Some(found) = self.row_groups.next()? else {
            return Ok(None);
        };
        let count = columns.count();
        let mut lease = account.open();
        let leased = lease.resize(count * size_of::<C::Cells>());
        let mut row_group = RowGroup {
            source: Arc::clone(&self.source),
            at: self.at,
            layout: self.layout,
            number: self.at,
            rows: found.rows(),
            cells: Vec::new(),
            ahead: 0,
            announced: None,
            _lease: lease,
        };
        leased.map_err(|fault| fault.at(row_group.place(None)))?;
        row_group.cells.reserve_exact(count);
        for at in 0..count {
            let cells = columns.cells(at, self.layout, &found);
            let cells = cells.map_err(|fault| fault.at(row_group.place(columns.name(at))))?;
            row_group.cells.push(cells);
        }
        self.at += 1;
        Ok(Some(row_group))
    }
}
