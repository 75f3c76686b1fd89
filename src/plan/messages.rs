//! Columns that cannot become numbers: which, why, and what to do about them.

use crate::dataset::Dataset;
use crate::error::{Error, Result};
use crate::plan::ColumnChoice;

/// Refuses names of columns that cannot be taken.
pub(super) fn refuse_unsupported(
    dataset: &Dataset,
    names: &[String],
    choice: &ColumnChoice,
) -> Result<()> {
    unsupported(&refused(dataset, names)?, names.len(), choice)
}

/// The columns that cannot be taken, and their types.
pub(super) fn refused(dataset: &Dataset, names: &[String]) -> Result<Vec<(String, String)>> {
    let mut refused = Vec::new();
    for name in names {
        for layout in &dataset.layouts {
            let column = layout.column(name)?;
            if let Some(kind) = column.and_then(|column| layout.refused_type(column)) {
                refused.push((name.clone(), kind.to_owned()));
                break;
            }
        }
    }
    Ok(refused)
}

/// Refuses columns that cannot be taken, if there are any among so many.
pub(super) fn unsupported(
    refused: &[(String, String)],
    count: usize,
    choice: &ColumnChoice,
) -> Result<()> {
    if refused.is_empty() {
        return Ok(());
    }
    let listed = refused
        .iter()
        .take(20)
        .map(|(name, kind)| format!("`{name}` ({kind})"));
    let listed = listed.collect::<Vec<_>>().join(", ");
    let more = match refused.len().saturating_sub(20) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let quoted = refused.iter().map(|(name, _)| format!("{name:?}"));
    let cure = match choice {
        ColumnChoice::Named(_) => "leave them out, or encode them as numbers first".to_owned(),
        _ => format!(
            "pass exclude=[{}], or columns=\"numeric\" to leave out whatever is not a number",
            quoted.collect::<Vec<_>>().join(", ")
        ),
    };
    Err(Error::UnsupportedColumns(format!(
        "{} of {} columns cannot become numbers: {listed}{more}; {cure}",
        refused.len(),
        count,
    )))
}
