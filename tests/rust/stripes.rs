//! Pours into a file in stripes give the same values, whether sheets are turned at once or at the end.

use std::fs::File;
use std::iter;
use std::path::Path;
use std::slice::from_ref;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, RecordBatch};
use ndarray::ArrayView2;
use onecopy::dataset::{Fields, WantedGroups};
use onecopy::kernel::{Rule, Tally};
use onecopy::output::turn::{SheetLayout, copy_column, turn};
use onecopy::plan::{Options, Plan};
use onecopy::run::pour::target::{FieldColumns, TargetProgress};
use onecopy::run::pour::{Pour, SheetPolicy, Target};
use onecopy::select::ChosenRows;
use onecopy::sys::Mapping;
use onecopy::types::Order;
use onecopy::workers::{Call, Stage, Team, Workers};
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;
use tempfile::{tempdir, tempfile};

/// One stripe and a half, in row groups that are not a whole number of sheets.
const ROWS: usize = 210_001;
const ROW_GROUP: usize = 60_007;
const COLUMNS: usize = 61;

fn value(row: usize, column: usize) -> f64 {
    // Few distinct values, so that the file is small and quick to read.
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

/// Pours a whole file into a mapping of another, and returns the tallies.
fn pour(plan: &Plan, mapping: &mut Mapping, sheets: SheetPolicy) -> Vec<Tally> {
    let names: Vec<String> = plan.features.iter().map(|f| f.name.clone()).collect();
    let fields = [Fields {
        selection: &plan.selection,
        names: &names,
        texts: &[],
    }];
    let pour = Pour {
        files: &plan.files,
        fields: &fields,
        select: &|group| ChosenRows::all(group.rows),
        wanted: WantedGroups(&|_| true),
        parts: 1,
        budget: plan.budget,
        output_bytes: plan.output_bytes,
        prefault: None,
    };
    let release = mapping.release();
    let sheet_rows = plan.budget.sheet_rows(COLUMNS, size_of::<f64>());
    let target = Target {
        out: mapping.view::<f64>((ROWS, COLUMNS), Order::C).unwrap(),
        order: Order::C,
        columns: iter::once(0..COLUMNS).collect(),
        fields: (0..COLUMNS).map(FieldColumns::number).collect(),
        rules: vec![Rule::<f64>::keep(); COLUMNS],
        parts: vec![ROWS],
        sentinels: None,
        sheet_rows,
        sheets,
        release,
        observer: None,
        progress: TargetProgress::default(),
    };
    let workers = Workers::new(Stage::Pour, ROWS, COLUMNS, Call::begin());
    let mut team = Team {
        account: &plan.account(),
        threads: 2,
        workers: &workers,
        caller: &mut (),
    };
    pour.run(&mut [Box::new(target)], &mut team).unwrap()
}

/// Turns the sheets of a whole output.
fn turn_all(plan: &Plan, mapping: &mut Mapping) {
    let release = mapping.release();
    let layout = SheetLayout {
        rows: plan.budget.sheet_rows(COLUMNS, size_of::<f64>()),
        columns: from_ref(&(0..COLUMNS)),
    };
    let workers = Workers::new(Stage::Fill, ROWS, COLUMNS, Call::begin());
    let mut team = Team {
        account: &plan.account(),
        threads: 2,
        workers: &workers,
        caller: &mut (),
    };
    let out = mapping.view::<f64>((ROWS, COLUMNS), Order::C).unwrap();
    turn(out, layout, &copy_column, &release, &mut team).unwrap();
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
    for sheets in [SheetPolicy::Turn, SheetPolicy::Keep] {
        let file = tempfile().unwrap();
        let bytes = ROWS * COLUMNS * size_of::<f64>();
        file.set_len(bytes as u64).unwrap();
        let mut mapping = Mapping::file(&file, bytes, 0).unwrap();
        let tallies = pour(&plan, &mut mapping, sheets);
        if sheets == SheetPolicy::Keep {
            turn_all(&plan, &mut mapping);
        }
        let out = mapping.view::<f64>((ROWS, COLUMNS), Order::C).unwrap();
        check(&out.view(), &tallies);
    }
}
