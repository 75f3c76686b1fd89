//! Codes of texts: for each row the place of its text among all different ones, in the order of their
//! bytes.
//!
//! One pass gives each text a number as it comes and writes it to its place; when all texts are known,
//! the numbers in the array become codes. So a column is decoded once, and only different texts are held.

use std::sync::Arc;

use crate::account::Account;
use crate::error::{Checkpoint, Error, Fault, MissingValues, Result};
use crate::plan::Extra;
use crate::run::text::read::TextSink;
use crate::texts::{Texts, Vocabulary};
use crate::workers::Team;

/// Rows of an array whose numbers become codes at a time.
const CODED_ROWS: usize = 1 << 18;

/// Takes texts, and writes the number of each.
#[derive(Debug)]
pub struct CodeSink<'a> {
    out: &'a mut [i64],
    vocabulary: Vocabulary,
    /// Texts that are known before: no other has a code.
    known: Option<Texts>,
    nulls: u64,
}

impl TextSink for CodeSink<'_> {
    fn put(&mut self, row: usize, text: Option<&[u8]>) -> Result<(), Fault> {
        let Some(text) = text else {
            self.nulls += 1;
            return Ok(());
        };
        let number = match &self.known {
            Some(known) => known.find(text).ok_or_else(|| unknown(text))?,
            None => self.vocabulary.number(text, Checkpoint::NONE)?,
        };
        self.out[row] = number.into();
        Ok(())
    }
}

impl<'a> CodeSink<'a> {
    /// An array of a code for each row, which are those of `known` texts if there are any. Others are
    /// leased from `account`.
    pub fn new(out: &'a mut [i64], known: Option<Texts>, account: &Arc<Account>) -> Self {
        Self {
            out,
            vocabulary: Vocabulary::new(account),
            known,
            nulls: 0,
        }
    }

    /// Turns numbers into codes, and returns the texts. An array that lacks some is refused.
    pub fn finish(self, extra: &Extra, team: &mut Team<'_>) -> Result<Texts> {
        if self.nulls > 0 {
            return Err(Error::MissingTarget {
                array: extra.role.name(),
                columns: vec![MissingValues {
                    column: extra.name_of_column().to_owned(),
                    nulls: self.nulls,
                    nans: 0,
                }],
                can_keep: false,
            });
        }
        if let Some(known) = self.known {
            return Ok(known);
        }
        let workers = team.workers;
        let vocabulary = std::sync::Mutex::new(Some(self.vocabulary));
        let sorted = workers.run(1, team.caller, || {
            let vocabulary = crate::workers::lock(&vocabulary).take();
            let poll = |bytes| workers.check_after(bytes);
            let sorted = vocabulary.map(|texts| texts.sorted(Checkpoint::new(&poll)));
            sorted.transpose().map_err(|fault| scarce(fault, extra))
        })?;
        let gone = || Error::Internal("the texts of codes are gone".to_owned());
        let texts = sorted.into_iter().flatten().next().ok_or_else(gone)?;
        let begin = || Ok(());
        team.for_each(self.out.chunks_mut(CODED_ROWS), begin, |(), rows| {
            workers.check()?;
            for number in rows {
                *number = texts
                    .code(u32::try_from(*number).unwrap_or_default())
                    .into();
            }
            Ok(())
        })?;
        Ok(texts)
    }
}

/// The fault of a text that is not among those that are known.
fn unknown(text: &[u8]) -> Fault {
    let text = String::from_utf8_lossy(text);
    Fault::unsupported(format!(
        "the recipe has no class {text:?}; leave its rows out with filters=, or make a new recipe"
    ))
}

fn scarce(fault: Fault, extra: &Extra) -> Error {
    fault.short(|needed| {
        format!(
            "{}: to sort the texts of `{}` {needed} bytes are needed at once, and less is free; \
             raise memory_limit by {needed} bytes, or take fewer rows",
            extra.role.option(),
            extra.name_of_column()
        )
    })
}
