//! The options about rows: filters, unique keys, samples, parts and orders.

use pyo3::prelude::*;

use crate::python::filter::PyFilter;
use crate::python::options::Given;
use crate::python::words::Words;
use crate::select::RowRequest;
use crate::select::filter::FilterRequest;
use crate::select::request::{
    Division, Keep, RowOrder, RowSlice, SampleSize, SplitRequest, UniqueRequest,
};

const KEEPS: Words<Keep, 2> = [("first", Keep::First), ("last", Keep::Last)];

impl Given<'_, '_> {
    pub(super) fn row_request(&self) -> PyResult<RowRequest> {
        let split = self.0.getattr("split")?;
        let between: Option<(i64, Option<i64>)> = self.option("between")?;
        Ok(RowRequest {
            between: between.map(|(start, stop)| RowSlice { start, stop }),
            filters: self
                .option::<Option<PyFilter>>("filters")?
                .map(|filter| filter.0),
            unique: self.unique()?,
            sample: self
                .option::<Option<PySample>>("sample")?
                .map(PySample::size),
            split: if split.is_none() {
                None
            } else {
                Some(Given(&split).split()?)
            },
            order: self.row_order()?,
            seed: self.option("seed")?,
        })
    }

    fn unique(&self) -> PyResult<Option<UniqueRequest>> {
        let columns: Vec<String> = self.option("unique_on")?;
        let keep = self.choice("keep", &KEEPS)?;
        Ok((!columns.is_empty()).then_some(UniqueRequest {
            columns,
            keep,
            seen: None,
        }))
    }

    fn row_order(&self) -> PyResult<RowOrder> {
        let sorted: Vec<String> = self.option("sort_by")?;
        let shuffled: bool = self.option("shuffle")?;
        Ok(match (sorted.is_empty(), shuffled) {
            (false, _) => RowOrder::Sorted(sorted),
            (true, true) => RowOrder::Shuffled,
            (true, false) => RowOrder::Source,
        })
    }

    fn split(&self) -> PyResult<SplitRequest> {
        let ends: Option<Vec<f64>> = self.option("ends")?;
        let columns: Vec<String> = self.option("by")?;
        let filters: Option<Vec<PyFilter>> = self.option("filters")?;
        let division = match (ends, filters) {
            (Some(ends), _) if columns.is_empty() => Division::Shares(ends),
            (Some(ends), _) => Division::Keys { columns, ends },
            (None, filters) => Division::Filters {
                parts: filters
                    .into_iter()
                    .flatten()
                    .map(|filter| FilterRequest {
                        option: "split",
                        ..filter.0
                    })
                    .collect(),
                required: self.option("required")?,
            },
        };
        Ok(SplitRequest {
            names: self.option("names")?,
            division,
        })
    }
}

/// A share of the rows, or a number of them.
#[derive(FromPyObject)]
enum PySample {
    Count(usize),
    Share(f64),
}

impl PySample {
    const fn size(self) -> SampleSize {
        match self {
            Self::Count(count) => SampleSize::Count(count),
            Self::Share(share) => SampleSize::Share(share),
        }
    }
}
