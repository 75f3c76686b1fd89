//! Which columns become features of the matrix: the options, held against the files. A load without
//! a join is a join of no tables.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use crate::dataset::Dataset;
use crate::dataset::names::not_found;
use crate::dataset::{Selection, Slot};
use crate::error::{Checkpoint, ColumnType, Error, Result};
use crate::plan::extras::{Extra, extras};
use crate::plan::fields::blocks::TableSlot;
use crate::plan::fields::features::{Candidate, FeatureFiles, Features};
use crate::plan::fields::field::{Feature, Field};
use crate::plan::messages::{FILL_IT, differs, name_taken};
use crate::plan::options::{ColumnChoice, MissingColumns, Options};
use crate::plan::passthrough::passthrough;
use crate::plan::selection::{TextColumn, leaves, select};
use crate::plan::tables::{TableColumn, TableFooter, columns};

/// All columns, chosen.
#[derive(Debug)]
pub struct Chosen {
    /// The columns of the matrix.
    pub features: Vec<Feature>,
    /// The columns of the files that they come from.
    pub fields: Vec<Field>,
    /// Where each field is in a table; none for those of the source.
    pub origins: Vec<Option<TableSlot>>,
    /// Where the fields of the source are.
    pub selection: Selection,
    /// What was left out.
    pub skipped: Vec<ColumnType>,
    /// Arrays beside the matrix.
    pub extras: Vec<Extra>,
    /// Texts that are passed through.
    pub texts: Vec<TextColumn>,
}

impl Chosen {
    /// Bytes of the chosen columns in the files of the source.
    pub fn read_bytes(&self, source: &Dataset) -> u64 {
        let bytes = self.selections().flat_map(|selection| {
            let leaves = leaves(source, selection);
            leaves.map(|leaf| leaf.bytes)
        });
        let coded = self.extras.iter().filter_map(|extra| extra.texts.as_ref());
        let texts = self.texts.iter().chain(coded).map(|text| text.bytes);
        bytes.chain(texts).fold(0, u64::saturating_add)
    }

    /// Where all columns of the source are that are read.
    pub fn selections(&self) -> impl Iterator<Item = &Selection> {
        let extras = self.extras.iter().map(|extra| &extra.selection);
        extras.chain([&self.selection])
    }
}

/// Chooses columns of a source and of the tables joined to it.
pub fn choose(
    source: &Dataset,
    tables: &[TableFooter],
    options: &Options,
    checkpoint: Checkpoint<'_>,
) -> Result<Chosen> {
    let on = options.join.as_ref().map_or(&[][..], |join| &join.on);
    let columns = columns(tables, on);
    let excluded = in_structs(source, tables, &columns, &options.exclude);
    let wanted = match &options.columns {
        ColumnChoice::Named(names) => in_structs(source, tables, &columns, names),
        ColumnChoice::All | ColumnChoice::Numeric => Vec::new(),
    };
    let files = FeatureFiles {
        source,
        tables,
        options,
    };
    let chooser = Chooser {
        source,
        tables,
        columns: &columns,
        options,
        excluded: &excluded,
        on,
        files,
    };
    let mut extras = extras(source, tables, &columns, options)?;
    let passed = passthrough(source, tables, &columns, options, checkpoint)?;
    extras.extend(passed.extras);
    chooser.require_excluded()?;
    let (candidates, skipped) = match &options.columns {
        ColumnChoice::Named(_) => (chooser.named(&wanted, &extras)?, Vec::new()),
        ColumnChoice::All | ColumnChoice::Numeric => chooser.all(&extras)?,
    };
    chooser.refuse_unsupported(&candidates)?;
    let own = candidates.iter().filter(|field| field.table.is_none());
    let own: Vec<&str> = own.map(|field| field.name).collect();
    let required = match options.missing_columns {
        MissingColumns::Raise => Some(FILL_IT),
        MissingColumns::Missing => None,
    };
    let Features { features, fields } = files.features(&candidates, checkpoint)?;
    let mut selection = select(source, &own, required)?;
    let in_source = candidates.iter().zip(&fields);
    let in_source = in_source.filter(|(field, _)| field.table.is_none());
    let widths: Vec<usize> = in_source.map(|(_, field)| field.width()).collect();
    for slots in &mut selection {
        for (slot, width) in slots.iter_mut().zip(&widths) {
            if let Some(slot) = slot {
                slot.width = *width;
            }
        }
    }
    Ok(Chosen {
        selection,
        origins: origins(&candidates, &fields)?,
        fields,
        features,
        skipped,
        extras,
        texts: passed.texts,
    })
}

/// What columns are chosen from, and by what.
struct Chooser<'a> {
    source: &'a Dataset,
    tables: &'a [TableFooter],
    columns: &'a [TableColumn<'a>],
    options: &'a Options,
    /// The columns that are left out.
    excluded: &'a [String],
    on: &'a [String],
    files: FeatureFiles<'a>,
}

impl<'a> Chooser<'a> {
    /// All columns that no other option names; without those that are not numbers, if so chosen.
    fn all(&self, extras: &[Extra]) -> Result<(Vec<Candidate<'a>>, Vec<ColumnType>)> {
        let extras: HashSet<&str> = self.beside(extras).collect();
        let excluded: HashSet<&str> = self.excluded.iter().map(String::as_str).collect();
        let on = self.on.iter().map(String::as_str);
        let aside: HashSet<&str> = extras.union(&excluded).copied().chain(on).collect();
        let own = self.source_names(&aside)?.into_iter();
        let own = own.map(|name| Candidate { name, table: None });
        let columns = self.columns.iter();
        let columns = columns.filter(|field| !excluded.contains(field.name.as_str()));
        let columns = columns.map(|field| Candidate {
            name: &field.name,
            table: Some(field),
        });
        let mut candidates = Vec::new();
        let mut skipped = Vec::new();
        let mut owners: HashMap<&str, &Path> = HashMap::new();
        owners.extend(extras.iter().map(|name| (*name, self.source.first())));
        for field in own.chain(columns) {
            let refused = match self.options.columns {
                ColumnChoice::Numeric => self.other_type(field)?,
                ColumnChoice::All | ColumnChoice::Named(_) => None,
            };
            if let Some(type_name) = refused {
                skipped.push(ColumnType::new(field.name, type_name));
                continue;
            }
            let path = match field.table {
                None => self.source.first(),
                Some(column) => &self.tables[column.table].layout.path,
            };
            if let Some(owner) = owners.insert(field.name, path) {
                return Err(name_taken(field.name, path, owner));
            }
            candidates.push(field);
        }
        Ok((candidates, skipped))
    }

    /// The names of all columns beside the matrix.
    fn beside<'e>(&'e self, extras: &'e [Extra]) -> impl Iterator<Item = &'e str> {
        let names = extras.iter().flat_map(|extra| &extra.names);
        let names = names.chain(&self.options.passthrough);
        names.map(String::as_str)
    }

    /// The columns of these names, in their order, without those that another option names.
    fn named(&self, wanted: &'a [String], extras: &[Extra]) -> Result<Vec<Candidate<'a>>> {
        let excluded = self.excluded.iter().map(String::as_str);
        let aside: HashSet<&str> = self.beside(extras).chain(excluded).collect();
        let wanted = wanted.iter().map(String::as_str);
        let wanted: Vec<&str> = wanted.filter(|name| !aside.contains(name)).collect();
        let known: HashSet<&str> = wanted.iter().copied().collect();
        let mut owners: HashMap<&str, &'a TableColumn<'a>> = HashMap::new();
        let columns = self.columns.iter();
        for field in columns.filter(|field| known.contains(field.name.as_str())) {
            let layout = &self.tables[field.table].layout;
            layout.column(&field.column.name)?;
            let other = match owners.insert(&field.name, field) {
                _ if self.source.has(&field.name) => self.source.first(),
                Some(other) => &self.tables[other.table].layout.path,
                None => continue,
            };
            return Err(name_taken(&field.name, &layout.path, other));
        }
        let mut candidates = Vec::with_capacity(wanted.len());
        for name in wanted {
            let table = owners.get(name).copied();
            if table.is_none() && !self.source.has(name) {
                return Err(self.unknown(name, None));
            }
            candidates.push(Candidate { name, table });
        }
        Ok(candidates)
    }

    /// The names of all files of the source, which must agree unless a file may lack columns.
    fn source_names(&self, aside: &HashSet<&str>) -> Result<Vec<&'a str>> {
        let mut names: Vec<&str> = Vec::new();
        let mut known: HashSet<&str> = HashSet::new();
        for (at, layout) in self.source.layouts.iter().enumerate() {
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
                    names.push(name);
                    extra.push(name);
                }
            }
            if at > 0 && self.options.missing_columns == MissingColumns::Raise {
                let lacking = names.iter().filter(|name| !own.contains(*name));
                let lacking: Vec<&str> = lacking.copied().collect();
                if !lacking.is_empty() || !extra.is_empty() {
                    return Err(differs(layout, &self.source.layouts[0], &lacking, &extra));
                }
            }
        }
        Ok(names)
    }

    /// Refuses to exclude what is not there.
    fn require_excluded(&self) -> Result<()> {
        let columns = self.columns.iter().map(|field| field.name.as_str());
        let columns: HashSet<&str> = columns.collect();
        let is_known = |name: &str| self.source.has(name) || columns.contains(name);
        match self.excluded.iter().find(|name| !is_known(name)) {
            Some(name) => Err(self.unknown(name, Some("exclude"))),
            None => Ok(()),
        }
    }

    fn unknown(&self, name: &str, option: Option<&str>) -> Error {
        let mut known = self.source.column_names();
        known.extend(self.columns.iter().map(|field| field.name.clone()));
        not_found(self.source.first(), name, known, option)
    }

    /// The type of a column that cannot be taken from some file; an error if its name is ambiguous.
    fn refused_type(&self, field: Candidate<'a>) -> Result<Option<&'a str>> {
        let Some(field) = field.table else {
            return self.source.refused_type(field.name);
        };
        let layout = &self.tables[field.table].layout;
        layout.column(&field.column.name)?;
        Ok(layout.refused_type(field.column))
    }

    /// The type of a column that is not a number or a bool; `None` if it is one.
    fn other_type(&self, field: Candidate<'a>) -> Result<Option<&'a str>> {
        let refused = self.refused_type(field)?;
        if refused.is_some() || !self.files.is_vector(field)? {
            return Ok(refused);
        }
        if let Some(field) = field.table {
            return Ok(Some(&field.column.type_name));
        }
        for layout in &self.source.layouts {
            if let Some(column) = layout.column(field.name)? {
                return Ok(Some(&column.type_name));
            }
        }
        Ok(None)
    }

    fn refuse_unsupported(&self, candidates: &[Candidate<'a>]) -> Result<()> {
        let mut refused = Vec::new();
        for field in candidates {
            if let Some(type_name) = self.refused_type(*field)? {
                refused.push(ColumnType::new(field.name, type_name));
            }
        }
        if refused.is_empty() {
            return Ok(());
        }
        Err(Error::UnsupportedColumns {
            columns: refused,
            total: candidates.len(),
            named: matches!(self.options.columns, ColumnChoice::Named(_)),
        })
    }
}

/// These names, and in the place of one that is of a struct those of its leaves.
fn in_structs(
    source: &Dataset,
    tables: &[TableFooter],
    columns: &[TableColumn<'_>],
    names: &[String],
) -> Vec<String> {
    let mut found = Vec::with_capacity(names.len());
    for name in names {
        let is_column = source.has(name) || columns.iter().any(|column| column.name == *name);
        let mut leaves: Vec<String> = Vec::new();
        if !is_column {
            let own = source.layouts.iter().map(|layout| (layout, ""));
            let joined = tables
                .iter()
                .map(|table| (&table.layout, table.prefix.as_str()));
            for (layout, prefix) in own.chain(joined) {
                let inner = name.strip_prefix(prefix).unwrap_or_default();
                let inner = layout.schema.columns_in(inner).iter();
                leaves.extend(inner.map(|column| format!("{prefix}{}", column.name)));
            }
            let mut known = HashSet::new();
            leaves.retain(|leaf| known.insert(leaf.clone()));
        }
        if leaves.is_empty() {
            found.push(name.clone());
        }
        found.append(&mut leaves);
    }
    found
}

fn origins(candidates: &[Candidate<'_>], fields: &[Field]) -> Result<Vec<Option<TableSlot>>> {
    let origin = |(candidate, field): (&Candidate<'_>, &Field)| {
        let Some(TableColumn { table, column, .. }) = candidate.table else {
            return Ok(None);
        };
        let gone = || Error::Internal(format!("`{}` has no place", candidate.name));
        let slot = Slot::of(column).ok_or_else(gone)?;
        Ok(Some(TableSlot {
            table: *table,
            slot: Slot {
                width: field.width(),
                ..slot
            },
        }))
    };
    candidates.iter().zip(fields).map(origin).collect()
}
