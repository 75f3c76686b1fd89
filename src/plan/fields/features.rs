//! The features that columns become: one for each number, with a name and a fill of its own.

use std::collections::{HashMap, HashSet};
use std::slice::from_ref;

use crate::dataset::names::not_found;
use crate::dataset::{Dataset, Layout, Selection};
use crate::error::{Checkpoint, Error, Place, Result};
use crate::parquet::Column;
use crate::plan::fields::encode::Encode;
use crate::plan::fields::field::{Feature, Field};
use crate::plan::fields::width::{ListColumn, MOST_WIDTH};
use crate::plan::options::{Fill, Options};
use crate::plan::selection::select;
use crate::plan::tables::{TableColumn, TableFooter};

/// What stands for texts without a code, unless the options say otherwise for their column.
const UNKNOWN: Fill = Fill::Value(-1.0);

/// A column that is to become a feature, or several: a column of a table, or else of the source.
#[derive(Clone, Copy)]
pub struct Candidate<'a> {
    /// The name that it has in the matrix.
    pub name: &'a str,
    /// The column of a table.
    pub table: Option<&'a TableColumn<'a>>,
}

/// What features are made from.
#[derive(Clone, Copy)]
pub struct FeatureFiles<'a> {
    /// The source.
    pub source: &'a Dataset,
    /// The tables joined to it.
    pub tables: &'a [TableFooter],
    /// The options.
    pub options: &'a Options,
}

/// The columns of the matrix, and the fields that they come from.
#[derive(Debug, Default)]
pub struct Features {
    /// The columns.
    pub features: Vec<Feature>,
    /// The fields.
    pub fields: Vec<Field>,
}

impl<'a> FeatureFiles<'a> {
    /// A column in all files that have it; an error if its name is ambiguous.
    pub fn columns_of<'c>(self, field: Candidate<'c>) -> Result<Vec<(&'c Layout, &'c Column)>>
    where
        'a: 'c,
    {
        if let Some(field) = field.table {
            let layout = &self.tables[field.table].layout;
            layout.column(&field.column.name)?;
            return Ok(vec![(layout, field.column)]);
        }
        let mut columns = Vec::new();
        for layout in &self.source.layouts {
            columns.extend(layout.column(field.name)?.map(|column| (layout, column)));
        }
        Ok(columns)
    }

    /// These names, and in the place of one that is of a struct those of its leaves.
    pub fn in_structs(self, columns: &[TableColumn<'_>], names: &[String]) -> Vec<String> {
        let mut found = Vec::with_capacity(names.len());
        for name in names {
            let is_joined = |column: &TableColumn<'_>| column.name == *name;
            let mut leaves: Vec<String> = Vec::new();
            if !self.source.has(name) && !columns.iter().any(is_joined) {
                let own = self.source.layouts.iter().map(|layout| (layout, ""));
                let joined = self.tables.iter();
                let joined = joined.map(|table| (&table.layout, table.prefix.as_str()));
                for (layout, prefix) in own.chain(joined) {
                    let inner = name.strip_prefix(prefix).unwrap_or_default();
                    let inner = layout.schema.columns_in(inner);
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

    /// The features of columns that can all be taken.
    pub fn features(
        self,
        candidates: &[Candidate<'_>],
        encodes: &[Encode],
        checkpoint: Checkpoint<'_>,
    ) -> Result<Features> {
        let mut fills = Fills::new(self.options);
        let mut made = Features::default();
        for (candidate, encode) in candidates.iter().zip(encodes) {
            let (candidate, encode) = (*candidate, *encode);
            let width = match self.known_width(candidate, encode)? {
                Some(width) => width,
                None if encode == Encode::Vector => self.width(candidate, checkpoint)?,
                None => 1,
            };
            let usual = match encode {
                Encode::Category => UNKNOWN,
                Encode::Number | Encode::Vector | Encode::Clock(_) => self.options.fill,
            };
            let type_name = self.type_name(candidate)?;
            let tick = self.tick(candidate, encode)?;
            let first = made.features.len();
            for item in 0..width {
                let name = match encode {
                    Encode::Vector => format!("{}_{item}", candidate.name),
                    _ => candidate.name.to_owned(),
                };
                made.features.push(Feature {
                    fill: fills.of(&name, candidate.name).unwrap_or(usual),
                    name,
                    type_name: type_name.clone(),
                    encode,
                    tick,
                });
            }
            made.fields.push(Field {
                name: candidate.name.to_owned(),
                columns: first..first + width,
                encode,
            });
        }
        self.require_different(&made)?;
        match fills.unused.iter().min() {
            None => Ok(made),
            Some(name) => {
                let known = made.features.into_iter().map(|feature| feature.name);
                let known = known.collect();
                Err(not_found(self.source.first(), name, known, Some("fill")))
            }
        }
    }

    /// How many units the finest tick of a time is.
    fn tick(self, field: Candidate<'_>, encode: Encode) -> Result<Option<f64>> {
        let columns = self.columns_of(field)?;
        let slots = columns
            .iter()
            .filter_map(|(_, column)| encode.slot(column, 1));
        let ticks = slots.filter_map(|slot| slot.kind.tick());
        Ok(ticks.min_by(f64::total_cmp))
    }

    /// Refuses items of lists that have the name of another column.
    fn require_different(self, made: &Features) -> Result<()> {
        let mut fields = made.fields.iter();
        if fields.all(|field| field.encode != Encode::Vector) {
            return Ok(());
        }
        let mut names = HashSet::with_capacity(made.features.len());
        for field in &made.fields {
            let own = &made.features[field.columns.clone()];
            if let Some(taken) = own.iter().find(|own| !names.insert(own.name.as_str())) {
                return Err(Error::Mismatch {
                    place: Place::column(self.source.first(), &field.name),
                    what: format!(
                        "two columns of the matrix would be named `{}`, because the lists of a column \
                         become columns with its name and a number; rename one, or leave it out with \
                         exclude=[{:?}]",
                        taken.name, field.name
                    ),
                    difference: None,
                });
            }
        }
        Ok(())
    }

    /// How many numbers the lists of a column have in the recipe, if there is one. A column that is a list
    /// there has to be one here, and no other may be one.
    fn known_width(self, candidate: Candidate<'_>, encode: Encode) -> Result<Option<usize>> {
        let Some(widths) = &self.options.widths else {
            return Ok(None);
        };
        let known = widths.iter().find(|(name, _)| name == candidate.name);
        let known = known.map(|(_, width)| *width);
        if known.is_some() == (encode == Encode::Vector) {
            return match known {
                Some(width) if !(1..=MOST_WIDTH).contains(&width) => Err(Error::Argument(format!(
                    "recipe: expected at most {MOST_WIDTH} features of `{}`, found {width}",
                    candidate.name
                ))),
                known => Ok(known),
            };
        }
        let there = known.map_or_else(
            || "one feature".to_owned(),
            |width| format!("{width} features, of which each is a number of a list"),
        );
        let path = match candidate.table {
            Some(field) => &self.tables[field.table].layout.path,
            None => self.source.first(),
        };
        Err(Error::Mismatch {
            place: Place::column(path, candidate.name),
            what: format!(
                "its type is {} here, and the recipe has {there} of this name; write it in one type, or \
                 make a new recipe",
                self.type_name(candidate)?
            ),
            difference: None,
        })
    }

    fn width(self, candidate: Candidate<'_>, checkpoint: Checkpoint<'_>) -> Result<usize> {
        let (files, selection): (_, Selection) = match candidate.table {
            None => {
                let slot = |_, column: &Column| Encode::Vector.slot(column, 1);
                let selection = select(self.source, &[candidate.name], None, slot)?;
                (&self.source.files[..], selection)
            }
            Some(field) => {
                let file = &self.tables[field.table].file;
                (
                    from_ref(file),
                    vec![vec![Encode::Vector.slot(field.column, 1)]],
                )
            }
        };
        let list = ListColumn {
            name: candidate.name,
            files,
            selection: &selection,
        };
        list.width(self.options, checkpoint)
    }

    /// The type of a column in the first file that has it.
    fn type_name(self, candidate: Candidate<'_>) -> Result<String> {
        let name = candidate.name;
        let columns = self.columns_of(candidate)?;
        let gone = || Error::Internal(format!("the column `{name}` is gone"));
        let (_, column) = columns.first().ok_or_else(gone)?;
        Ok(column.type_name.clone())
    }
}

/// What fills single columns of the matrix, or all columns of a field.
struct Fills<'a> {
    known: HashMap<&'a str, Fill>,
    /// Names that no column had.
    unused: HashSet<&'a str>,
}

impl<'a> Fills<'a> {
    fn new(options: &'a Options) -> Self {
        let fills = options.fill_columns.iter();
        let known: HashMap<&str, Fill> = fills.map(|(name, f)| (name.as_str(), *f)).collect();
        Self {
            unused: known.keys().copied().collect(),
            known,
        }
    }

    /// The fill of a column that has a name of its own, or that of its field.
    fn of(&mut self, name: &str, field: &str) -> Option<Fill> {
        self.unused.remove(name);
        self.unused.remove(field);
        self.known
            .get(name)
            .or_else(|| self.known.get(field))
            .copied()
    }
}
