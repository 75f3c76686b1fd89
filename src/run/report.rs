//! The report of a load, and what it refuses.

use std::path::PathBuf;
use std::sync::Arc;

use crate::error::{Error, MissingValues, Overflow, Place, Result};
use crate::fit::gaps::{FillKind, GapColumn};
use crate::io::remote::Traffic;
use crate::kernel::{Real, Tally};
use crate::plan::rules::missing;
use crate::plan::{
    Encode, Extra, Feature, Fill, MissingTargets, Options, OverflowPolicy, Plan, Role,
};
use crate::run::join::ColumnState;
use crate::texts::Texts;
use crate::types::Unit;
use crate::workers::Stage;

/// What happened to one feature.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnReport {
    /// The name of the feature.
    pub name: String,
    /// Counts of values that are not plain numbers.
    pub tally: Tally,
    /// The same for each part, and how many of its values were filled.
    pub parts: Vec<PartReport>,
    /// How many values were filled.
    pub filled: u64,
    /// What missing values are filled with, whether or not there are any.
    pub fill: Option<f64>,
    /// Whether all values that fills are fitted on are missing.
    pub empty: bool,
}

/// What happened to one feature in one part.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PartReport {
    /// Counts of values that are not plain numbers.
    pub tally: Tally,
    /// How many values were filled.
    pub filled: u64,
}

impl ColumnReport {
    /// How many of `rows` values of the first part are not missing, in a column whose missing values
    /// are filled.
    pub fn count(&self, rows: u64) -> u64 {
        rows - self.parts.first().map_or(0, |part| part.filled)
    }
}

/// How a joined table matched the source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableReport {
    /// The table.
    pub path: PathBuf,
    /// Rows of the table.
    pub rows: u64,
    /// Rows of the source that match a row of the table.
    pub matched: u64,
    /// Rows of the source that match none, so that their values are missing.
    pub unmatched: u64,
    /// Rows of the table that match no row of the source.
    pub unused: u64,
    /// How the keys of the table relate to those of the source.
    pub keys: &'static str,
}

/// The report of a load.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Report {
    /// Rows of the matrix.
    pub rows: u64,
    /// Bytes that were read.
    pub bytes_read: u64,
    /// Seconds by stage.
    pub seconds: Vec<(Stage, f64)>,
    /// The most scratch that was leased at once.
    pub peak_scratch: usize,
    /// The number of threads.
    pub threads: usize,
    /// What went over the network.
    pub traffic: Traffic,
    /// The features.
    pub columns: Vec<ColumnReport>,
    /// The joined tables.
    pub tables: Vec<TableReport>,
    /// Columns that are passed through and have nulls that a mask tells.
    pub masked: Vec<String>,
    /// The texts of arrays that are codes.
    pub codes: Vec<CodesReport>,
    /// The texts of features that are codes.
    pub vocabularies: Vec<VocabularyReport>,
    /// Features whose dtype cannot tell apart values that they may have.
    pub steps: Vec<StepReport>,
    /// What a share has counted, where others decide what becomes of it.
    pub told: Vec<u8>,
    /// Types of the texts that were passed to files, as NumPy writes them.
    pub text_types: Vec<TextTypeReport>,
}

/// The texts of an array of codes.
#[derive(Debug, Clone, PartialEq)]
pub struct CodesReport {
    /// What the array is for.
    pub role: Role,
    /// The text of each code.
    pub texts: Arc<Texts>,
}

/// The texts of a feature that is codes.
#[derive(Debug, Clone, PartialEq)]
pub struct VocabularyReport {
    /// The feature.
    pub column: String,
    /// The text of each code.
    pub texts: Arc<Texts>,
}

/// What is known of a feature after the pour.
#[derive(Debug, Clone)]
pub struct RecodedColumn {
    /// The texts that its values are codes of.
    pub texts: Option<Arc<Texts>>,
    /// The largest magnitude among its units of a clock.
    pub farthest: f64,
}

/// Times that the dtype cannot tell apart.
#[derive(Debug, Clone, PartialEq)]
pub struct StepReport {
    /// The feature.
    pub column: String,
    /// The difference of two neighbouring values of the dtype, at the time that is farthest from the
    /// origin.
    pub step: f64,
    /// The unit.
    pub unit: Unit,
}

impl Report {
    /// Reports the tally of each feature, and refuses values that overflow.
    pub(super) fn columns_are<T: Real>(
        &mut self,
        plan: &Plan,
        states: &[ColumnState],
    ) -> Result<()> {
        let recoded = states.iter().map(|state| RecodedColumn {
            texts: state.texts.clone(),
            farthest: Tally::sum(&state.tallies).farthest,
        });
        self.recoded(plan, recoded, step::<T>);
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

    /// Notes the texts of features that are codes, and the features whose dtype is too coarse for them.
    /// `step` is the difference of the values of the dtype around another one.
    pub fn recoded(
        &mut self,
        plan: &Plan,
        columns: impl Iterator<Item = RecodedColumn>,
        step: fn(f64) -> f64,
    ) {
        for (feature, recoded) in plan.features.iter().zip(columns) {
            let column = feature.name.clone();
            if let Some(texts) = recoded.texts {
                self.vocabularies.push(VocabularyReport { column, texts });
            } else if let (Encode::Clock(epoch), Some(tick)) = (feature.encode, feature.tick) {
                let step = step(recoded.farthest);
                if step > tick {
                    self.steps.push(StepReport {
                        column,
                        step,
                        unit: epoch.unit,
                    });
                }
            }
        }
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

/// The difference of the two neighbouring values of a dtype that a magnitude is between.
pub fn step<T: Real>(magnitude: f64) -> f64 {
    let near = T::nearest(magnitude);
    if !near.is_finite() {
        return T::MAX.to_f64() - T::from_key(T::MAX.key() - 1).to_f64();
    }
    let (low, high) = if near.to_f64() < magnitude || near.to_f64() == 0.0 {
        (near, T::from_key(near.key() + 1))
    } else {
        (T::from_key(near.key() - 1), near)
    };
    high.to_f64() - low.to_f64()
}

/// The type of a text in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextTypeReport {
    /// The name of the column.
    pub name: String,
    /// The type of its values, as NumPy writes it.
    pub descr: String,
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
