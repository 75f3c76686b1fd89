//! The report of a load.

use std::path::PathBuf;
use std::sync::Arc;

use crate::io::remote::Traffic;
use crate::kernel::{Real, Tally};
use crate::plan::{Encode, Plan, Role};
use crate::run::join::used::UsedRows;
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
    /// Which rows match one, where the rows of the source are divided.
    pub used: UsedRows,
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
