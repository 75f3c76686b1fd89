//! The values that each policy writes, the median of infinities, and targets.

use std::sync::Arc;

use arrow::array::Float64Array;
use onecopy::plan::{ColumnChoice, Fill, Inf, Options, OverflowPolicy, Plan, Target};
use onecopy::run::{Destination, Loaded, load};
use onecopy::types::Order;
use parquet::file::properties::WriterProperties;
use tempfile::tempdir;

use crate::pour::Dtyped;
use crate::support::files;
use crate::support::files::Column;
use crate::support::naive::Value;

/// Loads one column of doubles.
fn one<T: Dtyped>(values: &[f64], options: Options) -> (Vec<T>, Loaded) {
    let folder = tempdir().unwrap();
    let column = Column {
        name: "x".to_owned(),
        array: Arc::new(Float64Array::from(values.to_vec())),
        values: vec![],
    };
    let path = folder.path().join("x");
    files::write(&path, &[column], WriterProperties::default());
    let options = Options {
        dtype: T::DTYPE,
        ..options
    };
    let plan = Plan::new(&[path], options).unwrap();
    let mut loaded = load(&plan, Destination::Memory, &mut ()).unwrap();
    let matrix = loaded.matrix.as_mut().unwrap();
    let shape = (values.len(), 1);
    let view = matrix.view::<T>(shape, plan.options.order).unwrap();
    (view.iter().copied().collect(), loaded)
}

const INF: f64 = f64::INFINITY;
const NAN: f32 = f32::from_bits(0x7fc0_0000);
/// One of each kind.
const VALUES: [f64; 7] = [1.0, f64::NAN, INF, -INF, 1e300, -1e300, 3.0];

fn writes(options: Options, expected: [f32; 7]) {
    let what = format!("{options:?}");
    let (found, loaded) = one::<f32>(&VALUES, options);
    let found: Vec<u32> = found.into_iter().map(f32::to_bits).collect();
    assert_eq!(found, expected.map(f32::to_bits), "{what}");
    let tally = loaded.report.columns[0].tally;
    let counts = (tally.nans, tally.pos_infs, tally.neg_infs, tally.overflowed);
    assert_eq!(counts, (1, 1, 1, 2));
}

#[test]
fn every_policy_writes_what_it_says() {
    let clip = || Options {
        overflow: OverflowPolicy::Clip,
        ..Options::default()
    };
    let max = f32::MAX;
    let min = f32::MIN;
    let inf = f32::INFINITY;
    writes(clip(), [1.0, 2.0, 2.0, 2.0, max, min, 3.0]);
    let seven = Options {
        fill: Fill::Value(7.5),
        ..clip()
    };
    writes(seven, [1.0, 7.5, 7.5, 7.5, max, min, 3.0]);
    let nothing = || Options {
        overflow: OverflowPolicy::Missing,
        fill: Fill::Nothing,
        ..Options::default()
    };
    writes(nothing(), [1.0, NAN, NAN, NAN, NAN, NAN, 3.0]);
    let keep = Options {
        inf: Inf::Keep,
        ..nothing()
    };
    writes(keep, [1.0, NAN, inf, -inf, NAN, NAN, 3.0]);
}

#[test]
fn a_mean_is_exact() {
    let mean = Options {
        fill: Fill::Mean,
        ..Options::default()
    };
    let (found, _) = one::<f64>(&[1e300, 1.0, -1e300, f64::NAN], mean);
    assert_eq!(found[3].to_bits(), (1.0_f64 / 3.0).to_bits());
}

/// Where infinities stay, the bracket of a median is as wide as brackets get.
#[test]
fn the_median_of_infinities() {
    const ROWS: usize = 600_000;
    let high = |row: usize| row.is_multiple_of(20) || row % 2 == 1;
    let values = (0..ROWS).map(|row| if high(row) { INF } else { -INF });
    let values: Vec<f64> = values.chain([f64::NAN]).collect();
    let keep = Options {
        inf: Inf::Keep,
        threads: Some(1),
        // Too little to keep all keys.
        memory_limit: Some(values.len() * 8 + (15 << 20)),
        ..Options::default()
    };
    assert_eq!(one::<f64>(&values, keep).0[ROWS].to_bits(), INF.to_bits());
}

/// What is kept of a row group grows with all columns that are read, not only with those of the matrix.
#[test]
fn many_more_targets_than_features() {
    const TARGETS: usize = 3000;
    let folder = tempdir().unwrap();
    let column = |at: usize| Column {
        name: format!("c{at}"),
        array: Arc::new(Float64Array::from(vec![1.0, 2.0])),
        values: vec![],
    };
    let columns: Vec<Column> = (0..=TARGETS).map(column).collect();
    let path = folder.path().join("x");
    files::write(&path, &columns, WriterProperties::default());
    let name = |column: &Column| column.name.clone();
    let options = Options {
        columns: ColumnChoice::Named(vec![name(&columns[0])]),
        target: Some(Target {
            names: columns[1..].iter().map(name).collect(),
            flat: false,
        }),
        threads: Some(1),
        ..Options::default()
    };
    let plan = Plan::new(&[path], options).unwrap();
    let mut loaded = load(&plan, Destination::Memory, &mut ()).unwrap();
    let target = &mut loaded.extras[0].1;
    let target = target.view::<f64>((2, TARGETS), Order::C).unwrap();
    assert!(
        target
            .row(0)
            .iter()
            .all(|value| value.to_bits() == 1.0_f64.to_bits())
    );
    assert!(
        target
            .row(1)
            .iter()
            .all(|value| value.to_bits() == 2.0_f64.to_bits())
    );
}

#[test]
fn targets_are_taken_as_they_are() {
    let folder = tempdir().unwrap();
    let columns = files::columns(1500);
    let path = files::write(
        &folder.path().join("x"),
        &columns,
        WriterProperties::default(),
    );
    // Columns 0, 3, ... have no nulls.
    let whole = |at: usize| columns[at * 3].name.clone();
    assert_eq!((whole(0).as_str(), whole(2).as_str()), ("i8", "u32"));
    let options = Options {
        columns: ColumnChoice::Named(vec!["f32".to_owned()]),
        target: Some(Target {
            names: vec![whole(0), whole(2)],
            flat: false,
        }),
        weight: Some(whole(1)),
        ..Options::default()
    };
    let plan = Plan::new(&[path], options).unwrap();
    let mut loaded = load(&plan, Destination::Memory, &mut ()).unwrap();
    let [(_, target), (_, weight)] = &mut loaded.extras[..] else {
        panic!("two arrays were requested");
    };
    let target = target.view::<i64>((1500, 2), Order::C).unwrap();
    let weight = weight.view::<i64>((1500, 1), Order::C).unwrap();
    for (at, found) in [
        (0, target.column(0)),
        (6, target.column(1)),
        (3, weight.column(0)),
    ] {
        let found = found
            .iter()
            .map(|value| Some(Value::Whole((*value).into())));
        assert_eq!(found.collect::<Vec<_>>(), columns[at].values);
    }
}
