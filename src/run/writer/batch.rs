//! The plan of one batch: what a load of it would do, held against the columns of the batches before. What
//! has to be fitted on all rows is left open: its gaps stay, and its texts are numbered.

use crate::account::Account;
use crate::dataset::table::SURVEY_BYTES;
use crate::dataset::{Dataset, Origin, Origins, Outline, Table};
use crate::error::{Checkpoint, Difference, Error, Place, Result};
use crate::key::SeenKeys;
use crate::plan::{ColumnChoice, Encode, Extra, Fill, Options, Output, Plan, Role};
use crate::select::request::{Keep, RowOrder};
use crate::types::Order;

/// What the plan of a batch depends on.
#[derive(Clone, Copy)]
pub struct BatchRequest<'a> {
    /// The options of all batches.
    pub options: &'a Options,
    /// The columns of the batches before.
    pub outlines: &'a [Outline],
    /// The plan of one of them.
    pub known: Option<&'a Plan>,
    /// The keys of their rows.
    pub keys: Option<&'a SeenKeys>,
    /// Bytes of memory that their rows take.
    pub held: usize,
}

/// A batch that is to be poured.
pub struct Batch {
    /// What is done; nothing is filled that has to be fitted.
    pub plan: Plan,
    /// The fills of the features as the options have them.
    pub fills: Vec<Fill>,
    /// The columns of this batch and of those before.
    pub outlines: Vec<Outline>,
    /// Rows that are left out because earlier ones have their keys.
    pub duplicates: usize,
    /// How many of the files of the plan are those of the batches before.
    pub earlier: usize,
}

/// Refuses options that need all rows before the first one is written.
pub fn refuse(options: &Options) -> Result<()> {
    let rows = &options.rows;
    let keeps_last = rows
        .unique
        .as_ref()
        .is_some_and(|own| own.keep == Keep::Last);
    let refused = [
        (
            options.join.is_some(),
            "join",
            "the keys of all rows are read before any is written",
        ),
        (
            options.output == Output::Array,
            "out",
            "an array has as many rows as it has",
        ),
        (
            keeps_last,
            "keep",
            "the last row of a key is known when all rows are",
        ),
        (
            rows.between.is_some(),
            "rows",
            "how many rows there are is known when all have come",
        ),
        (
            rows.sample.is_some(),
            "sample",
            "a sample is drawn from all rows",
        ),
        (
            rows.split.is_some(),
            "split",
            "where a part begins is known when all rows are",
        ),
        (
            matches!(rows.order, RowOrder::Sorted(_)),
            "sort_by",
            "where a row goes is known when all rows are",
        ),
    ];
    match refused.iter().find(|(is_there, ..)| *is_there) {
        None => Ok(()),
        Some((_, option, why)) => Err(Error::Argument(format!(
            "{option}: {why}, and rows that come batch by batch are written as they come; leave \
             {option}= out, or make a table of all rows, or a Parquet file, and load that"
        ))),
    }
}

impl BatchRequest<'_> {
    /// Plans a batch.
    pub fn plan(&self, origins: &Origins, checkpoint: Checkpoint<'_>) -> Result<Batch> {
        let account = Account::new(self.options.memory_limit.unwrap_or(0).max(SURVEY_BYTES));
        let known = self.outlines.iter().cloned().map(Origin::Outline);
        let all: Vec<Origin> = known.chain(origins.all.iter().cloned()).collect();
        let dataset = Dataset::in_folders(&all, &origins.keys, &account, checkpoint)?;
        let outlines = dataset.outlines().collect();
        let mut plan = Plan::of_dataset(dataset, self.options(), checkpoint)?;
        if let Some(known) = self.known {
            refuse_other_columns(known, &plan)?;
        }
        let fills = plan.features.iter().map(|feature| feature.fill).collect();
        for feature in &mut plan.features {
            let is_learned =
                feature.encode == Encode::Category && !is_known(self.options, &feature.name);
            if is_learned || matches!(feature.fill, Fill::Median | Fill::Mean) {
                feature.fill = Fill::Nothing;
            }
        }
        let chosen = plan.chosen.as_ref();
        Ok(Batch {
            duplicates: chosen.map_or(0, |chosen| chosen.duplicates),
            plan,
            fills,
            outlines,
            earlier: self.outlines.len(),
        })
    }

    /// The options of the load that a batch is.
    fn options(&self) -> Options {
        let mut options = self.options.clone();
        options.order = Order::C;
        options.rows.order = RowOrder::Source;
        options.memory_limit = options
            .memory_limit
            .map(|limit| limit.saturating_sub(self.held));
        if let Some(unique) = &mut options.rows.unique {
            unique.seen = self.keys.cloned();
        }
        if let Some(known) = self.known {
            options.widths = Some(widths(known));
            if options.columns == ColumnChoice::Numeric {
                let names = known.fields.iter().map(|field| field.name.clone());
                options.columns = ColumnChoice::Named(names.collect());
                options.exclude.clear();
            }
        }
        options
    }
}

/// Whether the texts of a feature are known before.
pub(super) fn is_known(options: &Options, name: &str) -> bool {
    options.known_texts.iter().any(|known| known.column == name)
}

/// How many numbers the lists of each column have.
fn widths(plan: &Plan) -> Vec<(String, usize)> {
    let fields = plan
        .fields
        .iter()
        .filter(|field| field.encode == Encode::Vector);
    let fields = fields.map(|field| (field.name.clone(), field.width()));
    let extras = plan.extras.iter();
    let extras = extras.filter_map(|extra| Some((extra.name().to_owned(), extra.width?)));
    fields.chain(extras).collect()
}

/// Refuses a batch whose arrays would be others.
fn refuse_other_columns(known: &Plan, plan: &Plan) -> Result<()> {
    let place = match plan.files.last() {
        Some(file) if file.is_in_memory() => Place::memory(&file.path),
        file => file.map_or_else(Place::default, |file| Place::file(&file.path)),
    };
    refuse_other_features(known, plan, &place)?;
    for extra in plan.extras.iter().filter(|extra| extra.role != Role::Mask) {
        let same = |other: &&Extra| other.role == extra.role && other.names == extra.names;
        let before = known.extras.iter().find(same);
        let is_same = before.is_some_and(|b| (b.dtype, b.width) == (extra.dtype, extra.width));
        if !is_same {
            let before = before.map_or("no array", |before| before.dtype.name());
            let name = extra.name_of_column();
            return Err(other_array(&place, extra.role.option(), name, before));
        }
    }
    for text in &plan.texts {
        let mut before = known.texts.iter();
        if !before.any(|other| other.name == text.name && other.text == text.text) {
            let option = Role::Passthrough.option();
            return Err(other_array(&place, option, &text.name, "another type"));
        }
    }
    Ok(())
}

/// Refuses a batch that has other features.
fn refuse_other_features(known: &Plan, plan: &Plan, place: &Place) -> Result<()> {
    let names = |plan: &Plan| -> Vec<String> {
        plan.features
            .iter()
            .map(|feature| feature.name.clone())
            .collect()
    };
    let (expected, found) = (names(known), names(plan));
    if expected == found {
        return Ok(());
    }
    let only = |one: &[String], other: &[String]| -> Vec<String> {
        let one = one.iter().filter(|name| !other.contains(name));
        one.cloned().collect()
    };
    Err(Error::Mismatch {
        place: place.clone(),
        what: format!(
            "this batch has {} features, and those before have {}; give all batches the same columns, \
             or name them with columns=",
            found.len(),
            expected.len()
        ),
        difference: Some(Box::new(Difference {
            expected: only(&expected, &found),
            found: only(&found, &expected),
            ..Difference::default()
        })),
    })
}

fn other_array(place: &Place, option: &str, name: &str, before: &str) -> Error {
    Error::Mismatch {
        place: place.clone().in_column(name),
        what: format!(
            "{option}: the batches before it have made {before} of this column, and with this one it would \
             be wider or of another type; give the first batch the widest type"
        ),
        difference: None,
    }
}

/// Adds the sources of a batch: each file, and of tables in memory one of a name.
pub(super) fn add_sources(known: &mut Vec<Table>, own: &[Table]) {
    for table in own {
        let same = |other: &&mut Table| other.is_in_memory() && other.path == table.path;
        match known.iter_mut().find(same) {
            Some(known) if table.is_in_memory() => known.rows += table.rows,
            _ => known.push(table.clone()),
        }
    }
}
