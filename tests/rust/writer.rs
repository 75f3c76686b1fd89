//! Files that are appended one after the other give the matrix of one load, in memory and in a file.

use std::fs;

use onecopy::dataset::Origins;
use onecopy::plan::{Fill, Options, OverflowPolicy, Plan};
use onecopy::run::{Destination, Report, Writer, WriterPlace, load};
use onecopy::types::Order;
use parquet::file::properties::WriterProperties;
use tempfile::tempdir;

use crate::support::files;

fn options(order: Order) -> Options {
    Options {
        order,
        overflow: OverflowPolicy::Missing,
        fill_columns: Vec::new(),
        fill: Fill::Median,
        threads: Some(2),
        ..Options::default()
    }
}

#[test]
fn files_that_are_appended_are_as_if_loaded_together() {
    let folder = tempdir().unwrap();
    let paths = [700, 1, 2500].map(|rows: usize| {
        let path = folder.path().join(format!("{rows}.parquet"));
        let properties = WriterProperties::builder()
            .set_max_row_group_row_count(Some(601))
            .build();
        files::write(&path, &files::columns(rows), properties)
    });
    for order in [Order::C, Order::F] {
        let plan = Plan::new(&paths, options(order)).unwrap();
        let loaded = load(&plan, Destination::Memory, &mut ()).unwrap();
        let shape = (plan.rows, plan.features.len());
        let mut expected = loaded.matrix.unwrap();
        let expected = expected.view::<f32>(shape, order).unwrap();

        let mut writer = Writer::new(options(order), WriterPlace::Memory, None).unwrap();
        for path in &paths {
            let origins = Origins::files(std::slice::from_ref(path));
            writer.append(&origins, &mut ()).unwrap();
        }
        assert_eq!(writer.rows(), plan.rows);
        let written = writer.finish(None, &mut ()).unwrap();
        let mut found = written.loaded.matrix.unwrap();
        let found = found.view::<f32>(shape, order).unwrap();
        assert!(
            found
                .iter()
                .map(|v| v.to_bits())
                .eq(expected.iter().map(|v| v.to_bits()))
        );
        let fills = |report: &Report| -> Vec<Option<f64>> {
            report.columns.iter().map(|column| column.fill).collect()
        };
        assert_eq!(fills(&written.loaded.report), fills(&loaded.report));
    }
}

#[test]
fn a_file_appears_when_the_writer_ends() {
    let folder = tempdir().unwrap();
    let source = folder.path().join("source.parquet");
    let source = files::write(&source, &files::columns(900), WriterProperties::default());
    let home = folder.path().join("home");
    fs::create_dir(&home).unwrap();
    let path = home.join("X.npy");
    let place = WriterPlace::File {
        path: path.clone(),
        overwrite: false,
    };
    let mut writer = Writer::new(options(Order::C), place, None).unwrap();
    for _ in 0..3 {
        let origins = Origins::files(std::slice::from_ref(&source));
        writer.append(&origins, &mut ()).unwrap();
    }
    assert_eq!(fs::read_dir(&home).unwrap().count(), 0);
    let mut describe = |plan: &Plan, report: &Report| {
        assert_eq!((plan.rows, report.rows), (2700, 2700));
        Ok(b"{}".to_vec())
    };
    let written = writer.finish(Some(&mut describe), &mut ()).unwrap();
    let bytes = written.plan.matrix().bytes() as u64;
    assert_eq!(fs::metadata(&path).unwrap().len(), 4096 + bytes);
    assert_eq!(fs::read(home.join("X.json")).unwrap(), b"{}");
}
