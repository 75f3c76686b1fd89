//! One column of numbers of one batch, streaming: cast and cleaned straight from the buffers of its
//! producer, and handed out in as many rows as are asked for.
//!
//! ```text
//! no nulls, side by side:  the kernel reads the buffer itself
//! else, for each block:    bring the values that are there together, convert them, spread them over gaps
//! ```

use crate::arrow::array::{Array, ArrayData, Values};
use crate::arrow::bits::Bitmap;
use crate::arrow::convert::{Conversion, MOST_BYTES};
use crate::arrow::rows::{BLOCK, Found, Mask, Rows};
use crate::error::Fault;
use crate::error::fault::ensure;
use crate::kernel::bytes::unpack::ones;
use crate::kernel::moves::compress::compress;
use crate::kernel::moves::extract::{bits_from, extract};
use crate::kernel::{Cleaner, Element, Rule, Tally, expand};
use crate::parquet::Kind;

/// Bits of a word.
const WORD: usize = 64;
/// Room behind values that are brought together, so that registers are stored whole.
const ROOM: usize = 64;

/// A column of numbers of a batch, streaming.
#[derive(Debug)]
pub struct ArrayLane<T: Element> {
    array: Array,
    /// The next row.
    at: usize,
    conversion: Conversion<T>,
    rule: Rule<T>,
    tally: Tally,
    rows: Box<Rows>,
    /// Stored values, brought together.
    stage: Vec<u8>,
}

impl<T: Element> ArrayLane<T> {
    /// Opens a lane of numbers of a kind; `rule` says what to write for what is not plain.
    pub fn new(array: &Array, kind: Kind, rule: &Rule<T>) -> Result<Self, Fault> {
        Ok(Self {
            conversion: Conversion::new(leaf(array.data()), kind)?,
            array: array.clone(),
            at: 0,
            rule: *rule,
            tally: Tally::default(),
            rows: Box::default(),
            stage: vec![0; BLOCK * MOST_BYTES + ROOM * MOST_BYTES],
        })
    }

    /// Moves to another array, with the same buffers.
    pub fn reopen(&mut self, array: &Array, kind: Kind, rule: &Rule<T>) -> Result<(), Fault> {
        self.conversion = Conversion::new(leaf(array.data()), kind)?;
        self.array = array.clone();
        self.at = 0;
        self.rule = *rule;
        self.tally = Tally::default();
        Ok(())
    }

    /// Fills `out` with the next rows.
    pub fn fill(&mut self, out: &mut [T]) -> Result<(), Fault> {
        self.check(out.len())?;
        if let (
            ArrayData {
                valid: None,
                values,
                ..
            },
            first,
        ) = (self.array.data(), self.first())
            && let Values::Number { bytes, .. } | Values::Decimal { bytes, .. } = values
        {
            let cleaner = &mut Cleaner {
                rule: &self.rule,
                tally: &mut self.tally,
            };
            let bytes = side(bytes, self.conversion.width, first, out.len())?;
            self.at += out.len();
            return self.conversion.run(bytes, out, cleaner);
        }
        for out in out.chunks_mut(BLOCK) {
            self.block(out.len(), None, out)?;
        }
        Ok(())
    }

    /// Fills the front of `out` with those of the next `rows` rows whose bit is set in `wanted`, and
    /// returns how many they are. Only they are counted.
    pub fn fill_wanted(
        &mut self,
        rows: usize,
        wanted: &[u64],
        out: &mut [T],
    ) -> Result<usize, Fault> {
        self.check(rows)?;
        let (mut done, mut filled) = (0, 0);
        while done < rows {
            let count = BLOCK.min(rows - done);
            let mut here: Mask = [0; BLOCK / WORD];
            bits_from(wanted, done, count, &mut here);
            filled += self.block(count, Some(&here), &mut out[filled..])?;
            done += count;
        }
        Ok(filled)
    }

    /// Skips the next rows, which are not counted.
    pub fn skip(&mut self, rows: usize) -> Result<(), Fault> {
        self.check(rows)?;
        self.at += rows;
        Ok(())
    }

    /// What was counted so far.
    pub const fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Checks that nothing is left, and returns what was counted.
    pub fn finish(&self) -> Result<Tally, Fault> {
        let left = self.array.rows() - self.at;
        ensure!(left == 0, "{left} values were not read");
        Ok(self.tally)
    }

    /// The next row, in the array.
    const fn first(&self) -> usize {
        self.array.first() + self.at
    }

    fn check(&self, rows: usize) -> Result<(), Fault> {
        let left = self.array.rows() - self.at;
        ensure!(
            rows <= left,
            "{rows} rows of an array of which {left} are left"
        );
        Ok(())
    }

    /// Fills the front of `out` with the wanted ones of the next rows, or with all.
    fn block(&mut self, rows: usize, wanted: Option<&Mask>, out: &mut [T]) -> Result<usize, Fault> {
        let first = self.first();
        self.at += rows;
        let found = self.rows.find(self.array.data(), first, rows)?;
        let mut taken = self.rows.valid;
        let mut present = self.rows.valid;
        let mut count = rows;
        if let Some(wanted) = wanted {
            count = extract(&self.rows.valid, wanted, &mut present);
            taken
                .iter_mut()
                .zip(wanted)
                .for_each(|(taken, wanted)| *taken &= wanted);
        }
        let valid = ones(&taken);
        let out = &mut out[..count];
        self.tally.nulls += (count - valid) as u64;
        if valid == 0 {
            out.fill(self.rule.null);
            return Ok(count);
        }
        let is_whole = valid == rows;
        let width = self.conversion.width;
        let bytes = match found {
            Found::Side(Values::Number { bytes, .. } | Values::Decimal { bytes, .. }, first) => {
                let bytes = side(bytes, width, first, rows)?;
                if is_whole {
                    bytes
                } else {
                    together(bytes, width, &taken, &mut self.stage)
                }
            }
            Found::Spots(Values::Number { bytes, .. } | Values::Decimal { bytes, .. }) => {
                spread(bytes, width, &taken, &self.rows.spots, &mut self.stage)?
            }
            Found::Side(Values::Bool(bits), first) => {
                bools(bits, &taken, |row| first + row, &mut self.stage)
            }
            Found::Spots(Values::Bool(bits)) => {
                bools(bits, &taken, |row| self.rows.spots[row], &mut self.stage)
            }
            _ => return Err(Fault::corrupt("an array without numbers has a value")),
        };
        let cleaner = &mut Cleaner {
            rule: &self.rule,
            tally: &mut self.tally,
        };
        self.conversion
            .run(&bytes[..valid * width], &mut out[..valid], cleaner)?;
        if valid < count {
            expand(out, valid, &present, self.rule.null);
        }
        Ok(count)
    }
}

/// The values that indices and runs of an array end at.
fn leaf(array: &ArrayData) -> &Values {
    match &array.values {
        Values::Dictionary { entries, .. } => leaf(entries),
        Values::Runs { values, .. } => leaf(values),
        values => values,
    }
}

/// The bytes of some rows.
fn side(bytes: &[u8], width: usize, first: usize, rows: usize) -> Result<&[u8], Fault> {
    let bytes = bytes.get(first * width..(first + rows) * width);
    bytes.ok_or_else(|| Fault::corrupt("a buffer is shorter than its array"))
}

/// Brings the values of some rows together.
fn together<'a>(bytes: &[u8], width: usize, taken: &Mask, stage: &'a mut [u8]) -> &'a [u8] {
    match width {
        1 => compress_fixed::<1>(bytes, taken, stage),
        2 => compress_fixed::<2>(bytes, taken, stage),
        4 => compress_fixed::<4>(bytes, taken, stage),
        8 => compress_fixed::<8>(bytes, taken, stage),
        16 => compress_fixed::<16>(bytes, taken, stage),
        _ => compress_fixed::<32>(bytes, taken, stage),
    }
    stage
}

fn compress_fixed<const WIDTH: usize>(bytes: &[u8], taken: &Mask, stage: &mut [u8]) {
    let (values, _) = bytes.as_chunks::<WIDTH>();
    let (stage, _) = stage.as_chunks_mut::<WIDTH>();
    compress(values, &taken[..values.len().div_ceil(WORD)], stage);
}

/// Brings the values of some rows together from where they are.
fn spread<'a>(
    bytes: &[u8],
    width: usize,
    taken: &Mask,
    spots: &[usize; BLOCK],
    stage: &'a mut [u8],
) -> Result<&'a [u8], Fault> {
    let mut places = stage.chunks_exact_mut(width);
    for row in set_rows(taken) {
        let value = side(bytes, width, spots[row], 1)?;
        if let Some(place) = places.next() {
            place.copy_from_slice(value);
        }
    }
    Ok(stage)
}

/// Brings the bits of some rows together, a byte for each.
fn bools<'a>(
    bits: &Bitmap,
    taken: &Mask,
    spot: impl Fn(usize) -> usize,
    stage: &'a mut [u8],
) -> &'a [u8] {
    for (place, row) in stage.iter_mut().zip(set_rows(taken)) {
        *place = bits.is_set(spot(row)).into();
    }
    stage
}

/// The rows that are set in a mask.
fn set_rows(mask: &Mask) -> impl Iterator<Item = usize> {
    mask.iter().enumerate().flat_map(|(at, word)| {
        let mut left = *word;
        std::iter::from_fn(move || {
            let row = (left != 0).then(|| at * WORD + left.trailing_zeros() as usize);
            left &= left.wrapping_sub(1);
            row
        })
    })
}
