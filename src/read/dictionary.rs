//! A dictionary, converted once: cast and cleaned like any values, so that a page of indices is a
//! gather of finished elements.

use std::sync::Arc;

use crate::account::{Account, Scratch};
use crate::error::Fault;
use crate::kernel::gather::gather;
use crate::kernel::unpack::{equals, unpack};
use crate::kernel::{Element, Tally};
use crate::read::decoder::Decoder;
use crate::read::hybrid::{Hybrid, Piece};

/// Indices that are unpacked at a time.
const STAGE: usize = 256;

/// Special entries that are counted one by one: NaN and two infinities, as a rule.
const FEW: usize = 4;

/// Entries whose memory is kept for the next chunk; that of many would be in another lane's way.
const SMALL: usize = 16 << 10;

/// The dictionary of one column chunk.
#[derive(Debug)]
pub struct Dictionary<T> {
    values: Scratch<T>,
    length: usize,
    /// Where entries are not plain: the source value of each such one, 0 for the others.
    special: Scratch<f64>,
    is_plain: bool,
    /// Which entries those are, as long as there are `FEW`.
    few: Vec<u32>,
}

impl<T: Element> Dictionary<T> {
    /// An empty one.
    pub fn new(account: &Arc<Account>) -> Self {
        Self {
            values: Scratch::new(account),
            length: 0,
            special: Scratch::new(account),
            is_plain: true,
            few: Vec::with_capacity(FEW + 1),
        }
    }

    /// Forgets the entries, and keeps the memory of small ones.
    pub fn reset(&mut self) {
        self.values.shrink(SMALL);
        self.special.shrink(SMALL);
        self.length = 0;
        self.is_plain = true;
        self.few.clear();
    }

    /// Takes `length` entries, from the front of a page on. `convert` converts as many as it is
    /// given room for, in order, and counts them; `source` tells the source values of the same.
    pub fn fill(
        &mut self,
        length: usize,
        mut convert: impl FnMut(&mut Decoder, &mut [T], &mut Tally) -> Result<(), Fault>,
        mut source: impl FnMut(&mut Decoder, &mut [f64]) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        self.reset();
        let mut decoder = Decoder::Plain(0);
        let mut at = 0;
        for values in self.values.fit(length)?.chunks_mut(STAGE) {
            let (mut again, mut tally) = (decoder.clone(), Tally::default());
            convert(&mut decoder, values, &mut tally)?;
            if !tally.is_plain() {
                if self.is_plain {
                    self.special.fit(length)?.fill(0.0);
                    self.is_plain = false;
                }
                // Each has to be counted by itself when it is used.
                let specials = &mut self.special.all_mut()[at..at + values.len()];
                source(&mut again, specials)?;
                let mut cast = [T::MISSING; STAGE];
                let cast = &mut cast[..values.len()];
                T::cast(specials, cast);
                for ((special, cast), index) in specials.iter_mut().zip(cast).zip(at..) {
                    if cast.is_finite() {
                        *special = 0.0;
                    } else if self.few.len() <= FEW {
                        self.few.extend(u32::try_from(index));
                    }
                }
            }
            at += values.len();
        }
        self.length = length;
        Ok(())
    }

    /// Gathers the values of the next indices.
    pub fn gather(
        &self,
        indices: &mut Hybrid,
        body: &[u8],
        out: &mut [T],
        tally: &mut Tally,
    ) -> Result<(), Fault> {
        let values = &self.values.all()[..self.length];
        let mut done = 0;
        while done < out.len() {
            let most = (out.len() - done).min(STAGE);
            match indices.piece(body, most)? {
                Piece::Run { value, count } => {
                    let element = values
                        .get(value as usize)
                        .ok_or_else(|| self.beyond(value))?;
                    out[done..done + count].fill(*element);
                    self.count(value, count, tally);
                    done += count;
                }
                Piece::Packed { bit, count } => {
                    let mut stage = [0; STAGE];
                    let stage = &mut stage[..count];
                    unpack(body, bit, indices.width(), stage);
                    gather(values, stage, &mut out[done..done + count])
                        .map_err(|index| self.beyond(index))?;
                    self.count_all(stage, tally);
                    done += count;
                }
            }
        }
        Ok(())
    }

    /// Counts the special entries among indices: those of a few by one pass each, which takes no
    /// time beside the gather.
    fn count_all(&self, indices: &[u32], tally: &mut Tally) {
        if self.few.len() <= FEW {
            for special in &self.few {
                self.count(*special, equals(indices, *special), tally);
            }
        } else {
            for index in indices {
                self.count(*index, 1, tally);
            }
        }
    }

    fn count(&self, index: u32, times: usize, tally: &mut Tally) {
        if self.is_plain || times == 0 {
            return;
        }
        let value = self.special.all()[index as usize];
        let times = times as u64;
        if value.is_nan() {
            tally.nans += times;
        } else if value == f64::INFINITY {
            tally.pos_infs += times;
        } else if value == f64::NEG_INFINITY {
            tally.neg_infs += times;
        } else if value != 0.0 {
            tally.overflowed += times;
            tally.meet(value);
        }
    }

    fn beyond(&self, index: u32) -> Fault {
        let length = self.length;
        Fault::corrupt(format!("index {index} into a dictionary of {length}"))
    }
}
