//! What a footer already says of a row group: that no row is kept, that all are, or neither.
//!
//! 1. That none is kept is believed of bounds and counts as they are: such a row group is not read, so
//!    a lie in them goes unnoticed, as in every reader.
//! 2. That all are kept needs more, because their columns are not read then: it is concluded from the
//!    schema, or of whole numbers, days, instants and decimals without nulls.
//! 3. NaN is outside of all bounds. So no bounds of floating-point numbers say that all rows are kept,
//!    and they say that none is only where NaN is not.

use crate::dataset::{StoredColumn, Value};
use crate::key::column::float_key;
use crate::key::{KeyForm, KeySlot};
use crate::parquet::{Hints, Key, KeyFamily};
use crate::select::filter::bind::{Clause, Filter};
use crate::select::filter::bounds::{Span, numbers, texts};
use crate::select::filter::cells::FilterCells;
use crate::select::filter::constant::nan_key;
use crate::select::filter::test::Test;

/// Which rows of a row group are kept, as far as its footer tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// None of them.
    None,
    /// Some of them, maybe: they have to be read.
    Some,
    /// All of them.
    All,
}

/// What is said of the values of some rows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Statistics<'a> {
    /// How many rows there are.
    pub(super) rows: u64,
    /// How many of them are null, if that is known.
    pub(super) nulls: Option<u64>,
    /// The bounds of the others.
    pub(super) hints: &'a Hints,
    /// What all of them are, if they are all the same.
    pub(super) constant: Option<&'a Value>,
}

impl<'a> Statistics<'a> {
    /// What a footer says of a column of a row group.
    pub(super) fn new(rows: usize, cells: &'a FilterCells) -> Self {
        Self {
            rows: rows as u64,
            nulls: cells.stored.as_ref().and_then(StoredColumn::nulls),
            hints: &cells.hints,
            constant: match &cells.stored {
                Some(StoredColumn::Constant(value)) => Some(value),
                _ => None,
            },
        }
    }
}

/// The nulls of some rows, as far as they are known.
#[derive(Debug, Clone, Copy)]
struct Nulls {
    /// There is none.
    none: bool,
    /// There is nothing else.
    only: bool,
    /// The schema has it so, and no file can lie about it.
    certain: bool,
}

/// What holds for the values that are not null.
#[derive(Debug, Clone, Copy)]
struct Values {
    /// The condition may hold for some.
    some: bool,
    /// It holds for all that are within the bounds.
    bounded: bool,
    /// It holds for all that the type has.
    every: bool,
}

impl Filter {
    /// What the footer says of a row group of a file of a layout, with so many rows.
    pub fn verdict(&self, layout: usize, rows: usize, cells: &[FilterCells]) -> Verdict {
        let mut any = Verdict::None;
        for list in self.any() {
            let mut all = Verdict::All;
            for clause in list {
                let statistics = Statistics::new(rows, &cells[clause.column]);
                all = match (all, self.one(layout, clause, statistics)) {
                    (_, Verdict::None) => Verdict::None,
                    (Verdict::All, one) => one,
                    (all, _) => all,
                };
                if all == Verdict::None {
                    break;
                }
            }
            any = match (any, all) {
                (_, Verdict::All) => return Verdict::All,
                (Verdict::None, all) => all,
                (any, _) => any,
            };
        }
        any
    }

    /// The verdict of one condition.
    pub(super) fn one(
        &self,
        layout: usize,
        clause: &Clause,
        statistics: Statistics<'_>,
    ) -> Verdict {
        let column = &self.columns()[clause.column];
        let known = column.slot(layout).zip(column.form(layout));
        let known = known.zip(self.test(layout, clause));
        let Some(((slot, form), test)) = known else {
            return if clause.null {
                Verdict::All
            } else {
                Verdict::None
            };
        };
        if let Some(value) = statistics.constant {
            return if holds(clause, slot, form, test, value) {
                Verdict::All
            } else {
                Verdict::None
            };
        }
        let nulls = nulls(slot, statistics);
        let values = values(slot, form, test, statistics.hints);
        let keeps_value = values.some && !nulls.only;
        let keeps_null = clause.null && !nulls.none;
        if !keeps_value && !keeps_null {
            return Verdict::None;
        }
        let is_plain = matches!(
            form.family,
            KeyFamily::Integer | KeyFamily::Date | KeyFamily::Timestamp | KeyFamily::Decimal
        );
        let is_plain = is_plain && slot.key != Key::Timestamp96;
        let all_values = values.every || is_plain && values.bounded || nulls.only && nulls.certain;
        let all_nulls = clause.null || nulls.none && (is_plain || nulls.certain);
        if all_values && all_nulls {
            Verdict::All
        } else {
            Verdict::Some
        }
    }
}

/// Whether a condition holds for a value. One that its type does not have is below all.
fn holds(clause: &Clause, slot: &KeySlot, form: &KeyForm, test: &Test, value: &Value) -> bool {
    match value {
        Value::Null => clause.null,
        Value::Text(bytes) => test.holds_for(bytes),
        Value::Integer(value) => {
            let factor = form.factor(slot.key).unwrap_or(1);
            test.holds_for_number(form.encode((*value).into(), factor).unwrap_or(0))
        }
        Value::Float(value) => test.holds_for_number(float_key(*value).into()),
        // A filter asks for values as they are stored, whose units are not counted.
        Value::Time { .. } => true,
    }
}

fn nulls(slot: &KeySlot, statistics: Statistics<'_>) -> Nulls {
    let (rows, counted) = (statistics.rows, statistics.nulls);
    let is_type = slot.key == Key::Null;
    Nulls {
        none: !is_type && (!slot.nesting.is_nullable() || counted == Some(0)),
        only: is_type || slot.nesting.is_nullable() && rows > 0 && counted == Some(rows),
        certain: is_type || !slot.nesting.is_nullable(),
    }
}

fn values(slot: &KeySlot, form: &KeyForm, test: &Test, hints: &Hints) -> Values {
    match test {
        Test::Numbers { turns, .. } => {
            let Span { low, after } = numbers(slot, form, hints);
            let nan = form.family == KeyFamily::Float && turns.contains(&nan_key());
            Values {
                some: nan || turns.meets(&low, after.as_ref()),
                bounded: turns.covers(&low, after.as_ref()),
                every: turns.covers(&0, None),
            }
        }
        Test::Texts(turns) => {
            let Span { low, after } = texts(hints);
            Values {
                some: turns.meets(low.as_slice(), after.as_deref()),
                bounded: turns.covers(low.as_slice(), after.as_deref()),
                every: turns.covers([].as_slice(), None),
            }
        }
    }
}
