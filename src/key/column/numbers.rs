//! Numbers of a key column, with their nulls.

use std::sync::Arc;

use crate::account::Account;
use crate::dataset::{Cells, Lane, StoredColumn};
use crate::error::Fault;
use crate::io::Source;
use crate::kernel::scalar::sentinels::sentinels;
use crate::kernel::{Element, Rule};
use crate::parquet::page::buffers::ReadBuffers;
use crate::parquet::{Kind, Nesting};

/// Rows of a key that are read at a time.
pub const KEY_ROWS: usize = 1024;

/// A column of a key, before it is read.
#[derive(Debug, Clone, Copy)]
pub(super) struct KeyCells<'a> {
    /// The file.
    pub(super) source: &'a Arc<Source>,
    /// What is stored of it.
    pub(super) stored: &'a StoredColumn,
    /// How it is nested.
    pub(super) nesting: Nesting,
}

impl KeyCells<'_> {
    fn lane<T: Element>(
        &self,
        kind: Kind,
        rule: &Rule<T>,
        account: &Arc<Account>,
    ) -> Result<Lane<T>, Fault> {
        let cells = Cells::of(self.stored.clone(), kind.into(), self.nesting);
        let mut lane = Lane::new(account);
        lane.open(self.source, &cells, rule)?;
        Ok(lane)
    }
}

/// A column of numbers. A lane writes a number for a null, and any number may be a value as well. So
/// where there may be nulls two lanes read the column with different numbers: nulls are where they
/// differ.
#[derive(Debug)]
pub(super) struct NumberColumn<T: Element> {
    lane: Lane<T>,
    twin: Option<Lane<T>>,
    out: Vec<T>,
    twin_out: Vec<T>,
}

impl<T: Element + PartialEq + From<bool> + Into<i128>> NumberColumn<T> {
    pub(super) fn new(
        column: &KeyCells<'_>,
        kind: Kind,
        account: &Arc<Account>,
    ) -> Result<Self, Fault> {
        let open = |null: bool| column.lane(kind, &Rule::all(T::from(null)), account);
        let twin = column.nesting.is_nullable() && column.stored.nulls() != Some(0);
        Ok(Self {
            lane: open(false)?,
            twin: twin.then(|| open(true)).transpose()?,
            out: vec![T::default(); KEY_ROWS],
            twin_out: vec![T::default(); if twin { KEY_ROWS } else { 0 }],
        })
    }

    pub(super) fn read(
        &mut self,
        numbers: &mut [u128],
        nulls: &mut [bool],
        reader: &mut ReadBuffers,
        encode: &impl Fn(i128) -> Result<u128, Fault>,
    ) -> Result<(), Fault> {
        let out = &mut self.out[..nulls.len()];
        self.lane.fill(out, reader)?;
        nulls.fill(false);
        if let Some(twin) = &mut self.twin {
            let others = &mut self.twin_out[..nulls.len()];
            twin.fill(others, reader)?;
            for ((null, out), other) in nulls.iter_mut().zip(&*out).zip(others) {
                *null = out != other;
            }
        }
        for ((number, value), null) in numbers.iter_mut().zip(out).zip(nulls) {
            if !*null {
                *number = encode((*value).into())?;
            }
        }
        Ok(())
    }

    pub(super) fn skip(&mut self, rows: usize, reader: &mut ReadBuffers) -> Result<(), Fault> {
        self.lane.skip(rows, reader)?;
        match &mut self.twin {
            Some(twin) => twin.skip(rows, reader),
            None => Ok(()),
        }
    }

    pub(super) fn finish(&mut self, reader: &mut ReadBuffers) -> Result<(), Fault> {
        let tally = self.lane.finish(reader)?;
        if self.twin.is_none() && tally.nulls > 0 {
            return Err(Fault::corrupt("it has nulls, and the footer says none"));
        }
        match &mut self.twin {
            Some(twin) => twin.finish(reader).map(|_| ()),
            None => Ok(()),
        }
    }
}

/// A column of floating-point numbers. A NaN of its own stands for a null while it is read.
#[derive(Debug)]
pub(super) struct FloatColumn {
    pub(super) lane: Lane<f64>,
    null: f64,
    out: Vec<f64>,
}

impl FloatColumn {
    pub(super) fn new(
        column: &KeyCells<'_>,
        kind: Kind,
        account: &Arc<Account>,
    ) -> Result<Self, Fault> {
        let rule = sentinels();
        Ok(Self {
            lane: column.lane(kind, &rule, account)?,
            null: rule.null,
            out: vec![0.0; KEY_ROWS],
        })
    }

    pub(super) fn read(
        &mut self,
        numbers: &mut [u128],
        nulls: &mut [bool],
        reader: &mut ReadBuffers,
    ) -> Result<(), Fault> {
        let out = &mut self.out[..nulls.len()];
        self.lane.fill(out, reader)?;
        for ((number, value), null) in numbers.iter_mut().zip(out).zip(nulls) {
            *null = value.to_bits() == self.null.to_bits();
            *number = u128::from(float_key(*value));
        }
        Ok(())
    }

    pub(super) fn finish(&mut self, reader: &mut ReadBuffers) -> Result<(), Fault> {
        self.lane.finish(reader).map(|_| ())
    }
}

/// A number that is ordered as floating-point numbers are: both zeros are one, and so are all NaN,
/// which follow everything else.
pub fn float_key(value: f64) -> u64 {
    let value = if value.is_nan() {
        f64::NAN
    } else {
        value + 0.0
    };
    let bits = value.to_bits();
    let negative = bits >> 63 == 1;
    if negative { !bits } else { bits | 1 << 63 }
}

/// The number that `float_key` was given, with one zero and one NaN.
pub fn float_value(key: u128) -> f64 {
    let key = u64::try_from(key).unwrap_or(u64::MAX);
    let negative = key >> 63 == 0;
    f64::from_bits(if negative { !key } else { key & !(1 << 63) })
}
