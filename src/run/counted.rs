//! What was counted while a load was poured: it becomes the report of its columns, says what is refused,
//! and which fills are to be fitted.

use crate::error::{Error, MissingValues, Overflow, Place, Result};
use crate::fit::gaps::{FillKind, GapColumn};
use crate::kernel::Tally;
use crate::plan::rules::missing;
use crate::plan::{Extra, Feature, Fill, MissingTargets, Options, OverflowPolicy, Plan, Role};
use crate::run::join::ColumnState;
use crate::run::report::{ColumnReport, PartReport, RecodedColumn, Report};

/// What was counted of the columns of a matrix, and of the arrays beside it.
#[derive(Clone, Copy)]
pub(super) struct Counted<'a> {
    pub(super) columns: &'a [ColumnState],
    pub(super) of_extras: &'a [Tally],
}

impl Report {
    /// Reports the tally of each feature, and refuses values that overflow. `step` is that of the dtype
    /// at a magnitude.
    pub(super) fn columns_are(
        &mut self,
        plan: &Plan,
        states: &[ColumnState],
        step: fn(f64) -> f64,
    ) -> Result<()> {
        let recoded = states.iter().map(|state| RecodedColumn {
            texts: state.texts.clone(),
            farthest: Tally::sum(&state.tallies).farthest,
        });
        self.recoded(plan, recoded, step);
        let rows = plan.fitted_rows() as u64;
        let columns = plan.features.iter().zip(states).map(|(feature, state)| {
            let column = column(feature, &state.tallies, rows, &plan.options);
            ColumnReport {
                fill: state.fill.or(column.fill),
                ..column
            }
        });
        self.columns = columns.collect();
        refuse_overflow(&self.columns, &plan.options)
    }

    /// Refuses targets, weights and groups that lack a value, and notes which others do.
    pub(super) fn extras_are(&mut self, plan: &Plan, mut tallies: &[Tally]) -> Result<()> {
        let parts = plan.parts().len();
        for extra in plan.poured() {
            let (own, others) = tallies.split_at(extra.columns() * parts);
            let own: Vec<Tally> = own.chunks(parts).map(Tally::sum).collect();
            match extra.role {
                Role::Target | Role::Weight | Role::Group => {
                    refuse_missing(extra, &own, &plan.options)?;
                }
                Role::Passthrough => refuse_unmasked(plan, extra, &own)?,
                Role::Mask if own.iter().any(|tally| tally.nulls > 0) => {
                    self.masked.push(extra.name().to_owned());
                }
                Role::Mask => {}
            }
            tallies = others;
        }
        Ok(())
    }

    /// The columns whose fills are to be fitted.
    pub(super) fn gaps(&self, plan: &Plan, is_done: impl Fn(usize) -> bool) -> Vec<GapColumn> {
        let columns = self.columns.iter().enumerate();
        let gaps = columns.filter(|(at, _)| !is_done(*at));
        let gaps = gaps.filter_map(|(column, report)| {
            let fill = fitted(plan.features[column].fill)?;
            Some(GapColumn {
                column,
                count: report.count(plan.fitted_rows() as u64),
                missing: report.filled > 0,
                fill: if report.empty { FillKind::Zero } else { fill },
            })
        });
        gaps.collect()
    }
}

/// What is fitted for a fill, if anything is.
pub(super) const fn fitted(fill: Fill) -> Option<FillKind> {
    match fill {
        Fill::Median => Some(FillKind::Median),
        Fill::Mean => Some(FillKind::Mean),
        Fill::Value(_) | Fill::Nothing => None,
    }
}

/// The report of a feature before its fill is fitted: `tallies` has one for each part, and `rows` how
/// many rows the first has.
fn column(feature: &Feature, tallies: &[Tally], rows: u64, options: &Options) -> ColumnReport {
    let fill = feature.fill;
    let parts = tallies.iter().map(|tally| PartReport {
        tally: *tally,
        filled: match fill {
            Fill::Nothing => 0,
            _ => missing(tally, options),
        },
    });
    let parts: Vec<PartReport> = parts.collect();
    let fitted = tallies.first().copied().unwrap_or_default();
    let empty = missing(&fitted, options) == rows;
    ColumnReport {
        name: feature.name.clone(),
        tally: Tally::sum(tallies),
        filled: parts.iter().map(|part| part.filled).sum(),
        parts,
        fill: match fill {
            Fill::Value(value) => Some(value),
            Fill::Median | Fill::Mean if empty => Some(0.0),
            Fill::Median | Fill::Mean | Fill::Nothing => None,
        },
        empty,
    }
}

/// Refuses values that overflow the dtype, if the options say so.
fn refuse_overflow(columns: &[ColumnReport], options: &Options) -> Result<()> {
    let overflowed = columns.iter().filter(|column| column.tally.overflowed > 0);
    let columns: Vec<Overflow> = overflowed
        .map(|column| Overflow {
            column: column.name.clone(),
            count: column.tally.overflowed,
            largest: column.tally.largest,
        })
        .collect();
    if options.overflow != OverflowPolicy::Raise || columns.is_empty() {
        return Ok(());
    }
    Err(Error::CastOverflow {
        columns,
        dtype: options.dtype.name(),
    })
}

/// Refuses missing targets, weights and groups.
fn refuse_missing(extra: &Extra, tallies: &[Tally], options: &Options) -> Result<()> {
    if extra.dtype.is_floating() && options.missing_targets == MissingTargets::Keep {
        return Ok(());
    }
    let missing = |tally: &Tally| tally.nulls + tally.nans;
    let lacking = extra
        .names
        .iter()
        .zip(tallies)
        .filter(|(_, tally)| missing(tally) > 0);
    let columns: Vec<MissingValues> = lacking
        .map(|(name, tally)| MissingValues {
            column: name.clone(),
            nulls: tally.nulls,
            nans: tally.nans,
        })
        .collect();
    if columns.is_empty() {
        return Ok(());
    }
    Err(Error::MissingTarget {
        array: extra.role.name(),
        columns,
        can_keep: extra.dtype.is_floating(),
    })
}

/// Refuses nulls in a column that is passed through and has no mask, because its files say that there
/// are none.
fn refuse_unmasked(plan: &Plan, extra: &Extra, tallies: &[Tally]) -> Result<()> {
    let is_mask = |other: &Extra| other.role == Role::Mask && other.names == extra.names;
    let nulls: u64 = tallies.iter().map(|tally| tally.nulls).sum();
    if nulls == 0 || !extra.dtype.needs_mask() || plan.extras.iter().any(is_mask) {
        return Ok(());
    }
    let path = plan.files.first().map(|file| file.path.as_path());
    Err(Error::Corrupt {
        place: path.map_or_else(Place::default, |path| Place::column(path, extra.name())),
        what: format!("it has {nulls} nulls, and the footers of all files say none"),
    })
}
