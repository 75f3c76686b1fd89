//! Arrays beside the matrix: targets, weights and groups. They come from the source, so that every
//! row has one, and their values are taken as they are.

use crate::dataset::Dataset;
use crate::dataset::Selection;
use crate::dataset::names::not_found;
use crate::error::{ColumnType, Error, Result};
use crate::plan::messages::in_a_table_only;
use crate::plan::options::{Options, Target};
use crate::plan::selection::select;
use crate::plan::tables::{TableColumn, TableFooter};
use crate::types::{ArraySpec, Dtype, Order};

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
    let single = |name: &Option<String>| {
        Some(Target {
            names: vec![name.clone()?],
            flat: true,
        })
    };
    let named = [
        (Role::Target, options.target.clone()),
        (Role::Weight, single(&options.weight)),
        (Role::Group, single(&options.group)),
    ];
    let mut extras = Vec::new();
    for (role, given) in named {
        let Some(Target { names, flat }) = given else {
            continue;
        };
        if let Some(name) = names.iter().find(|name| !source.has(name)) {
            let option = role.option();
            return Err(match columns.iter().find(|column| column.name == *name) {
                Some(column) => in_a_table_only(option, name, &tables[column.table].file.path),
                None => not_found(source.first(), name, source.column_names(), Some(option)),
            });
        }
        extras.push(Extra::new(source, role, names, flat)?);
    }
    Ok(extras)
}

impl Extra {
    /// The array, if the source has `rows` rows.
    pub fn array(&self, rows: usize) -> ArraySpec {
        let columns = (!self.flat).then_some(self.names.len());
        ArraySpec {
            shape: [rows].into_iter().chain(columns).collect(),
            dtype: self.dtype,
            order: Order::C,
        }
    }

    fn new(source: &Dataset, role: Role, names: Vec<String>, flat: bool) -> Result<Self> {
        let mut refused = Vec::new();
        for name in &names {
            if let Some(type_name) = source.refused_type(name)? {
                refused.push(ColumnType::new(name, type_name));
            }
        }
        if !refused.is_empty() {
            return Err(Error::UnsupportedColumns {
                columns: refused,
                total: names.len(),
                named: true,
            });
        }
        // A file without the target has only missing targets, which would be refused anyway.
        let selection = select(source, &names, Some(EVERY_ROW))?;
        let slots = selection.iter().flatten().flatten();
        let dtypes = slots.map(|slot| slot.kind.dtype());
        Ok(Self {
            role,
            dtype: dtypes.reduce(Dtype::common).unwrap_or(Dtype::F64),
            names,
            flat,
            selection,
        })
    }
}
