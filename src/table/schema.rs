//! The columns of a table: those of the first batch, or those that were asked for. Later batches have the
//! same columns by name, in any order; their values are cast where none of them changes, and refused by the
//! name of the column where one would.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef};

use crate::error::{Difference, Error, Place, Result};
use crate::table::cast::recast;
use crate::table::types::{may_become, nullable, plain};

/// The columns of a table.
#[derive(Debug, Clone)]
pub(super) struct TableSchema {
    /// Their names and types.
    pub(super) arrow: SchemaRef,
}

/// Where each column of a table is in a batch.
#[derive(Debug, Clone)]
pub(super) struct ColumnOrder(Vec<usize>);

impl TableSchema {
    /// The columns of the first batch, any of whose values may be missing.
    pub(super) fn of_first(batch: &Schema, place: &Place) -> Result<Self> {
        Self::checked(batch, place, &|field| {
            Field::new(field.name(), nullable(&plain(field.data_type())), true)
        })
    }

    /// Columns that were asked for.
    pub(super) fn asked_for(given: &Schema) -> Result<Self> {
        let place = Place::memory(Path::new("schema"));
        Self::checked(given, &place, &|field| {
            Field::new(field.name(), plain(field.data_type()), field.is_nullable())
        })
    }

    fn checked(given: &Schema, place: &Place, own: &dyn Fn(&Field) -> Field) -> Result<Self> {
        if given.fields().is_empty() {
            return Err(Error::Mismatch {
                place: place.clone(),
                what: "it has no columns, and a table has at least one".to_owned(),
                difference: None,
            });
        }
        refuse_repeated(given, place)?;
        for field in given.fields() {
            if let Some(unwritable) = unwritable(field.data_type()) {
                return Err(Error::Unsupported {
                    place: place.clone().in_column(field.name().as_str()),
                    what: format!(
                        "Parquet has no type for {unwritable}; leave the column out, or cast it first"
                    ),
                });
            }
        }
        let fields = given.fields().iter().map(|field| own(field));
        Ok(Self {
            arrow: Arc::new(Schema::new(fields.collect::<Vec<_>>())),
        })
    }

    /// Where the columns are in a batch, which has the same ones.
    pub(super) fn order(&self, batch: &Schema, place: &Place) -> Result<ColumnOrder> {
        refuse_repeated(batch, place)?;
        let names = |schema: &Schema| -> Vec<String> {
            schema
                .fields()
                .iter()
                .map(|own| own.name().clone())
                .collect()
        };
        let (expected, found) = (names(&self.arrow), names(batch));
        let only = |one: &[String], other: &[String]| -> Vec<String> {
            let other: HashSet<&String> = other.iter().collect();
            let one = one.iter().filter(|name| !other.contains(name));
            one.cloned().collect()
        };
        let (lacking, more) = (only(&expected, &found), only(&found, &expected));
        if let Some(first) = lacking.first().or_else(|| more.first()) {
            let what = if lacking.is_empty() {
                "has also"
            } else {
                "lacks"
            };
            return Err(Error::Mismatch {
                place: place.clone().in_column(first.as_str()),
                what: format!(
                    "this batch {what} the column, and the table has {} others; give all batches the \
                     same columns",
                    expected.len() - usize::from(!lacking.is_empty()),
                ),
                difference: Some(Box::new(Difference {
                    expected: lacking,
                    found: more,
                    ..Difference::default()
                })),
            });
        }
        let mut order = Vec::with_capacity(expected.len());
        for field in self.arrow.fields() {
            let at = batch.index_of(field.name());
            let at = at.map_err(|error| other_type(place, field, &error.to_string()))?;
            let found = batch.field(at).data_type();
            if !may_become(found, field.data_type()) {
                return Err(other_type(place, field, &format!("found {found}")));
            }
            order.push(at);
        }
        Ok(ColumnOrder(order))
    }

    /// The rows of a batch as those of the table.
    pub(super) fn cast(
        &self,
        batch: &RecordBatch,
        order: &ColumnOrder,
        place: &Place,
    ) -> Result<RecordBatch> {
        let mut columns = Vec::with_capacity(order.0.len());
        for (field, at) in self.arrow.fields().iter().zip(&order.0) {
            let found = batch.column(*at);
            let cast = recast(found, field.data_type());
            let cast = cast.map_err(|error| {
                let why = told(&error);
                other_type(
                    place,
                    field,
                    &format!("found {}, and {why}", found.data_type()),
                )
            })?;
            if !field.is_nullable() && cast.null_count() > 0 {
                return Err(other_type(
                    place,
                    field,
                    "found nulls, where schema= has none",
                ));
            }
            columns.push(cast);
        }
        let cast = RecordBatch::try_new(Arc::clone(&self.arrow), columns);
        cast.map_err(|error| Error::Mismatch {
            place: place.clone(),
            what: format!("this batch does not fit the table: {}", told(&error)),
            difference: None,
        })
    }
}

/// What an error says, without the name of its kind.
fn told(error: &ArrowError) -> String {
    match error {
        ArrowError::CastError(what)
        | ArrowError::ComputeError(what)
        | ArrowError::InvalidArgumentError(what) => what.clone(),
        other => other.to_string(),
    }
}

fn other_type(place: &Place, field: &Field, found: &str) -> Error {
    Error::Mismatch {
        place: place.clone().in_column(field.name().as_str()),
        what: format!(
            "the table has {} in this column, {found}; give the first batch the widest type, or say \
             schema=",
            field.data_type()
        ),
        difference: None,
    }
}

fn refuse_repeated(schema: &Schema, place: &Place) -> Result<()> {
    let mut known = HashSet::new();
    let twice = schema.fields().iter().find(|own| !known.insert(own.name()));
    match twice {
        None => Ok(()),
        Some(field) => Err(Error::Mismatch {
            place: place.clone().in_column(field.name().as_str()),
            what: "two columns have this name, and columns are matched by their names".to_owned(),
            difference: None,
        }),
    }
}

/// The type in a type that no Parquet file has.
fn unwritable(of: &DataType) -> Option<&DataType> {
    match of {
        DataType::Union(..) | DataType::Interval(_) | DataType::FixedSizeBinary(..=0) => Some(of),
        DataType::Dictionary(_, values) => unwritable(values),
        DataType::RunEndEncoded(_, values) => unwritable(values.data_type()),
        DataType::Struct(fields) if fields.is_empty() => Some(of),
        DataType::Struct(fields) => fields.iter().find_map(|own| unwritable(own.data_type())),
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::ListView(item)
        | DataType::LargeListView(item)
        | DataType::FixedSizeList(item, _)
        | DataType::Map(item, _) => unwritable(item.data_type()),
        _ => None,
    }
}
