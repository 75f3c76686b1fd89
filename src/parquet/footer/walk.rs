//! The footer, walked through a small window.
//!
//! A footer can be larger than all memory allowed: it grows with row groups times columns. So it is
//! never held: the schema is kept, and row groups are read one at a time. Offsets and counts are
//! held against the file here, before they are used.

use std::sync::Arc;

use crate::account::{Account, Scratch};
use crate::error::fault::ensure;
use crate::error::{Error, Fault, Place, Result, Shortage};
use crate::io::Source;
use crate::parquet::footer::chunk::Described;
use crate::parquet::footer::hints::{self, Hints};
use crate::parquet::footer::overlaps::{ChunkRanges, Interleaved};
use crate::parquet::footer::quirks::WrittenBy;
use crate::parquet::footer::window::FooterWindow;
use crate::parquet::schema::arrow::{self, ArrowField};
use crate::parquet::thrift::{self, Bytes, Fields, Wire};
use crate::parquet::{Chunk, RowGroup, Schema};

/// Length and magic at the end of a file.
const TAIL: usize = 8;

/// The part of a footer that is kept.
#[derive(Debug, Clone)]
pub struct Footer {
    /// The columns.
    pub schema: Arc<Schema>,
    /// Rows, as the footer says.
    pub rows: u64,
    /// Where the row groups are described.
    groups: Groups,
}

#[derive(Debug, Clone, Copy)]
struct Groups {
    count: u64,
    /// File position of the first one's description.
    start: u64,
    /// File position of the footer itself, where the data ends.
    footer: u64,
    /// File position of the footer's end.
    end: u64,
    /// The program that they were written by.
    writer: WrittenBy,
    /// Whether it is known what order bounds obey.
    ordered: bool,
}

impl Footer {
    /// Walks a footer and shows each row group to `visit`.
    pub fn walk(
        source: &Arc<Source>,
        account: &Arc<Account>,
        visit: &mut dyn FnMut(&Schema, &RowGroup) -> Result<()>,
    ) -> Result<Self> {
        let place = || Place::file(source.path());
        let (start, end) = bounds(source).map_err(|fault| fault.at(place()))?;
        let mut window = FooterWindow::new(source, start, end, account);
        let footer = Self::read(&mut window, account);
        let footer = footer.map_err(|fault| match fault {
            Fault::Scarce { .. } => too_many_columns(source, account),
            fault => fault.at(place()),
        })?;
        let mut row_groups = footer.row_groups(source, account);
        let mut ranges = ChunkRanges::new(start, account);
        let mut rows = 0_u64;
        while let Some(row_group) = row_groups.next()? {
            rows = rows.saturating_add(row_group.rows);
            visit(&footer.schema, row_group)?;
            let taken = ranges.take(row_group);
            taken.map_err(|(leaf, fault)| {
                let column = leaf.and_then(|leaf| footer.schema.column_of(leaf));
                fault.at(row_groups
                    .place()
                    .in_column(column.map(|column| column.name.as_str())))
            })?;
        }
        if ranges.are_interleaved() {
            footer.compare(Interleaved::new(ranges, account), source, account)?;
        }
        footer.check_rows(rows).map_err(|fault| fault.at(place()))?;
        Ok(footer)
    }

    /// Holds the rows of the row groups against what the footer says.
    fn check_rows(&self, rows: u64) -> Result<(), Fault> {
        let has_columns = self.schema.leaves > 0 || rows == 0;
        ensure!(has_columns, "its row groups have {rows} rows of no column");
        let said = self.rows;
        ensure!(
            rows == said,
            "the footer says {said} rows and its row groups have {rows}"
        );
        Ok(())
    }

    /// How many row groups there are.
    pub const fn row_group_count(&self) -> u64 {
        self.groups.count
    }

    /// The row groups, in turn.
    pub fn row_groups(&self, source: &Arc<Source>, account: &Arc<Account>) -> RowGroups {
        let Groups { start, end, .. } = self.groups;
        RowGroups {
            window: FooterWindow::new(source, start, end, account),
            groups: self.groups,
            leaves: self.schema.leaves,
            at: 0,
            current: RowGroup::default(),
        }
    }

    /// Compares row groups that are interleaved, as far as memory suffices.
    fn compare(
        &self,
        mut interleaved: Interleaved,
        source: &Arc<Source>,
        account: &Arc<Account>,
    ) -> Result<()> {
        let mut row_groups = self.row_groups(source, account);
        while let Some(row_group) = row_groups.next()? {
            if !interleaved.take(row_group) {
                return Ok(());
            }
        }
        interleaved
            .finish()
            .map_err(|(number, fault)| fault.at(Place::file(source.path()).in_row_group(number)))
    }

    fn read(window: &mut FooterWindow, account: &Arc<Account>) -> Result<Self, Fault> {
        let (start, end) = (window.position(), window.end);
        let (mut schema, mut rows, mut groups) = (None, None, None);
        let (mut writer, mut ordered) = (WrittenBy::default(), false);
        let mut note = None;
        let mut fields = Fields::default();
        while let Some((id, wire)) = fields.next(window)? {
            match id {
                2 if wire == Wire::List => schema = Some(Schema::read(window, account.open())?),
                3 => rows = Some(thrift::size_field(window, wire)?),
                4 if wire == Wire::List => {
                    let (count, element) = thrift::list(window)?;
                    let start = window.position();
                    for _ in 0..count {
                        thrift::skip(window, element)?;
                    }
                    groups = Some((count, start));
                }
                5 if wire == Wire::List => note = arrow_note(window, account)?.or(note),
                6 => writer = WrittenBy::of(&thrift::front(window, wire)?.0),
                7 if wire == Wire::List => ordered = hints::orders(window)?,
                _ => thrift::skip(window, wire)?,
            }
        }
        let missing = || Fault::corrupt("the footer lacks its schema, its rows or its row groups");
        let (count, groups_start) = groups.ok_or_else(missing)?;
        let mut schema = schema.ok_or_else(missing)?;
        if let Some(fields) = note {
            schema.note(&fields);
        }
        Ok(Self {
            schema: Arc::new(schema),
            rows: rows.ok_or_else(missing)?,
            groups: Groups {
                count,
                start: groups_start,
                footer: start,
                end,
                writer,
                ordered,
            },
        })
    }
}

/// The key of the note that Arrow leaves.
const ARROW: &[u8] = b"ARROW:schema";

/// What Arrow notes of the schema, among all notes of the file.
fn arrow_note(
    window: &mut FooterWindow,
    account: &Arc<Account>,
) -> Result<Option<Vec<ArrowField>>, Fault> {
    let (count, element) = thrift::list(window)?;
    let mut found = None;
    for _ in 0..count {
        if element != Wire::Struct {
            thrift::skip(window, element)?;
            continue;
        }
        let mut is_arrow = false;
        let mut fields = Fields::default();
        while let Some((id, wire)) = fields.next(window)? {
            match (id, wire) {
                (1, Wire::Binary) => {
                    let (key, length) = thrift::front::<{ ARROW.len() }>(window, wire)?;
                    is_arrow = key == *ARROW && length == ARROW.len() as u64;
                }
                (2, Wire::Binary) if is_arrow => {
                    let length = thrift::binary(window, wire)?;
                    let is_there = length <= window.end - window.position();
                    ensure!(is_there, "a note goes on behind the end of the footer");
                    let mut note = Scratch::new(account);
                    let length = usize::try_from(length).unwrap_or(usize::MAX);
                    // What its bytes and its fields take.
                    let mut lease = account.open();
                    lease.resize(length.saturating_mul(1 + arrow::GROWTH))?;
                    for byte in note.fit(length)? {
                        *byte = window.byte()?;
                    }
                    found = arrow::fields(note.all());
                }
                _ => thrift::skip(window, wire)?,
            }
        }
    }
    Ok(found)
}

fn too_many_columns(source: &Source, account: &Account) -> Error {
    Error::from(Shortage {
        limit: Some(account.limit()),
        place: Place::file(source.path()),
        ..Shortage::new(format!(
            "{}: its footer describes more columns than {} bytes of memory can hold; raise \
             memory_limit, or write the columns to several files",
            source.path().display(),
            account.limit()
        ))
    })
}

/// First and last file position of the footer.
fn bounds(source: &Source) -> Result<(u64, u64), Fault> {
    let bytes = source.identity().bytes;
    let tail_bytes = TAIL as u64;
    let is_enough = bytes >= tail_bytes + 4;
    ensure!(is_enough, "{bytes} bytes are too few for a Parquet file");
    let mut tail = [0; TAIL];
    source.read_at(bytes - tail_bytes, &mut tail)?;
    let [a, b, c, d, magic @ ..] = tail;
    match &magic {
        b"PAR1" => {}
        b"PARE" => {
            let what = "the file is encrypted, which is not read here: decrypt it first";
            return Err(Fault::unsupported(what));
        }
        _ => return Err(Fault::corrupt("it does not end with `PAR1`")),
    }
    let footer = u64::from(u32::from_le_bytes([a, b, c, d]));
    let fits = footer <= bytes - tail_bytes - 4;
    ensure!(
        fits,
        "the footer claims {footer} bytes of a file of {bytes}"
    );
    Ok((bytes - tail_bytes - footer, bytes - tail_bytes))
}

/// The row groups of a footer, one at a time.
#[derive(Debug)]
pub struct RowGroups {
    window: FooterWindow,
    groups: Groups,
    leaves: usize,
    at: u64,
    current: RowGroup,
}

impl RowGroups {
    /// Keeps what may save reading the chunks of these leaves.
    pub fn keep_hints(&mut self, leaves: &[usize]) {
        let hints = leaves.iter().map(|leaf| (*leaf, Hints::default()));
        self.current.hints = hints.collect();
        self.current.hints.sort_unstable_by_key(|(leaf, _)| *leaf);
    }

    /// The next row group; it is valid until the next call.
    #[expect(
        clippy::should_implement_trait,
        reason = "it lends, which an Iterator cannot"
    )]
    pub fn next(&mut self) -> Result<Option<&RowGroup>> {
        if self.at == self.groups.count {
            return Ok(None);
        }
        self.at += 1;
        self.read().map_err(|fault| fault.at(self.place()))?;
        Ok(Some(&self.current))
    }

    /// Where the current row group is.
    fn place(&self) -> Place {
        Place::file(self.window.source.path()).in_row_group(usize::try_from(self.at - 1).ok())
    }

    fn read(&mut self) -> Result<(), Fault> {
        self.current.chunks.clear();
        let mut rows = None;
        let mut fields = Fields::default();
        while let Some((id, wire)) = fields.next(&mut self.window)? {
            match id {
                1 if wire == Wire::List => {
                    let is_first = self.current.chunks.is_empty();
                    ensure!(is_first, "a row group lists its columns twice");
                    let (count, _) = thrift::list(&mut self.window)?;
                    let leaves = self.leaves;
                    ensure!(
                        count == leaves as u64,
                        "{count} chunks for {leaves} columns"
                    );
                    for leaf in 0..leaves {
                        let Described { chunk, hints } = Described::read(&mut self.window)?;
                        let Groups {
                            writer, ordered, ..
                        } = self.groups;
                        self.current.chunks.push(Chunk { writer, ..chunk });
                        let hints = if ordered { hints } else { hints.unordered() };
                        self.current.take_hints(leaf, hints);
                    }
                }
                3 => rows = Some(thrift::size_field(&mut self.window, wire)?),
                _ => thrift::skip(&mut self.window, wire)?,
            }
        }
        self.current.rows = rows.ok_or_else(|| Fault::corrupt("a row group lacks its rows"))?;
        let is_whole = self.current.chunks.len() == self.leaves;
        ensure!(is_whole, "a row group lacks its columns");
        Ok(())
    }

    /// Where the data ends and the footer begins.
    pub const fn data_end(&self) -> u64 {
        self.groups.footer
    }
}
