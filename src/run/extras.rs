//! Arrays beside the matrix as the pour knows them: whatever their dtype, values are poured as they are.

use std::iter;

use half::f16;

use crate::error::Result;
use crate::kernel::scalar::absence::Absence;
use crate::kernel::scalar::sentinels::Sentinels;
use crate::kernel::{Element, Real, Rule};
use crate::plan::{Extra, Plan, Role};
use crate::run::load::misfit;
use crate::run::pour::target::{FieldColumns, TargetProgress};
use crate::run::pour::{Array, SheetPolicy, Target};
use crate::sys::pages::Piece;
use crate::types::{Dtype, Order};

/// The arrays beside the matrix that are poured. The memory of those that are codes of texts goes to
/// `coded`.
pub(super) fn extra_arrays<'a>(
    plan: &Plan,
    pieces: Vec<Piece<'a>>,
    coded: &mut Vec<Piece<'a>>,
) -> Result<Vec<Box<dyn Array + 'a>>> {
    let mut arrays = Vec::with_capacity(pieces.len());
    for (extra, memory) in plan.extras.iter().zip(pieces) {
        match extra.texts {
            Some(_) => coded.push(memory),
            None => arrays.push(extra_array(plan, extra, memory)?),
        }
    }
    Ok(arrays)
}

/// An array beside the matrix, whose values are poured as they are.
fn extra_array<'a>(plan: &Plan, extra: &Extra, memory: Piece<'a>) -> Result<Box<dyn Array + 'a>> {
    match extra.dtype {
        _ if extra.role == Role::Mask => extra_target::<Absence>(plan, extra, memory),
        Dtype::Bool => extra_target::<bool>(plan, extra, memory),
        Dtype::I8 => extra_target::<i8>(plan, extra, memory),
        Dtype::I16 => extra_target::<i16>(plan, extra, memory),
        Dtype::I32 => extra_target::<i32>(plan, extra, memory),
        // What stands for a missing integer of 64 bits is NaT as well.
        Dtype::I64 | Dtype::Datetime(_) | Dtype::Timedelta(_) => {
            extra_target::<i64>(plan, extra, memory)
        }
        Dtype::U8 => extra_target::<u8>(plan, extra, memory),
        Dtype::U16 => extra_target::<u16>(plan, extra, memory),
        Dtype::U32 => extra_target::<u32>(plan, extra, memory),
        Dtype::U64 => extra_target::<u64>(plan, extra, memory),
        Dtype::F16 => real_target::<f16>(plan, extra, memory),
        Dtype::F32 => real_target::<f32>(plan, extra, memory),
        Dtype::F64 => real_target::<f64>(plan, extra, memory),
    }
}

fn real_target<'a, T: Real>(
    plan: &Plan,
    extra: &Extra,
    memory: Piece<'a>,
) -> Result<Box<dyn Array + 'a>> {
    let mut target = target::<T>(plan, extra, memory)?;
    target.rules.fill(Rule::keep());
    target.sentinels = Some(Sentinels::default());
    Ok(Box::new(target))
}

fn extra_target<'a, T: Element>(
    plan: &Plan,
    extra: &Extra,
    memory: Piece<'a>,
) -> Result<Box<dyn Array + 'a>> {
    Ok(Box::new(target::<T>(plan, extra, memory)?))
}

fn target<'a, T: Element>(plan: &Plan, extra: &Extra, memory: Piece<'a>) -> Result<Target<'a, T>> {
    let columns = extra.columns();
    let release = memory.release();
    let out = memory.view::<T>((plan.rows, columns), Order::C);
    Ok(Target {
        out: out.ok_or_else(misfit)?,
        order: Order::C,
        columns: iter::once(0..columns).collect(),
        fields: match extra.width {
            None => (0..columns).map(FieldColumns::number).collect(),
            Some(_) => vec![FieldColumns {
                columns: 0..columns,
                is_vector: true,
            }],
        },
        rules: vec![Rule::all(T::MISSING); columns],
        parts: plan.parts().to_vec(),
        sentinels: None,
        sheet_rows: plan.budget.sheet_rows(columns, size_of::<T>()),
        sheets: SheetPolicy::Turn,
        release,
        observer: None,
        progress: TargetProgress::default(),
    })
}
