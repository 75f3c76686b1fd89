//! The texts of the columns that become codes, learned before the pour: by all threads, a column of a
//! row group at a time.
//!
//! ```text
//! for each chunk: collect its texts: the dictionary alone, where all pages have indices and all rows
//!                 are wanted, else what the wanted rows have
//!                 add what is new to the texts of the column
//! sort the texts of each column
//! ```
//!
//! Only rows of the first part count, as for any fill.

use std::sync::{Arc, Mutex};

use crate::account::Account;
use crate::arrow::codes::texts_of;
use crate::dataset::constant::value::Value;
use crate::dataset::{Cells, Columns, Fields, RowGroup, Scan, Selection, WantedGroups};
use crate::error::{Checkpoint, Error, Fault, Result};
use crate::parquet::lane::categories::Categories;
use crate::parquet::page::buffers::ReadBuffers;
use crate::parquet::page::levels::BLOCK;
use crate::parquet::{Chunk, ColumnChunk, Kind};
use crate::plan::{BlockOrigin, Encode, Field, Plan};
use crate::run::text::limits::{scarce, too_large};
use crate::select::parts::WORD;
use crate::select::selection::GroupRows;
use crate::texts::{TextCodes, Texts, Vocabulary};
use crate::workers::{Exclusive, ReleaseBuffers, Team, Workers, lock};

/// The part that vocabularies are fitted on.
const FITTED: usize = 0;

/// The columns of the source whose texts are not known before.
pub(super) struct LearnedColumns {
    /// Which features they are.
    pub(super) features: Vec<usize>,
    pub(super) names: Vec<String>,
    /// Where they are in each layout.
    pub(super) selection: Selection,
}

impl LearnedColumns {
    /// Those that become codes, and of which nothing is known.
    pub(super) fn new(plan: &Plan, known: &[Option<TextCodes>]) -> Self {
        let wanted = |feature: usize| {
            plan.features[feature].encode == Encode::Category && known[feature].is_none()
        };
        let mut own = Self {
            features: Vec::new(),
            names: Vec::new(),
            selection: vec![Vec::new(); plan.selection.len()],
        };
        let mut add = |fields: &[Field], selection: &Selection| {
            let fields = fields.iter().enumerate();
            for (at, field) in fields.filter(|(_, field)| wanted(field.columns.start)) {
                own.features.push(field.columns.start);
                own.names.push(field.name.clone());
                for (slots, all) in own.selection.iter_mut().zip(selection) {
                    slots.push(all[at]);
                }
            }
        };
        match &plan.join {
            None => add(&plan.fields, &plan.selection),
            Some(join) => {
                for block in &join.blocks {
                    if let BlockOrigin::Source(selection) = &block.origin {
                        add(&plan.fields[block.fields.clone()], selection);
                    }
                }
            }
        }
        own
    }
}

/// A chunk whose texts are to be learned.
pub(super) struct LearnTask {
    pub(super) group: Arc<RowGroup<Cells>>,
    /// The number of the column.
    pub(super) at: usize,
}

/// The chunks that are left.
pub(super) struct LearnQueue<'a> {
    plan: &'a Plan,
    scan: Scan<'a, Fields<'a>>,
    open: Option<LearnTask>,
}

impl<'a> LearnQueue<'a> {
    /// The chunks of all columns that a scan finds.
    pub(super) const fn new(plan: &'a Plan, scan: Scan<'a, Fields<'a>>) -> Self {
        Self {
            plan,
            scan,
            open: None,
        }
    }

    /// The next chunk.
    pub(super) fn next(&mut self) -> Result<Option<LearnTask>> {
        loop {
            if let Some(task) = &mut self.open {
                if task.at < task.group.cells.len() {
                    task.at += 1;
                    let group = Arc::clone(&task.group);
                    return Ok(Some(LearnTask {
                        group,
                        at: task.at - 1,
                    }));
                }
                self.open = None;
            }
            let Some(group) = self.scan.next()? else {
                return Ok(None);
            };
            let chosen = self.plan.chosen.as_ref();
            let chosen = chosen.map(|chosen| chosen.selection.group(group.at));
            let is_left_out = match chosen {
                Some(GroupRows::None) => true,
                Some(GroupRows::All(part)) => *part != FITTED,
                Some(GroupRows::Some(_)) | None => false,
            };
            if !is_left_out {
                let group = Arc::new(group);
                self.open = Some(LearnTask { group, at: 0 });
            }
        }
    }
}

/// What a thread keeps from one chunk to the next.
struct LearnBuffers {
    read: ReadBuffers,
    /// Texts of one chunk.
    texts: Vocabulary,
}

impl ReleaseBuffers for LearnBuffers {
    fn holds_buffers(&self) -> bool {
        true
    }

    fn release_buffers(&mut self) {
        self.read.release_buffers();
        self.texts.release();
    }
}

/// Learns texts of chunks.
struct Learner<'a> {
    plan: &'a Plan,
    columns: &'a LearnedColumns,
    vocabularies: &'a [Mutex<Vocabulary>],
    account: &'a Arc<Account>,
    workers: &'a Workers,
}

impl Learner<'_> {
    fn learn(&self, task: &LearnTask, buffers: &mut LearnBuffers) -> Result<()> {
        let group = &task.group;
        let learned = self.chunk(task, buffers);
        let name = self.columns.names.get(task.at).map(String::as_str);
        self.workers.read(group.source.bytes_read());
        // Damage found in a file that has changed since it was opened is not the file's fault.
        group.source.verify()?;
        learned.map_err(|fault| fault.at(group.place(name)))?;
        self.workers.done(group.rows)
    }

    fn chunk(&self, task: &LearnTask, buffers: &mut LearnBuffers) -> Result<(), Fault> {
        let LearnTask { group, at } = task;
        let Cells::Chunk {
            chunk,
            stored,
            nesting,
            ..
        } = &group.cells[*at]
        else {
            return self.array(task);
        };
        if stored.kind == Kind::Null {
            return Ok(());
        }
        let column = ColumnChunk {
            source: &group.source,
            chunk,
            nesting: *nesting,
        };
        let mut categories = Categories::new(&column, stored.kind, self.account)?;
        let LearnBuffers { read, texts } = buffers;
        texts.clear();
        let mut take = |text: &[u8]| texts.adds(text, Checkpoint::NONE);
        let chosen = self.plan.chosen.as_ref();
        let chosen = chosen.map(|chosen| chosen.selection.group(group.at));
        let has_unused = may_leave_unused(stored.kind, chunk);
        let all = GroupRows::All(FITTED);
        let chosen = chosen.unwrap_or(&all);
        let is_partial = matches!(chosen, GroupRows::Some(_));
        let is_indexed = if is_partial || has_unused {
            for first in (0..group.rows).step_by(BLOCK) {
                let count = BLOCK.min(group.rows - first);
                let mut wanted = [0; BLOCK / WORD];
                for (word, at) in wanted
                    .iter_mut()
                    .zip(first / WORD..)
                    .take(count.div_ceil(WORD))
                {
                    *word = chosen.mask(at, group.rows, FITTED);
                }
                categories.wanted(count, &wanted, read, &mut take)?;
                self.workers.check()?;
            }
            categories.finish(read)?;
            false
        } else {
            categories.all(read, &mut take)?
        };
        let mut vocabulary = lock(&self.vocabularies[*at]);
        let poll = |bytes| self.workers.check_after(bytes);
        let checkpoint = Checkpoint::new(&poll);
        for text in texts.iter() {
            vocabulary.number(text, checkpoint)?;
        }
        if is_indexed {
            categories.entries(&mut |text| vocabulary.adds(text, checkpoint))?;
        }
        Ok(())
    }
}

/// Whether the dictionary of a chunk may have entries that no row uses.
pub(super) fn may_leave_unused(kind: Kind, chunk: &Chunk) -> bool {
    match kind {
        Kind::Text { was_dictionary, .. } => {
            was_dictionary.unwrap_or_else(|| chunk.writer.keeps_dictionaries())
        }
        _ => false,
    }
}

impl Learner<'_> {
    /// Learns the texts of an array in memory.
    fn array(&self, task: &LearnTask) -> Result<(), Fault> {
        let LearnTask { group, at } = task;
        let (array, stored) = match &group.cells[*at] {
            Cells::Array { array, stored, .. } => (array, stored),
            Cells::Constant(Value::Text(text)) => return self.constant(task, text),
            Cells::Chunk { .. } | Cells::Constant(_) => return Ok(()),
        };
        let Kind::Text { is_text, .. } = stored.kind else {
            return Ok(());
        };
        let chosen = self.plan.chosen.as_ref();
        let chosen = chosen.map(|chosen| chosen.selection.group(group.at));
        let wanted = |row: usize| {
            chosen.is_none_or(|chosen| {
                chosen.mask(row / WORD, group.rows, FITTED) >> (row % WORD) & 1 == 1
            })
        };
        let mut vocabulary = lock(&self.vocabularies[*at]);
        let poll = |bytes| self.workers.check_after(bytes);
        let checkpoint = Checkpoint::new(&poll);
        texts_of(array, is_text, &wanted, &mut |text| {
            vocabulary.number(text, checkpoint).map(|_| ())
        })
    }

    /// Learns a text that all rows have.
    fn constant(&self, task: &LearnTask, text: &[u8]) -> Result<(), Fault> {
        let LearnTask { group, at } = task;
        let chosen = self.plan.chosen.as_ref();
        let chosen = chosen.map(|chosen| chosen.selection.group(group.at));
        let has_rows = chosen.map_or(group.rows > 0, |chosen| {
            let words = 0..group.rows.div_ceil(WORD);
            words
                .into_iter()
                .any(|word| chosen.mask(word, group.rows, FITTED) != 0)
        });
        if has_rows {
            lock(&self.vocabularies[*at]).number(text, Checkpoint::NONE)?;
        }
        Ok(())
    }
}

/// Learns the texts of columns of the source.
pub(super) fn learn(
    plan: &Plan,
    columns: &LearnedColumns,
    account: &Arc<Account>,
    team: &mut Team<'_>,
) -> Result<Vec<Texts>> {
    let metadata = Account::new(plan.budget.metadata_bytes);
    let fields = Fields {
        selection: &columns.selection,
        names: &columns.names,
        texts: &[],
    };
    let wanted = |at| plan.wants_group(at);
    let scan = Scan::new(&plan.files, fields, &metadata).wanting(WantedGroups(&wanted));
    let queue = Mutex::new(LearnQueue::new(plan, scan));
    let vocabularies = (0..fields.count()).map(|_| Mutex::new(Vocabulary::new(account)));
    let vocabularies: Vec<Mutex<Vocabulary>> = vocabularies.collect();
    let workers = team.workers;
    let learner = Learner {
        plan,
        columns,
        vocabularies: &vocabularies,
        account,
        workers,
    };
    let exclusive = Exclusive::default();
    team.run(|| {
        let mut buffers = LearnBuffers {
            read: ReadBuffers::new(account),
            texts: Vocabulary::new(account),
        };
        loop {
            let Some(task) = lock(&queue).next()? else {
                return Ok(());
            };
            let name = &columns.names[task.at];
            let done = exclusive.run(&mut buffers, |buffers| learner.learn(&task, buffers));
            done.map_err(|error| too_large(error, name))?;
        }
    })?;
    let numbered = vocabularies.into_iter().enumerate();
    let begin = || Ok(());
    let mut sorted = team.for_each(numbered, begin, |(), (at, vocabulary)| {
        let poll = |bytes| workers.check_after(bytes);
        let vocabulary = vocabulary.into_inner().map_err(|_| lost())?;
        let texts = vocabulary.sorted(Checkpoint::new(&poll));
        Ok((
            at,
            texts.map_err(|fault| scarce(fault, &columns.names[at]))?,
        ))
    })?;
    sorted.sort_unstable_by_key(|(at, _)| *at);
    Ok(sorted.into_iter().map(|(_, texts)| texts).collect())
}

fn lost() -> Error {
    Error::Internal("the texts of a column are lost".to_owned())
}
