//! Bytes that rows take: of any rows of a column, from offsets alone, so that nothing is added up value by
//! value where the type does not need it. Rows of two batches take as many as both by themselves.

use std::ops::Range;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_buffer::ArrowNativeType;
use arrow_schema::DataType;

/// Bytes of an end of a text or of a list.
const END: usize = 4;
/// The same of wide ones.
const WIDE_END: usize = 8;

/// Bytes of some rows of a batch.
pub(super) fn batch_bytes(batch: &RecordBatch, rows: Range<usize>) -> usize {
    let columns = batch.columns().iter();
    columns.map(|column| bytes(column, rows.clone())).sum()
}

/// How many rows from `first` on take at most so many bytes: at most `rows`, and none where the first row
/// takes more.
pub(super) fn fitting(batch: &RecordBatch, first: usize, rows: usize, most: usize) -> usize {
    let fits = |count: usize| batch_bytes(batch, first..first + count) <= most;
    if fits(rows) {
        return rows;
    }
    let (mut fitting, mut too_many) = (0, rows);
    while too_many - fitting > 1 {
        let middle = fitting.midpoint(too_many);
        if fits(middle) {
            fitting = middle;
        } else {
            too_many = middle;
        }
    }
    fitting
}

/// Bytes of some rows of a column.
fn bytes(column: &ArrayRef, rows: Range<usize>) -> usize {
    let count = rows.len();
    match column.data_type() {
        DataType::Null => 0,
        DataType::Boolean => count,
        DataType::FixedSizeBinary(width) => count * width.as_usize(),
        DataType::Utf8 => between(column.as_string::<i32>().value_offsets(), &rows),
        DataType::LargeUtf8 => between(column.as_string::<i64>().value_offsets(), &rows),
        DataType::Binary => between(column.as_binary::<i32>().value_offsets(), &rows),
        DataType::LargeBinary => between(column.as_binary::<i64>().value_offsets(), &rows),
        DataType::Utf8View => views(column.as_string_view().views(), rows),
        DataType::BinaryView => views(column.as_binary_view().views(), rows),
        DataType::List(_) => {
            let lists = column.as_list::<i32>();
            let items = items(lists.value_offsets(), &rows);
            count * END + bytes(lists.values(), items)
        }
        DataType::LargeList(_) => {
            let lists = column.as_list::<i64>();
            let items = items(lists.value_offsets(), &rows);
            count * WIDE_END + bytes(lists.values(), items)
        }
        DataType::Map(..) => {
            let maps = column.as_map();
            let entries = items(maps.value_offsets(), &rows);
            let columns = maps.entries().columns().iter();
            count * END
                + columns
                    .map(|own| bytes(own, entries.clone()))
                    .sum::<usize>()
        }
        DataType::FixedSizeList(_, width) => {
            let width = width.as_usize();
            let values = column.as_fixed_size_list().values();
            bytes(values, rows.start * width..rows.end * width)
        }
        DataType::Struct(_) => {
            let columns = column.as_struct().columns().iter();
            count + columns.map(|own| bytes(own, rows.clone())).sum::<usize>()
        }
        other => match other.primitive_width() {
            Some(width) => count * width,
            None => scattered(column, rows),
        },
    }
}

/// Bytes of values that lie anywhere: each row is looked at.
fn scattered(column: &ArrayRef, rows: Range<usize>) -> usize {
    match column.data_type() {
        DataType::Dictionary(..) => {
            let own = column.slice(rows.start, rows.len());
            let own = own.as_any_dictionary();
            let values = own.values();
            if values.is_empty() {
                return 0;
            }
            let keys = own.normalized_keys().into_iter();
            keys.map(|key| bytes(values, key..key + 1)).sum()
        }
        DataType::ListView(_) => {
            let own = column.as_list_view::<i32>();
            list_views(own.values(), own.value_offsets(), own.value_sizes(), rows)
        }
        DataType::LargeListView(_) => {
            let own = column.as_list_view::<i64>();
            list_views(own.values(), own.value_offsets(), own.value_sizes(), rows)
        }
        // Of runs, as if each row had all of their values: they become plain ones a few rows at a time.
        DataType::RunEndEncoded(..) => {
            let data = column.to_data();
            rows.len() * data.child_data()[1].get_slice_memory_size().unwrap_or(0)
        }
        _ => 0,
    }
}

fn between<O: ArrowNativeType>(ends: &[O], rows: &Range<usize>) -> usize {
    items(ends, rows).len() + rows.len() * size_of::<O>()
}

/// The items of some lists.
fn items<O: ArrowNativeType>(ends: &[O], rows: &Range<usize>) -> Range<usize> {
    ends[rows.start].as_usize()..ends[rows.end].as_usize()
}

/// Bytes of views, whose lower half begins with the length.
fn views(views: &[u128], rows: Range<usize>) -> usize {
    let lengths = views[rows].iter().map(|view| (view & 0xffff_ffff) as usize);
    lengths.map(|length| length + END).sum()
}

fn list_views<O: ArrowNativeType>(
    values: &ArrayRef,
    starts: &[O],
    lengths: &[O],
    rows: Range<usize>,
) -> usize {
    let lists = starts[rows.clone()].iter().zip(&lengths[rows]);
    let lists = lists.map(|(start, length)| {
        let start = start.as_usize();
        WIDE_END + bytes(values, start..start + length.as_usize())
    });
    lists.sum()
}
