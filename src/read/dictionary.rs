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
    /// Entries that are not plain, with their source values, as long as there are `FEW`.
    few: Vec<(u32, f64)>,
    /// The source values of more of them, 0 for entries that are plain.
    many: Scratch<f64>,
    has_many: bool,
}

impl<T: Element> Dictionary<T> {
    /// An empty one.
    pub fn new(account: &Arc<Account>) -> Self {
        Self {
            values: Scratch::new(account),
            length: 0,
            few: Vec::with_capacity(FEW),
            many: Scratch::new(account),
            has_many: false,
        }
    }

    /// Forgets the entries, and keeps the memory of small ones.
    pub fn reset(&mut self) {
        self.values.shrink(SMALL);
        self.many.shrink(SMALL);
        self.length = 0;
        self.few.clear();
        self.has_many = false;
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
        self.values.fit(length)?;
        for at in (0..length).step_by(STAGE) {
            let values = &mut self.values.all_mut()[at..length.min(at + STAGE)];
            let (mut again, mut tally) = (decoder.clone(), Tally::default());
            convert(&mut decoder, values, &mut tally)?;
            if tally.is_plain() {
                continue;
            }
            // Each special entry has to be counted by itself when it is used.
            let (mut sources, mut cast) = ([0.0; STAGE], [T::MISSING; STAGE]);
            let (sources, cast) = (&mut sources[..values.len()], &mut cast[..values.len()]);
            source(&mut again, sources)?;
            T::cast(sources, cast);
            for ((source, cast), index) in sources.iter().zip(cast).zip(at..) {
                if !cast.is_finite() {
                    self.note(index, *source, length)?;
                }
            }
        }
        self.length = length;
        Ok(())
    }

    /// Notes a special entry among `length`.
    fn note(&mut self, index: usize, source: f64, length: usize) -> Result<(), Fault> {
        if !self.has_many && self.few.len() < FEW {
            let index = u32::try_from(index).map_err(|_| Fault::corrupt("too many entries"))?;
            self.few.push((index, source));
            return Ok(());
        }
        if !self.has_many {
            let many = self.many.fit(length)?;
            many.fill(0.0);
            for (index, source) in self.few.drain(..) {
                many[index as usize] = source;
            }
            self.has_many = true;
        }
        self.many.all_mut()[index] = source;
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
                    self.count_run(value, count, tally);
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
        for (index, source) in &self.few {
            count(*source, equals(indices, *index), tally);
        }
        if self.has_many {
            for index in indices {
                count(self.many.all()[*index as usize], 1, tally);
            }
        }
    }

    fn count_run(&self, value: u32, times: usize, tally: &mut Tally) {
        for (_, source) in self.few.iter().filter(|(index, _)| *index == value) {
            count(*source, times, tally);
        }
        if self.has_many {
            count(self.many.all()[value as usize], times, tally);
        }
    }

    fn beyond(&self, index: u32) -> Fault {
        let length = self.length;
        Fault::corrupt(format!("index {index} into a dictionary of {length}"))
    }
}

/// Counts a source value that may be special; 0 is not.
fn count(source: f64, times: usize, tally: &mut Tally) {
    if times == 0 || source == 0.0 {
        return;
    }
    let times = times as u64;
    if source.is_nan() {
        tally.nans += times;
    } else if source == f64::INFINITY {
        tally.pos_infs += times;
    } else if source == f64::NEG_INFINITY {
        tally.neg_infs += times;
    } else {
        tally.overflowed += times;
        tally.meet(source);
    }
}
