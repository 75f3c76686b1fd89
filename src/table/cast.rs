//! Values of one type as another, where every one of them stays what it is: numbers and times by their own
//! room, texts and byte strings as the bytes that they are, lists and structs part by part.

use std::ops::Range;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int16Type, Int32Type, Int64Type, RunEndIndexType};
use arrow_array::{
    Array, ArrayRef, FixedSizeListArray, GenericListArray, MapArray, OffsetSizeTrait, RunArray,
    StructArray, UInt64Array, make_array, new_null_array,
};
use arrow_buffer::{ArrowNativeType, Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow_data::ArrayData;
use arrow_schema::{ArrowError, DataType, FieldRef};
use arrow_select::take::take;

use crate::table::numbers::{CHANGED, renumbered};

/// Values as those of another type, or why not.
pub(super) fn recast(values: &ArrayRef, to: &DataType) -> Result<ArrayRef, ArrowError> {
    use DataType::{
        Binary, BinaryView, Dictionary, FixedSizeBinary, FixedSizeList, LargeBinary, LargeList,
        LargeListView, LargeUtf8, List, ListView, Map, RunEndEncoded, Struct, Utf8, Utf8View,
    };
    let from = values.data_type();
    if from == to {
        return Ok(Arc::clone(values));
    }
    if values.null_count() == values.len() || *from == DataType::Null {
        return Ok(new_null_array(to, values.len()));
    }
    match (from, to) {
        (Dictionary(..), _) => {
            let own = values.as_any_dictionary();
            recast(&take(own.values(), own.keys(), None)?, to)
        }
        (RunEndEncoded(..), _) => recast(&unrolled(values)?, to),
        (Utf8 | LargeUtf8 | Utf8View, Utf8 | LargeUtf8)
        | (
            Binary | LargeBinary | BinaryView | FixedSizeBinary(_),
            Binary | LargeBinary | FixedSizeBinary(_),
        ) => rebytes(values, to),
        (
            List(_) | LargeList(_) | ListView(_) | LargeListView(_) | FixedSizeList(..),
            List(item) | LargeList(item) | FixedSizeList(item, _),
        ) => relists(values, to, item),
        (Struct(_), Struct(fields)) => {
            let own = values.as_struct();
            let column = |field: &FieldRef| match own.column_by_name(field.name()) {
                Some(column) => recast(column, field.data_type()),
                None => Err(changed()),
            };
            let columns = fields.iter().map(column).collect::<Result<_, _>>()?;
            let made = StructArray::try_new(fields.clone(), columns, own.nulls().cloned())?;
            Ok(Arc::new(made))
        }
        (Map(..), Map(entries, sorted)) => remap(values.as_map(), entries, *sorted),
        _ => renumbered(values, to).map_err(|what| ArrowError::CastError(what.to_owned())),
    }
}

fn changed() -> ArrowError {
    ArrowError::CastError(CHANGED.to_owned())
}

/// Runs as a value for each row.
fn unrolled(values: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    fn taken<R: RunEndIndexType>(runs: &RunArray<R>) -> Result<ArrayRef, ArrowError> {
        let indices = (0..runs.len()).map(|row| runs.get_physical_index(row) as u64);
        take(runs.values(), &UInt64Array::from_iter_values(indices), None)
    }
    let any = values.as_any();
    if let Some(runs) = any.downcast_ref::<RunArray<Int16Type>>() {
        return taken(runs);
    }
    if let Some(runs) = any.downcast_ref::<RunArray<Int32Type>>() {
        return taken(runs);
    }
    match any.downcast_ref::<RunArray<Int64Type>>() {
        Some(runs) => taken(runs),
        None => Err(changed()),
    }
}

/// The bytes of each text or byte string; none where it is null.
fn bytes_of(values: &ArrayRef) -> Vec<Option<&[u8]>> {
    fn text<'a>(rows: impl Iterator<Item = Option<&'a str>>) -> Vec<Option<&'a [u8]>> {
        rows.map(|row| row.map(str::as_bytes)).collect()
    }
    match values.data_type() {
        DataType::Utf8 => text(values.as_string::<i32>().iter()),
        DataType::LargeUtf8 => text(values.as_string::<i64>().iter()),
        DataType::Utf8View => text(values.as_string_view().iter()),
        DataType::Binary => values.as_binary::<i32>().iter().collect(),
        DataType::LargeBinary => values.as_binary::<i64>().iter().collect(),
        DataType::BinaryView => values.as_binary_view().iter().collect(),
        _ => values.as_fixed_size_binary().iter().collect(),
    }
}

/// Texts or byte strings, stored otherwise.
fn rebytes(values: &ArrayRef, to: &DataType) -> Result<ArrayRef, ArrowError> {
    let rows = bytes_of(values);
    let mut data = Vec::with_capacity(rows.iter().flatten().map(|row| row.len()).sum());
    let builder = ArrayData::builder(to.clone()).len(rows.len());
    let builder = builder.nulls(values.nulls().cloned());
    let builder = match to {
        DataType::FixedSizeBinary(width) => {
            let width = width.as_usize();
            for row in &rows {
                match row {
                    Some(row) if row.len() != width => return Err(changed()),
                    Some(row) => data.extend_from_slice(row),
                    None => data.resize(data.len() + width, 0),
                }
            }
            builder
        }
        DataType::LargeUtf8 | DataType::LargeBinary => {
            builder.add_buffer(ends::<i64>(&rows, &mut data)?)
        }
        _ => builder.add_buffer(ends::<i32>(&rows, &mut data)?),
    };
    Ok(make_array(
        builder.add_buffer(Buffer::from_vec(data)).build()?,
    ))
}

/// Gathers bytes, and returns where those of each row end.
fn ends<O: OffsetSizeTrait>(
    rows: &[Option<&[u8]>],
    data: &mut Vec<u8>,
) -> Result<Buffer, ArrowError> {
    let mut ends = Vec::with_capacity(rows.len() + 1);
    ends.push(O::default());
    for row in rows {
        data.extend_from_slice(row.unwrap_or_default());
        ends.push(O::from_usize(data.len()).ok_or_else(too_long)?);
    }
    Ok(Buffer::from_vec(ends))
}

fn too_long() -> ArrowError {
    ArrowError::CastError("some rows together are too long for it".to_owned())
}

/// Lists in their items.
struct Lists {
    /// The items of each list; nothing where it is null.
    rows: Vec<Range<usize>>,
    items: ArrayRef,
    nulls: Option<NullBuffer>,
}

impl Lists {
    fn of(values: &ArrayRef) -> Self {
        let nulls = values.nulls().cloned();
        let is_null = |row: usize| nulls.as_ref().is_some_and(|nulls| nulls.is_null(row));
        let rows = |range: &dyn Fn(usize) -> Range<usize>| -> Vec<Range<usize>> {
            let rows = 0..values.len();
            rows.map(|row| if is_null(row) { 0..0 } else { range(row) })
                .collect()
        };
        let (rows, items) = match values.data_type() {
            DataType::List(_) => {
                let own = values.as_list::<i32>();
                (rows(&|row| between(own.value_offsets(), row)), own.values())
            }
            DataType::LargeList(_) => {
                let own = values.as_list::<i64>();
                (rows(&|row| between(own.value_offsets(), row)), own.values())
            }
            DataType::ListView(_) => {
                let own = values.as_list_view::<i32>();
                let range = |row| view(own.value_offsets(), own.value_sizes(), row);
                (rows(&range), own.values())
            }
            DataType::LargeListView(_) => {
                let own = values.as_list_view::<i64>();
                let range = |row| view(own.value_offsets(), own.value_sizes(), row);
                (rows(&range), own.values())
            }
            _ => {
                let own = values.as_fixed_size_list();
                let width = own.value_length().as_usize();
                (rows(&|row| row * width..(row + 1) * width), own.values())
            }
        };
        Self {
            rows,
            items: Arc::clone(items),
            nulls,
        }
    }

    /// The items of all lists behind one another; a null list has `filler` nulls.
    fn gathered(&self, filler: usize) -> Result<ArrayRef, ArrowError> {
        let mut indices = Vec::new();
        for (row, range) in self.rows.iter().enumerate() {
            if self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)) {
                indices.extend((0..filler).map(|_| None));
            } else {
                indices.extend(range.clone().map(|at| Some(at as u64)));
            }
        }
        take(&self.items, &UInt64Array::from(indices), None)
    }

    fn ends<O: OffsetSizeTrait>(&self) -> Result<OffsetBuffer<O>, ArrowError> {
        let mut ends = vec![O::default()];
        let mut end = 0;
        for range in &self.rows {
            end += range.len();
            ends.push(O::from_usize(end).ok_or_else(too_long)?);
        }
        Ok(OffsetBuffer::new(ScalarBuffer::from(ends)))
    }
}

fn between<O: ArrowNativeType>(ends: &[O], row: usize) -> Range<usize> {
    ends[row].as_usize()..ends[row + 1].as_usize()
}

fn view<O: ArrowNativeType>(starts: &[O], lengths: &[O], row: usize) -> Range<usize> {
    let start = starts[row].as_usize();
    start..start + lengths[row].as_usize()
}

/// Lists of one kind as those of another, with items of another type.
fn relists(values: &ArrayRef, to: &DataType, item: &FieldRef) -> Result<ArrayRef, ArrowError> {
    fn listed<O: OffsetSizeTrait>(lists: &Lists, item: &FieldRef) -> Result<ArrayRef, ArrowError> {
        let items = recast(&lists.gathered(0)?, item.data_type())?;
        let nulls = lists.nulls.clone();
        let made = GenericListArray::<O>::try_new(Arc::clone(item), lists.ends()?, items, nulls);
        Ok(Arc::new(made?))
    }
    let lists = Lists::of(values);
    match to {
        DataType::List(_) => listed::<i32>(&lists, item),
        DataType::LargeList(_) => listed::<i64>(&lists, item),
        DataType::FixedSizeList(_, width) => {
            let is_null = |row| lists.nulls.as_ref().is_some_and(|nulls| nulls.is_null(row));
            let mut rows = lists.rows.iter().enumerate();
            if !rows.all(|(row, own)| own.len() == width.as_usize() || is_null(row)) {
                return Err(changed());
            }
            let items = recast(&lists.gathered(width.as_usize())?, item.data_type())?;
            let nulls = lists.nulls.clone();
            let made = FixedSizeListArray::try_new(Arc::clone(item), *width, items, nulls);
            Ok(Arc::new(made?))
        }
        _ => Err(changed()),
    }
}

/// Maps with keys and values of other types, or under other names.
fn remap(from: &MapArray, entries: &FieldRef, sorted: bool) -> Result<ArrayRef, ArrowError> {
    let DataType::Struct(fields) = entries.data_type() else {
        return Err(changed());
    };
    let columns = from.entries().columns().iter().zip(fields);
    let columns = columns.map(|(own, field)| recast(own, field.data_type()));
    let columns = columns.collect::<Result<_, _>>()?;
    let own = StructArray::try_new(fields.clone(), columns, from.entries().nulls().cloned())?;
    let (ends, nulls) = (from.offsets().clone(), from.nulls().cloned());
    let made = MapArray::try_new(Arc::clone(entries), ends, own, nulls, sorted)?;
    Ok(Arc::new(made))
}
