//! Floor 10: everything that is decided before a data byte is read. A plan is plain data: which
//! columns of which files go where, how large everything is, and what is refused.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`options`] | what was requested |
//! | [`selection`] | where columns are in the files |
//! | [`tables`] | the tables of a join, and the names of their columns |
//! | [`extras`] | arrays beside the matrix, and what they hold |
//! | [`passthrough`] | columns that are passed through |
//! | [`fields`] | which columns become features |
//! | [`rows`] | which rows are loaded |
//! | [`rules`] | policies as numbers |
//! | [`budget`] | threads, tiles and bytes that fit the memory limit |
//! | [`need`] | what is needed of memory and disk, and what is free |
//! | [`join`] | a join, decided |
//! | [`window`] | some of the rows, as a load of their own |
//! | [`share`] | those of one of several processes |
//! | [`messages`] | refusals that take some words |

pub mod budget;
pub mod extras;
pub mod fields;
pub mod join;
pub mod messages;
pub mod need;
pub mod options;
pub mod passthrough;
pub mod rows;
pub mod rules;
pub mod selection;
pub mod share;
pub mod tables;
pub mod window;

use std::path::PathBuf;
use std::slice::from_ref;
use std::sync::Arc;

pub use budget::{Budget, OutputSizes};
pub use extras::{Extra, Role};
pub use fields::blocks::{BlockOrigin, ColumnBlock, ItemSlot};
pub use fields::encode::Encode;
pub use fields::field::{Feature, Field};
pub use join::{JoinPlan, JoinedTable};
pub use need::Need;
pub use options::{
    Categories, ColumnChoice, Fill, Inf, Join, KnownTexts, MissingColumns, MissingTargets, Options,
    Output, OverflowPolicy, Target, WindowSize,
};
pub use rows::ChosenRowsOfSource;
pub use selection::TextColumn;
pub use share::Share;

use crate::account::Account;
use crate::dataset::origin::distinct;
use crate::dataset::table::SURVEY_BYTES;
use crate::dataset::{Dataset, Origins, Selection, Table};
use crate::error::{Checkpoint, ColumnType, Result};
use crate::io::remote::{Allowance, Object, Session, largest_request};
use crate::plan::fields::choose::choose;
use crate::plan::passthrough::text_bytes;
use crate::select::read::columns::KeyColumns;
use crate::select::selection::GroupRows;
use crate::types::{ArraySpec, Order};

/// A load, decided.
#[derive(Debug)]
pub struct Plan {
    /// What was requested.
    pub options: Options,
    /// The files, in order.
    pub files: Vec<Table>,
    /// The columns of the matrix.
    pub features: Vec<Feature>,
    /// The columns of the files that they come from.
    pub fields: Vec<Field>,
    /// Where the fields of the source are, for each layout of its files.
    pub selection: Selection,
    /// What was left out.
    pub skipped: Vec<ColumnType>,
    /// The tables joined to the source, and which features come from where.
    pub join: Option<JoinPlan>,
    /// Arrays beside the matrix.
    pub extras: Vec<Extra>,
    /// Texts that are passed through.
    pub texts: Vec<TextColumn>,
    /// Bytes that these take in memory, as far as footers tell.
    pub text_bytes: usize,
    /// Which rows of the source are loaded, and in which part each is; none where all are.
    pub chosen: Option<ChosenRowsOfSource>,
    /// The columns that rows are sorted by; none where they are not.
    pub sorted: Option<KeyColumns>,
    /// What is known of all rows, where these are those of one process among several.
    pub share: Option<Share>,
    /// Rows of the matrix.
    pub rows: usize,
    /// Rows of a window; all where there are none.
    pub window_rows: usize,
    /// Bytes of all outputs that are in memory at once.
    pub output_bytes: usize,
    /// Bytes of the chosen columns in the files.
    pub read_bytes: u64,
    /// Row groups in all files.
    pub row_groups: u64,
    /// Threads, tiles, sheets and scratch.
    pub budget: Budget,
}

impl Plan {
    /// Rows of each part of the matrix. Fills are fitted on the first.
    pub fn parts(&self) -> &[usize] {
        match &self.chosen {
            None => from_ref(&self.rows),
            Some(chosen) => chosen.selection.counts(),
        }
    }

    /// Whether a row group of the source has rows that are loaded.
    pub fn wants_group(&self, at: usize) -> bool {
        let chosen = self.chosen.as_ref();
        chosen.is_none_or(|chosen| *chosen.selection.group(at) != GroupRows::None)
    }

    /// The files of the source, and the tables that are joined to it.
    pub fn all_files(&self) -> impl Iterator<Item = &Table> {
        let tables = self.join.iter().flat_map(|join| &join.tables);
        self.files.iter().chain(tables.map(|table| &table.file))
    }

    /// Those that are read over a network.
    fn objects(&self) -> impl Iterator<Item = (&Table, &Arc<Object>)> {
        let files = self.all_files();
        files.filter_map(|file| Some((file, file.object()?)))
    }

    /// About how many requests read the chosen columns over a network: the columns are taken to have the
    /// same share of each file.
    pub fn requests(&self) -> u64 {
        let bytes: u64 = self.all_files().map(|file| file.identity.bytes).sum();
        let most = largest_request(self.budget.fetch_bytes);
        let each = self.objects().map(|(file, _)| {
            let share = u128::from(file.identity.bytes) * u128::from(self.read_bytes);
            let share = share / u128::from(bytes.max(1));
            let pieces = u64::try_from(share).unwrap_or(u64::MAX).div_ceil(most);
            pieces.max(file.row_groups())
        });
        each.sum()
    }

    /// How many objects are told from others by their size alone.
    pub fn unpinned(&self) -> usize {
        let unpinned = |(_, object): &(&Table, &Arc<Object>)| !object.is_pinned();
        self.objects().filter(unpinned).count()
    }

    /// The sessions of those that are read over a network, each once.
    pub fn sessions(&self) -> Vec<Arc<Session>> {
        distinct(self.objects().map(|(_, object)| object.session()))
    }

    /// Rows of all files.
    pub fn source_rows(&self) -> u64 {
        self.files.iter().map(|file| file.rows).sum()
    }

    /// Reads the footers of `files` and decides everything.
    pub fn new(paths: &[PathBuf], options: Options) -> Result<Self> {
        Self::cancellable(&Origins::files(paths), options, Checkpoint::NONE)
    }

    /// Like `new`, from files or what is in memory, and polls for cancellation.
    pub fn cancellable(
        origins: &Origins,
        options: Options,
        checkpoint: Checkpoint<'_>,
    ) -> Result<Self> {
        let allowed = options.memory_limit.unwrap_or(0);
        let account = Account::new(allowed.max(SURVEY_BYTES));
        let sessions = sessions(origins, &options);
        let _fetched: Vec<Allowance> = sessions.iter().map(|own| own.allow(None)).collect();
        let dataset = Dataset::new(origins, &account, checkpoint)?;
        Self::of_dataset(dataset, options, checkpoint)
    }

    /// Decides everything about files whose footers were read.
    pub fn of_dataset(
        dataset: Dataset,
        options: Options,
        checkpoint: Checkpoint<'_>,
    ) -> Result<Self> {
        let (chosen, mut join) = match &options.join {
            None => (choose(&dataset, &[], &options, checkpoint)?, None),
            Some(join) => {
                let (chosen, joined) = JoinPlan::new(&dataset, &options, join, checkpoint)?;
                (chosen, Some(joined))
            }
        };
        let rows_chosen = rows::chosen(&dataset, &options, checkpoint)?;
        let rows = match &rows_chosen {
            None => dataset.rows()?,
            Some(chosen) => chosen.selection.rows(),
        };
        let row_bytes = budget::output_bytes(&dataset, 1, &chosen, &options)?;
        let window_rows = options
            .window
            .map_or(rows, |size| size.of_row(row_bytes, rows));
        let held = rows.min(window_rows);
        let output_bytes = budget::output_bytes(&dataset, held, &chosen, &options)?;
        let join_bytes = join.as_ref().map(|join| join.least(held, &options));
        let tables = join.iter().flat_map(|join| &join.tables);
        let tables = tables.map(|table| &table.file);
        let is_object = |file: &Table| file.object().is_some();
        let sizes = OutputSizes {
            rows: held,
            bytes: output_bytes,
            row_bytes: rows::order_bytes(&options, rows)
                + rows_chosen
                    .as_ref()
                    .map_or(0, |chosen| chosen.selection.bytes()),
            is_remote: dataset.files.iter().chain(tables).any(is_object),
        };
        let budget = Budget::new(&dataset, &chosen, &options, sizes, join_bytes)?;
        let mut read_bytes = chosen.read_bytes(&dataset);
        if let Some(join) = &mut join {
            join.divide(held, &budget, &options, output_bytes)?;
            read_bytes = join.read_bytes.saturating_add(read_bytes);
        }
        let tables = join.iter().flat_map(|join| &join.tables);
        let files = dataset.files.iter().chain(tables.map(|table| &table.file));
        Ok(Self {
            read_bytes,
            row_groups: files.map(Table::row_groups).sum(),
            join,
            features: chosen.features,
            fields: chosen.fields,
            selection: chosen.selection,
            skipped: chosen.skipped,
            extras: chosen.extras,
            text_bytes: text_bytes(&chosen.texts, held, &options),
            texts: chosen.texts,
            sorted: rows::sort_columns(&dataset, &options)?,
            files: dataset.files,
            chosen: rows_chosen,
            share: None,
            rows,
            window_rows,
            output_bytes,
            budget,
            options,
        })
    }

    /// The matrix.
    pub fn matrix(&self) -> ArraySpec {
        ArraySpec {
            shape: vec![self.rows, self.features.len()],
            dtype: self.options.dtype,
            order: self.options.order,
        }
    }

    /// The arrays beside the matrix that are poured.
    pub fn poured(&self) -> impl Iterator<Item = &Extra> {
        self.extras.iter().filter(|extra| extra.texts.is_none())
    }

    /// The account that a run of this plan may use.
    pub fn account(&self) -> Arc<Account> {
        Account::new(self.budget.account_bytes)
    }

    /// The account that the order of rows is leased from.
    pub fn order_account(&self) -> Arc<Account> {
        rows::account(&self.options)
    }

    /// Whether texts of a feature become codes.
    pub fn has_codes(&self) -> bool {
        let mut features = self.features.iter();
        features.any(|feature| feature.encode == Encode::Category)
    }

    /// Whether the matrix is one column of lists, row by row.
    pub fn is_one_vector(&self) -> bool {
        let is_vector = matches!(&self.fields[..], [field] if field.encode == Encode::Vector);
        is_vector && self.options.order == Order::C
    }

    /// Whether the matrix is poured in sheets, which are to be turned into rows.
    pub fn is_in_sheets(&self) -> bool {
        self.options.order == Order::C && self.features.len() > 1 && !self.is_one_vector()
    }

    /// The number of passes over the output: one to pour, and another one if rows must be put in
    /// order or fills fitted.
    pub fn passes(&self) -> usize {
        let fitted = |feature: &Feature| matches!(feature.fill, Fill::Median | Fill::Mean);
        1 + usize::from(self.is_in_sheets() || self.features.iter().any(fitted))
    }
}

/// The sessions of all that is read over a network, each once.
fn sessions(origins: &Origins, options: &Options) -> Vec<Arc<Session>> {
    let tables = options.join.iter().map(|join| &join.tables);
    let found = tables.chain([origins]).flat_map(Origins::sessions);
    distinct(found.collect::<Vec<_>>().iter())
}
