//! The features that columns become: one for each number, with a name and a fill of its own.

use std::collections::{HashMap, HashSet};
use std::slice::from_ref;

use crate::dataset::names::not_found;
use crate::dataset::{Dataset, Selection, Slot};
use crate::error::{Checkpoint, Error, Place, Result};
use crate::plan::fields::field::{Encode, Feature, Field};
use crate::plan::fields::width::ListColumn;
use crate::plan::options::{Fill, Options};
use crate::plan::selection::select;
use crate::plan::tables::{TableColumn, TableFooter};

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

impl FeatureFiles<'_> {
    /// Whether each value of a column is a list: in all files, or in none.
    pub fn is_vector(&self, candidate: Candidate<'_>) -> Result<bool> {
        if let Some(field) = candidate.table {
            return Ok(field.column.nesting.is_vector());
        }
        let mut found = None;
        for layout in &self.source.layouts {
            let Some(column) = layout.column(candidate.name)? else {
                continue;
            };
            let own = column.nesting.is_vector();
            if *found.get_or_insert(own) != own {
                return Err(Error::Mismatch {
                    place: Place::column(&layout.path, candidate.name),
                    what: format!(
                        "it is {} here, and a list in other files or a number there; write it in one \
                         type, or leave it out with exclude=[{:?}]",
                        column.type_name, candidate.name
                    ),
                    difference: None,
                });
            }
        }
        Ok(found.unwrap_or(false))
    }

    /// The features of columns that can all be taken.
    pub fn features(
        &self,
        candidates: &[Candidate<'_>],
        checkpoint: Checkpoint<'_>,
    ) -> Result<Features> {
        let options = self.options;
        let fills = options.fill_columns.iter();
        let fills: HashMap<&str, Fill> = fills.map(|(name, f)| (name.as_str(), *f)).collect();
        let mut unused: HashSet<&str> = fills.keys().copied().collect();
        let mut made = Features::default();
        for candidate in candidates.iter().copied() {
            let name = candidate.name;
            let is_vector = self.is_vector(candidate)?;
            let width = if is_vector {
                self.width(candidate, checkpoint)?
            } else {
                1
            };
            let type_name = self.type_name(candidate)?;
            let first = made.features.len();
            unused.remove(name);
            for item in 0..width {
                let own = if is_vector {
                    format!("{name}_{item}")
                } else {
                    name.to_owned()
                };
                unused.remove(own.as_str());
                let fill = fills.get(own.as_str()).or_else(|| fills.get(name));
                made.features.push(Feature {
                    fill: fill.copied().unwrap_or(options.fill),
                    name: own,
                    type_name: type_name.clone(),
                });
            }
            made.fields.push(Field {
                name: name.to_owned(),
                columns: first..first + width,
                encode: if is_vector {
                    Encode::Vector
                } else {
                    Encode::Number
                },
            });
        }
        self.require_different(&made)?;
        match unused.iter().min() {
            None => Ok(made),
            Some(name) => {
                let known = made.features.into_iter().map(|feature| feature.name);
                let known = known.collect();
                Err(not_found(self.source.first(), name, known, Some("fill")))
            }
        }
    }

    /// Refuses items of lists that have the name of another column.
    fn require_different(&self, made: &Features) -> Result<()> {
        if made
            .fields
            .iter()
            .all(|field| field.encode != Encode::Vector)
        {
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

    fn width(&self, candidate: Candidate<'_>, checkpoint: Checkpoint<'_>) -> Result<usize> {
        let (files, selection): (_, Selection) = match candidate.table {
            None => {
                let selection = select(self.source, &[candidate.name], None)?;
                (&self.source.files[..], selection)
            }
            Some(field) => {
                let file = &self.tables[field.table].file;
                (from_ref(file), vec![vec![Slot::of(field.column)]])
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
    fn type_name(&self, candidate: Candidate<'_>) -> Result<String> {
        if let Some(field) = candidate.table {
            return Ok(field.column.type_name.clone());
        }
        for layout in &self.source.layouts {
            if let Some(column) = layout.column(candidate.name)? {
                return Ok(column.type_name.clone());
            }
        }
        let name = candidate.name;
        Err(Error::Internal(format!("the column `{name}` is gone")))
    }
}
