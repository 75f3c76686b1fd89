//! Levels of nested columns: definition levels of several bits, and the repetition levels of lists.

use std::ops::Range;

use crate::error::Fault;
use crate::error::fault::ensure;
use crate::kernel::bytes::depth::at_least;
use crate::kernel::bytes::unpack::{ones, unpack};
use crate::parquet::encoding::rle::{Bits, RleBitPacked};
use crate::parquet::footer::quirks::WrittenBy;
use crate::parquet::page::header::{Encoding, PageHeader, Version};
use crate::parquet::page::levels::{self, BLOCK, Levels, Mask, TOO_EARLY};
use crate::parquet::schema::nesting::Nesting;

/// Levels that are unpacked at a time.
const STAGE: usize = 256;
/// Said where rows are asked for of a page of lists, whose rows are as many as its levels say.
const NO_ROWS: &str = "a page of lists is read as one of numbers";

/// The levels of one page, whatever its column is in.
#[derive(Debug, Clone)]
pub enum PageLevels {
    /// At most one bit for each row.
    Flat(Levels),
    /// Several bits for each row.
    Deep(DeepLevels),
    /// Lists.
    Lists(ListLevels),
}

/// Definition levels, of which the deepest is that of a value.
#[derive(Debug, Clone)]
pub struct DeepLevels {
    levels: RleBitPacked,
    deepest: u8,
}

/// The levels of a page of lists.
#[derive(Debug, Clone)]
pub struct ListLevels {
    /// Whether each item goes on with a list, and does not begin one.
    pub repetitions: RleBitPacked,
    /// Whether there is an item, and a value.
    pub definitions: DeepLevels,
}

/// Levels that are all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LevelRun {
    /// The level.
    pub level: u8,
    /// How many there are.
    pub count: usize,
}

impl PageLevels {
    /// The levels of a page, and where its values begin.
    pub fn of(
        header: &PageHeader,
        version: Version,
        body: &[u8],
        nesting: Nesting,
        writer: WrittenBy,
    ) -> Result<(Self, usize), Fault> {
        if nesting.definition <= 1 && !nesting.is_vector() {
            let nullable = nesting.has_levels();
            let (levels, at) = Levels::of(header, version, body, nullable, writer)?;
            return Ok((Self::Flat(levels), at));
        }
        let (repetitions, definitions) = match version {
            Version::One { .. } => {
                require_runs(version, nesting)?;
                let repetitions = if nesting.is_vector() {
                    counted(body, 0)?
                } else {
                    0..0
                };
                let definitions = counted(body, repetitions.end)?;
                (repetitions, definitions)
            }
            Version::Two {
                definition_bytes,
                repetition_bytes,
                ..
            } => {
                check_rows(header, version, nesting, writer)?;
                let start = usize::try_from(repetition_bytes).ok();
                let end = usize::try_from(definition_bytes).ok();
                let end = start.and_then(|start| start.checked_add(end?));
                let end = end.filter(|end| *end <= body.len());
                let (Some(start), Some(end)) = (start, end) else {
                    return Err(Fault::corrupt(TOO_EARLY));
                };
                (0..start, start..end)
            }
        };
        let at = definitions.end;
        let definitions = DeepLevels::new(definitions, nesting)?;
        if !nesting.is_vector() {
            return Ok((Self::Deep(definitions), at));
        }
        let lists = ListLevels {
            repetitions: RleBitPacked::new(repetitions.start, repetitions.end, 1)?,
            definitions,
        };
        Ok((Self::Lists(lists), at))
    }

    /// Reads the levels of `rows` rows, at most a block, and returns how many have a value. Sets which
    /// ones in the mask, unless all have one or none has.
    pub fn read(&mut self, body: &[u8], rows: usize, mask: &mut Mask) -> Result<usize, Fault> {
        match self {
            Self::Flat(levels) => levels.read(body, rows, mask),
            Self::Deep(levels) => levels.mask(body, rows, mask),
            Self::Lists(_) => Err(Fault::corrupt(NO_ROWS)),
        }
    }

    /// Passes over the levels of `rows` rows, and returns how many have a value.
    pub fn skip(&mut self, body: &[u8], rows: usize) -> Result<usize, Fault> {
        match self {
            Self::Flat(levels) => levels.skip(body, rows),
            Self::Deep(levels) => levels.skip_rows(body, rows),
            Self::Lists(_) => Err(Fault::corrupt(NO_ROWS)),
        }
    }
}

/// Refuses levels of a page of version 1 that are packed in the oldest form.
pub fn require_runs(version: Version, nesting: Nesting) -> Result<(), Fault> {
    let Version::One {
        levels,
        repetitions,
    } = version
    else {
        return Ok(());
    };
    let is_packed = |encoding: Encoding| encoding == Encoding::BitPacked;
    if is_packed(levels) || nesting.is_vector() && is_packed(repetitions) {
        let what = "its levels are packed in a form that the format has given up, which is read of \
                    columns that are in no struct or list alone; write the file again";
        return Err(Fault::unsupported(what));
    }
    Ok(())
}

/// Holds the rows of a page of version 2 against its values: lists have at least one for each row.
pub fn check_rows(
    header: &PageHeader,
    version: Version,
    nesting: Nesting,
    writer: WrittenBy,
) -> Result<(), Fault> {
    match version {
        Version::Two { rows, .. } if nesting.is_vector() => {
            let values = header.values;
            ensure!(
                rows <= values,
                "a page of {values} values claims {rows} rows"
            );
            Ok(())
        }
        _ => levels::check_rows(header, version, writer),
    }
}

impl DeepLevels {
    /// The levels in a range of the body of a page.
    fn new(range: Range<usize>, nesting: Nesting) -> Result<Self, Fault> {
        Ok(Self {
            levels: RleBitPacked::new(range.start, range.end, nesting.bits())?,
            deepest: nesting.definition,
        })
    }

    /// The run that comes next, which is not passed over; `None` where levels are packed.
    pub fn peek(&mut self, body: &[u8]) -> Result<Option<LevelRun>, Fault> {
        match self.levels.peek(body)? {
            Bits::Packed { .. } => Ok(None),
            Bits::Run { value, count } => {
                let level = self.check(value)?;
                Ok(Some(LevelRun { level, count }))
            }
        }
    }

    /// Passes over the next `count` levels.
    pub fn skip(&mut self, body: &[u8], count: usize) -> Result<(), Fault> {
        self.levels.skip(body, count)
    }

    /// Reads as many levels as `out` has room for.
    pub fn read(&mut self, body: &[u8], out: &mut [u8]) -> Result<(), Fault> {
        let mut at = 0;
        let mut stage = [0_u32; STAGE];
        while at < out.len() {
            let most = STAGE.min(out.len() - at);
            let out = &mut out[at..];
            match self.levels.piece(body, most)? {
                Bits::Run { value, count } => {
                    out[..count].fill(self.check(value)?);
                    at += count;
                }
                Bits::Packed { bit, count } => {
                    let stage = &mut stage[..count];
                    unpack(body, bit, self.levels.width(), stage);
                    for (out, level) in out.iter_mut().zip(&*stage) {
                        *out = self.check(*level)?;
                    }
                    at += count;
                }
            }
        }
        Ok(())
    }

    /// Reads the levels of `rows` rows, at most a block, and returns how many have a value. Sets which
    /// ones in the mask, unless all have one or none has.
    pub fn mask(&mut self, body: &[u8], rows: usize, mask: &mut Mask) -> Result<usize, Fault> {
        if let Some(LevelRun { level, count }) = self.peek(body)?
            && count >= rows
        {
            self.skip(body, rows)?;
            return Ok(if level == self.deepest { rows } else { 0 });
        }
        let mut levels = [0; BLOCK];
        let levels = &mut levels[..rows];
        self.read(body, levels)?;
        at_least(levels, self.deepest, mask);
        Ok(ones(mask))
    }

    /// Passes over the levels of `rows` rows, and returns how many have a value.
    pub fn skip_rows(&mut self, body: &[u8], rows: usize) -> Result<usize, Fault> {
        let mut mask: Mask = [0; BLOCK / 64];
        let (mut left, mut valid) = (rows, 0);
        while left > 0 {
            let rows = left.min(BLOCK);
            valid += self.mask(body, rows, &mut mask)?;
            left -= rows;
        }
        Ok(valid)
    }

    fn check(&self, level: u32) -> Result<u8, Fault> {
        let deepest = self.deepest;
        let found = u8::try_from(level).ok().filter(|level| *level <= deepest);
        found.ok_or_else(|| {
            let what =
                format!("a definition level of {level} in a column whose values have {deepest}");
            Fault::corrupt(what)
        })
    }
}

impl ListLevels {
    /// Reads the repetition levels of `count` items, at most a block, one bit each.
    pub fn read_repetitions(
        &mut self,
        body: &[u8],
        count: usize,
        mask: &mut Mask,
    ) -> Result<(), Fault> {
        mask.fill(0);
        let mut stage = [0_u32; STAGE];
        let mut at = 0;
        while at < count {
            match self.repetitions.piece(body, STAGE.min(count - at))? {
                Bits::Run { value, count } => {
                    if value != 0 {
                        (at..at + count).for_each(|item| mask[item / 64] |= 1 << (item % 64));
                    }
                    at += count;
                }
                Bits::Packed { bit, count } => {
                    let stage = &mut stage[..count];
                    unpack(body, bit, 1, stage);
                    for (item, level) in (at..).zip(&*stage) {
                        mask[item / 64] |= u64::from(*level) << (item % 64);
                    }
                    at += count;
                }
            }
        }
        Ok(())
    }
}

/// Where the levels of a page of version 1 are: after four bytes that say how many they are.
fn counted(body: &[u8], at: usize) -> Result<Range<usize>, Fault> {
    let length = body.get(at..).and_then(<[u8]>::first_chunk);
    let start = at + 4;
    let end = length.and_then(|length| start.checked_add(u32::from_le_bytes(*length) as usize));
    let end = end.filter(|end| *end <= body.len());
    end.map(|end| start..end)
        .ok_or_else(|| Fault::corrupt(TOO_EARLY))
}
