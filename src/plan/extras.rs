//! Arrays beside the matrix: targets, weights and groups. They come from the source, so that every
//! row has one, and their values are taken as they are.

use crate::dataset::Dataset;
use crate::dataset::Selection;
use crate::dataset::names::not_found;
use crate::error::{ColumnType, Error, Result};
use crate::plan::messages::in_a_table_only;
use crate::plan::options::Options;
use crate::plan::selection::select;
use crate::plan::tables::{TableColumn, TableFooter};
use crate::types::Dtype;

/// What a file needs that lacks a target, a weight or a group.
const EVERY_ROW: &str = "every file needs its targets, weights and groups";

/// What an array beside the matrix is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// `y`
    Target,
    /// `weight`
    Weight,
    /// `group`
    Group,
}

impl Role {
    /// The name of the array.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Target => "y",
            Self::Weight => "weight",
            Self::Group => "group",
        }
    }

    /// The option that names the columns of the array.
    pub const fn option(self) -> &'static str {
        match self {
            Self::Target => "target",
            Self::Weight | Self::Group => self.name(),
        }
    }
}

/// An array beside the matrix.
#[derive(Debug, Clone, PartialEq)]
pub struct Extra {
    /// What the array is for.
    pub role: Role,
    /// The columns of the array.
    pub names: Vec<String>,
    /// Whether the array has one dimension.
    pub flat: bool,
    /// The dtype that the columns have in common.
    pub dtype: Dtype,
    /// Where the columns are.
    pub selection: Selection,
}

/// Looks up the arrays that the options name, in the source. `tables` and their `columns` are there
/// to say where else a column is.
pub fn extras(
    source: &Dataset,
    tables: &[TableFooter],
    columns: &[TableColumn<'_>],
    options: &Options,
) -> Result<Vec<Extra>> {
    let mut extras = Vec::new();
    for named in named(options) {
        let option = named.role.option();
        if let Some(name) = named.names.iter().find(|name| !source.has(name)) {
            return Err(match columns.iter().find(|column| column.name == *name) {
                Some(column) => in_a_table_only(option, name, &tables[column.table].file.path),
                None => not_found(source.first(), name, source.column_names(), Some(option)),
            });
        }
        extras.push(named.extra(source)?);
    }
    Ok(extras)
}

/// An array, as the options name it.
struct NamedExtra {
    role: Role,
    names: Vec<String>,
    flat: bool,
}

fn named(options: &Options) -> Vec<NamedExtra> {
    let target = options.target.as_ref().map(|target| NamedExtra {
        role: Role::Target,
        names: target.names.clone(),
        flat: target.flat,
    });
    let single = |role, name: &Option<String>| {
        let names = vec![name.clone()?];
        Some(NamedExtra {
            role,
            names,
            flat: true,
        })
    };
    let weight = single(Role::Weight, &options.weight);
    let group = single(Role::Group, &options.group);
    [target, weight, group].into_iter().flatten().collect()
}

impl NamedExtra {
    fn extra(self, source: &Dataset) -> Result<Extra> {
        let mut refused = Vec::new();
        for name in &self.names {
            if let Some(type_name) = source.refused_type(name)? {
                refused.push(ColumnType {
                    name: name.clone(),
                    type_name: type_name.to_owned(),
                });
            }
        }
        if !refused.is_empty() {
            return Err(Error::UnsupportedColumns {
                columns: refused,
                total: self.names.len(),
                named: true,
            });
        }
        // A file without the target has only missing targets, which would be refused anyway.
        let selection = select(source, &self.names, Some(EVERY_ROW))?;
        let slots = selection.iter().flatten().flatten();
        let dtypes = slots.map(|slot| slot.kind.dtype());
        Ok(Extra {
            role: self.role,
            dtype: dtypes.reduce(Dtype::common).unwrap_or(Dtype::F64),
            names: self.names,
            flat: self.flat,
            selection,
        })
    }
}
