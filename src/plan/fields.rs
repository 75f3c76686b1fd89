//! Which columns go where: names from the options, held against the layouts of all files.

use std::collections::{HashMap, HashSet};

use crate::dataset::names::{absent, not_found};
use crate::dataset::{Dataset, Layout};
use crate::dataset::{Selection, Slot};
use crate::error::{Error, Place, Result};
use crate::plan::messages::refuse_unsupported;
use crate::plan::{ColumnChoice, Fill, MissingColumns, Options};
use crate::types::Dtype;

/// What helps where a file lacks a column.
const FILL_IT: &str = "missing_columns=\"missing\" would fill it";

/// One column of the matrix.
#[derive(Debug, Clone, PartialEq)]
pub struct Feature {
    /// Its name.
    pub name: String,
    /// The type that it has in the first file that has it.
    pub type_name: String,
    /// What fills its missing values.
    pub fill: Fill,
}

/// A column that was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// Its name.
    pub name: String,
    /// Its type.
    pub type_name: String,
}

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

    /// The option that names its columns.
    pub const fn option(self) -> &'static str {
        match self {
            Self::Target => "target",
            Self::Weight | Self::Group => self.name(),
        }
    }
}

/// An array beside the matrix, whose values are taken as they are.
#[derive(Debug, Clone, PartialEq)]
pub struct Extra {
    /// What it is for.
    pub role: Role,
    /// Its columns.
    pub names: Vec<String>,
    /// Whether it has one dimension.
    pub flat: bool,
    /// The dtype that its columns have in common.
    pub dtype: Dtype,
    /// Where its columns are.
    pub selection: Selection,
}

/// All columns, chosen.
#[derive(Debug)]
pub struct Chosen {
    /// The columns of the matrix.
    pub features: Vec<Feature>,
    /// Where they are.
    pub selection: Selection,
    /// What was left out.
    pub skipped: Vec<Skipped>,
    /// Targets, weights and groups.
    pub extras: Vec<Extra>,
}

impl Chosen {
    /// Bytes of the chosen columns in the files.
    pub fn read_bytes(&self, dataset: &Dataset) -> u64 {
        let selections = self.extras.iter().map(|extra| &extra.selection);
        let slots = selections.chain([&self.selection]).flat_map(|selection| {
            let layouts = selection.iter().zip(&dataset.layouts);
            layouts.flat_map(|(slots, layout)| slots.iter().flatten().map(move |s| (s, layout)))
        });
        let bytes = slots.map(|(slot, layout)| layout.leaves[slot.leaf].bytes);
        bytes.fold(0, u64::saturating_add)
    }
}

/// Chooses columns.
pub fn choose(dataset: &Dataset, options: &Options) -> Result<Chosen> {
    let extras = extras_named(options)
        .into_iter()
        .map(|(role, names, flat)| extra(dataset, role, names, flat))
        .collect::<Result<Vec<_>>>()?;
    let mut set_aside: HashSet<&str> = HashSet::new();
    for name in &options.exclude {
        require(dataset, name)?;
        set_aside.insert(name);
    }
    set_aside.extend(
        extras
            .iter()
            .flat_map(|e| e.names.iter().map(String::as_str)),
    );
    let (names, skipped) = match &options.columns {
        ColumnChoice::Named(names) => {
            let kept = names
                .iter()
                .filter(|name| !set_aside.contains(name.as_str()));
            (kept.cloned().collect(), Vec::new())
        }
        ColumnChoice::All => (all_names(dataset, options, &set_aside)?, Vec::new()),
        ColumnChoice::Numeric => numeric_names(dataset, options, &set_aside)?,
    };
    refuse_unsupported(dataset, &names, &options.columns)?;
    let selection = select(dataset, &names, options.missing_columns)?;
    let mut fills: HashMap<&str, Fill> = HashMap::new();
    fills.extend(
        options
            .fill_columns
            .iter()
            .map(|(name, fill)| (name.as_str(), *fill)),
    );
    let features = names
        .iter()
        .map(|name| {
            feature(
                dataset,
                name,
                fills.remove(name.as_str()).unwrap_or(options.fill),
            )
        })
        .collect::<Result<_>>()?;
    if let Some(name) = fills.keys().min() {
        return Err(not_found(dataset, name, &names, "`fill` names"));
    }
    Ok(Chosen {
        features,
        selection,
        skipped,
        extras,
    })
}

pub(super) fn extras_named(options: &Options) -> Vec<(Role, Vec<String>, bool)> {
    let target = options.target.as_ref();
    let single = |role, name: &Option<String>| {
        let name = name.as_ref()?;
        Some((role, vec![name.clone()], true))
    };
    [
        target.map(|target| (Role::Target, target.names.clone(), target.flat)),
        single(Role::Weight, &options.weight),
        single(Role::Group, &options.group),
    ]
    .into_iter()
    .flatten()
    .collect()
}

pub(super) fn extra(
    dataset: &Dataset,
    role: Role,
    names: Vec<String>,
    flat: bool,
) -> Result<Extra> {
    refuse_unsupported(dataset, &names, &ColumnChoice::Named(Vec::new()))?;
    // A file without the target has only missing targets, which would be refused anyway.
    let selection = select(dataset, &names, MissingColumns::Raise)?;
    let dtypes = selection
        .iter()
        .flatten()
        .flatten()
        .map(|slot| slot.kind.dtype());
    Ok(Extra {
        role,
        dtype: dtypes.reduce(Dtype::common).unwrap_or(Dtype::F64),
        names,
        flat,
        selection,
    })
}

pub(super) fn feature(dataset: &Dataset, name: &str, fill: Fill) -> Result<Feature> {
    let mut type_name = String::from("absent");
    for layout in &dataset.layouts {
        if let Some(column) = layout.column(name)? {
            type_name.clone_from(&column.type_name);
            break;
        }
    }
    Ok(Feature {
        name: name.to_owned(),
        type_name,
        fill,
    })
}

/// The names of all files, which must agree unless a file may lack columns.
pub(super) fn all_names(
    dataset: &Dataset,
    options: &Options,
    aside: &HashSet<&str>,
) -> Result<Vec<String>> {
    let mut names: Vec<String> = Vec::new();
    let mut known: HashSet<&str> = HashSet::new();
    for (at, layout) in dataset.layouts.iter().enumerate() {
        let mut extra = Vec::new();
        let mut own: HashSet<&str> = HashSet::new();
        for column in &layout.schema.columns {
            let name = column.name.as_str();
            if aside.contains(name) {
                continue;
            }
            layout.column(name)?;
            own.insert(name);
            if known.insert(name) {
                names.push(name.to_owned());
                extra.push(name);
            }
        }
        if at > 0 && options.missing_columns == MissingColumns::Raise {
            let lacking = names.iter().map(String::as_str);
            let lacking: Vec<&str> = lacking.filter(|name| !own.contains(name)).collect();
            if !lacking.is_empty() || !extra.is_empty() {
                return Err(differs(layout, &dataset.layouts[0], (&lacking, &extra)));
            }
        }
    }
    Ok(names)
}

fn differs(layout: &Layout, first: &Layout, (lacking, extra): (&[&str], &[&str])) -> Error {
    let listed = |verb: &str, names: &[&str]| {
        let shown: Vec<String> = names.iter().take(8).map(|n| format!("`{n}`")).collect();
        let dots = if names.len() > 8 { ", ..." } else { "" };
        (!names.is_empty()).then(|| format!("{verb} {}{dots}", shown.join(", ")))
    };
    let found = [listed("lacks", lacking), listed("has also", extra)];
    let found: Vec<String> = found.into_iter().flatten().collect();
    let column = extra.first().or_else(|| lacking.first());
    Error::Mismatch {
        place: Place {
            column: column.map(|name| (*name).to_owned()),
            ..Place::file(&layout.path)
        },
        what: format!(
            "the columns are not those of {}: the file {}; name the columns to take with \
             columns=[...], leave some out with exclude=[...], or pass missing_columns=\"missing\"",
            first.path.display(),
            found.join(" and ")
        ),
    }
}

/// Refuses a name that no file has.
fn require(dataset: &Dataset, name: &str) -> Result<()> {
    let known = |layout: &Layout| layout.schema.columns.iter().any(|c| c.name == name);
    if dataset.layouts.iter().any(known) {
        return Ok(());
    }
    Err(not_found(dataset, name, &[], "`exclude` names"))
}

/// The names that are numbers in every file, and the others.
pub(super) fn numeric_names(
    dataset: &Dataset,
    options: &Options,
    aside: &HashSet<&str>,
) -> Result<(Vec<String>, Vec<Skipped>)> {
    let (mut kept, mut skipped) = (Vec::new(), Vec::new());
    for name in all_names(dataset, options, aside)? {
        let mut refused = None;
        for layout in &dataset.layouts {
            let column = layout.column(&name)?;
            if let Some(kind) = column.and_then(|column| layout.refused_type(column)) {
                refused = Some(kind.to_owned());
                break;
            }
        }
        match refused {
            Some(type_name) => skipped.push(Skipped { name, type_name }),
            None => kept.push(name),
        }
    }
    Ok((kept, skipped))
}

pub(super) fn select(
    dataset: &Dataset,
    names: &[String],
    missing: MissingColumns,
) -> Result<Selection> {
    let mut anywhere = vec![false; names.len()];
    let mut selection = Vec::with_capacity(dataset.layouts.len());
    for layout in &dataset.layouts {
        let mut slots = Vec::with_capacity(names.len());
        for (name, anywhere) in names.iter().zip(&mut anywhere) {
            let column = layout.column(name)?;
            *anywhere |= column.is_some();
            if column.is_none() && missing == MissingColumns::Raise {
                return Err(absent(layout, name, FILL_IT));
            }
            slots.push(column.and_then(Slot::of));
        }
        selection.push(slots);
    }
    match names.iter().zip(anywhere).find(|(_, anywhere)| !anywhere) {
        Some((name, _)) => Err(not_found(dataset, name, &[], "asked for")),
        None => Ok(selection),
    }
}
