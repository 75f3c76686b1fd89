//! Texts that are foreseen: those of the dictionaries, read before the pour, in the order of their bytes.
//!
//! They are a guess. Where the pour meets no others, as in most files, its numbers are the codes; where it
//! does, codes take the place of numbers afterwards. So nothing depends on what is foreseen but time: a
//! column is left alone where a chunk has no dictionary, or a damaged one, where dictionaries are long
//! beside the rows, and where reading takes a request or memory is short.

use std::sync::{Arc, Mutex};

use crate::account::Account;
use crate::dataset::{Cells, Fields, RowGroup, Scan};
use crate::error::{Checkpoint, Error, Fault, Result};
use crate::parquet::lane::categories::add_entries;
use crate::parquet::page::buffers::ReadBuffers;
use crate::parquet::page::dictionary::DictionaryPage;
use crate::parquet::{ColumnChunk, Kind};
use crate::plan::Plan;
use crate::run::vocabularies::learned::{LearnQueue, LearnTask, LearnedColumns};
use crate::texts::{Texts, Vocabulary};
use crate::workers::{Team, lock};

/// Rows for which an entry of a dictionary is looked at: to put codes in the place of the numbers of 16
/// rows takes as long. See `benchmarks/NOTES.md`.
const ROWS: usize = 16;

/// The texts of a column, as far as they are foreseen; none where it is left alone.
struct ForeseenColumn {
    texts: Option<Vocabulary>,
    /// Entries that may still be looked at.
    left: usize,
}

/// The dictionary of a chunk, and what its entries are.
struct KnownEntries<'a> {
    page: DictionaryPage<'a>,
    kind: Kind,
}

/// Foresees the texts of columns that `may` be foreseen.
pub(super) fn foresee(
    plan: &Plan,
    columns: &LearnedColumns,
    may: &[bool],
    account: &Arc<Account>,
    team: &mut Team<'_>,
) -> Result<Vec<Option<Texts>>> {
    let metadata = Account::new(plan.budget.metadata_bytes);
    let fields = Fields {
        selection: &columns.selection,
        names: &columns.names,
        texts: &[],
    };
    let queue = Mutex::new(LearnQueue::new(
        plan,
        Scan::new(&plan.files, fields, &metadata),
    ));
    let found = may.iter().map(|may| {
        Mutex::new(ForeseenColumn {
            texts: may.then(|| Vocabulary::new(account)),
            left: plan.rows / ROWS,
        })
    });
    let found: Vec<Mutex<ForeseenColumn>> = found.collect();
    let workers = team.workers;
    team.run(|| {
        let mut buffers = ReadBuffers::new(account);
        while let Some(LearnTask { group, at }) = lock(&queue).next()? {
            if lock(&found[at]).texts.is_none() {
                continue;
            }
            let page = dictionary(&group, at, &mut buffers, account);
            workers.read(group.source.bytes_read());
            workers.check()?;
            let mut column = lock(&found[at]);
            let added = page.and_then(|page| column.add(page));
            if added.is_err() {
                column.texts = None;
            }
        }
        Ok(())
    })?;
    let begin = || Ok(());
    let mut sorted = team.for_each(found.into_iter().enumerate(), begin, |(), (at, column)| {
        let texts = column.into_inner().ok().and_then(|column| column.texts);
        let poll = |bytes| workers.check_after(bytes);
        let texts = texts.map(|texts| texts.sorted(Checkpoint::new(&poll)));
        match texts.transpose() {
            Err(Fault::Read(error)) if matches!(*error, Error::Interrupted) => Err(*error),
            texts => Ok((at, texts.ok().flatten())),
        }
    })?;
    sorted.sort_unstable_by_key(|(at, _)| *at);
    Ok(sorted.into_iter().map(|(_, texts)| texts).collect())
}

/// Reads the dictionary of a chunk. There is none where a chunk has no texts; a fault ends the guess.
fn dictionary<'a>(
    group: &RowGroup<Cells>,
    at: usize,
    buffers: &'a mut ReadBuffers,
    account: &Arc<Account>,
) -> Result<Option<KnownEntries<'a>>, Fault> {
    let none = || Fault::unsupported("a chunk without a dictionary");
    let Cells::Chunk {
        chunk,
        stored,
        nesting,
        ..
    } = &group.cells[at]
    else {
        return Err(none());
    };
    let kind = stored.kind;
    if kind == Kind::Null || chunk.values == 0 {
        return Ok(None);
    }
    if group.source.ahead() > 0 {
        return Err(none());
    }
    let column = ColumnChunk {
        source: &group.source,
        chunk,
        nesting: *nesting,
    };
    let page = DictionaryPage::read(&column, kind.width(), buffers, account)?;
    let page = page.ok_or_else(none)?;
    Ok(Some(KnownEntries { page, kind }))
}

impl ForeseenColumn {
    /// Takes the texts of the dictionary of a chunk.
    fn add(&mut self, entries: Option<KnownEntries<'_>>) -> Result<(), Fault> {
        let (Some(texts), Some(KnownEntries { page, kind })) = (&mut self.texts, entries) else {
            return Ok(());
        };
        let left = self.left.checked_sub(page.length);
        self.left = left.ok_or_else(|| Fault::unsupported("dictionaries that are long"))?;
        add_entries(page, kind, texts)
    }
}
