//! Fills that have to be fitted: the median or mean of each column, found while pouring or in the
//! output, and written into the gaps.

use std::mem::take;
use std::slice::from_ref;

use ndarray::{ArrayViewMut2, Axis, s};

use crate::account::Scratch;
use crate::error::{Error, Result};
use crate::fit::gaps::{ColumnFill, FillKind, GapColumn};
use crate::fit::matrix::medians;
use crate::fit::mean::means;
use crate::fit::pieces::{ColumnPieces, SoughtColumn, SoughtMedians};
use crate::fit::streaming::{Streamed, StreamingMedians};
use crate::kernel::Real;
use crate::kernel::median::rows::COLUMNS_AT_ONCE;
use crate::kernel::moves::exchange::exchange;
use crate::kernel::moves::fill::{copy_filled, fill_rows};
use crate::output::turn::{SheetLayout, turn};
use crate::sys::pages::PageRelease;
use crate::workers::Team;

/// Bytes of rows that are filled between two polls for cancellation.
const BLOCK: usize = 1 << 19;

/// A matrix after the pour, with its gaps.
pub struct Poured<'a, T> {
    /// The values.
    pub out: ArrayViewMut2<'a, T>,
    /// Rows of a sheet, if the matrix consists of sheets that are still to be turned.
    pub sheet_rows: Option<usize>,
    /// The first rows, which fills are fitted on.
    pub fitted: usize,
    /// Medians that were found while pouring.
    pub medians: Option<StreamingMedians<T>>,
    /// For each column the codes that take the place of its numbers; empty where there are none.
    pub codes: Vec<Option<Scratch<T>>>,
    /// Takes back finished pages of a file.
    pub release: &'a PageRelease,
}

/// What is known before the output is read.
struct Known<T> {
    /// Fills that are known.
    fills: Vec<ColumnFill<T>>,
    /// Columns whose gaps are filled already.
    filled: Vec<usize>,
    /// Columns whose median is unknown.
    unknown: Vec<SoughtColumn<T>>,
}

impl<T: Real> Poured<'_, T> {
    /// Fits and writes the fills of `gaps`, which are in column order, and returns them. Fills that
    /// are known are written while sheets are turned.
    pub fn fit_and_fill(
        mut self,
        gaps: &[GapColumn],
        team: &mut Team<'_>,
    ) -> Result<Vec<ColumnFill<T>>> {
        let Known {
            mut fills,
            filled,
            unknown: sought,
        } = known(gaps, self.medians.take());
        let mut unknown: Vec<GapColumn> = sought.iter().map(|column| column.gap).collect();
        let out = self.out.view();
        let pieces = ColumnPieces::of(&out, self.sheet_rows, self.fitted);
        let stays = self.sheet_rows.is_some() || !self.release.is_some();
        if let Some(pieces) = pieces.filter(|_| stays) {
            let SoughtMedians { found, missed } = pieces.medians(&sought, team)?;
            fills.extend(found);
            unknown = missed;
        }
        drop(sought);
        let missing = gaps.iter().filter(|gap| gap.missing);
        let mut missing: Vec<usize> = missing.map(|gap| gap.column).collect();
        missing.retain(|column| filled.binary_search(column).is_err());
        self.turn(&fills, &mut missing, team)?;
        let fitted = self.out.slice(s![..self.fitted, ..]);
        fills.extend(medians(&fitted, &unknown, self.release, team)?);
        let means_of = gaps.iter().filter(|gap| gap.fill == FillKind::Mean);
        let means_of: Vec<GapColumn> = means_of.copied().collect();
        fills.extend(means(&fitted, &means_of, team)?);
        fills.sort_unstable_by_key(|fill| fill.column);
        self.write(&fills, &missing, team)?;
        Ok(fills)
    }

    /// Writes fills into the gaps of the columns `missing`, which ascend, and turns sheets.
    pub fn fill(
        mut self,
        fills: &[ColumnFill<T>],
        mut missing: Vec<usize>,
        team: &mut Team<'_>,
    ) -> Result<()> {
        self.turn(fills, &mut missing, team)?;
        self.write(fills, &missing, team)
    }

    /// Turns sheets, and fills gaps and has codes take the place of numbers meanwhile. Columns that are
    /// still to be filled stay in `missing`.
    fn turn(
        &mut self,
        fills: &[ColumnFill<T>],
        missing: &mut Vec<usize>,
        team: &mut Team<'_>,
    ) -> Result<()> {
        let Some(rows) = self.sheet_rows else {
            return self.exchange(team);
        };
        let row = fill_row(self.out.ncols(), fills, missing);
        let codes = take(&mut self.codes);
        let copy = |column: usize, from: &[T], to: &mut [T]| {
            copy_filled(from, to, row[column]);
            if let Some(Some(codes)) = codes.get(column) {
                exchange(to, codes.all());
            }
        };
        let all = 0..self.out.ncols();
        let layout = SheetLayout {
            rows,
            columns: from_ref(&all),
        };
        turn(self.out.view_mut(), layout, &copy, self.release, team)?;
        missing.retain(|column| row[*column].is_nan());
        Ok(())
    }

    /// Has codes take the place of numbers in columns that are contiguous in memory.
    fn exchange(&mut self, team: &mut Team<'_>) -> Result<()> {
        if self.codes.is_empty() {
            return Ok(());
        }
        let workers = team.workers;
        let coded = self.out.columns_mut().into_iter().zip(&self.codes);
        let coded = coded.filter_map(|(column, codes)| Some((column, codes.as_ref()?)));
        team.for_each(
            coded,
            || Ok(()),
            |(), (column, codes)| {
                for values in column.into_slice().ok_or_else(strange)?.chunks_mut(BLOCK) {
                    exchange(values, codes.all());
                    workers.check()?;
                }
                Ok(())
            },
        )?;
        Ok(())
    }

    /// Writes fills into the gaps of the columns `missing`, which ascend.
    fn write(
        &mut self,
        fills: &[ColumnFill<T>],
        missing: &[usize],
        team: &mut Team<'_>,
    ) -> Result<()> {
        if missing.is_empty() {
            return Ok(());
        }
        let (rows, columns) = self.out.dim();
        let row = fill_row(columns, fills, missing);
        // Pieces that are contiguous in memory: rows in C order, columns in F order.
        let by_rows = self.out.is_standard_layout();
        let height = (BLOCK / (columns * size_of::<T>()).max(1)).max(1);
        let (axis, length) = if by_rows {
            (Axis(0), height)
        } else {
            (Axis(1), 1)
        };
        let pieces = self.out.axis_chunks_iter_mut(axis, length).enumerate();
        let workers = team.workers;
        let release = self.release;
        team.for_each(
            pieces,
            || Ok(()),
            |(), (at, piece)| {
                let bytes = piece.len() * size_of::<T>();
                let start = at * length * size_of::<T>() * if by_rows { columns } else { rows };
                if by_rows {
                    fill_rows(piece.into_slice().ok_or_else(strange)?, &row);
                } else if !row[at].is_nan() {
                    let column = piece.index_axis_move(Axis(1), 0);
                    for values in column.into_slice().ok_or_else(strange)?.chunks_mut(BLOCK) {
                        fill_rows(values, &[row[at]; COLUMNS_AT_ONCE]);
                        workers.check()?;
                    }
                }
                release.give_back(start..start + bytes);
                workers.check()
            },
        )?;
        Ok(())
    }
}

/// The error for an output in no order that is known.
fn strange() -> Error {
    Error::Internal("an output is neither C nor F".to_owned())
}

/// Sorts `gaps` by what is known of them.
fn known<T: Real>(gaps: &[GapColumn], mut medians: Option<StreamingMedians<T>>) -> Known<T> {
    let mut known = Known {
        fills: Vec::with_capacity(gaps.len()),
        filled: Vec::new(),
        unknown: Vec::new(),
    };
    for gap in gaps {
        let column = gap.column;
        let mut streamed = || match &mut medians {
            Some(medians) => medians.end(column, gap.count),
            None => Streamed::Missed(None),
        };
        match gap.fill {
            FillKind::Zero => known.fills.push(ColumnFill {
                column,
                value: T::nearest(0.0),
            }),
            FillKind::Mean => {}
            FillKind::Median => match streamed() {
                Streamed::Found(median) => {
                    let value = median.value;
                    known.fills.push(ColumnFill { column, value });
                    known.filled.extend(median.is_filled.then_some(column));
                }
                Streamed::Missed(zones) => known.unknown.push(SoughtColumn { gap: *gap, zones }),
            },
        }
    }
    known
}

/// The fill of each column; NaN where it is unknown, or no values are missing.
fn fill_row<T: Real>(columns: usize, fills: &[ColumnFill<T>], missing: &[usize]) -> Vec<T> {
    let mut row = vec![T::MISSING; columns];
    for fill in fills {
        if missing.binary_search(&fill.column).is_ok() {
            row[fill.column] = fill.value;
        }
    }
    row
}
