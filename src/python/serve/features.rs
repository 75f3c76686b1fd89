//! The features of a recipe: their names, and what their values are recoded by before they are cast.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::account::Account;
use crate::error::{Checkpoint, ColumnType, Error};
use crate::kernel::scalar::clock::Clock;
use crate::python::errors::raised;
use crate::python::options::unit;
use crate::texts::{Texts, Vocabulary};
use crate::types::{Epoch, Unit};

/// What the values of a feature are.
pub(super) enum Recode {
    /// Numbers.
    Number,
    /// Times, of which units are counted.
    Clock(Epoch),
    /// Texts, each of which has a code or none.
    Texts(Box<Texts>),
}

/// All features.
pub(super) struct Features {
    pub(super) names: Vec<String>,
    pub(super) recodes: Vec<Recode>,
    /// The function that tells what a time of Python is, in ticks.
    ticks: Py<PyAny>,
}

/// Ticks since 1970, or since nothing.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ticks {
    pub(super) count: i128,
    /// Nanoseconds of a tick.
    pub(super) tick: i64,
    /// Whether they are counted from 1970.
    pub(super) is_instant: bool,
}

/// A text of a recipe.
#[derive(FromPyObject)]
enum Text {
    Text(String),
    Bytes(Vec<u8>),
}

impl Text {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Bytes(bytes) => bytes,
        }
    }
}

impl Features {
    /// Those of a recipe, whose attributes are read by their names.
    pub(super) fn new(
        recipe: &Bound<'_, PyAny>,
        names: Vec<String>,
        ticks: Py<PyAny>,
    ) -> PyResult<Self> {
        let clocks = recipe.getattr("datetimes")?;
        let clocks = clocks.cast::<PyDict>()?;
        let texts = recipe.getattr("categories")?;
        let texts = texts.cast::<PyDict>()?;
        let recode = |name: &String| {
            if let Some(clock) = clocks.get_item(name)? {
                let name: String = clock.getattr("unit")?.extract()?;
                return Ok(Recode::Clock(Epoch {
                    unit: unit(&name)?,
                    origin: clock.getattr("origin")?.extract()?,
                }));
            }
            let texts = texts.get_item(name)?;
            Ok(match texts {
                Some(texts) => Recode::Texts(Box::new(known(recipe.py(), texts.extract()?)?)),
                None => Recode::Number,
            })
        };
        Ok(Self {
            recodes: names.iter().map(recode).collect::<PyResult<_>>()?,
            names,
            ticks,
        })
    }

    /// What a time of Python is; none where it is missing, and an error where it is no time.
    pub(super) fn ticks(&self, time: &Bound<'_, PyAny>) -> PyResult<Option<Ticks>> {
        let found = self.ticks.bind(time.py()).call1((time,))?;
        let found: Option<(i128, i64, bool)> = found.extract()?;
        Ok(found.map(|(count, tick, is_instant)| Ticks {
            count,
            tick,
            is_instant,
        }))
    }

    /// The error for what is not of the type that a feature has.
    pub(super) fn refused(&self, py: Python<'_>, column: usize, found: &str) -> PyErr {
        let name = &self.names[column];
        let column_type = ColumnType::new(name, found);
        let error = match self.recodes[column] {
            Recode::Number => Error::UnsupportedColumns {
                columns: vec![column_type],
                total: self.names.len(),
                named: true,
            },
            Recode::Clock(_) => Error::UnsupportedValue {
                column: column_type,
                expected: "dates, times, timestamps or durations",
            },
            Recode::Texts(_) => Error::UnsupportedValue {
                column: column_type,
                expected: "texts",
            },
        };
        raised(py, error)
    }
}

/// What counts ticks in the units of a feature.
pub(super) fn clock(epoch: Epoch, tick: i64, is_instant: bool) -> PyResult<Clock> {
    let origin = if is_instant { epoch.origin } else { 0 };
    let clock = Clock::new(tick, epoch.unit.nanoseconds(), origin);
    clock.ok_or_else(|| PyValueError::new_err("data: the origin of a time is too far from 1970"))
}

/// Nanoseconds of a unit, by the name that NumPy gives it.
pub(super) fn nanoseconds(name: &str) -> Option<i64> {
    let known = Unit::ALL.into_iter().find(|(known, _)| *known == name);
    known.map(|(_, unit)| unit.nanoseconds())
}

/// The texts of a recipe, in their order.
fn known(py: Python<'_>, texts: Vec<Text>) -> PyResult<Texts> {
    // They are in the memory of Python already.
    let mut vocabulary = Vocabulary::new(&Account::new(usize::MAX));
    let numbered = texts.iter().try_for_each(|text| {
        vocabulary
            .number(text.bytes(), Checkpoint::NONE)
            .map(|_| ())
    });
    let sorted = numbered.and_then(|()| vocabulary.sorted(Checkpoint::NONE));
    sorted.map_err(|fault| {
        let error = fault.short(|needed| format!("the texts of a recipe take {needed} bytes"));
        raised(py, error)
    })
}
