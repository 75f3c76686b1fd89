//! Refusals of undamaged files: names, dtypes, targets, and cancelled calls. Each error has
//! its facts as fields.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, StringArray};
use onecopy::error::{Error, Result};
use onecopy::plan::{ColumnChoice, Fill, MissingTargets, Options, Plan, Target};
use onecopy::run::{Destination, load};
use onecopy::types::Dtype;
use onecopy::workers::{Caller, Progress};
use parquet::file::properties::WriterProperties;
use tempfile::tempdir;

use super::run;
use crate::support::files;
use crate::support::files::Column;

fn column(name: &str, array: ArrayRef) -> Column {
    Column {
        name: name.to_owned(),
        array,
        values: vec![],
    }
}

fn file(folder: &Path, columns: &[Column]) -> PathBuf {
    files::write(&folder.join("x"), columns, WriterProperties::default())
}

pub(super) fn floats(name: &str, values: Vec<Option<f64>>) -> Column {
    column(name, Arc::new(Float64Array::from(values)))
}

fn named(names: &[&str]) -> Options {
    Options {
        columns: ColumnChoice::Named(names.iter().map(|name| (*name).to_owned()).collect()),
        ..Options::default()
    }
}

#[test]
fn columns_that_are_not_there() {
    let folder = tempdir().unwrap();
    let path = [file(folder.path(), &[floats("price", vec![Some(1.0)])])];
    let refused = |options, by: &str| match run(&path, options) {
        Err(Error::ColumnNotFound {
            path: file,
            column,
            what,
            columns,
            suggestion,
        }) => {
            let expected = "not found (1 column: `price`); did you mean `price`?";
            assert_eq!(what, format!("column `prise`{by} {expected}"));
            assert_eq!(
                (file.as_path(), column.as_str()),
                (path[0].as_path(), "prise")
            );
            assert_eq!(
                (columns.into_vec(), suggestion),
                (vec!["price".to_owned()], Some("price".to_owned()))
            );
        }
        other => panic!("{other:?}"),
    };
    let name = || "prise".to_owned();
    refused(named(&["prise"]), "");
    let exclude = vec![name()];
    let excluded = Options {
        exclude,
        ..Options::default()
    };
    refused(excluded, ", named by `exclude`,");
    let weight = Some(name());
    let weighted = Options {
        weight,
        ..Options::default()
    };
    refused(weighted, ", named by `weight`,");
    let fill_columns = vec![(name(), Fill::Mean)];
    let filled = Options {
        fill_columns,
        ..Options::default()
    };
    refused(filled, ", named by `fill`,");
}

#[test]
fn columns_that_are_no_numbers_or_occur_twice() {
    let folder = tempdir().unwrap();
    let text = column("text", Arc::new(StringArray::from(vec!["a"])));
    let path = [file(folder.path(), &[floats("x", vec![Some(1.0)]), text])];
    let refused = run(&path, Options::default()).unwrap_err();
    assert!(refused.to_string().contains("exclude=[\"text\"]"));
    match refused {
        Error::UnsupportedColumns {
            columns,
            total,
            named,
        } => {
            assert_eq!((total, named, columns.len()), (2, false, 1));
            assert_eq!(
                (columns[0].name.as_str(), columns[0].type_name.as_str()),
                ("text", "string")
            );
        }
        other => panic!("{other:?}"),
    }
    let refused = run(&path, named(&["x", "text"])).unwrap_err();
    assert!(matches!(
        &refused,
        Error::UnsupportedColumns { named: true, .. }
    ));
    assert!(refused.to_string().contains("leave them out"));
    let numeric = Options {
        columns: ColumnChoice::Numeric,
        ..Options::default()
    };
    assert_eq!(run(&path, numeric).unwrap().columns.len(), 1);
    let x = || floats("x", vec![Some(1.0)]);
    let path = [file(folder.path(), &[x(), x()])];
    assert!(matches!(
        run(&path, Options::default()),
        Err(Error::Mismatch { .. })
    ));
}

#[test]
fn files_that_differ() {
    let folder = tempdir().unwrap();
    let x = || floats("x", vec![Some(1.0)]);
    let y = floats("y", vec![Some(1.0)]);
    let part = |name: &str, columns: &[Column]| {
        files::write(
            &folder.path().join(name),
            columns,
            WriterProperties::default(),
        )
    };
    let narrow = part("narrow", &[x()]);
    let wide = part("wide", &[x(), y]);
    let differs = |first: &PathBuf, second: &PathBuf, expected: &[&str], found: &[&str]| match run(
        &[first.clone(), second.clone()],
        Options::default(),
    ) {
        Err(Error::Mismatch {
            place,
            difference: Some(difference),
            ..
        }) => {
            assert_eq!((&place.path, &difference.other), (second, first));
            assert_eq!(place.column.as_deref(), Some("y"));
            assert_eq!(difference.expected, expected);
            assert_eq!(difference.found, found);
        }
        other => panic!("{other:?}"),
    };
    differs(&narrow, &wide, &[], &["y"]);
    differs(&wide, &narrow, &["y"], &[]);
    let refused = run(&[wide.clone(), narrow.clone()], named(&["x", "y"]));
    assert!(matches!(refused, Err(Error::ColumnNotFound { column, .. }) if column == "y"));
    assert!(run(&[wide, narrow], named(&["x"])).is_ok());
}

#[test]
fn values_that_do_not_fit() {
    let folder = tempdir().unwrap();
    let large = floats("large", vec![Some(1.0), Some(-1e300), None, Some(1e299)]);
    let path = [file(folder.path(), &[large, floats("x", vec![None; 4])])];
    match run(&path, Options::default()) {
        Err(Error::CastOverflow { columns, dtype }) => {
            assert_eq!((dtype, columns.len()), ("float32", 1));
            assert_eq!((columns[0].count, columns[0].column.as_str()), (2, "large"));
            assert_eq!(columns[0].largest.to_bits(), (-1e300_f64).to_bits());
        }
        other => panic!("{other:?}"),
    }
    assert!(
        run(
            &path,
            Options {
                dtype: Dtype::F64,
                ..Options::default()
            }
        )
        .is_ok()
    );
}

#[test]
fn targets_that_are_missing() {
    let folder = tempdir().unwrap();
    let y = floats("y", vec![Some(1.0), None, Some(f64::NAN)]);
    let z = column(
        "z",
        Arc::new(Int64Array::from(vec![Some(1), None, Some(2)])),
    );
    let path = [file(
        folder.path(),
        &[floats("x", vec![Some(1.0); 3]), y, z],
    )];
    let target = |name: &str, missing_targets| Options {
        target: Some(Target {
            names: vec![name.to_owned()],
            flat: true,
        }),
        missing_targets,
        ..named(&["x"])
    };
    let refused = |options, name: &str, counts: (u64, u64), keeps: bool| match run(&path, options) {
        Err(Error::MissingTarget {
            array,
            columns,
            can_keep,
        }) => {
            assert_eq!((array, can_keep, columns.len()), ("y", keeps, 1));
            assert_eq!(columns[0].column, name);
            assert_eq!((columns[0].nulls, columns[0].nans), counts);
        }
        other => panic!("{other:?}"),
    };
    refused(target("y", MissingTargets::Raise), "y", (1, 1), true);
    refused(target("z", MissingTargets::Raise), "z", (1, 0), false);
    // An integer has no NaN to keep.
    refused(target("z", MissingTargets::Keep), "z", (1, 0), false);
    assert!(run(&path, target("y", MissingTargets::Keep)).is_ok());
}

#[test]
fn files_that_go_or_change() {
    let folder = tempdir().unwrap();
    let missing = run(&[folder.path().join("none")], Options::default());
    assert!(matches!(missing, Err(Error::Io { .. })));
    let directory = run(&[folder.path().to_path_buf()], Options::default());
    assert!(matches!(directory, Err(Error::Io { .. })));
    let path = file(folder.path(), &[floats("x", vec![Some(1.0)])]);
    let plan = Plan::new(std::slice::from_ref(&path), Options::default()).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, [bytes, vec![0]].concat()).unwrap();
    let changed = load(&plan, Destination::Memory, &mut ());
    assert!(
        matches!(changed, Err(Error::InputChanged { path: of, what }) if of == path && !what.is_empty())
    );
}

#[test]
fn a_dtype_that_is_no_matrix() {
    let folder = tempdir().unwrap();
    let path = [file(folder.path(), &[floats("x", vec![Some(1.0)])])];
    let refused = run(
        &path,
        Options {
            dtype: Dtype::I64,
            ..Options::default()
        },
    );
    assert!(matches!(refused, Err(Error::Argument(_))));
}

/// A caller who cancels when polled, or when shown progress.
struct Stop {
    when_polled: bool,
}

impl Caller for Stop {
    fn check(&mut self) -> Result<()> {
        if self.when_polled {
            Err(Error::Interrupted)
        } else {
            Ok(())
        }
    }
    fn report(&mut self, _: Progress) -> Result<()> {
        Err(Error::Argument("reported".to_owned()))
    }
}

#[test]
fn a_caller_can_stop() {
    let folder = tempdir().unwrap();
    let values = (0..1_000_000)
        .map(|row| Some(f64::from(row).sqrt()))
        .collect();
    let path = [file(folder.path(), &[floats("x", values)])];
    let plan = Plan::new(&path, Options::default()).unwrap();
    let stopped = load(&plan, Destination::Memory, &mut Stop { when_polled: true });
    assert!(matches!(stopped, Err(Error::Interrupted)));
    let stopped = load(&plan, Destination::Memory, &mut Stop { when_polled: false });
    assert!(matches!(stopped, Err(Error::Argument(what)) if what == "reported"));
}

#[test]
fn a_file_that_exists_stays() {
    let folder = tempdir().unwrap();
    let path = [file(folder.path(), &[floats("x", vec![Some(1.0)])])];
    let plan = Plan::new(&path, Options::default()).unwrap();
    let target = folder.path().join("x.npy");
    std::fs::write(&target, "mine").unwrap();
    let destination = Destination::File {
        path: &target,
        overwrite: false,
        sidecar: &mut |_| Ok(b"{}".to_vec()),
    };
    assert!(matches!(
        load(&plan, destination, &mut ()),
        Err(Error::Io { .. })
    ));
    assert_eq!(std::fs::read(&target).unwrap(), b"mine");
    let names = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(names, 2, "something was left behind");
}
