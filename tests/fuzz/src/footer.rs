//! A footer of any bytes: walked, held against the file, planned from.

use std::path::Path;

use onecopy::account::Account;
use onecopy::dataset::table::SURVEY_BYTES;
use onecopy::dataset::{Origins, inspect};
use onecopy::error::Checkpoint;
use onecopy::io::Source;
use onecopy::parquet::{Footer, Kind, RowGroup, Schema};
use onecopy::plan::{ColumnChoice, Options, Output, Plan};
use onecopy::types::Dtype;

use super::judge;
use super::slot::Slot;

/// Where the data of the file ends and its footer begins: a hole, so it costs nothing.
const DATA_END: u64 = 64 << 20;

/// What the schema and the row groups promise each other.
fn agree(schema: &Schema, row_group: &RowGroup) {
    assert_eq!(row_group.chunks.len(), schema.leaves);
    for column in &schema.columns {
        assert!(column.leaf <= schema.leaves);
        assert!(column.kind.is_err() || column.leaf < schema.leaves);
        let physical = column.kind.ok().and_then(Kind::physical);
        match row_group.chunk(column.leaf, physical, column.nesting, DATA_END) {
            Ok(chunk) => {
                assert!(chunk.start + chunk.bytes <= DATA_END);
                let (values, rows) = (chunk.values, row_group.rows);
                assert!(values == rows || column.nesting.is_vector() && values > rows);
            }
            Err(fault) => super::judge_fault(&fault),
        }
    }
}

/// Puts a footer behind its hole and walks it.
pub fn check(slot: &mut Slot, data: &[u8]) {
    let length = u32::try_from(data.len()).unwrap_or(u32::MAX);
    let tail = [length.to_le_bytes(), *b"PAR1"].concat();
    let end = DATA_END + u64::from(length);
    walk(slot.put(&[(0, b"PAR1"), (DATA_END, data), (end, &tail)]));
}

fn walk(path: &Path) {
    let account = Account::new(SURVEY_BYTES);
    let source = Source::open(path, None).expect("a file of ours");
    let (mut rows, mut row_groups) = (0_u64, 0);
    let walked = Footer::walk(&source, &account, &mut |schema, row_group| {
        agree(schema, row_group);
        rows = rows.saturating_add(row_group.rows);
        row_groups += 1;
        Ok(())
    });
    match walked {
        Ok(footer) => {
            assert_eq!((footer.rows, footer.row_group_count()), (rows, row_groups));
            let mut again = footer.row_groups(&source, &account);
            assert_eq!(again.data_end(), DATA_END);
            while again.next().expect("it was walked before").is_some() {
                row_groups -= 1;
            }
            assert_eq!(row_groups, 0);
            plan(path);
        }
        Err(error) => judge(&error),
    }
}

/// Decides two loads.
fn plan(path: &Path) {
    let paths = [path.to_path_buf()];
    inspect::inspect(&Origins::files(&paths), Checkpoint::NONE).expect("its footer was walked");
    for options in [
        Options {
            columns: ColumnChoice::Numeric,
            dtype: Dtype::F64,
            memory_limit: Some(256 << 20),
            ..Options::default()
        },
        Options {
            output: Output::File,
            ..Options::default()
        },
    ] {
        if let Err(error) = Plan::new(&paths, options) {
            judge(&error);
        }
    }
}
