//! The same bits, whatever the row groups, the pages and the number of threads.

use onecopy::plan::{Fill, Options, OverflowPolicy, Plan};
use onecopy::run::{Destination, load};
use onecopy::types::Order;
use parquet::file::properties::WriterProperties;
use tempfile::tempdir;

use crate::support::files;

#[test]
fn layout_and_threads_do_not_show() {
    let folder = tempdir().unwrap();
    let columns = files::columns(4000);
    let mut first: Option<Vec<u32>> = None;
    for (at, rows) in [1 << 20, 1, 77, 2000].into_iter().enumerate() {
        // Row groups of one row would be too many.
        let writer = WriterProperties::builder()
            .set_max_row_group_row_count(Some(if rows == 1 { 50 } else { rows }))
            .set_data_page_row_count_limit(rows.min(100))
            .set_write_batch_size(rows.min(100));
        let path = files::write(
            &folder.path().join(at.to_string()),
            &columns,
            writer.build(),
        );
        for threads in 1..=3 {
            let options = Options {
                threads: Some(threads),
                fill: Fill::Mean,
                overflow: OverflowPolicy::Clip,
                ..Options::default()
            };
            let plan = Plan::new(std::slice::from_ref(&path), options).unwrap();
            let mut loaded = load(&plan, Destination::Memory, &mut ()).unwrap();
            let matrix = loaded.matrix.as_mut().unwrap();
            let view = matrix.view::<f32>((4000, columns.len()), Order::C).unwrap();
            let found: Vec<u32> = view.iter().map(|value| value.to_bits()).collect();
            assert!(
                *first.get_or_insert_with(|| found.clone()) == found,
                "{rows} rows by {threads}"
            );
        }
    }
}

#[test]
fn more_threads_than_there_can_be() {
    let folder = tempdir().unwrap();
    let columns = files::columns(10);
    let path = files::write(
        &folder.path().join("x"),
        &columns,
        WriterProperties::default(),
    );
    for threads in [5000, usize::MAX / 2, usize::MAX] {
        let options = Options {
            threads: Some(threads),
            overflow: OverflowPolicy::Clip,
            ..Options::default()
        };
        let plan = Plan::new(std::slice::from_ref(&path), options).unwrap();
        assert!(plan.budget.threads <= 1024);
        assert!(load(&plan, Destination::Memory, &mut ()).is_ok());
    }
}
