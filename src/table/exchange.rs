//! Arrays on their way between our own reading of the Arrow C data interface and that of the `arrow` crate.
//! The crate believes more of a producer than we do, and panics where that is wrong. So lengths, offsets
//! and numbers of buffers and children are compared before it sees an array, and the values afterwards.

use std::ptr::NonNull;
use std::sync::Arc;

use arrow_array::ffi::{FFI_ArrowArray, from_ffi_and_data_type, to_ffi};
use arrow_array::{Array, RecordBatch, StructArray};
use arrow_data::{ArrayData, BufferSpec, DataTypeLayout, layout};
use arrow_schema::ffi::{FFI_ArrowSchema, Flags};
use arrow_schema::{ArrowError, DataType, Field, Schema};

use crate::arrow::c_data::ArrayNode;
use crate::arrow::import::batch_rows;
use crate::arrow::storage::check_batch;
use crate::arrow::{ImportedArray, SchemaNode};
use crate::error::Fault;
use crate::error::fault::ensure;

/// What is known of columns that a fault is in.
pub(super) struct ColumnFault {
    /// The column, where it is one.
    pub(super) column: Option<String>,
    pub(super) fault: Fault,
}

impl From<Fault> for ColumnFault {
    fn from(fault: Fault) -> Self {
        Self {
            column: None,
            fault,
        }
    }
}

/// A batch of our own room, for the key columns.
pub(super) struct Exported {
    pub(super) schema: SchemaNode,
    pub(super) array: Arc<ImportedArray>,
}

/// The columns of batches. What their producer says beside their names and types is not kept, because it
/// is about its own rows.
pub(super) fn schema_of(node: &SchemaNode) -> Result<Schema, ColumnFault> {
    check_batch(node)?;
    let mut fields = Vec::with_capacity(node.children.len());
    for child in &node.children {
        let in_column = |error: ArrowError| ColumnFault {
            column: Some(child.name.clone()),
            fault: Fault::unsupported(format!(
                "it is of no type that a table can have ({error}); leave it out, or cast it first"
            )),
        };
        let field = c_schema(child).and_then(|own| Field::try_from(&own));
        fields.push(field.map_err(in_column)?);
    }
    Ok(Schema::new(fields))
}

fn c_schema(node: &SchemaNode) -> Result<FFI_ArrowSchema, ArrowError> {
    let children = node.children.iter().map(c_schema);
    let children = children.collect::<Result<Vec<_>, _>>()?;
    let dictionary = node.dictionary.as_deref().map(c_schema).transpose()?;
    let flags = if node.nullable {
        Flags::NULLABLE
    } else {
        Flags::empty()
    };
    FFI_ArrowSchema::try_new(&node.format, children, dictionary)?
        .with_name(&node.name)?
        .with_flags(flags)
}

/// The rows of a batch of these columns, where they are.
#[expect(unsafe_code, reason = "pointers of another program")]
pub(super) fn batch_of(
    array: Arc<ImportedArray>,
    schema: &Arc<Schema>,
) -> Result<RecordBatch, ColumnFault> {
    let root = array.root();
    batch_rows(root, schema.fields().len())?;
    for (at, field) in schema.fields().iter().enumerate() {
        let in_column = |fault| ColumnFault {
            column: Some(field.name().clone()),
            fault,
        };
        let child = root.child(at, schema.fields().len())?;
        check(child, field.data_type()).map_err(in_column)?;
    }
    let mut moved = FFI_ArrowArray::empty();
    // SAFETY: both are `struct ArrowArray` of the interface, and there is nothing in `moved` to release.
    unsafe { ImportedArray::hand_over(array, NonNull::from(&mut moved).cast()) }?;
    let of = DataType::Struct(schema.fields().clone());
    // SAFETY: buffers are as long as follows from the type and the lengths, which were compared; what is
    // in them is not used before it is validated.
    let data = unsafe { from_ffi_and_data_type(moved, of) };
    let data = data.map_err(|error| corrupt(&error))?;
    for (field, child) in schema.fields().iter().zip(data.child_data()) {
        let in_column = |fault| ColumnFault {
            column: Some(field.name().clone()),
            fault,
        };
        let valid = child.validate_full().map_err(|error| corrupt(&error));
        valid.map_err(in_column)?;
        if !field.is_nullable() && child.null_count() > 0 {
            let what = "it has nulls, where its schema says that it has none";
            return Err(in_column(Fault::corrupt(what)));
        }
    }
    data.validate().map_err(|error| corrupt(&error))?;
    Ok(RecordBatch::from(StructArray::from(data)))
}

fn corrupt(error: &ArrowError) -> Fault {
    Fault::corrupt(format!("its arrays are not what they claim: {error}"))
}

/// Refuses a node that claims what cannot be.
fn check(node: ArrayNode<'_>, of: &DataType) -> Result<(), Fault> {
    let (rows, first) = (node.length(), node.offset());
    let is_sane =
        rows >= 0 && first >= 0 && rows.checked_add(first).is_some_and(|end| end < 1 << 48);
    ensure!(is_sane, "an array claims {rows} rows from {first} on");
    let DataTypeLayout {
        buffers,
        can_contain_null_mask,
        variadic,
    } = layout(of);
    let found = node.buffers();
    let least = buffers.len() + usize::from(can_contain_null_mask) + usize::from(variadic);
    let least = i64::try_from(least).unwrap_or(i64::MAX);
    let is_right = match of {
        DataType::Null => (0..=1).contains(&found),
        _ if variadic => (least..1 << 31).contains(&found),
        _ => found == least,
    };
    ensure!(
        is_right,
        "an array has {found} buffers where its type has {least}"
    );
    let claimed = node.null_count();
    if can_contain_null_mask && claimed > 0 && rows > 0 {
        let has_bits = node.buffer(0, 0)?.is_some();
        ensure!(
            has_bits,
            "an array claims {claimed} nulls, and has no bits for them"
        );
    }
    for (at, spec) in buffers.iter().enumerate() {
        if let BufferSpec::FixedWidth { alignment, .. } = spec
            && rows > 0
        {
            let buffer = node.buffer(at + usize::from(can_contain_null_mask), 0)?;
            let is_aligned = |own: &crate::arrow::c_data::Buffer| {
                (own.as_ptr() as usize).is_multiple_of((*alignment).min(8))
            };
            ensure!(
                buffer.as_ref().is_none_or(is_aligned),
                "a buffer is not aligned"
            );
        }
    }
    if let DataType::Dictionary(_, values) = of {
        return check(node.dictionary()?, values);
    }
    let children = children(of);
    node.check_children(children.len())?;
    for (at, child) in children.iter().enumerate() {
        check(node.child(at, children.len())?, child)?;
    }
    Ok(())
}

/// What the values of a type consist of.
fn children(of: &DataType) -> Vec<&DataType> {
    match of {
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::ListView(item)
        | DataType::LargeListView(item)
        | DataType::FixedSizeList(item, _)
        | DataType::Map(item, _) => vec![item.data_type()],
        DataType::RunEndEncoded(ends, values) => vec![ends.data_type(), values.data_type()],
        DataType::Struct(fields) => fields.iter().map(|field| field.data_type()).collect(),
        DataType::Union(fields, _) => fields.iter().map(|(_, field)| field.data_type()).collect(),
        _ => Vec::new(),
    }
}

/// The same rows for our own room, which holds what they are in.
#[expect(unsafe_code, reason = "structures of the `arrow` crate")]
pub(super) fn exported(batch: RecordBatch) -> Result<Exported, Fault> {
    let data: ArrayData = StructArray::from(batch).into_data();
    let (mut array, mut schema) = to_ffi(&data).map_err(|error| corrupt(&error))?;
    // SAFETY: these are whole structures of the interface, which are moved out and released once.
    let taken = unsafe {
        let schema = SchemaNode::take(NonNull::from(&mut schema).cast())?;
        let array = ImportedArray::take(NonNull::from(&mut array).cast(), |release| release())?;
        Exported { schema, array }
    };
    Ok(taken)
}
