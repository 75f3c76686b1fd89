//! Pours into a file in stripes: turned at once, and left in sheets, they come to the same.

use std::fs::File;
use std::path::Path;
use std::slice::from_ref;
use std::sync::Arc;
use std::time::Instant;

use arrow::array::{ArrayRef, Float64Array, RecordBatch};
use ndarray::ArrayView2;
use onecopy::kernel::{Rule, Tally};
use onecopy::output::turn::turn;
use onecopy::plan::{Options, Plan};
use onecopy::run::pour::stripes::{pour_and_turn, pour_in_stripes};
use onecopy::run::pour::worker::Pour;
use onecopy::sys::Mapping;
use onecopy::types::Order;
use onecopy::workers::Team;
use onecopy::workers::{Stage, Workers};
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;
use tempfile::{tempdir, tempfile};

/// One stripe and a half, in row groups that are no whole number of sheets.
const ROWS: usize = 210_001;
const ROW_GROUP: usize = 60_007;
const COLUMNS: usize = 61;

fn value(row: usize, column: usize) -> f64 {
    // Few values, so that the file is small and soon read.
    f64::from(u16::try_from((row / 3 + column * 7) % 1000).unwrap())
}

fn write(path: &Path) {
    let columns = (0..COLUMNS).map(|column| {
        let values = (0..ROWS).map(|row| value(row, column));
        let values: ArrayRef = Arc::new(Float64Array::from_iter_values(values));
        (format!("c{column}"), values)
    });
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let properties = WriterProperties::builder().set_max_row_group_row_count(Some(ROW_GROUP));
    let file = File::create(path).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties.build())).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

fn check(out: &ArrayView2<'_, f64>, tallies: &[Tally]) {
    assert_eq!(tallies.len(), COLUMNS);
    for ((row, column), found) in out.indexed_iter() {
        let expected = value(row, column).to_bits();
        assert_eq!(found.to_bits(), expected, "row {row}, column {column}");
    }
}

#[test]
fn stripes_turned_at_once_or_at_the_end_are_alike() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("a.parquet");
    write(&path);
    let options = Options {
        threads: Some(2),
        ..Options::default()
    };
    let plan = Plan::new(&[path], options).unwrap();
    let names: Vec<String> = plan.features.iter().map(|f| f.name.clone()).collect();
    let rules = vec![Rule::<f64>::keep(); COLUMNS];
    let account = plan.account();
    for turned in [true, false] {
        let (file, bytes) = (tempfile().unwrap(), ROWS * COLUMNS * size_of::<f64>());
        file.set_len(bytes as u64).unwrap();
        let mut mapping = Mapping::file(&file, bytes, 0).unwrap();
        let returns = mapping.returns();
        let pour = Pour {
            files: &plan.files,
            selection: &plan.selection,
            names: &names,
            rules: &rules,
            order: Order::C,
            budget: plan.budget,
            account: &account,
            returns: returns.clone(),
            fresh: None,
            observer: None,
        };
        let workers = Workers::new(Stage::Pour, ROWS, COLUMNS, (Instant::now(), 0));
        let mut out = mapping.view::<f64>((ROWS, COLUMNS), Order::C).unwrap();
        let tallies = if turned {
            pour_and_turn(&pour, out.view_mut(), &workers, &mut ()).unwrap()
        } else {
            let tallies = pour_in_stripes(&pour, out.view_mut(), &workers, &mut ()).unwrap();
            let sheet_rows = plan.budget.sheet_rows(COLUMNS, size_of::<f64>());
            let mut passes = Team {
                account: &account,
                returns: &returns,
                threads: 2,
                workers: &workers,
                caller: &mut (),
            };
            let copy = |_: usize, from: &[f64], to: &mut [f64]| to.copy_from_slice(from);
            let sheets = (sheet_rows, from_ref(&(0..COLUMNS)));
            turn(out.view_mut(), sheets, &copy, &mut passes).unwrap();
            tallies
        };
        check(&out.view(), &tallies);
    }
}
