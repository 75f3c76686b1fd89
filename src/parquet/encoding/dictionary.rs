//! A dictionary, cast once, so that a page of indices is a gather of finished elements.
//!
//! Uses of entries that are not finite have to be counted. A few are replaced here, and indices are
//! searched for them. Where there are many, they stay as they are cast, and are replaced and counted
//! wherever they are used.

use std::sync::Arc;

use crate::account::{Account, Scratch};
use crate::error::Fault;
use crate::kernel::bytes::gather::gather;
use crate::kernel::bytes::unpack::{equals, ones, unpack};
use crate::kernel::moves::compress::compress;
use crate::kernel::moves::extract::bits_from;
use crate::kernel::scalar::clean::{all_finite, replace};
use crate::kernel::{Cleaner, Element, Rule, Tally};
use crate::parquet::encoding::decoder::Decoder;
use crate::parquet::encoding::rle::{Bits, RleBitPacked};

/// Room behind indices that are moved together, so that registers are stored whole.
const ROOM: usize = 80;

/// Indices that are unpacked at a time: the longest packed run of most writers has 504.
pub const STAGE: usize = 512;

/// Unpacked indices. The caller of `gather` keeps the buffer: to clear one for each block takes longer
/// than to unpack some indices.
pub type IndexBuffer = [u32; STAGE];

/// Elements that are searched together for special ones.
const GROUP: usize = 16;

/// Special entries that indices are searched for: NaN and two infinities, as a rule.
const FEW: usize = 4;

/// The dictionary of one column chunk.
#[derive(Debug)]
pub struct Dictionary<T> {
    values: Scratch<T>,
    length: usize,
    /// Entries that are not finite, with their source values, while there are at most `FEW`.
    few: Vec<(u32, f64)>,
    /// The source values of more entries that are not finite; 0 for entries that are.
    many: Scratch<f64>,
    has_many: bool,
}

/// Some of the next values.
#[derive(Debug, Clone, Copy)]
pub struct Picked<'a> {
    /// The number of next values.
    pub values: usize,
    /// Which of them: a bit for each.
    pub wanted: &'a [u64],
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

    /// Drops the entries, and keeps the memory.
    pub fn reset(&mut self) {
        self.length = 0;
        self.few.clear();
        self.has_many = false;
    }

    /// Takes `length` entries, from the front of a page on. `convert` converts as many as its output
    /// holds, in order, by a rule; `source` fills its output with their source values. Returns the largest
    /// magnitude among units of a clock.
    pub fn fill(
        &mut self,
        length: usize,
        mut convert: impl FnMut(&mut Decoder, &mut [T], &mut Cleaner<'_, T>) -> Result<(), Fault>,
        mut source: impl FnMut(&mut Decoder, &mut [f64]) -> Result<(), Fault>,
        rule: &Rule<T>,
    ) -> Result<f64, Fault> {
        self.reset();
        let mut farthest = 0.0_f64;
        let mut decoder = Decoder::Plain(0);
        let cast = Rule::cast();
        self.values.fit(length)?;
        for at in (0..length).step_by(STAGE) {
            let values = &mut self.values.all_mut()[at..length.min(at + STAGE)];
            let mut again = decoder.clone();
            let mut tally = Tally::default();
            let cleaner = &mut Cleaner {
                rule: &cast,
                tally: &mut tally,
            };
            convert(&mut decoder, values, cleaner)?;
            farthest = farthest.max(tally.farthest);
            if tally.is_plain() {
                continue;
            }
            let mut sources = [0.0; STAGE];
            let sources = &mut sources[..values.len()];
            source(&mut again, sources)?;
            for (at, source) in (at..).zip(sources) {
                if !self.values.all()[at].is_finite() {
                    self.note(at, *source, length)?;
                }
            }
        }
        for (index, source) in &self.few {
            let value = rule.stand_in(*source, 1, &mut Tally::default());
            self.values.all_mut()[*index as usize] = value;
        }
        self.length = length;
        Ok(farthest)
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

    /// Gathers the values of the next indices in `body`.
    pub fn gather(
        &self,
        indices: &mut RleBitPacked,
        body: &[u8],
        stage: &mut IndexBuffer,
        out: &mut [T],
        cleaner: &mut Cleaner<'_, T>,
    ) -> Result<(), Fault> {
        let mut done = 0;
        while done < out.len() {
            let most = (out.len() - done).min(STAGE);
            match indices.piece(body, most)? {
                Bits::Run { value, count } => {
                    self.fill_run(value, &mut out[done..done + count], cleaner)?;
                    done += count;
                }
                Bits::Packed { bit, count } => {
                    let stage = &mut stage[..count];
                    unpack(body, bit, indices.width(), stage);
                    self.gather_indices(stage, &mut out[done..done + count], cleaner)?;
                    done += count;
                }
            }
        }
        Ok(())
    }

    /// Gathers the values of some of the next indices in `body`, and passes over the others.
    pub fn gather_picked(
        &self,
        indices: &mut RleBitPacked,
        body: &[u8],
        stage: &mut IndexBuffer,
        picked: Picked<'_>,
        out: &mut [T],
        cleaner: &mut Cleaner<'_, T>,
    ) -> Result<(), Fault> {
        let Picked { values, wanted } = picked;
        let mut own = [0; STAGE + ROOM];
        let (mut first, mut done) = (0, 0);
        while first < values {
            let piece = indices.piece(body, (values - first).min(STAGE))?;
            let count = piece.count();
            let mut masks = [0; STAGE / 64];
            bits_from(wanted, first, count, &mut masks);
            let here = ones(&masks);
            let out = &mut out[done..done + here];
            match piece {
                _ if here == 0 => {}
                Bits::Run { value, .. } => self.fill_run(value, out, cleaner)?,
                Bits::Packed { bit, .. } => {
                    unpack(body, bit, indices.width(), &mut stage[..count]);
                    // Bits behind the last index are clear, so whole words can be moved.
                    let words = count.next_multiple_of(64);
                    compress(&stage[..words], &masks, &mut own);
                    self.gather_indices(&own[..here], out, cleaner)?;
                }
            }
            first += count;
            done += here;
        }
        Ok(())
    }

    /// Fills `out` with the value of one index.
    fn fill_run(
        &self,
        index: u32,
        out: &mut [T],
        cleaner: &mut Cleaner<'_, T>,
    ) -> Result<(), Fault> {
        let element = self.entries().get(index as usize);
        let mut element = *element.ok_or_else(|| self.beyond(index))?;
        if let Some(source) = self.special(index) {
            element = cleaner
                .rule
                .stand_in(source, out.len() as u64, cleaner.tally);
        }
        out.fill(element);
        Ok(())
    }

    /// Gathers the values of indices.
    #[inline]
    fn gather_indices(
        &self,
        indices: &[u32],
        out: &mut [T],
        cleaner: &mut Cleaner<'_, T>,
    ) -> Result<(), Fault> {
        let gathered = gather(self.entries(), indices, out);
        gathered.map_err(|index| self.beyond(index))?;
        if self.has_many && !all_finite(out) {
            self.replace(indices, out, cleaner);
        }
        self.count(indices, cleaner);
        Ok(())
    }

    /// Replaces and counts the special ones of many among the elements of indices.
    #[cold]
    fn replace(&self, indices: &[u32], out: &mut [T], cleaner: &mut Cleaner<'_, T>) {
        for (indices, out) in indices.chunks(GROUP).zip(out.chunks_mut(GROUP)) {
            if all_finite(out) {
                continue;
            }
            let mut sources = [0.0; GROUP];
            for (source, index) in sources.iter_mut().zip(indices) {
                *source = self.many.all()[*index as usize];
            }
            replace(&sources[..out.len()], out, cleaner);
        }
    }

    /// Counts the special ones of a few among indices, which takes no time beside the gather.
    fn count(&self, indices: &[u32], cleaner: &mut Cleaner<'_, T>) {
        for (index, source) in &self.few {
            let times = equals(indices, *index) as u64;
            if times > 0 {
                cleaner.rule.stand_in(*source, times, cleaner.tally);
            }
        }
    }

    /// The source value of an entry that is special.
    fn special(&self, index: u32) -> Option<f64> {
        if self.has_many {
            let source = self.many.all()[index as usize];
            return (source != 0.0).then_some(source);
        }
        let found = self.few.iter().find(|(at, _)| *at == index);
        found.map(|(_, source)| *source)
    }

    fn entries(&self) -> &[T] {
        &self.values.all()[..self.length]
    }

    fn beyond(&self, index: u32) -> Fault {
        let length = self.length;
        Fault::corrupt(format!("index {index} into a dictionary of {length}"))
    }
}
