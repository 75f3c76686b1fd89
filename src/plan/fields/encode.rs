//! How the stored values of a column are recoded before they are cast: not at all, as items of lists, as
//! units of a clock, or as codes of their texts. A column that no option takes is refused, with the option that would.

use std::path::Path;

use crate::dataset::{Layout, Slot};
use crate::error::{ColumnType, Error, Recoding, Result};
use crate::parquet::{Column, Kind, Own};
use crate::plan::messages::{TypeThere, other_kind};
use crate::plan::options::{Categories, Options};
use crate::types::{Dtype, Epoch};

/// How stored values are recoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encode {
    /// They are numbers.
    Number,
    /// Each is a list of numbers, of which each has a column of its own.
    Vector,
    /// Times become numbers of units.
    Clock(Epoch),
    /// Texts become codes.
    Category,
}

/// What a column is before it is recoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Nature {
    Number,
    Vector,
    Instant,
    Elapsed,
    Text,
}

impl Nature {
    const fn of(own: Own) -> Self {
        match own {
            Own::Number(_) => Self::Number,
            Own::Time {
                dtype: Dtype::Datetime(_),
                ..
            } => Self::Instant,
            Own::Time { .. } => Self::Elapsed,
            Own::Text(_) => Self::Text,
        }
    }
}

impl Encode {
    /// Where a column is, and how it is read, of which each value becomes so many columns; `None` if it
    /// cannot be recoded like this.
    pub fn slot(self, column: &Column, width: usize) -> Option<Slot> {
        let own = column.own.ok();
        let is_vector = column.nesting.is_vector();
        let kind = match self {
            Self::Vector if !is_vector => return None,
            _ if own == Some(Own::Number(Kind::Null)) => Kind::Null,
            Self::Number | Self::Vector => column.kind.ok()?,
            Self::Clock(epoch) => own?.clock(epoch)?,
            Self::Category => column.category()?,
        };
        Some(Slot {
            leaf: column.leaf,
            kind,
            nesting: column.nesting,
            width,
        })
    }

    /// How a column becomes a feature of a name, or which type cannot. `layouts` are those of the files
    /// that may have it.
    pub(super) fn of<'a>(
        options: &Options,
        name: &str,
        columns: impl Iterator<Item = (&'a Layout, &'a Column)>,
    ) -> Result<Result<Self, ColumnType>> {
        let mut first: Option<(Nature, TypeThere<'_>)> = None;
        for (layout, column) in columns {
            let type_name = column.type_name.as_str();
            if layout.leaves[column.leaf].encrypted {
                return Ok(Err(ColumnType::new(name, "encrypted")));
            }
            let Ok(own) = column.own else {
                return Ok(Err(ColumnType::new(name, type_name)));
            };
            let nature = match Nature::of(own) {
                Nature::Number if column.nesting.is_vector() => Nature::Vector,
                _ if column.nesting.is_vector() => {
                    return Ok(Err(ColumnType::new(name, type_name)));
                }
                Nature::Number if own == Own::Number(Kind::Null) => continue,
                nature => nature,
            };
            let here = TypeThere {
                path: &layout.path,
                type_name,
            };
            let (other, there) = *first.get_or_insert((nature, here));
            if other != nature {
                return Err(other_kind(name, here, there));
            }
        }
        let nature = first.map_or(Nature::Number, |(nature, _)| nature);
        let type_name = first.map_or("null", |(_, there)| there.type_name);
        let path = first.map(|(_, there)| there.path);
        let refused = |option| Ok(Err(ColumnType::new(name, type_name).taken_by(option)));
        let encode = match nature {
            Nature::Number => Self::Number,
            Nature::Vector => Self::Vector,
            Nature::Instant | Nature::Elapsed => match options.epoch(name) {
                Some(epoch) => Self::Clock(epoch),
                None => return refused(Recoding::Datetimes),
            },
            Nature::Text if options.is_category(name) => Self::Category,
            Nature::Text => return refused(Recoding::Categories),
        };
        if let Some(path) = path {
            encode.check(options, name, TypeThere { path, type_name })?;
        }
        Ok(Ok(encode))
    }

    /// Refuses an option that names a column which it cannot recode.
    fn check(self, options: &Options, name: &str, column: TypeThere<'_>) -> Result<()> {
        let TypeThere { path, type_name } = column;
        let is_clock = matches!(self, Self::Clock(_));
        if !is_clock && matches!(options.own_epoch(name), Some((_, Some(_)))) {
            return Err(not_such(&NotSuch {
                option: "datetimes",
                kinds: "dates, times, timestamps and durations",
                name,
                type_name,
                path,
            }));
        }
        if self != Self::Category
            && let Categories::Named(names) = &options.categories
            && names.iter().any(|named| named == name)
        {
            return Err(not_such(&NotSuch {
                option: "categories",
                kinds: "texts, binary and dictionaries of these",
                name,
                type_name,
                path,
            }));
        }
        Ok(())
    }
}

/// A column that an option names and cannot recode.
struct NotSuch<'a> {
    option: &'a str,
    kinds: &'a str,
    name: &'a str,
    type_name: &'a str,
    path: &'a Path,
}

fn not_such(found: &NotSuch<'_>) -> Error {
    Error::Argument(format!(
        "{}: expected names of {}, found `{}`, which is {} in {}",
        found.option,
        found.kinds,
        found.name,
        found.type_name,
        found.path.display()
    ))
}

impl Options {
    /// What the options say of the times of a column by its name.
    fn own_epoch(&self, name: &str) -> Option<&(String, Option<Epoch>)> {
        self.datetime_columns
            .iter()
            .find(|(column, _)| column == name)
    }

    /// What times of a column are counted in, and since when; none where they are refused.
    fn epoch(&self, name: &str) -> Option<Epoch> {
        self.own_epoch(name)
            .map_or(self.datetimes, |(_, epoch)| *epoch)
    }

    /// Whether texts of a column become codes.
    fn is_category(&self, name: &str) -> bool {
        match &self.categories {
            Categories::Raise => false,
            Categories::Codes => true,
            Categories::Named(names) => names.iter().any(|named| named == name),
        }
    }

    /// The columns that options name because they want them recoded, each with the option.
    pub(super) fn recoded(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let datetimes = self.datetime_columns.iter();
        let datetimes = datetimes.map(|(name, _)| ("datetimes", name.as_str()));
        let named = match &self.categories {
            Categories::Named(names) => &names[..],
            Categories::Raise | Categories::Codes => &[],
        };
        datetimes.chain(named.iter().map(|name| ("categories", name.as_str())))
    }
}
