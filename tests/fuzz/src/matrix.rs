//! A whole file poured into a matrix, and held against what the `parquet` crate reads.

use std::path::Path;

use half::f16;
use onecopy::account::Account;
use onecopy::dataset::Origins;
use onecopy::dataset::table::SURVEY_BYTES;
use onecopy::io::Source;
use onecopy::kernel::Real;
use onecopy::key::Duplicates;
use onecopy::parquet::Footer;
use onecopy::plan::{ColumnChoice, Fill, Inf, Join, Options, OverflowPolicy, Plan, Target};
use onecopy::run::{Destination, Loaded, load};
use onecopy::types::{Dtype, Order};

use super::other;
use super::other::Value;
use super::slot::Slot;
use super::{headers, judge};

/// Cells that are compared at most.
const MOST_CELLS: usize = 1 << 18;

/// Pours a file in ways that depend on its bytes, and compares.
pub fn check(slot: &mut Slot, file: &[u8]) {
    answer(slot, file, true);
}

/// The same without the other reader.
pub fn pour(slot: &mut Slot, file: &[u8]) {
    answer(slot, file, false);
}

fn answer(slot: &mut Slot, file: &[u8], compared: bool) {
    let path = slot.put(&[(0, file)]);
    let seed = crc(file);
    let options = Options {
        columns: ColumnChoice::Numeric,
        dtype: [Dtype::F64, Dtype::F32, Dtype::F64, Dtype::F16][(seed & 3) as usize],
        order: [Order::C, Order::F][(seed >> 2 & 1) as usize],
        inf: Inf::Keep,
        overflow: OverflowPolicy::Missing,
        fill: Fill::Nothing,
        memory_limit: Some(160 << 20),
        threads: Some(1 + (seed >> 3 & 1) as usize),
        ..Options::default()
    };
    let Some((plan, mut loaded)) = run(path, options.clone()) else {
        return;
    };
    assert_eq!(
        loaded.report.rows, plan.rows as u64,
        "rows declared and decoded"
    );
    match options.dtype {
        _ if !compared => {}
        Dtype::F16 => compare::<f16>(path, &plan, &mut loaded),
        Dtype::F32 => compare::<f32>(path, &plan, &mut loaded),
        _ => compare::<f64>(path, &plan, &mut loaded),
    }
    lists(path, &options, &plan);
    further(path, options, &plan, seed >> 4);
}

/// Pours the columns of lists by themselves.
fn lists(path: &Path, options: &Options, plan: &Plan) {
    let lists = plan.skipped.iter();
    let lists = lists.filter(|column| column.type_name.starts_with("list<"));
    for column in lists {
        let columns = ColumnChoice::Named(vec![column.name.clone()]);
        run(
            path,
            Options {
                columns,
                ..options.clone()
            },
        );
    }
}

/// Other ways to pour a file that can be poured: fitted fills, targets, a join with itself.
fn further(path: &Path, options: Options, plan: &Plan, seed: u32) {
    let Some(name) = plan.features.first().map(|feature| feature.name.clone()) else {
        return;
    };
    let options = match seed % 4 {
        0 => Options {
            fill: Fill::Median,
            inf: Inf::Missing,
            overflow: OverflowPolicy::Clip,
            ..options
        },
        1 => Options {
            fill: Fill::Mean,
            ..options
        },
        2 => Options {
            target: Some(Target {
                names: vec![name],
                flat: true,
            }),
            ..options
        },
        _ => Options {
            join: Some(Join {
                tables: Origins::files(&[path.to_path_buf()]),
                on: vec![name],
                duplicates: [Duplicates::First, Duplicates::Raise][(seed >> 2 & 1) as usize],
                prefix: Some("t.".to_owned()),
            }),
            ..options
        },
    };
    run(path, options);
}

fn run(path: &Path, options: Options) -> Option<(Plan, Loaded)> {
    let plan = Plan::new(&[path.to_path_buf()], options);
    let plan = plan.map_err(|error| judge(&error)).ok()?;
    let loaded = load(&plan, Destination::Memory, &mut ());
    let loaded = loaded.map_err(|error| judge(&error)).ok()?;
    Some((plan, loaded))
}

/// Compares each column that the other reader reads as well.
fn compare<T: Real + std::fmt::Debug>(path: &Path, plan: &Plan, loaded: &mut Loaded) {
    let shape = (plan.rows, plan.features.len());
    if shape.0 == 0 || shape.0.saturating_mul(shape.1) > MOST_CELLS {
        return;
    }
    let matrix = loaded.matrix.as_mut().expect("it is in memory");
    let view = matrix
        .view::<T>(shape, plan.options.order)
        .expect("its shape");
    let source = Source::open(path, None).expect("a file of ours");
    let footer =
        Footer::walk(&source, &Account::new(SURVEY_BYTES), &mut |_, _| Ok(())).expect("walked");
    for (number, feature) in plan.features.iter().enumerate() {
        let mut columns = footer.schema.columns.iter();
        let column = columns.find(|column| column.name == feature.name);
        let column = column.expect("a feature is a column");
        let Some(expected) = other::column(path, column, plan.rows) else {
            continue;
        };
        for (row, (found, value)) in view.column(number).iter().zip(expected).enumerate() {
            let wanted = cast::<T>(value);
            let same = found.to_f64().to_bits() == wanted.to_f64().to_bits()
                || found.is_nan() && wanted.is_nan();
            if !same && (other::misreads(path, column) || headers::are_misread(path, column)) {
                break;
            }
            assert!(
                same,
                "row {row} of `{}` ({:?}): {found:?}, and {wanted:?} from {value:?}",
                column.name, column.kind
            );
        }
    }
}

/// What the matrix must hold: infinities kept, what does not fit missing.
fn cast<T: Real>(value: Option<Value>) -> T {
    #[expect(
        clippy::cast_precision_loss,
        reason = "`as` rounds to nearest, ties to even"
    )]
    let cast = match value {
        None => return T::MISSING,
        Some(Value::Float(value)) if value.is_infinite() => {
            return if value > 0.0 {
                T::INFINITY
            } else {
                T::NEG_INFINITY
            };
        }
        Some(Value::Float(value)) => T::nearest(value),
        // Through a double first is one rounding too many; both 64-bit types have a cast of their own.
        Some(Value::Whole(value)) => match (i64::try_from(value), u64::try_from(value)) {
            (Ok(value), _) => one(value),
            (_, Ok(value)) => one(value),
            _ => T::nearest(value as f64),
        },
    };
    if cast.is_finite() { cast } else { T::MISSING }
}

fn one<S: onecopy::kernel::Number, T: Real>(value: S) -> T {
    let mut out = [T::MISSING];
    T::cast(&[value], &mut out);
    out[0]
}

/// A number that any byte of the file changes.
fn crc(file: &[u8]) -> u32 {
    file.iter().fold(0x811c_9dc5, |hash: u32, byte| {
        (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193)
    })
}
