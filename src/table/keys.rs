//! Rows whose keys no earlier row has, in all batches: the key columns are handed to our own rooms, hashed
//! and looked up there as those of a load are.

use std::sync::Arc;

use arrow_array::{BooleanArray, RecordBatch};
use arrow_buffer::{BooleanBuffer, Buffer};
use arrow_select::filter::filter_record_batch;

use crate::account::Account;
use crate::arrow::Frame;
use crate::dataset::constant::hive::FolderKeys;
use crate::dataset::table::SURVEY_BYTES;
use crate::dataset::{Dataset, Origin};
use crate::error::{Checkpoint, Error, Place, Result};
use crate::key::SeenKeys;
use crate::select::choose::{Choice, short};
use crate::select::read::columns::KeyUse;
use crate::select::request::{Keep, UniqueRequest};
use crate::select::{KeyLookup, RowRequest, choose};
use crate::sys::free::free_memory;
use crate::table::exchange::{Exported, exported};
use crate::table::failure::unfit;
use crate::table::schema::TableSchema;
use crate::workers::{Call, Caller, Stage, Team, Workers};

/// The keys that were seen.
pub(super) struct TableKeys {
    request: RowRequest,
    account: Arc<Account>,
}

impl TableKeys {
    /// No key was seen yet; keys are these columns.
    pub(super) fn new(columns: Vec<String>) -> Self {
        // Keys count on top of what the options allow.
        let account = Account::new(free_memory().unwrap_or(usize::MAX));
        let unique = UniqueRequest {
            columns,
            keep: Keep::First,
            seen: Some(SeenKeys::new(&account)),
        };
        Self {
            request: RowRequest {
                unique: Some(unique),
                ..RowRequest::default()
            },
            account,
        }
    }

    fn columns(&self) -> &[String] {
        self.request
            .unique
            .as_ref()
            .map_or(&[], |unique| &unique.columns)
    }

    /// Refuses a table whose columns have no such keys.
    pub(super) fn check(&self, schema: &TableSchema, place: &Place) -> Result<()> {
        let none = RecordBatch::new_empty(schema.arrow.clone());
        let dataset = self.dataset(none, place)?;
        let columns = lookup(&dataset).columns(self.columns(), "unique_on");
        columns.map(drop)
    }

    /// The rows of a batch that have new keys, which are known from now on.
    pub(super) fn new_rows(
        &self,
        batch: &RecordBatch,
        place: &Place,
        caller: &mut dyn Caller,
    ) -> Result<RecordBatch> {
        if batch.num_rows() == 0 {
            return Ok(batch.clone());
        }
        let projected = batch.project(&self.roots(batch));
        let dataset = self.dataset(projected.map_err(|error| unfit(&error))?, place)?;
        let workers = Workers::new(Stage::Rows, batch.num_rows(), 1, Call::begin());
        let mut team = Team {
            workers: &workers,
            caller,
            threads: 1,
            account: &self.account,
        };
        let chosen = choose(lookup(&dataset), &self.request, &mut team).map_err(short)?;
        let Choice { selection, .. } = chosen;
        if selection.rows() == batch.num_rows() {
            return Ok(batch.clone());
        }
        let mut words = Vec::new();
        let mut rows = 0;
        for at in 0..selection.len() {
            rows += selection.length(at);
            words.extend(selection.kept(at));
        }
        if rows != batch.num_rows() || selection.len() != 1 {
            return Err(Error::Internal(format!("{rows} rows have keys")));
        }
        let kept = BooleanBuffer::new(Buffer::from_vec(words), 0, rows);
        filter_record_batch(batch, &BooleanArray::new(kept, None)).map_err(|error| unfit(&error))
    }

    /// The columns at the top that keys are in.
    fn roots(&self, batch: &RecordBatch) -> Vec<usize> {
        let is_root = |name: &str| {
            let inner = |key: &String| key.strip_prefix(name).is_some_and(|k| k.starts_with('.'));
            self.columns().iter().any(|key| key == name || inner(key))
        };
        let fields = batch.schema_ref().fields().iter().enumerate();
        let roots = fields.filter(|(_, field)| is_root(field.name()));
        roots.map(|(at, _)| at).collect()
    }

    /// Rows as a source, called as their batch is.
    fn dataset(&self, batch: RecordBatch, place: &Place) -> Result<Dataset> {
        let name = place.path.to_string_lossy();
        let Exported { schema, array } =
            exported(batch).map_err(|fault| fault.at(place.clone()))?;
        let account = Account::new(self.account.limit().min(SURVEY_BYTES));
        let mut frame = Frame::new(&name, &schema, &account)?;
        frame.add(array)?;
        let origins = [Origin::Frame(Arc::new(frame))];
        Dataset::in_folders(&origins, &FolderKeys::default(), &account, Checkpoint::NONE)
    }
}

const fn lookup(dataset: &Dataset) -> KeyLookup<'_> {
    KeyLookup {
        dataset,
        use_of: KeyUse::ROWS,
        may_lack: false,
    }
}
