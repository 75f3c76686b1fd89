//! The kernels alone, over values that stay in the second cache: what each term of the lower bound
//! costs.
//!
//! `cargo bench --bench kernels -- FILTER`; `ONECOPY_KERNELS=plain` or `avx2` shows the other
//! compilations.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use half::f16;
use ndarray::Array2;

use onecopy::kernel::bytes::crc::Crc;
use onecopy::kernel::bytes::gather::gather;
use onecopy::kernel::bytes::snappy::decompress;
use onecopy::kernel::bytes::unpack::unpack;
use onecopy::kernel::median::bracket::Bracket;
use onecopy::kernel::median::column::{InBracket, STRETCH};
use onecopy::kernel::median::rank::nth;
use onecopy::kernel::moves::fill::fill_rows;
use onecopy::kernel::moves::transpose::{BAND, store};
use onecopy::kernel::scalar::plain::{decode_plain, decode_plain_and_sum};
use onecopy::kernel::{Cleaner, Element, Number, Real, Rule, Tally, expand};

/// Values of a piece.
const VALUES: usize = 16 << 10;

/// Values between what is read and what is written.
const APART: usize = 256;

/// Numbers without order, always the same ones.
fn random(count: usize) -> Vec<u32> {
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state >> 8
    };
    (0..count).map(|_| next()).collect()
}

fn floats<T: Real>(count: usize) -> Vec<T> {
    let values = random(count).into_iter();
    values.map(|n| T::nearest(f64::from(n) / 4096.0)).collect()
}

fn cast<S: Number, T: Real>(criterion: &mut Criterion, name: &str) {
    let bytes: Vec<u8> = random(VALUES * S::BYTES)
        .iter()
        // Exponents stay small, so that nothing overflows.
        .map(|n| n.to_le_bytes()[0] & 0x3f)
        .collect();
    let mut out = vec![T::MISSING; VALUES];
    let mut group = criterion.benchmark_group("cast");
    group.throughput(Throughput::Elements(VALUES as u64));
    group.bench_function(name, |bencher| {
        bencher.iter(|| {
            let mut tally = Tally::default();
            let mut cleaner = Cleaner {
                rule: &Rule::keep(),
                tally: &mut tally,
            };
            decode_plain::<S, T>(black_box(&bytes), &mut out, &mut cleaner);
            tally
        });
    });
}

fn casts(criterion: &mut Criterion) {
    cast::<f32, f32>(criterion, "f32 to f32");
    cast::<f64, f32>(criterion, "f64 to f32");
    cast::<i32, f32>(criterion, "i32 to f32");
    cast::<i64, f32>(criterion, "i64 to f32");
    cast::<f32, f16>(criterion, "f32 to f16");
    cast::<f64, f16>(criterion, "f64 to f16");
}

/// What a sum of bytes costs: before they are decoded, and along with it.
fn sum<S: Number, T: Real>(criterion: &mut Criterion, name: &str) {
    let bytes = vec![0x3f; VALUES * S::BYTES];
    // Stores a little ahead of loads, by their last twelve bits, would hold these up.
    let mut out = Vec::from([T::MISSING; VALUES + APART]);
    let out = &mut out[APART..];
    let rule = Rule::keep();
    let mut tally = Tally::default();
    let mut sum = Crc::default();
    let cleaner = &mut Cleaner {
        rule: &rule,
        tally: &mut tally,
    };
    let mut group = criterion.benchmark_group("sum");
    group.throughput(Throughput::Elements(VALUES as u64));
    group.bench_function(BenchmarkId::new(name, "none"), |bencher| {
        bencher.iter(|| decode_plain::<S, T>(black_box(&bytes), out, cleaner));
    });
    group.bench_function(BenchmarkId::new(name, "before"), |bencher| {
        bencher.iter(|| {
            sum.take(black_box(&bytes));
            decode_plain::<S, T>(&bytes, out, cleaner);
        });
    });
    group.bench_function(BenchmarkId::new(name, "along"), |bencher| {
        let bytes = black_box(&bytes);
        bencher.iter(|| decode_plain_and_sum::<S, T>(bytes, out, cleaner, &mut sum));
    });
}

fn sums(criterion: &mut Criterion) {
    sum::<f32, f32>(criterion, "f32 to f32");
    sum::<f64, f32>(criterion, "f64 to f32");
    sum::<i64, f32>(criterion, "i64 to f32");
}

fn gathers(criterion: &mut Criterion) {
    let values: Vec<f32> = floats(VALUES);
    let rising: Vec<u32> = (0..u32::try_from(VALUES).unwrap_or(0)).collect();
    let any: Vec<u32> = random(VALUES)
        .iter()
        .map(|n| n % u32::try_from(VALUES).unwrap_or(1))
        .collect();
    let few: Vec<u32> = any.iter().map(|n| n % 64).collect();
    let mut out = vec![0.0; VALUES];
    let mut group = criterion.benchmark_group("gather");
    group.throughput(Throughput::Elements(VALUES as u64));
    for (name, values, indices) in [
        ("rising", &values[..], &rising),
        ("any", &values[..], &any),
        ("few of many", &values[..], &few),
        ("of 64", &values[..64], &few),
        ("of 256", &values[..256], &few),
    ] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| gather(values, black_box(indices), &mut out));
        });
    }
}

fn unpacks(criterion: &mut Criterion) {
    let packed: Vec<u8> = random(4 * VALUES)
        .iter()
        .map(|n| n.to_le_bytes()[0])
        .collect();
    let mut out = vec![0; VALUES];
    let mut group = criterion.benchmark_group("unpack");
    group.throughput(Throughput::Elements(VALUES as u64));
    for width in [1, 4, 8, 13, 17, 20] {
        group.bench_function(BenchmarkId::new("bits", width), |bencher| {
            bencher.iter(|| unpack(black_box(&packed), 0, width, &mut out));
        });
    }
}

fn counts(criterion: &mut Criterion) {
    let values: Vec<f32> = floats(STRETCH);
    let mut sorted = values.clone();
    sorted.sort_unstable_by(f32::total_cmp);
    let mut found = InBracket::default();
    let mut group = criterion.benchmark_group("count");
    group.throughput(Throughput::Elements(STRETCH as u64));
    for part in [8, 64, 512] {
        let reach = STRETCH / part / 2;
        let bracket = Bracket {
            low: sorted[STRETCH / 2 - reach],
            high: sorted[STRETCH / 2 + reach],
        };
        group.bench_function(BenchmarkId::new("one inside of", part), |bencher| {
            bencher.iter(|| found.count(black_box(&values), bracket));
        });
    }
}

fn stores(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("store");
    group.throughput(Throughput::Elements((VALUES * BAND) as u64));
    // The stride of the tile is never a multiple of 4 KiB.
    let stride = VALUES + BAND;
    let single: Vec<f32> = floats(stride * BAND);
    let mut out = Array2::zeros((VALUES, 114));
    group.bench_function("f32", |bencher| {
        bencher.iter(|| store(&single, stride, out.slice_mut(ndarray::s![.., 16..32]), &[]));
    });
    let half: Vec<f16> = floats(stride * BAND);
    let mut out = Array2::from_elem((VALUES, 114), f16::ZERO);
    group.bench_function("f16", |bencher| {
        bencher.iter(|| store(&half, stride, out.slice_mut(ndarray::s![.., 16..32]), &[]));
    });
}

fn gaps(criterion: &mut Criterion) {
    let mut rows: Vec<f32> = floats(114 * 256);
    for (at, value) in rows.iter_mut().enumerate() {
        *value = if at % 40 == 0 { f32::NAN } else { *value };
    }
    // A fill that is missing leaves the gaps for the next time.
    let fills = vec![f32::NAN; 114];
    let mut group = criterion.benchmark_group("gaps");
    group.throughput(Throughput::Elements(rows.len() as u64));
    group.bench_function("fill", |bencher| {
        bencher.iter(|| fill_rows(black_box(&mut rows), &fills));
    });
    let mask: Vec<u64> = random(VALUES / 64)
        .iter()
        .map(|n| !(1 << (n % 64) | 1 << (n / 64 % 64)))
        .collect();
    let valid = mask.iter().map(|word| word.count_ones() as usize).sum();
    let mut out: Vec<f32> = floats(VALUES);
    group.throughput(Throughput::Elements(VALUES as u64));
    group.bench_function("expand", |bencher| {
        bencher.iter(|| expand(black_box(&mut out), valid, &mask, f32::MISSING));
    });
}

/// Both readers of Snappy, so that the choice between them can be seen.
fn snappies(criterion: &mut Criterion) {
    let cents = random(VALUES * 8).into_iter();
    let cents: Vec<u8> = cents
        .flat_map(|n| (f64::from(n % 2_000_000) / 100.0).to_le_bytes())
        .collect();
    let whole = random(VALUES * 8).into_iter();
    let whole: Vec<u8> = whole
        .flat_map(|n| u64::from(n % 50_000).to_le_bytes())
        .collect();
    let mut group = criterion.benchmark_group("snappy");
    for (name, plain) in [("f64 of cents", cents), ("i64 below 50,000", whole)] {
        let block = snap::raw::Encoder::new().compress_vec(&plain);
        let block = block.unwrap_or_default();
        let mut out = vec![0; plain.len()];
        group.throughput(Throughput::Bytes(plain.len() as u64));
        group.bench_function(BenchmarkId::new(name, "ours"), |bencher| {
            bencher.iter(|| decompress(black_box(&block), &mut out));
        });
        group.bench_function(BenchmarkId::new(name, "snap"), |bencher| {
            let mut theirs = snap::raw::Decoder::new();
            bencher.iter(|| theirs.decompress(black_box(&block), &mut out));
        });
    }
}

/// A rank counted and selected for, so that the choice between them can be seen.
fn ranks(criterion: &mut Criterion) {
    rank_of::<f32>(criterion, "f32");
    rank_of::<f64>(criterion, "f64");
}

fn rank_of<T: Real>(criterion: &mut Criterion, name: &str) {
    let ordered = |a: &T, b: &T| a.key().cmp(&b.key());
    let mut group = criterion.benchmark_group("rank");
    for length in [512, 1024, 4096, 16384] {
        let values: Vec<T> = floats(length);
        group.throughput(Throughput::Elements(length as u64));
        group.bench_function(
            BenchmarkId::new(format!("{name}, counted"), length),
            |bencher| {
                let mut values = values.clone();
                bencher.iter(|| nth(black_box(&mut values), length / 3));
            },
        );
        group.bench_function(
            BenchmarkId::new(format!("{name}, selected"), length),
            |bencher| {
                let mut room = values.clone();
                bencher.iter(|| {
                    room.copy_from_slice(black_box(&values));
                    *room.select_nth_unstable_by(length / 3, ordered).1
                });
            },
        );
    }
}

criterion_group!(
    kernels, casts, sums, gathers, unpacks, counts, ranks, stores, gaps, snappies
);
criterion_main!(kernels);
