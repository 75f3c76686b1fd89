//! Texts that become codes. The code of a text is its place among all, not known before the last
//! batch; until then each text has the number in which it came, and what is written are numbers. Both are
//! below the count of texts, so whatever holds the codes exactly holds the numbers as well.

use std::sync::{Arc, Mutex};

use ndarray::{ArrayViewMut1, ArrayViewMut2, Axis};

use crate::account::Account;
use crate::error::{Checkpoint, Error, Result};
use crate::kernel::Real;
use crate::plan::{Encode, Fill, Options, Plan, Role};
use crate::run::report::{CodesReport, Report};
use crate::run::text::limits::{check_count, scarce};
use crate::run::writer::arrays::WriterArrays;
use crate::run::writer::batch::is_known;
use crate::sys::free::free_memory;
use crate::texts::{Texts, Vocabulary};
use crate::types::Order;
use crate::workers::{Team, lock};

/// Rows whose numbers are replaced together.
const TOGETHER: usize = 1 << 16;

/// The texts of a column, numbered as they came.
struct Numbered<K> {
    /// Whose they are.
    of: K,
    name: String,
    texts: Vocabulary,
}

/// The texts of all columns whose codes are to be learned.
pub(super) struct WriterCodes {
    features: Vec<Numbered<usize>>,
    arrays: Vec<Numbered<Role>>,
}

/// The texts of a feature, in order.
pub(super) struct FeatureCodes {
    /// The number of the feature.
    pub(super) column: usize,
    pub(super) texts: Arc<Texts>,
}

impl WriterCodes {
    /// No texts yet, for the columns of a plan.
    pub(super) fn new(plan: &Plan, options: &Options) -> Self {
        let free = || free_memory().unwrap_or(usize::MAX);
        let account = Account::new(options.memory_limit.unwrap_or_else(free));
        let texts = || Vocabulary::new(&account);
        let features = plan.features.iter().enumerate();
        let learned = features.filter(|(_, feature)| {
            feature.encode == Encode::Category && !is_known(options, &feature.name)
        });
        let has_classes = options.known_classes.is_some();
        let arrays = plan.extras.iter().filter(|extra| extra.texts.is_some());
        let arrays = arrays.filter(|extra| !(extra.role == Role::Target && has_classes));
        Self {
            features: learned
                .map(|(at, feature)| Numbered {
                    of: at,
                    name: feature.name.clone(),
                    texts: texts(),
                })
                .collect(),
            arrays: arrays
                .map(|extra| Numbered {
                    of: extra.role,
                    name: extra.name_of_column().to_owned(),
                    texts: texts(),
                })
                .collect(),
        }
    }

    /// Begins with the texts of codes that an array has already, in their order.
    pub(super) fn begin_with(&mut self, role: Role, texts: &[Vec<u8>]) -> Result<()> {
        let own = self.arrays.iter_mut().filter(|own| own.of == role);
        for own in own {
            for text in texts {
                let number = own.texts.number(text, Checkpoint::NONE);
                number.map_err(|fault| scarce(fault, &own.name))?;
            }
        }
        Ok(())
    }

    /// Whether the codes of an array are known before.
    pub(super) fn is_known(&self, role: Role) -> bool {
        !self.arrays.iter().any(|own| own.of == role)
    }

    /// Replaces the codes of a batch, which a report tells, by numbers of all batches. Its rows begin with
    /// row `first`.
    pub(super) fn number<T: Real>(
        &mut self,
        report: &Report,
        plan: &Plan,
        arrays: &mut WriterArrays,
        first: usize,
    ) -> Result<()> {
        for own in &mut self.features {
            let mut found = report.vocabularies.iter();
            let Some(found) = found.find(|found| found.column == own.name) else {
                continue;
            };
            let numbers = own.numbers(&found.texts)?;
            check_count(plan, &own.name, own.texts.len())?;
            let shape = (plan.rows, plan.features.len());
            let rows = arrays.matrix.piece(first).view::<T>(shape, Order::C);
            let mut rows = rows.ok_or_else(crate::run::load::misfit)?;
            replace(rows.column_mut(own.of), &|code| numbers[code], None);
        }
        for own in &mut self.arrays {
            let mut found = report.codes.iter();
            let Some(found) = found.find(|found| found.role == own.of) else {
                continue;
            };
            let numbers = own.numbers(&found.texts)?;
            let Some(array) = arrays.array_of(own.of) else {
                continue;
            };
            let rows = array.piece(first).view::<i64>((plan.rows, 1), Order::C);
            for code in &mut rows.ok_or_else(crate::run::load::misfit)? {
                *code = numbers[usize::try_from(*code).unwrap_or_default()].into();
            }
        }
        Ok(())
    }

    /// Turns the numbers of features into codes, and what has none into what the options say; returns their
    /// texts.
    pub(super) fn finish_features<T: Real>(
        &mut self,
        mut matrix: ArrayViewMut2<'_, T>,
        fills: &[Fill],
        team: &mut Team<'_>,
    ) -> Result<Vec<FeatureCodes>> {
        let mut found = Vec::with_capacity(self.features.len());
        for own in self.features.drain(..) {
            let (column, texts) = (own.of, own.sorted(team)?);
            let missing = match fills[column] {
                Fill::Value(value) => Some(T::nearest(value)),
                Fill::Median | Fill::Mean | Fill::Nothing => None,
            };
            let rows = matrix.column_mut(column);
            let chunks = into_chunks(rows);
            let workers = team.workers;
            team.for_each(
                chunks,
                || Ok(()),
                |(), rows| {
                    let code =
                        |number: usize| texts.code(u32::try_from(number).unwrap_or_default());
                    replace(rows, &code, missing);
                    workers.check()
                },
            )?;
            found.push(FeatureCodes {
                column,
                texts: Arc::new(texts),
            });
        }
        Ok(found)
    }

    /// Turns the numbers of arrays beside the matrix into codes, and returns their texts.
    pub(super) fn finish_array(
        &mut self,
        role: Role,
        mut values: ArrayViewMut2<'_, i64>,
        team: &mut Team<'_>,
    ) -> Result<Option<CodesReport>> {
        let Some(at) = self.arrays.iter().position(|own| own.of == role) else {
            return Ok(None);
        };
        let texts = self.arrays.swap_remove(at).sorted(team)?;
        let workers = team.workers;
        let chunks = into_chunks(values.column_mut(0));
        team.for_each(
            chunks,
            || Ok(()),
            |(), rows| {
                for number in rows {
                    *number = texts
                        .code(u32::try_from(*number).unwrap_or_default())
                        .into();
                }
                workers.check()
            },
        )?;
        Ok(Some(CodesReport {
            role,
            texts: Arc::new(texts),
        }))
    }
}

impl<K> Numbered<K> {
    /// For each code of a batch the number of its text.
    fn numbers(&mut self, texts: &Texts) -> Result<Vec<u32>> {
        let numbers = texts.iter();
        let numbers = numbers.map(|text| self.texts.number(text, Checkpoint::NONE));
        let numbers: std::result::Result<_, _> = numbers.collect();
        numbers.map_err(|fault| scarce(fault, &self.name))
    }

    /// The texts in the order of their bytes.
    fn sorted(self, team: &mut Team<'_>) -> Result<Texts> {
        let Self { name, texts, .. } = self;
        let texts = Mutex::new(Some(texts));
        let workers = team.workers;
        let sorted = workers.run(1, team.caller, || {
            let poll = |bytes| workers.check_after(bytes);
            let texts = lock(&texts).take();
            let sorted = texts.map(|texts| texts.sorted(Checkpoint::new(&poll)));
            sorted.transpose().map_err(|fault| scarce(fault, &name))
        })?;
        let gone = || Error::Internal("the texts of codes are gone".to_owned());
        sorted.into_iter().flatten().next().ok_or_else(gone)
    }
}

/// Some rows of a column at a time.
fn into_chunks<T>(column: ArrayViewMut1<'_, T>) -> Vec<ArrayViewMut1<'_, T>> {
    let mut chunks = Vec::with_capacity(column.len() / TOGETHER + 1);
    let mut rest = column;
    while rest.len() > TOGETHER {
        let (chunk, others) = rest.split_at(Axis(0), TOGETHER);
        chunks.push(chunk);
        rest = others;
    }
    chunks.push(rest);
    chunks
}

/// Replaces codes by others, and NaN by `missing` if there is such a value.
fn replace<T: Real>(
    column: ArrayViewMut1<'_, T>,
    code: &impl Fn(usize) -> u32,
    missing: Option<T>,
) {
    for value in column {
        if value.is_nan() {
            *value = missing.unwrap_or(*value);
        } else {
            *value = T::nearest(code(whole(value.to_f64())).into());
        }
    }
}

/// A code, which is a whole number of at most 32 bits.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "codes are whole, and below 2^32"
)]
const fn whole(code: f64) -> usize {
    code as usize
}
