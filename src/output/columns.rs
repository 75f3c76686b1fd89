//! Rows turned into columns, in place: an array of which all rows are there becomes one in column order.
//!
//! ```text
//! each sheet of rows is turned by itself    r r r r | r r r r | r r   ->  c c c c | c c c c | c c
//! cells of sheets go to their columns       sheet by sheet           ->  column by column
//! the rows behind the last whole sheet      are inserted at the end of each column, from the last on
//! ```
//!
//! A cell is what a sheet has of a column, and as long as it takes for the order of all cells to be small.
//! So no second copy exists, and each value is moved three times.

use ndarray::ArrayViewMut2;

use crate::account::Scratch;
use crate::error::{Error, Fault, Result};
use crate::kernel::Element;
use crate::output::arrange::{PartOrder, arrange};
use crate::workers::Team;

/// The least rows of a sheet.
const LEAST_ROWS: usize = 256;
/// About how many cells there are at most.
const CELLS: usize = 1 << 20;

/// Puts rows in column order, in the same memory.
pub fn columns_of_rows<T: Element>(out: ArrayViewMut2<'_, T>, team: &mut Team<'_>) -> Result<()> {
    let (rows, columns) = out.dim();
    if rows < 2 || columns < 2 {
        return Ok(());
    }
    let strange = || Error::Internal("an output is not in row order".to_owned());
    let values = out.into_slice().ok_or_else(strange)?;
    // A sheet of each thread has to fit into the account, and half of it is for the order of cells.
    let most = team.account.limit() / (2 * team.threads) / (columns * size_of::<T>());
    let sheet_rows = (values.len() / CELLS)
        .max(LEAST_ROWS)
        .min(most)
        .clamp(1, rows);
    turn_sheets(values, columns, sheet_rows, team)?;
    let sheets = rows / sheet_rows;
    let (whole, rest) = values.split_at_mut(sheets * sheet_rows * columns);
    order_cells(whole, columns, sheet_rows, team)?;
    let mut behind = Scratch::new(team.account);
    let behind = behind.fit(rest.len()).map_err(scarce)?;
    behind.copy_from_slice(rest);
    let (before, after) = (sheets * sheet_rows, rows % sheet_rows);
    if after == 0 {
        return Ok(());
    }
    for column in (0..columns).rev() {
        let place = column * rows;
        values.copy_within(column * before..(column + 1) * before, place);
        let own = &behind[column * after..][..after];
        values[place + before..][..after].copy_from_slice(own);
        team.caller.check()?;
    }
    Ok(())
}

/// Turns each sheet by itself; the last one may have fewer rows.
fn turn_sheets<T: Element>(
    values: &mut [T],
    columns: usize,
    sheet_rows: usize,
    team: &mut Team<'_>,
) -> Result<()> {
    let workers = team.workers;
    let account = team.account;
    let begin = || Ok(Scratch::new(account));
    let length = sheet_rows * columns;
    team.for_each(
        values.chunks_mut(length),
        begin,
        |scratch: &mut Scratch<T>, sheet| {
            let rows = sheet.len() / columns;
            let from = scratch.fit(sheet.len()).map_err(scarce)?;
            from.copy_from_slice(sheet);
            for (column, cell) in sheet.chunks_exact_mut(rows).enumerate() {
                for (value, row) in cell.iter_mut().zip(from.chunks_exact(columns)) {
                    *value = row[column];
                }
            }
            workers.check()
        },
    )?;
    Ok(())
}

/// Brings the cells of all sheets to their columns.
fn order_cells<T: Element>(
    values: &mut [T],
    columns: usize,
    sheet_rows: usize,
    team: &mut Team<'_>,
) -> Result<()> {
    let sheets = values.len() / (columns * sheet_rows);
    let mut rows = Scratch::new(team.account);
    let order = rows.fit(sheets * columns).map_err(scarce)?;
    for (place, cell) in order.iter_mut().enumerate() {
        let (column, sheet) = (place / sheets, place % sheets);
        *cell = (sheet * columns + column) as u64;
    }
    let cells = ArrayViewMut2::from_shape((sheets * columns, sheet_rows), values);
    let cells = cells.map_err(|_| Error::Internal("sheets are not whole".to_owned()))?;
    arrange(cells, &[PartOrder { first: 0, rows }], team)
}

/// The error for too little memory to turn rows, which is not the fault of a file.
fn scarce(fault: Fault) -> Error {
    fault.short(|needed| {
        format!(
            "order=\"F\": to turn rows into columns {needed} bytes are needed at once, and less is free; \
             raise memory_limit by {needed} bytes, or ask for order=\"C\""
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::Account;
    use crate::workers::{Call, Stage, Workers};

    #[test]
    fn rows_become_columns_of_any_shape() {
        for (rows, columns) in [
            (0, 3),
            (1, 3),
            (7, 1),
            (5, 3),
            (255, 2),
            (256, 5),
            (2049, 7),
            (1500, 40),
        ] {
            let value = |row: usize, column: usize| (row * 64 + column) as u64;
            let mut values: Vec<u64> = (0..rows * columns)
                .map(|at| value(at / columns, at % columns))
                .collect();
            let out = ArrayViewMut2::from_shape((rows, columns), &mut values).unwrap();
            let workers = Workers::new(Stage::Arrange, rows, 1, Call::begin());
            let mut team = Team {
                workers: &workers,
                caller: &mut (),
                threads: 2,
                account: &Account::new(64 << 20),
            };
            columns_of_rows(out, &mut team).unwrap();
            let expected: Vec<u64> = (0..rows * columns)
                .map(|at| value(at % rows, at / rows))
                .collect();
            assert_eq!(values, expected, "{rows} x {columns}");
        }
    }
}
