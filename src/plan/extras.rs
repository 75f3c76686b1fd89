//! Arrays beside the matrix: targets, weights, groups and what is passed through. They come from the
//! source, so that every row has one, and their values are taken as they are.

use crate::dataset::names::not_found;
use crate::dataset::{Dataset, Selection, Slot};
use crate::error::{ColumnType, Error, Result};
use crate::parquet::{Kind, Own, TextType};
use crate::plan::messages::{TypeThere, in_a_table_only, other_kind, times_and_numbers};
use crate::plan::options::{Options, Target};
use crate::plan::selection::{TextColumn, select, text_column};
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
    /// A column that is passed through.
    Passthrough,
    /// Which of its values are null.
    Mask,
}

impl Role {
    /// The name of the array.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Target => "y",
            Self::Weight => "weight",
            Self::Group => "group",
            Self::Passthrough => "passthrough",
            Self::Mask => "mask",
        }
    }

    /// The option that names the columns of the array.
    pub const fn option(self) -> &'static str {
        match self {
            Self::Target => "target",
            Self::Mask => "passthrough",
            Self::Weight | Self::Group | Self::Passthrough => self.name(),
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
    /// How many numbers each list has, where its only column is one of lists.
    pub width: Option<usize>,
    /// The dtype that the columns have in common.
    pub dtype: Dtype,
    /// Where the columns are, where they are poured.
    pub selection: Selection,
    /// The texts that its values are codes of: they are read in a pass of their own.
    pub texts: Option<TextColumn>,
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
        require(source, tables, columns, &names, role.option())?;
        let required = Some(EVERY_ROW);
        let columns = Target { names, flat };
        extras.push(match Extra::coded(source, role, &columns)? {
            Some(extra) => extra,
            None => Extra::new(source, role, columns, required)?,
        });
    }
    Ok(extras)
}

/// Refuses names that the source does not have.
pub(super) fn require(
    source: &Dataset,
    tables: &[TableFooter],
    columns: &[TableColumn<'_>],
    names: &[String],
    option: &str,
) -> Result<()> {
    let Some(name) = names.iter().find(|name| !source.has(name)) else {
        return Ok(());
    };
    Err(match columns.iter().find(|column| column.name == *name) {
        Some(column) => in_a_table_only(option, name, &tables[column.table].file.path),
        None => not_found(source.first(), name, source.column_names(), Some(option)),
    })
}

/// What a column is by itself in all files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found<'a> {
    /// Values of a dtype.
    Array(Dtype),
    /// Lists of values of a dtype, of a type with this name.
    Lists(Dtype, &'a str),
    /// Byte strings, of a type with this name.
    Text(TextType, &'a str),
    /// Nothing that an array could hold, of a type with this name.
    Refused(&'a str),
}

/// Looks up what a column is. Files in which it is of the null type say nothing about it.
pub(super) fn find<'a>(source: &'a Dataset, name: &str) -> Result<Found<'a>> {
    let mut first: Option<TypeThere<'_>> = None;
    let mut found: Option<Found<'a>> = None;
    for layout in &source.layouts {
        let Some(column) = layout.column(name)? else {
            continue;
        };
        let type_name = column.type_name.as_str();
        if layout.leaves[column.leaf].encrypted {
            return Ok(Found::Refused("encrypted"));
        }
        let here = match column.own {
            Ok(Own::Number(Kind::Null)) if !column.nesting.is_vector() => continue,
            Ok(own) => match own.dtype() {
                Some(dtype) if column.nesting.is_vector() => Found::Lists(dtype, type_name),
                Some(dtype) => Found::Array(dtype),
                None => Found::Text(own.text().unwrap_or(TextType::Bytes), type_name),
            },
            Err(_) => return Ok(Found::Refused(type_name)),
        };
        let own = TypeThere {
            path: &layout.path,
            type_name,
        };
        let there = *first.get_or_insert(own);
        found = Some(match (found.unwrap_or(here), here) {
            (Found::Array(a), Found::Array(b)) if a.goes_with(b) => Found::Array(a.common(b)),
            (Found::Lists(a, words), Found::Lists(b, _)) if a.goes_with(b) => {
                Found::Lists(a.common(b), words)
            }
            (Found::Text(a, words), Found::Text(b, _)) => match a.common(b) {
                Some(text) => Found::Text(text, words),
                None => return Err(other_kind(name, own, there)),
            },
            _ => return Err(other_kind(name, own, there)),
        });
    }
    Ok(found.unwrap_or(Found::Array(Dtype::F64)))
}

impl Extra {
    /// The name of the array: that of its role, or of the column that is passed through.
    pub fn name(&self) -> &str {
        match (self.role, self.names.first()) {
            (Role::Passthrough | Role::Mask, Some(name)) => name,
            (role, _) => role.name(),
        }
    }

    /// The name of its first column.
    pub fn name_of_column(&self) -> &str {
        self.names.first().map_or("", String::as_str)
    }

    /// What the name of its file has beyond that of the matrix: `y.npy`.
    pub fn ending(&self) -> String {
        match self.role {
            Role::Mask => format!("{}.mask.npy", self.name()),
            _ => format!("{}.npy", self.name()),
        }
    }

    /// How many columns the array has.
    pub fn columns(&self) -> usize {
        self.names.len() * self.width.unwrap_or(1)
    }

    /// The array, if the source has `rows` rows.
    pub fn array(&self, rows: usize) -> ArraySpec {
        let columns = (!self.flat || self.width.is_some()).then_some(self.columns());
        ArraySpec {
            shape: [rows].into_iter().chain(columns).collect(),
            dtype: self.dtype,
            order: Order::C,
        }
    }

    /// The codes of a target or a group of texts; none where it is numbers or times.
    fn coded(source: &Dataset, role: Role, columns: &Target) -> Result<Option<Self>> {
        let (Role::Target | Role::Group, [name]) = (role, &columns.names[..]) else {
            return Ok(None);
        };
        let Found::Text(text, _) = find(source, name)? else {
            return Ok(None);
        };
        Ok(Some(Self {
            role,
            names: columns.names.clone(),
            flat: columns.flat,
            width: None,
            dtype: Dtype::I64,
            selection: vec![vec![None]; source.layouts.len()],
            texts: Some(text_column(source, name, text, Some(EVERY_ROW))?),
        }))
    }

    /// The array of some columns. `required` says what a file needs that lacks one.
    pub(super) fn new(
        source: &Dataset,
        role: Role,
        columns: Target,
        required: Option<&str>,
    ) -> Result<Self> {
        Self::of_width(source, role, columns, required, None)
    }

    /// The same, where the only column has lists of so many values.
    pub(super) fn of_width(
        source: &Dataset,
        role: Role,
        columns: Target,
        required: Option<&str>,
        width: Option<usize>,
    ) -> Result<Self> {
        let Target { names, flat } = columns;
        let mut refused = Vec::new();
        let mut dtype = None;
        for name in &names {
            match find(source, name)? {
                Found::Lists(_, type_name) if width.is_none() => {
                    refused.push(ColumnType::new(name, type_name));
                }
                Found::Array(own) | Found::Lists(own, _) => {
                    let common = dtype.unwrap_or(own);
                    if !common.goes_with(own) {
                        return Err(times_and_numbers(role.option(), &names[0], name));
                    }
                    dtype = Some(common.common(own));
                }
                Found::Text(_, type_name) | Found::Refused(type_name) => {
                    refused.push(ColumnType::new(name, type_name));
                }
            }
        }
        if !refused.is_empty() {
            return Err(Error::UnsupportedColumns {
                columns: refused,
                total: names.len(),
                named: true,
            });
        }
        let mut dtype = dtype.unwrap_or(Dtype::F64);
        let selection = select(source, &names, required, |_, column| {
            // A column of nulls alone in some file is in no lists there.
            if column.nesting.is_vector() != width.is_some() {
                return None;
            }
            Some(Slot {
                leaf: column.leaf,
                kind: column.own.ok()?.kind(dtype)?,
                nesting: column.nesting,
                width: width.unwrap_or(1),
            })
        })?;
        // Where integers are missing in a file, NaN can say so, unless a mask does.
        let mut slots = selection.iter().flatten().flatten();
        if role != Role::Passthrough && dtype.needs_mask() && slots.any(|s| s.kind == Kind::Null) {
            dtype = dtype.common(Dtype::F64);
        }
        Ok(Self {
            role,
            names,
            flat,
            width,
            dtype,
            selection,
            texts: None,
        })
    }
}
