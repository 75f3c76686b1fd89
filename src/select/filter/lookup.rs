//! What Bloom filters say of a row group: that none of the few values that a condition asks for is
//! there. Floating-point numbers are not looked up, because one number has several forms.

use crate::dataset::RowGroup;
use crate::error::{Fault, Result};
use crate::key::{KeyForm, KeySlot};
use crate::parquet::footer::bloom::BloomFilter;
use crate::parquet::{Hints, Key, KeyStorage, Kind};
use crate::select::filter::bind::{Clause, Filter};
use crate::select::filter::cells::FilterCells;
use crate::select::filter::constant::text_after;
use crate::select::filter::test::Test;
use crate::select::filter::verdict::{Statistics, Verdict};

/// Most values that are looked up for a condition.
const MOST_VALUES: usize = 64;

impl Filter {
    /// What the footer and Bloom filters say of a row group, a part of whose file is read for it:
    /// that none of its rows is kept, or that some may be.
    pub fn look_up(&self, row_group: &RowGroup<FilterCells>) -> Result<Verdict> {
        for list in self.any() {
            let is_none = |clause: &Clause| {
                let cells = &row_group.cells[clause.column];
                let statistics = Statistics::new(row_group.rows, cells);
                self.one(row_group.layout, clause, statistics) == Verdict::None
            };
            if list.iter().any(is_none) {
                continue;
            }
            let mut absent = false;
            for clause in list {
                let name = self.columns()[clause.column].name.as_str();
                let found = self.is_absent(row_group, clause);
                absent |= found.map_err(|fault| fault.at(row_group.place(Some(name))))?;
                if absent {
                    break;
                }
            }
            if !absent {
                return Ok(Verdict::Some);
            }
        }
        Ok(Verdict::None)
    }

    /// Whether a condition holds for no row, because the values that it asks for are not there.
    fn is_absent(&self, row_group: &RowGroup<FilterCells>, clause: &Clause) -> Result<bool, Fault> {
        let column = &self.columns()[clause.column];
        let layout = row_group.layout;
        let known = column.slot(layout).zip(column.form(layout));
        let Some(((slot, form), test)) = known.zip(self.test(layout, clause)) else {
            return Ok(false);
        };
        let cells = &row_group.cells[clause.column];
        let statistics = Statistics::new(row_group.rows, cells);
        if clause.null && slot.nesting.is_nullable() && statistics.nulls != Some(0) {
            return Ok(false);
        }
        let Some(values) = asked(slot, form, test) else {
            return Ok(false);
        };
        let filter = BloomFilter::new(&row_group.source, cells.hints.bloom_filter)?;
        let Some(filter) = filter else {
            return Ok(false);
        };
        if !has_bounds(&filter, &cells.hints)? {
            return Ok(false);
        }
        for value in values {
            if filter.may_have(&value)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// Whether a Bloom filter has the bounds of its chunk, which are values of it as a rule. One that has
/// not, or about which nothing at all is said, is not believed.
fn has_bounds(filter: &BloomFilter, hints: &Hints) -> Result<bool, Fault> {
    let mut is_known = hints.bloom_filter.length.is_some();
    for bound in [hints.least, hints.greatest].into_iter().flatten() {
        if bound.is_whole() && bound.exact != Some(false) {
            is_known = true;
            if !filter.may_have(bound.bytes())? {
                return Ok(false);
            }
        }
    }
    Ok(is_known)
}

/// The values that a test asks for, as they are stored, if they are few and each is stored in one way.
fn asked(slot: &KeySlot, form: &KeyForm, test: &Test) -> Option<Vec<Vec<u8>>> {
    let mut values = Vec::new();
    match test {
        Test::Numbers { turns, .. } => {
            for part in turns.all().chunks(2) {
                let [start, after] = part else { return None };
                let is_few = after - start <= (MOST_VALUES - values.len()) as u128;
                if !is_few {
                    return None;
                }
                for encoded in *start..*after {
                    values.push(stored(slot.key, form.decode(encoded))?);
                }
            }
        }
        Test::Texts(turns) => {
            for part in turns.all().chunks(2) {
                let [start, after] = part else { return None };
                if *after != text_after(start) || values.len() == MOST_VALUES {
                    return None;
                }
                values.push(start.clone());
            }
        }
    }
    Some(values)
}

/// A number as a column stores it.
fn stored(key: Key, number: i128) -> Option<Vec<u8>> {
    let bytes = number.to_le_bytes();
    match (key, key.storage()) {
        (Key::Float(_) | Key::Bool | Key::Timestamp96, _) => None,
        (
            Key::Decimal {
                stored: Kind::DecimalFixed { bytes: size, .. },
                ..
            },
            KeyStorage::Bytes(_),
        ) => {
            let sign = if number < 0 { u8::MAX } else { 0 };
            let mut value = vec![sign; size];
            let all = number.to_be_bytes();
            let kept = size.min(all.len());
            value[size - kept..].copy_from_slice(&all[all.len() - kept..]);
            Some(value)
        }
        (_, KeyStorage::Signed(_) | KeyStorage::Unsigned(_)) => {
            let size = if key.physical() == Kind::I32.physical() {
                4
            } else {
                8
            };
            Some(bytes[..size].to_vec())
        }
        _ => None,
    }
}
