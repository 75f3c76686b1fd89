//! The footer, walked through a small window.
//!
//! A footer can be larger than all memory allowed: it grows with row groups times columns. So it is
//! never held: the schema is kept, and row groups pass by one at a time. Offsets and counts are
//! held against the file here, before anybody uses them.

use std::sync::Arc;

use crate::account::Account;
use crate::error::{Fault, Place, Result};
use crate::read::schema::Schema;
use crate::read::source::Source;
use crate::read::thrift::{self, Fields, Wire};
use crate::read::window::Window;

/// Length and magic at the end of a file.
const TAIL: usize = 8;

/// What a footer says about one column of one row group.
#[derive(Debug, Clone, Copy, Default)]
pub struct Chunk {
    /// First byte.
    pub start: u64,
    /// Bytes in the file.
    pub bytes: u64,
    /// Bytes after decompression, headers included.
    pub plain_bytes: u64,
    /// Values, nulls included.
    pub values: u64,
    /// The codec's number in the format.
    pub codec: u8,
    /// The physical type's number in the format.
    pub physical: u8,
    /// The encodings' numbers, as bits.
    pub encodings: u32,
    /// Nulls, where the footer knows.
    pub nulls: Option<u64>,
    /// Least and greatest value as stored, where the footer knows: at most 8 bytes each.
    pub range: Option<([u8; 8], [u8; 8])>,
    /// Whether the chunk is encrypted.
    pub encrypted: bool,
    /// Whether the chunk lies in another file.
    pub elsewhere: bool,
}

/// One row group: a chunk for each leaf of the schema.
#[derive(Debug, Default)]
pub struct RowGroup {
    /// Rows.
    pub rows: u64,
    /// The chunks, in the order of the leaves.
    pub chunks: Vec<Chunk>,
}

impl RowGroup {
    /// The chunk of a leaf, held against the file, whose data ends at `data_end`.
    pub fn chunk(&self, leaf: usize, physical: Option<u8>, data_end: u64) -> Result<Chunk, Fault> {
        let Some(chunk) = self.chunks.get(leaf) else {
            return Err(Fault::corrupt("the row group lacks the column"));
        };
        if chunk.elsewhere {
            let what = "its data lies in another file, which is not followed";
            return Err(Fault::unsupported(what));
        }
        if chunk.encrypted {
            return Err(Fault::unsupported(
                "it is encrypted, which is not read here",
            ));
        }
        if physical.is_some_and(|physical| physical != chunk.physical) {
            return Err(Fault::corrupt("its physical type is not the schema's"));
        }
        if chunk.values != self.rows {
            let what = format!("{} values for {} rows", chunk.values, self.rows);
            return Err(Fault::corrupt(what));
        }
        let end = chunk.start.checked_add(chunk.bytes);
        if chunk.start < 4 && chunk.values > 0 || end.is_none_or(|end| end > data_end) {
            let what = format!(
                "it claims {} bytes from {} on, and data ends at {data_end}",
                chunk.bytes, chunk.start
            );
            return Err(Fault::corrupt(what));
        }
        Ok(*chunk)
    }
}

/// What is kept of a footer.
#[derive(Debug)]
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
}

impl Footer {
    /// Walks a footer and shows each row group to `visit`.
    pub fn walk(
        source: &Arc<Source>,
        account: &Arc<Account>,
        visit: &mut dyn FnMut(&Schema, &RowGroup) -> Result<()>,
    ) -> Result<Self> {
        let place = || Place::file(source.path());
        let (start, end) = bounds(source)?;
        let mut window = Window::new(source, start, end, account);
        let footer = Self::read(&mut window).map_err(|f| f.at(place()))?;
        let mut row_groups = footer.row_groups(source, account);
        let mut rows = 0_u64;
        while let Some(row_group) = row_groups.next()? {
            rows = rows.saturating_add(row_group.rows);
            visit(&footer.schema, row_group)?;
        }
        if rows != footer.rows {
            let what = format!(
                "the footer says {} rows and its row groups have {rows}",
                footer.rows
            );
            return Err(Fault::corrupt(what).at(place()));
        }
        Ok(footer)
    }

    /// How many row groups there are.
    pub const fn row_group_count(&self) -> u64 {
        self.groups.count
    }

    /// The row groups, in turn.
    pub fn row_groups(&self, source: &Arc<Source>, account: &Arc<Account>) -> RowGroups {
        let Groups { start, end, .. } = self.groups;
        RowGroups {
            window: Window::new(source, start, end, account),
            groups: self.groups,
            leaves: self.schema.leaves,
            at: 0,
            current: RowGroup::default(),
        }
    }

    fn read(window: &mut Window) -> Result<Self, Fault> {
        let (start, end) = (window.position(), window.end);
        let (mut schema, mut rows, mut groups) = (None, None, None);
        let mut fields = Fields::default();
        while let Some((id, wire)) = fields.next(window)? {
            match id {
                2 if wire == Wire::List => schema = Some(Schema::read(window)?),
                3 => rows = Some(thrift::size_field(window, wire)?),
                4 if wire == Wire::List => {
                    let (count, element) = thrift::list(window)?;
                    let start = window.position();
                    for _ in 0..count {
                        thrift::skip(window, element)?;
                    }
                    groups = Some((count, start));
                }
                8 => return Err(encrypted()),
                _ => thrift::skip(window, wire)?,
            }
        }
        let missing = || Fault::corrupt("the footer lacks its schema, its rows or its row groups");
        let (count, groups_start) = groups.ok_or_else(missing)?;
        Ok(Self {
            schema: Arc::new(schema.ok_or_else(missing)?),
            rows: rows.ok_or_else(missing)?,
            groups: Groups {
                count,
                start: groups_start,
                footer: start,
                end,
            },
        })
    }
}

fn encrypted() -> Fault {
    Fault::unsupported("the file is encrypted, which is not read here: decrypt it first")
}

/// First and last file position of the footer.
fn bounds(source: &Source) -> Result<(u64, u64)> {
    let refuse = |what: String| Err(Fault::corrupt(what).at(Place::file(source.path())));
    let bytes = source.identity().bytes();
    let tail_bytes = TAIL as u64;
    if bytes < tail_bytes + 4 {
        return refuse(format!("{bytes} bytes are too few for a Parquet file"));
    }
    let mut tail = [0; TAIL];
    source.read_at(bytes - tail_bytes, &mut tail)?;
    let [a, b, c, d, magic @ ..] = tail;
    match &magic {
        b"PAR1" => {}
        b"PARE" => return Err(encrypted().at(Place::file(source.path()))),
        _ => return refuse("it does not end with `PAR1`".to_owned()),
    }
    let footer = u64::from(u32::from_le_bytes([a, b, c, d]));
    if footer > bytes - tail_bytes - 4 {
        return refuse(format!(
            "the footer claims {footer} bytes of a file of {bytes}"
        ));
    }
    Ok((bytes - tail_bytes - footer, bytes - tail_bytes))
}

/// The row groups of a footer, one at a time.
#[derive(Debug)]
pub struct RowGroups {
    window: Window,
    groups: Groups,
    leaves: usize,
    at: u64,
    current: RowGroup,
}

impl RowGroups {
    /// The next row group; it stays until the one after it is asked for.
    #[expect(
        clippy::should_implement_trait,
        reason = "it lends, which an Iterator cannot"
    )]
    pub fn next(&mut self) -> Result<Option<&RowGroup>> {
        if self.at == self.groups.count {
            return Ok(None);
        }
        let read = self.read();
        read.map_err(|fault| {
            fault.at(Place {
                path: self.window.source.path().to_path_buf(),
                row_group: usize::try_from(self.at).ok(),
                column: None,
            })
        })?;
        self.at += 1;
        Ok(Some(&self.current))
    }

    fn read(&mut self) -> Result<(), Fault> {
        self.current.chunks.clear();
        let mut rows = None;
        let mut fields = Fields::default();
        while let Some((id, wire)) = fields.next(&mut self.window)? {
            match id {
                1 if wire == Wire::List => {
                    let (count, _) = thrift::list(&mut self.window)?;
                    if count != self.leaves as u64 {
                        let what = format!("{count} chunks for {} columns", self.leaves);
                        return Err(Fault::corrupt(what));
                    }
                    for _ in 0..count {
                        let chunk = chunk(&mut self.window)?;
                        self.current.chunks.push(chunk);
                    }
                }
                3 => rows = Some(thrift::size_field(&mut self.window, wire)?),
                _ => thrift::skip(&mut self.window, wire)?,
            }
        }
        self.current.rows = rows.ok_or_else(|| Fault::corrupt("a row group lacks its rows"))?;
        if self.current.chunks.len() != self.leaves {
            return Err(Fault::corrupt("a row group lacks its columns"));
        }
        Ok(())
    }

    /// Where the data ends and the footer begins.
    pub const fn data_end(&self) -> u64 {
        self.groups.footer
    }
}

fn chunk(window: &mut Window) -> Result<Chunk, Fault> {
    let mut chunk = Chunk::default();
    let mut known = false;
    let mut fields = Fields::default();
    while let Some((id, wire)) = fields.next(window)? {
        match id {
            1 => {
                chunk.elsewhere = true;
                thrift::skip(window, wire)?;
            }
            3 if wire == Wire::Struct => {
                known = true;
                chunk_metadata(window, &mut chunk)?;
            }
            8 => {
                chunk.encrypted = true;
                thrift::skip(window, wire)?;
            }
            _ => thrift::skip(window, wire)?,
        }
    }
    if !known && !chunk.encrypted {
        return Err(Fault::corrupt("a column chunk lacks its description"));
    }
    Ok(chunk)
}

fn chunk_metadata(window: &mut Window, chunk: &mut Chunk) -> Result<(), Fault> {
    let wild = |_| Fault::corrupt("a column chunk has an unknown type or codec");
    let (mut data, mut dictionary) = (None, None);
    let mut required = 0_u16;
    let mut fields = Fields::default();
    while let Some((id, wire)) = fields.next(window)? {
        if let 1 | 4..=7 | 9 = id {
            required |= 1 << id;
        }
        match id {
            1 => chunk.physical = thrift::size_field(window, wire)?.try_into().map_err(wild)?,
            2 if wire == Wire::List => {
                let (count, element) = thrift::list(window)?;
                for _ in 0..count {
                    let encoding = thrift::size_field(window, element)?;
                    chunk.encodings |= 1_u32 << encoding.min(31);
                }
            }
            4 => chunk.codec = thrift::size_field(window, wire)?.try_into().map_err(wild)?,
            5 => chunk.values = thrift::size_field(window, wire)?,
            6 => chunk.plain_bytes = thrift::size_field(window, wire)?,
            7 => chunk.bytes = thrift::size_field(window, wire)?,
            9 => data = Some(thrift::size_field(window, wire)?),
            11 => dictionary = Some(thrift::int_field(window, wire)?),
            12 if wire == Wire::Struct => statistics(window, chunk)?,
            _ => thrift::skip(window, wire)?,
        }
    }
    let missing = || Fault::corrupt("a column chunk's description is not whole");
    let data = data.ok_or_else(missing)?;
    if required != 0b10_1111_0010 {
        return Err(missing());
    }
    // Some writers say 0 where they mean that there is no dictionary.
    chunk.start = match dictionary.and_then(|d| u64::try_from(d).ok()) {
        Some(dictionary) if dictionary > 0 => dictionary.min(data),
        _ => data,
    };
    Ok(())
}

fn statistics(window: &mut Window, chunk: &mut Chunk) -> Result<(), Fault> {
    let (mut least, mut greatest) = (None, None);
    let mut fields = Fields::default();
    while let Some((id, wire)) = fields.next(window)? {
        match id {
            3 => chunk.nulls = u64::try_from(thrift::int_field(window, wire)?).ok(),
            5 | 6 => {
                let (bytes, length) = thrift::short_binary::<8>(window, wire)?;
                let value = (length <= 8).then_some(bytes);
                *(if id == 5 { &mut greatest } else { &mut least }) = value;
            }
            _ => thrift::skip(window, wire)?,
        }
    }
    chunk.range = least.zip(greatest);
    Ok(())
}
