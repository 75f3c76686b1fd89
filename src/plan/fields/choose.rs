//! Which columns become features of the matrix: the options, held against the files. A load without
//! a join is a join of no tables.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use crate::dataset::Dataset;
use crate::dataset::names::not_found;
use crate::dataset::{Selection, Slot};
use crate::error::{ColumnType, Error, Result};
use crate::plan::extras::{Extra, extras};
use crate::plan::fields::blocks::TableSlot;
use crate::plan::fields::field::{Encode, Feature, Field};
use crate::plan::messages::{FILL_IT, differs, name_taken};
use crate::plan::options::{ColumnChoice, Fill, MissingColumns, Options};
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
pub fn choose(source: &Dataset, tables: &[TableFooter], options: &Options) -> Result<Chosen> {
    let on = options.join.as_ref().map_or(&[][..], |join| &join.on);
    let columns = columns(tables, on);
    let chooser = Chooser {
        source,
        tables,
        columns: &columns,
        options,
        on,
    };
    let mut extras = extras(source, tables, &columns, options)?;
    let passed = passthrough(source, tables, &columns, options)?;
    extras.extend(passed.extras);
    chooser.require_excluded()?;
    let (candidates, skipped) = match &options.columns {
        ColumnChoice::Named(names) => (chooser.named(names, &extras)?, Vec::new()),
        ColumnChoice::All | ColumnChoice::Numeric => chooser.all(&extras)?,
    };
    chooser.refuse_unsupported(&candidates)?;
    let own = candidates.iter().filter(|field| field.table.is_none());
    let own: Vec<&str> = own.map(|field| field.name).collect();
    let required = match options.missing_columns {
        MissingColumns::Raise => Some(FILL_IT),
        MissingColumns::Missing => None,
    };
    let features = chooser.features(&candidates)?;
    Ok(Chosen {
        selection: select(source, &own, required)?,
        origins: origins(&candidates)?,
        fields: fields(&features),
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
    on: &'a [String],
}

/// A column that is to become a feature: a column of a table, or else of the source.
#[derive(Clone, Copy)]
struct Candidate<'a> {
    name: &'a str,
    table: Option<&'a TableColumn<'a>>,
}

impl<'a> Chooser<'a> {
    /// All columns that no other option names; without those that are not numbers, if so chosen.
    fn all(&self, extras: &[Extra]) -> Result<(Vec<Candidate<'a>>, Vec<ColumnType>)> {
        let extras: HashSet<&str> = self.beside(extras).collect();
        let excluded: HashSet<&str> = self.options.exclude.iter().map(String::as_str).collect();
        let on = self.on.iter().map(String::as_str);
        let aside: HashSet<&str> = extras.union(&excluded).copied().chain(on).collect();
        let own = self.source_names(&aside)?.into_iter();
        let own = own.map(|name| Candidate { name, table: None });
        let columns = self.columns.iter();
        let columns = columns.filter(|field| !field.column.only_named);
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
            let refused = self.refused_type(field)?;
            if self.options.columns == ColumnChoice::Numeric
                && let Some(type_name) = refused
            {
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
        let excluded = self.options.exclude.iter().map(String::as_str);
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
                if aside.contains(name) || column.only_named {
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
        match self.options.exclude.iter().find(|name| !is_known(name)) {
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

    fn features(&self, candidates: &[Candidate<'_>]) -> Result<Vec<Feature>> {
        let fills = self.options.fill_columns.iter();
        let mut fills: HashMap<&str, Fill> = fills.map(|(name, f)| (name.as_str(), *f)).collect();
        let mut features = Vec::with_capacity(candidates.len());
        for Candidate { name, table } in candidates.iter().copied() {
            let type_name = match table {
                None => self.source_type(name)?,
                Some(field) => field.column.type_name.clone(),
            };
            let fill = fills.remove(name).unwrap_or(self.options.fill);
            features.push(Feature {
                name: name.to_owned(),
                type_name,
                fill,
            });
        }
        match fills.keys().min() {
            None => Ok(features),
            Some(name) => {
                let known = features.into_iter().map(|feature| feature.name);
                let known = known.collect();
                Err(not_found(self.source.first(), name, known, Some("fill")))
            }
        }
    }

    /// The type of a column in the first file that has it.
    fn source_type(&self, name: &str) -> Result<String> {
        for layout in &self.source.layouts {
            if let Some(column) = layout.column(name)? {
                return Ok(column.type_name.clone());
            }
        }
        Err(Error::Internal(format!("the column `{name}` is gone")))
    }
}

/// A field for each feature.
fn fields(features: &[Feature]) -> Vec<Field> {
    let fields = features.iter().enumerate().map(|(at, feature)| Field {
        name: feature.name.clone(),
        columns: at..at + 1,
        encode: Encode::Number,
    });
    fields.collect()
}

fn origins(candidates: &[Candidate<'_>]) -> Result<Vec<Option<TableSlot>>> {
    let origin = |field: &Candidate<'_>| {
        let Some(TableColumn { table, column, .. }) = field.table else {
            return Ok(None);
        };
        let gone = || Error::Internal(format!("`{}` has no place", field.name));
        Ok(Some(TableSlot {
            table: *table,
            slot: Slot::of(column).ok_or_else(gone)?,
        }))
    };
    candidates.iter().map(origin).collect()
}
