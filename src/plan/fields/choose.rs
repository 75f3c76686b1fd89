//! Which columns become features of the matrix: the options, held against the files. A load without
//! a join is a join of no tables.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use crate::dataset::Dataset;
use crate::dataset::Selection;
use crate::dataset::names::not_found;
use crate::error::{Checkpoint, ColumnType, Error, Result};
use crate::plan::extras::{Extra, extras};
use crate::plan::fields::blocks::TableSlot;
use crate::plan::fields::encode::Encode;
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
    let files = FeatureFiles {
        source,
        tables,
        options,
    };
    let excluded = files.in_structs(&columns, &options.exclude);
    let chooser = Chooser {
        files,
        columns: &columns,
        excluded: &excluded,
        on,
    };
    let mut extras = extras(source, tables, &columns, options)?;
    let passed = passthrough(source, tables, &columns, options, checkpoint)?;
    extras.extend(passed.extras);
    chooser.require_excluded()?;
    let wanted;
    let (candidates, skipped) = match &options.columns {
        ColumnChoice::Named(names) => {
            wanted = files.in_structs(&columns, names);
            (chooser.named(&wanted, &extras)?, Vec::new())
        }
        ColumnChoice::All | ColumnChoice::Numeric => chooser.all(&extras)?,
    };
    let encodes = chooser.encodes(&candidates)?;
    let own = candidates.iter().zip(&encodes);
    let (own, own_encodes): (Vec<&str>, Vec<Encode>) = own
        .filter(|(field, _)| field.table.is_none())
        .map(|(field, encode)| (field.name, *encode))
        .unzip();
    let required = match options.missing_columns {
        MissingColumns::Raise => Some(FILL_IT),
        MissingColumns::Missing => None,
    };
    let Features { features, fields } = files.features(&candidates, &encodes, checkpoint)?;
    let own_widths = candidates.iter().zip(&fields);
    let own_widths = own_widths.filter(|(field, _)| field.table.is_none());
    let own_widths: Vec<usize> = own_widths.map(|(_, field)| field.width()).collect();
    Ok(Chosen {
        selection: select(source, &own, required, |at, column| {
            own_encodes[at].slot(column, own_widths[at])
        })?,
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
    files: FeatureFiles<'a>,
    columns: &'a [TableColumn<'a>],
    /// The columns that are left out.
    excluded: &'a [String],
    on: &'a [String],
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
        let columns = columns.filter(|field| !field.column.only_named);
        let columns = columns.filter(|field| !excluded.contains(field.name.as_str()));
        let columns = columns.map(|field| Candidate {
            name: &field.name,
            table: Some(field),
        });
        let mut candidates = Vec::new();
        let mut skipped = Vec::new();
        let mut owners: HashMap<&str, &Path> = HashMap::new();
        owners.extend(extras.iter().map(|name| (*name, self.files.source.first())));
        for field in own.chain(columns) {
            let beyond = self.beyond_numbers(field)?;
            if self.files.options.columns == ColumnChoice::Numeric
                && let Some(column) = beyond
            {
                skipped.push(column);
                continue;
            }
            let path = match field.table {
                None => self.files.source.first(),
                Some(column) => &self.files.tables[column.table].layout.path,
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
        let names = names.chain(&self.files.options.passthrough);
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
            let layout = &self.files.tables[field.table].layout;
            layout.column(&field.column.name)?;
            let other = match owners.insert(&field.name, field) {
                _ if self.files.source.has(&field.name) => self.files.source.first(),
                Some(other) => &self.files.tables[other.table].layout.path,
                None => continue,
            };
            return Err(name_taken(&field.name, &layout.path, other));
        }
        let mut candidates = Vec::with_capacity(wanted.len());
        for name in wanted {
            let table = owners.get(name).copied();
            if table.is_none() && !self.files.source.has(name) {
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
        for (at, layout) in self.files.source.layouts.iter().enumerate() {
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
            if at > 0 && self.files.options.missing_columns == MissingColumns::Raise {
                let lacking = names.iter().filter(|name| !own.contains(*name));
                let lacking: Vec<&str> = lacking.copied().collect();
                if !lacking.is_empty() || !extra.is_empty() {
                    return Err(differs(
                        layout,
                        &self.files.source.layouts[0],
                        &lacking,
                        &extra,
                    ));
                }
            }
        }
        Ok(names)
    }

    /// Refuses to exclude what is not there.
    fn require_excluded(&self) -> Result<()> {
        let columns = self.columns.iter().map(|field| field.name.as_str());
        let columns: HashSet<&str> = columns.collect();
        let is_known = |name: &str| self.files.source.has(name) || columns.contains(name);
        match self.excluded.iter().find(|name| !is_known(name)) {
            Some(name) => Err(self.unknown(name, Some("exclude"))),
            None => Ok(()),
        }
    }

    fn unknown(&self, name: &str, option: Option<&str>) -> Error {
        let mut known = self.files.source.column_names();
        known.extend(self.columns.iter().map(|field| field.name.clone()));
        not_found(self.files.source.first(), name, known, option)
    }

    /// How a column becomes a feature, or its type where it cannot; an error if its name is ambiguous.
    fn encode(&self, field: Candidate<'a>) -> Result<Result<Encode, ColumnType>> {
        Encode::of(
            self.files.options,
            field.name,
            self.files.columns_of(field)?.into_iter(),
        )
    }

    /// A column and its type, if it is none of numbers; an error if its name is ambiguous.
    fn beyond_numbers(&self, field: Candidate<'a>) -> Result<Option<ColumnType>> {
        match self.encode(field)? {
            Ok(Encode::Number) => Ok(None),
            Err(column) => Ok(Some(column)),
            Ok(Encode::Vector | Encode::Clock(_) | Encode::Category) => {
                let columns = self.files.columns_of(field)?;
                let column = columns.first();
                Ok(column.map(|(_, column)| ColumnType::new(field.name, &column.type_name)))
            }
        }
    }

    /// How all columns become features. Those that cannot are refused, and so are options that name
    /// others.
    fn encodes(&self, candidates: &[Candidate<'a>]) -> Result<Vec<Encode>> {
        let mut encodes = Vec::with_capacity(candidates.len());
        let mut refused = Vec::new();
        for field in candidates {
            match self.encode(*field)? {
                Ok(encode) => encodes.push(encode),
                Err(column) => refused.push(column),
            }
        }
        if !refused.is_empty() {
            return Err(Error::UnsupportedColumns {
                columns: refused,
                total: candidates.len(),
                named: matches!(self.files.options.columns, ColumnChoice::Named(_)),
            });
        }
        let known: HashSet<&str> = candidates.iter().map(|field| field.name).collect();
        match self
            .files
            .options
            .recoded()
            .find(|(_, name)| !known.contains(name))
        {
            None => Ok(encodes),
            Some((option, name)) => {
                let known = candidates.iter().map(|field| field.name.to_owned());
                Err(not_found(
                    self.files.source.first(),
                    name,
                    known.collect(),
                    Some(option),
                ))
            }
        }
    }
}

fn origins(candidates: &[Candidate<'_>], fields: &[Field]) -> Result<Vec<Option<TableSlot>>> {
    let origin = |(candidate, field): (&Candidate<'_>, &Field)| {
        let Some(TableColumn { table, column, .. }) = candidate.table else {
            return Ok(None);
        };
        let gone = || Error::Internal(format!("`{}` has no place", candidate.name));
        Ok(Some(TableSlot {
            table: *table,
            slot: field.encode.slot(column, field.width()).ok_or_else(gone)?,
        }))
    };
    candidates.iter().zip(fields).map(origin).collect()
}
