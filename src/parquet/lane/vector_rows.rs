//! The lengths of lists, followed by their repetition levels: all lists have as many items as the column
//! has numbers a row, or else the row is named. A list that is missing has one level, or one for each item
//! that it would have, as some writers tell of arrays that are null.

use crate::error::Fault;
use crate::error::fault::ensure;
use crate::kernel::bytes::depth::ListStarts;
use crate::kernel::bytes::unpack::bits;
use crate::parquet::encoding::rle::{Bits, RleBitPacked};

/// Levels that are compared together: as many bits as can be had from any place of a page.
const AT_ONCE: usize = 57;
/// Bits of a word.
const WORD: usize = 64;

/// How far the lists of a chunk were followed.
#[derive(Debug)]
pub struct RowLengths {
    width: usize,
    starts: ListStarts,
    /// Items of the open list; 0 between lists.
    position: usize,
    /// Levels of the missing list that came last; 0 where items came last.
    missing: usize,
    /// Rows that were begun.
    rows: u64,
}

/// A list of another length, found some items after those that were followed.
#[derive(Debug, Clone, Copy)]
pub enum Broken {
    /// It ends there.
    Shorter(usize),
    /// It goes on there.
    Longer(usize),
}

impl RowLengths {
    /// Lists of `width` items, of which none was followed.
    pub const fn new(width: usize) -> Self {
        Self {
            width,
            starts: ListStarts::new(width),
            position: 0,
            missing: 0,
            rows: 0,
        }
    }

    /// Items of each list.
    pub const fn width(&self) -> usize {
        self.width
    }

    /// Rows that were begun.
    pub const fn rows(&self) -> u64 {
        self.rows
    }

    /// Whether the last list is complete.
    pub const fn is_between_rows(&self) -> bool {
        self.position == 0
    }

    /// Passes over rows that are not looked at.
    pub const fn pass(&mut self, rows: u64) {
        self.rows += rows;
        self.missing = 0;
    }

    /// Follows the next `count` items by their repetition levels.
    pub fn follow_items(
        &mut self,
        repetitions: &mut RleBitPacked,
        body: &[u8],
        count: usize,
    ) -> Result<(), Fault> {
        let mut left = count;
        while left > 0 {
            let piece = repetitions.piece(body, left)?;
            left -= piece.count();
            match piece {
                Bits::Run { value, count } => self.take_run(value != 0, count)?,
                Bits::Packed { bit, count } => {
                    for at in (0..count).step_by(AT_ONCE) {
                        let count = AT_ONCE.min(count - at);
                        self.take_word(bits(body, bit + at), count)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Follows the next `count` levels of lists that are all missing, or all empty. Returns how
    /// many lists begin there.
    pub fn follow_missing(
        &mut self,
        repetitions: &mut RleBitPacked,
        body: &[u8],
        count: usize,
        is_empty: bool,
    ) -> Result<usize, Fault> {
        let mut left = count;
        let mut lists = 0;
        while left > 0 {
            match repetitions.piece(body, left.min(AT_ONCE))? {
                Bits::Run { value, count } => {
                    for _ in 0..count {
                        lists += usize::from(self.take_missing(value != 0, is_empty)?);
                    }
                    left -= count;
                }
                Bits::Packed { bit, count } => {
                    let word = bits(body, bit);
                    for at in 0..count {
                        let goes_on = word >> at & 1 == 1;
                        lists += usize::from(self.take_missing(goes_on, is_empty)?);
                    }
                    left -= count;
                }
            }
        }
        Ok(lists)
    }

    /// Takes items with these repetition levels, one bit each.
    pub fn take_items(&mut self, repetitions: &[u64], count: usize) -> Result<(), Fault> {
        for (at, word) in (0..count).step_by(WORD).zip(repetitions) {
            self.take_word(*word, WORD.min(count - at))?;
        }
        Ok(())
    }

    /// Takes a level of a list without items, which is missing, or else empty. Returns whether it begins
    /// a row.
    pub fn take_missing(&mut self, goes_on: bool, is_empty: bool) -> Result<bool, Fault> {
        if goes_on {
            let is_open = !is_empty && (1..self.width).contains(&self.missing);
            ensure!(is_open, "a list goes on without an item");
            self.missing += 1;
            return Ok(false);
        }
        if self.position > 0 {
            return Err(self.broken(Broken::Shorter(0)));
        }
        self.rows += 1;
        if is_empty {
            return Err(other_length(self.rows - 1, 0, self.width));
        }
        self.missing = 1;
        Ok(true)
    }

    /// Takes items of one repetition level.
    fn take_run(&mut self, goes_on: bool, count: usize) -> Result<(), Fault> {
        if goes_on {
            if self.position == 0 {
                return Err(self.broken(Broken::Longer(0)));
            }
            if self.position + count > self.width {
                return Err(self.broken(Broken::Longer(self.width - self.position)));
            }
        } else {
            if self.position > 0 {
                return Err(self.broken(Broken::Shorter(0)));
            }
            if self.width > 1 && count > 1 {
                return Err(self.broken(Broken::Shorter(1)));
            }
        }
        self.move_on(count);
        Ok(())
    }

    /// Takes items with the lowest bits of a word as repetition levels.
    #[inline]
    fn take_word(&mut self, levels: u64, count: usize) -> Result<(), Fault> {
        let wrong = (levels ^ self.starts.levels(self.position)) & (u64::MAX >> (WORD - count));
        if wrong != 0 {
            let at = wrong.trailing_zeros() as usize;
            let goes_on = levels >> at & 1 == 1;
            return Err(self.broken(if goes_on {
                Broken::Longer(at)
            } else {
                Broken::Shorter(at)
            }));
        }
        self.move_on(count);
        Ok(())
    }

    #[inline]
    const fn move_on(&mut self, count: usize) {
        let end = self.position + count;
        let begun = end.div_ceil(self.width) - self.position.div_ceil(self.width);
        self.rows += begun as u64;
        self.position = end % self.width;
        self.missing = 0;
    }

    /// The fault for a list of another length.
    #[cold]
    pub fn broken(&self, broken: Broken) -> Fault {
        // The first row that the open list, or else the next one, is in.
        let open = self.rows - u64::from(self.position > 0);
        let (Broken::Shorter(at) | Broken::Longer(at)) = broken;
        let item = self.position + at;
        let row = open + (item / self.width) as u64;
        match broken {
            Broken::Shorter(_) => other_length(row, item % self.width, self.width),
            Broken::Longer(_) if row == 0 => {
                Fault::corrupt("its first repetition level says that a list goes on")
            }
            Broken::Longer(_) => {
                let more = format!("more than {}", counted(self.width));
                mismatch(row - 1, &more, self.width)
            }
        }
    }
}

/// The fault for a list of so many numbers, where others have `width`.
#[cold]
pub fn other_length(row: u64, found: usize, width: usize) -> Fault {
    mismatch(row, &counted(found), width)
}

fn mismatch(row: u64, found: &str, width: usize) -> Fault {
    Fault::mismatch(format!(
        "row {row} of the row group has a list of {found}, and the lists of this column have {width}; \
         a column of vectors needs lists of one length: leave it out with exclude=[...], or write it \
         again with lists that are cut or filled up"
    ))
}

fn counted(length: usize) -> String {
    match length {
        0 => "no numbers".to_owned(),
        1 => "1 number".to_owned(),
        _ => format!("{length} numbers"),
    }
}
