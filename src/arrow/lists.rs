//! One column of lists of numbers of one batch, streaming: row by row, as many numbers for each. A list of
//! another length is refused, with its row.
//!
//! ```text
//! for each run of rows with lists: hold their ends against each other, and convert all their items at once
//! for each row without:            as many nulls
//! ```

use crate::arrow::array::{Array, Values};
use crate::arrow::numbers::ArrayLane;
use crate::error::Fault;
use crate::error::fault::ensure;
use crate::kernel::{Element, Rule, Tally};
use crate::parquet::Kind;
use crate::parquet::lane::vector_rows::other_length;

/// A column of lists of a batch, streaming.
#[derive(Debug)]
pub struct ArrayVectorLane<T: Element> {
    lists: Array,
    items: ArrayLane<T>,
    /// Items that were read or passed over.
    item: usize,
    /// The next row.
    at: usize,
    width: usize,
    null: T,
    /// Items of lists that are missing.
    nulls: u64,
}

/// The items of a list.
#[derive(Debug, Clone, Copy)]
struct Items {
    first: usize,
    count: usize,
}

impl<T: Element> ArrayVectorLane<T> {
    /// Opens a lane of lists of `width` numbers of a kind.
    pub fn new(array: &Array, kind: Kind, width: usize, rule: &Rule<T>) -> Result<Self, Fault> {
        let Values::Lists { items, .. } = &array.data().values else {
            // No row has a list.
            let none = array.slice(0, 0);
            return Self::of(array, &none, kind, width, rule);
        };
        Self::of(array, items, kind, width, rule)
    }

    fn of(
        lists: &Array,
        items: &Array,
        kind: Kind,
        width: usize,
        rule: &Rule<T>,
    ) -> Result<Self, Fault> {
        Ok(Self {
            items: ArrayLane::new(items, kind, rule)?,
            lists: lists.clone(),
            item: 0,
            at: 0,
            width,
            null: rule.null,
            nulls: 0,
        })
    }

    /// Fills `out` with the numbers of the next rows, one row behind the other.
    pub fn fill(&mut self, out: &mut [T]) -> Result<(), Fault> {
        let mut left = out;
        while !left.is_empty() {
            let rows = left.len() / self.width;
            ensure!(rows > 0, "half a list of an array is read");
            let run = self.run(rows)?;
            let (now, later) = if run.count > 0 {
                self.items.skip(run.first - self.item)?;
                self.item = run.first + run.count;
                let (now, later) = left.split_at_mut(run.count);
                self.items.fill(now)?;
                (now, later)
            } else {
                let (now, later) = left.split_at_mut(self.width);
                now.fill(self.null);
                self.nulls += self.width as u64;
                (now, later)
            };
            self.at += now.len() / self.width;
            left = later;
        }
        Ok(())
    }

    /// Skips the next rows, which are not counted.
    pub fn skip(&mut self, rows: usize) -> Result<(), Fault> {
        let left = self.lists.rows() - self.at;
        ensure!(rows <= left, "{rows} lists of which {left} are left");
        self.at += rows;
        Ok(())
    }

    /// What was counted so far, in numbers of all columns.
    pub fn tally(&self) -> Tally {
        let mut tally = *self.items.tally();
        tally.nulls += self.nulls;
        tally
    }

    /// Checks that nothing is left, and returns what was counted.
    pub fn finish(&self) -> Result<Tally, Fault> {
        let left = self.lists.rows() - self.at;
        ensure!(left == 0, "{left} lists were not read");
        Ok(self.tally())
    }

    /// The items of the next rows, at most `most` of them, which follow one another; none where the next
    /// row has no list.
    fn run(&self, most: usize) -> Result<Items, Fault> {
        let left = self.lists.rows() - self.at;
        ensure!(most <= left, "{most} lists of which {left} are left");
        let mut run = Items { first: 0, count: 0 };
        for row in self.at..self.at + most {
            let Some(items) = items_of(&self.lists, row)? else {
                break;
            };
            if items.count != self.width {
                return Err(other_length(row as u64, items.count, self.width));
            }
            if run.count == 0 {
                run.first = items.first;
            } else if run.first + run.count != items.first {
                break;
            }
            run.count += items.count;
        }
        ensure!(
            run.count == 0 || run.first >= self.item,
            "the offsets of lists do not ascend"
        );
        Ok(run)
    }
}

/// How many items the first list of an array has that has any; none where none has.
pub fn first_length(lists: &Array) -> Result<Option<usize>, Fault> {
    for row in 0..lists.rows() {
        match items_of(lists, row)? {
            Some(items) if items.count > 0 => return Ok(Some(items.count)),
            _ => {}
        }
    }
    Ok(None)
}

/// The items of a row; none where it has no list.
fn items_of(lists: &Array, row: usize) -> Result<Option<Items>, Fault> {
    let data = lists.data();
    let at = lists.first() + row;
    let Values::Lists { ends, size, items } = &data.values else {
        return Ok(None);
    };
    if data.valid.as_ref().is_some_and(|valid| !valid.is_set(at)) {
        return Ok(None);
    }
    let Some(ends) = ends else {
        return Ok(Some(Items {
            first: at * size,
            count: *size,
        }));
    };
    let scalar = ends.scalar;
    let offset = |at: usize| -> Option<usize> {
        let bytes = ends.offsets.get(at * scalar.bytes()..)?;
        let offset = usize::try_from(scalar.integer(bytes)?).ok()?;
        offset
            .checked_sub(ends.base)
            .filter(|item| *item <= items.rows())
    };
    let count = offset(at).zip(offset(at + 1));
    let count = count.and_then(|(first, end)| Some((first, end.checked_sub(first)?)));
    match count {
        Some((first, count)) => Ok(Some(Items { first, count })),
        None => Err(Fault::corrupt(format!(
            "the offsets of list {row} are not within its items"
        ))),
    }
}
