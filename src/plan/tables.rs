//! Which columns of a source and of the tables joined to it go where.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use crate::dataset::names::not_among;
use crate::dataset::{Dataset, Layout, Table};
use crate::dataset::{Selection, Slot};
use crate::error::{Error, Place, Result};
use crate::parquet::Column;
use crate::plan::fields::{Chosen, all_names, extra, extras_named, feature, numeric_names, select};
use crate::plan::messages::{refused, unsupported};
use crate::plan::{ColumnChoice, Fill, Join, Options};
use crate::plan::{Extra, Feature, Skipped};

/// One table as its footer tells.
#[derive(Debug)]
pub struct TableFooter {
    /// The file.
    pub file: Table,
    /// Its columns.
    pub layout: Layout,
    /// What stands before the names of its features.
    pub prefix: String,
}

/// Neighbouring features that come from one place.
#[derive(Debug)]
pub struct ColumnBlock {
    /// Which features.
    pub columns: std::ops::Range<usize>,
    /// Where they come from.
    pub origin: BlockOrigin,
}

/// Where features come from.
#[derive(Debug)]
pub enum BlockOrigin {
    /// The source: where they are in each of its layouts.
    Source(Selection),
    /// A table, by its number: where they are in it.
    Table(usize, Vec<Slot>),
}

/// A feature on its way to its place: its name, its table if any, and its column there.
struct Placed<'a> {
    name: String,
    table: Option<(usize, &'a Column)>,
}

/// Chooses columns of a source and of tables.
struct Chooser<'a> {
    source: &'a Dataset,
    tables: &'a [TableFooter],
    options: &'a Options,
    on: HashSet<&'a str>,
}

/// What stands before the names of a table's features.
pub fn prefix(join: &Join, path: &Path) -> Result<String> {
    let Some(prefix) = &join.prefix else {
        return Ok(String::new());
    };
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    if prefix.replace("{stem}", "").contains(['{', '}']) {
        return Err(Error::Argument(format!(
            "prefix: expected text in which {{stem}} stands for the name of a table's file, found \
             {prefix:?}"
        )));
    }
    Ok(prefix.replace("{stem}", &stem))
}

/// Chooses columns, and tells which neighbours come from one place.
pub fn choose(
    source: &Dataset,
    tables: &[TableFooter],
    options: &Options,
    join: &Join,
) -> Result<(Chosen, Vec<ColumnBlock>)> {
    let chooser = Chooser {
        source,
        tables,
        options,
        on: join.on.iter().map(String::as_str).collect(),
    };
    let extras = chooser.extras()?;
    let (seats, skipped) = match &options.columns {
        ColumnChoice::Named(names) => (chooser.named(names, &extras)?, Vec::new()),
        ColumnChoice::All | ColumnChoice::Numeric => chooser.all(&extras)?,
    };
    chooser.refuse_unsupported(&seats)?;
    let features = chooser.features(&seats)?;
    let parts = chooser.parts(&seats)?;
    // The sizes of the source's pages are asked of this one, whatever the order of the features.
    let own = seats.iter().filter(|seat| seat.table.is_none());
    let own: Vec<String> = own.map(|seat| seat.name.clone()).collect();
    let chosen = Chosen {
        features,
        selection: select(source, &own, options.missing_columns)?,
        skipped,
        extras,
    };
    Ok((chosen, parts))
}

impl<'a> Chooser<'a> {
    fn in_source(&self, name: &str) -> bool {
        let has = |layout: &Layout| layout.schema.columns.iter().any(|c| c.name == name);
        self.source.layouts.iter().any(has)
    }

    /// The tables' columns that can be features, with their names in the matrix.
    fn columns(&self) -> impl Iterator<Item = (String, (usize, &'a Column))> {
        let tables = self.tables.iter().enumerate();
        tables.flat_map(move |(at, table)| {
            let columns = table.layout.schema.columns.iter();
            let columns = columns.filter(|column| !self.on.contains(column.name.as_str()));
            columns.map(move |column| (format!("{}{}", table.prefix, column.name), (at, column)))
        })
    }

    fn path(&self, table: Option<usize>) -> &'a Path {
        if let Some(at) = table {
            return &self.tables[at].layout.path;
        }
        let first = self.source.files.first();
        first.map_or_else(|| Path::new(""), |file| &file.path)
    }

    /// Targets, weights and groups, which come from the source.
    fn extras(&self) -> Result<Vec<Extra>> {
        let mut extras = Vec::new();
        for (role, names, flat) in extras_named(self.options) {
            for name in names.iter().filter(|name| !self.in_source(name)) {
                if let Some((_, (at, _))) = self.columns().find(|(column, _)| column == name) {
                    return Err(Error::Argument(format!(
                        "{}: `{name}` stands in the table {} only; targets, weights and groups come \
                         from the source, so that every row has one",
                        role.option(),
                        self.path(Some(at)).display()
                    )));
                }
            }
            extras.push(extra(self.source, role, names, flat)?);
        }
        Ok(extras)
    }

    /// All columns that are not named in another option.
    fn all(&self, extras: &[Extra]) -> Result<(Vec<Placed<'a>>, Vec<Skipped>)> {
        let extras = extras.iter().flat_map(|extra| &extra.names);
        let extras: HashSet<&str> = extras.map(String::as_str).collect();
        let excluded: HashSet<&str> = self.options.exclude.iter().map(String::as_str).collect();
        self.require_excluded(&excluded)?;
        let aside: HashSet<&str> = (&(&extras | &excluded) | &self.on).into_iter().collect();
        let numeric = self.options.columns == ColumnChoice::Numeric;
        let (names, mut skipped) = if numeric {
            numeric_names(self.source, self.options, &aside)?
        } else {
            (all_names(self.source, self.options, &aside)?, Vec::new())
        };
        let mut owners: HashMap<String, Option<usize>> = HashMap::new();
        owners.extend(names.iter().map(|name| (name.clone(), None)));
        owners.extend(extras.iter().map(|name| ((*name).to_owned(), None)));
        let mut seats: Vec<Placed<'_>> = Vec::new();
        seats.extend(names.into_iter().map(|name| Placed { name, table: None }));
        for (name, (at, column)) in self.columns() {
            let layout = &self.tables[at].layout;
            if excluded.contains(name.as_str()) {
                continue;
            }
            layout.column(&column.name)?;
            if numeric && let Some(kind) = layout.refused_type(column) {
                let type_name = kind.to_owned();
                skipped.push(Skipped { name, type_name });
                continue;
            }
            if let Some(owner) = owners.insert(name.clone(), Some(at)) {
                return Err(self.twice(&name, owner, at));
            }
            let table = Some((at, column));
            seats.push(Placed { name, table });
        }
        Ok((seats, skipped))
    }

    /// Named columns, in the order of the names.
    fn named(&self, names: &[String], extras: &[Extra]) -> Result<Vec<Placed<'a>>> {
        let excluded: HashSet<&str> = self.options.exclude.iter().map(String::as_str).collect();
        self.require_excluded(&excluded)?;
        let extras = extras.iter().flat_map(|extra| &extra.names);
        let aside: HashSet<&str> = extras.map(String::as_str).chain(excluded).collect();
        let wanted: HashSet<&str> = names.iter().map(String::as_str).collect();
        let mut owners: HashMap<String, (usize, &Column)> = HashMap::new();
        for (name, (at, column)) in self.columns() {
            if !wanted.contains(name.as_str()) || aside.contains(name.as_str()) {
                continue;
            }
            self.tables[at].layout.column(&column.name)?;
            if self.in_source(&name) {
                return Err(self.twice(&name, None, at));
            }
            if let Some((owner, _)) = owners.insert(name.clone(), (at, column)) {
                return Err(self.twice(&name, Some(owner), at));
            }
        }
        let mut seats = Vec::with_capacity(names.len());
        for name in names.iter().filter(|name| !aside.contains(name.as_str())) {
            let table = owners.get(name).copied();
            if table.is_none() && !self.in_source(name) {
                return Err(self.unknown(name, "asked for"));
            }
            let name = name.clone();
            seats.push(Placed { name, table });
        }
        Ok(seats)
    }

    fn require_excluded(&self, excluded: &HashSet<&str>) -> Result<()> {
        let mut unknown: HashSet<&str> = excluded.iter().copied().collect();
        unknown.retain(|name| !self.in_source(name));
        for (name, _) in self.columns() {
            unknown.remove(name.as_str());
        }
        match unknown.iter().min() {
            Some(name) => Err(self.unknown(name, "`exclude` names")),
            None => Ok(()),
        }
    }

    fn unknown(&self, name: &str, who: &str) -> Error {
        let layouts = self.source.layouts.iter();
        let own = layouts.flat_map(|layout| layout.schema.columns.iter().map(|c| c.name.clone()));
        let known: Vec<String> = own.chain(self.columns().map(|(name, _)| name)).collect();
        not_among(self.path(None), name, &known, who)
    }

    fn twice(&self, name: &str, first: Option<usize>, second: usize) -> Error {
        Error::Mismatch {
            place: Place {
                column: Some(name.to_owned()),
                ..Place::file(self.path(Some(second)))
            },
            what: format!(
                "{} has a column of this name, too; tell them apart with prefix=\"{{stem}}__\", \
                 which puts the name of the file before those of its columns, or leave them out \
                 with exclude=[{name:?}]",
                self.path(first).display()
            ),
        }
    }

    fn refuse_unsupported(&self, seats: &[Placed<'_>]) -> Result<()> {
        let own = seats.iter().filter(|seat| seat.table.is_none());
        let own: Vec<String> = own.map(|seat| seat.name.clone()).collect();
        let mut found = refused(self.source, &own)?;
        for seat in seats {
            if let Some((at, column)) = seat.table {
                let layout = &self.tables[at].layout;
                if let Some(kind) = layout.refused_type(column) {
                    found.push((seat.name.clone(), kind.to_owned()));
                }
            }
        }
        unsupported(&found, seats.len(), &self.options.columns)
    }

    fn features(&self, seats: &[Placed<'_>]) -> Result<Vec<Feature>> {
        let fills = self.options.fill_columns.iter();
        let mut fills: HashMap<&str, Fill> = fills.map(|(name, f)| (name.as_str(), *f)).collect();
        let mut features = Vec::with_capacity(seats.len());
        for seat in seats {
            let fill = fills.remove(seat.name.as_str());
            let fill = fill.unwrap_or(self.options.fill);
            features.push(match seat.table {
                None => feature(self.source, &seat.name, fill)?,
                Some((_, column)) => Feature {
                    name: seat.name.clone(),
                    type_name: column.type_name.clone(),
                    fill,
                },
            });
        }
        match fills.keys().min() {
            None => Ok(features),
            Some(name) => {
                let known: Vec<String> = seats.iter().map(|seat| seat.name.clone()).collect();
                Err(not_among(self.path(None), name, &known, "`fill` names"))
            }
        }
    }

    fn parts(&self, seats: &[Placed<'_>]) -> Result<Vec<ColumnBlock>> {
        let mut parts = Vec::new();
        let place = |seat: &Placed<'_>| seat.table.map(|(at, _)| at);
        let mut first = 0;
        for seats in seats.chunk_by(|a, b| place(a) == place(b)) {
            let columns = first..first + seats.len();
            first = columns.end;
            let origin = match place(&seats[0]) {
                None => {
                    let names: Vec<String> = seats.iter().map(|seat| seat.name.clone()).collect();
                    BlockOrigin::Source(select(self.source, &names, self.options.missing_columns)?)
                }
                Some(at) => {
                    let columns = seats.iter().filter_map(|seat| seat.table);
                    let slots = columns.filter_map(|(_, column)| Slot::of(column));
                    BlockOrigin::Table(at, slots.collect())
                }
            };
            parts.push(ColumnBlock { columns, origin });
        }
        Ok(parts)
    }
}
