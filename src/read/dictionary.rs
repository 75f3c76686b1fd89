//! A dictionary, converted once: cast and cleaned like any values, so that a page of indices is a
//! gather of finished elements.

use std::sync::Arc;

use crate::account::{Account, Scratch};
use crate::error::Fault;
use crate::kernel::{Element, Tally};
use crate::read::hybrid::{Hybrid, Piece, unpack};

/// Indices that are unpacked at a time.
const STAGE: usize = 256;

/// The dictionary of one column chunk.
#[derive(Debug)]
pub struct Dictionary<T> {
    values: Scratch<T>,
    length: usize,
    /// The entries that are not plain, and what each use of one has to be counted as.
    special: Vec<(u32, Tally)>,
}

impl<T: Element> Dictionary<T> {
    /// An empty one.
    pub fn new(account: &Arc<Account>) -> Self {
        Self {
            values: Scratch::new(account),
            length: 0,
            special: Vec::new(),
        }
    }

    /// Forgets the entries, and keeps the memory.
    pub fn reset(&mut self) {
        self.length = 0;
        self.special.clear();
    }

    /// Takes `length` entries. `convert` converts as many as it is given room for, in order, and
    /// counts them.
    pub fn fill(
        &mut self,
        length: usize,
        mut convert: impl FnMut(&mut [T], &mut Tally) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        self.reset();
        let values = self.values.fit(length)?;
        // One entry at a time, for each may have to be counted by itself later.
        for (at, value) in values.iter_mut().enumerate() {
            let mut tally = Tally::default();
            convert(std::slice::from_mut(value), &mut tally)?;
            if !tally.is_plain() {
                let at = u32::try_from(at)
                    .map_err(|_| Fault::corrupt("a dictionary has more than 2^32 entries"))?;
                self.special.push((at, tally));
            }
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
                    let most = stage.iter().fold(0, |most, index| most.max(*index));
                    if most as usize >= values.len() {
                        return Err(self.beyond(most));
                    }
                    for (out, index) in out[done..done + count].iter_mut().zip(&*stage) {
                        *out = values[*index as usize];
                    }
                    if !self.special.is_empty() {
                        for index in stage {
                            self.count(*index, 1, tally);
                        }
                    }
                    done += count;
                }
            }
        }
        Ok(())
    }

    fn count(&self, index: u32, times: usize, tally: &mut Tally) {
        if let Ok(found) = self.special.binary_search_by_key(&index, |(at, _)| *at) {
            tally.add_times(&self.special[found].1, times as u64);
        }
    }

    fn beyond(&self, index: u32) -> Fault {
        let length = self.length;
        Fault::corrupt(format!("index {index} into a dictionary of {length}"))
    }
}
