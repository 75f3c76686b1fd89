//! Rows that are skipped, or go to several parts: those that are taken have the values of a pour of all
//! rows.

use std::iter;

use ndarray::{Array2, ShapeBuilder};
use onecopy::dataset::{Cells, Fields, RowGroup, WantedGroups};
use onecopy::kernel::Rule;
use onecopy::kernel::scalar::sentinels::Sentinels;
use onecopy::plan::{Options, Plan};
use onecopy::run::pour::target::{FieldColumns, TargetProgress};
use onecopy::run::pour::{Pour, SheetPolicy, Target};
use onecopy::select::{ChosenRows, MixedRows, PartRows, Rows, Run};
use onecopy::sys::pages::PageRelease;
use onecopy::types::Order;
use onecopy::workers::{Call, Stage, Team, Workers};
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::{WriterProperties, WriterVersion};
use tempfile::tempdir;

use crate::support::files;

const ROWS: usize = 3000;
const ROW_GROUP: usize = 701;
const PARTS: usize = 3;
/// Selections that follow runs, and those that do not.
const RUNS: usize = 8;
const KINDS: usize = 14;

/// The rows that selection `kind` takes of row group `number`, which has `rows` rows.
fn selected(kind: usize, number: usize, rows: usize) -> ChosenRows {
    if kind < RUNS {
        let part = (kind + number) % PARTS;
        let rows = runs(kind, number, rows);
        return ChosenRows { part, rows };
    }
    let mut parts = PartRows::none(rows, PARTS);
    for row in 0..rows {
        let part = match kind {
            8 => Some(row % PARTS),
            9 => (row * 7919 % 13).checked_sub(9),
            10 => (row / 300 % 2 == 1).then_some(row % 2),
            11 => (row % 5 == 0).then_some(1),
            12 => (row % 640 == 600).then_some(row / 640 % PARTS),
            _ => (row > 70).then_some(usize::from(row > 500)),
        };
        if let Some(part) = part.filter(|part| *part < PARTS) {
            parts.put(row / 64, part, 1 << (row % 64));
        }
    }
    if kind.is_multiple_of(2) {
        return ChosenRows::of(&parts);
    }
    ChosenRows {
        part: 0,
        rows: Rows::Mixed(MixedRows::new(&parts)),
    }
}

/// The runs that selection `kind` takes.
fn runs(kind: usize, number: usize, rows: usize) -> Rows {
    let run = |skip, take| Run { skip, take };
    let every = |skip: usize, take: usize| {
        let whole = vec![run(skip, take); rows / (skip + take)];
        let rest = rows % (skip + take);
        let last = run(rest, 0);
        Rows::Runs(whole.into_iter().chain([last]).collect())
    };
    match kind {
        0 => Rows::All(rows),
        2 => Rows::Runs(vec![run(0, rows / 2), run(rows - rows / 2, 0)]),
        3 => Rows::Runs(vec![run(rows - 1, 1)]),
        4 => every(1, 1),
        5 => every(97, 3),
        6 if number.is_multiple_of(2) => every(5, 200),
        1 | 6 => Rows::Runs(vec![run(rows, 0)]),
        _ => every(130, 131),
    }
}

/// The numbers of the rows of a row group that go to a part.
fn numbers(chosen: &ChosenRows, part: usize, first: usize) -> Vec<usize> {
    let runs = match &chosen.rows {
        Rows::Mixed(rows) => {
            let (mut row, mut numbers) = (first, Vec::new());
            let is_set = |bits: &[u64], at: usize| bits[at / 64] >> (at % 64) & 1 == 1;
            for tile in rows.tiles() {
                let kept = (0..tile.rows).filter(|at| is_set(&tile.kept, *at));
                for (rank, at) in kept.enumerate() {
                    if is_set(&tile.parts[part], rank) {
                        numbers.push(row + at);
                    }
                }
                row += tile.rows;
            }
            return numbers;
        }
        _ if chosen.part != part => return Vec::new(),
        Rows::All(rows) => return (first..first + rows).collect(),
        Rows::Runs(runs) => runs,
    };
    let mut at = first;
    let mut numbers = Vec::new();
    for run in runs {
        numbers.extend(at + run.skip..at + run.skip + run.take);
        at += run.skip + run.take;
    }
    numbers
}

/// Pours the rows that `select` takes into parts of so many rows.
fn poured(
    plan: &Plan,
    order: Order,
    parts: &[usize],
    select: &(dyn Fn(&RowGroup<Cells>) -> ChosenRows + Sync),
) -> Array2<f64> {
    let rows = parts.iter().sum();
    let names: Vec<String> = plan.features.iter().map(|f| f.name.clone()).collect();
    let columns = names.len();
    let mut out = Array2::zeros((rows, columns).set_f(order == Order::F));
    let pour = Pour {
        files: &plan.files,
        fields: &[Fields {
            selection: &plan.selection,
            names: &names,
            texts: &[],
        }],
        select,
        wanted: WantedGroups(&|_| true),
        parts: parts.len(),
        budget: plan.budget,
        output_bytes: plan.output_bytes,
        prefault: None,
    };
    let target = Target {
        out: out.view_mut(),
        order,
        columns: iter::once(0..columns).collect(),
        fields: (0..columns).map(FieldColumns::number).collect(),
        rules: vec![Rule::keep(); columns],
        parts: parts.to_vec(),
        sentinels: (order == Order::C).then(Sentinels::default),
        sheet_rows: 64,
        sheets: SheetPolicy::Turn,
        release: PageRelease::default(),
        observer: None,
        progress: TargetProgress::default(),
    };
    let workers = Workers::new(Stage::Pour, rows, columns, Call::begin());
    let mut team = Team {
        account: &plan.account(),
        threads: 2,
        workers: &workers,
        caller: &mut (),
    };
    pour.run(&mut [Box::new(target)], &mut team).unwrap();
    out
}

#[test]
fn rows_that_are_taken_are_those_of_a_whole_pour() {
    let folder = tempdir().unwrap();
    let columns = files::columns(ROWS);
    let zstd = Compression::ZSTD(ZstdLevel::default());
    let versions = [
        (WriterVersion::PARQUET_1_0, Compression::SNAPPY),
        (WriterVersion::PARQUET_2_0, zstd),
        (WriterVersion::PARQUET_2_0, Compression::UNCOMPRESSED),
    ];
    for (at, (version, codec)) in versions.into_iter().enumerate() {
        let writer = WriterProperties::builder()
            .set_writer_version(version)
            .set_compression(codec)
            .set_max_row_group_row_count(Some(ROW_GROUP))
            .set_data_page_row_count_limit(100)
            .set_write_batch_size(50);
        let path = folder.path().join(at.to_string());
        let path = files::write(&path, &columns, writer.build());
        let plan = Plan::new(&[path], Options::default()).unwrap();
        for order in [Order::C, Order::F] {
            let all = poured(&plan, order, &[ROWS], &|group| ChosenRows::all(group.rows));
            for kind in 0..KINDS {
                let mut taken = Vec::new();
                let mut parts = Vec::new();
                for part in 0..PARTS {
                    for (number, first) in (0..ROWS).step_by(ROW_GROUP).enumerate() {
                        let rows = ROW_GROUP.min(ROWS - first);
                        taken.extend(numbers(&selected(kind, number, rows), part, first));
                    }
                    parts.push(taken.len() - parts.iter().sum::<usize>());
                }
                let select = |group: &RowGroup<Cells>| selected(kind, group.number, group.rows);
                let found = poured(&plan, order, &parts, &select);
                for (row, number) in taken.iter().enumerate() {
                    let bits = |row: ndarray::ArrayView1<'_, f64>| row.mapv(f64::to_bits);
                    let expected = bits(all.row(*number));
                    assert_eq!(bits(found.row(row)), expected, "{kind}: row {number}");
                }
            }
        }
    }
}
