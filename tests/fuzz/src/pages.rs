//! Pages of any bytes under any claims: read at once and read in pieces, with the same answer.

use std::fmt::Debug;
use std::path::Path;
use std::sync::Arc;

use half::f16;
use onecopy::account::Account;
use onecopy::error::Fault;
use onecopy::io::Source;
use onecopy::kernel::{Element, Real, Rule, Tally};
use onecopy::parquet::encoding::decoder::Width;
use onecopy::parquet::lane::bytes::BytesLane;
use onecopy::parquet::lane::numbers::ColumnChunk;
use onecopy::parquet::page::buffers::ReadBuffers;
use onecopy::parquet::{Chunk, Kind, Lane, RowGroup};

use super::claims::{Claims, Read};
use super::judge_fault;
use super::slot::Slot;

/// Where the pages begin.
const START: u64 = 4;
/// Values that are read of a chunk at most.
const MOST: usize = 1 << 16;
const ACCOUNT: usize = 4 << 20;
/// Lengths of pieces, over and over.
const PIECES: [&[usize]; 8] = [
    &[1],
    &[7, 1, 64],
    &[1023, 1],
    &[1024],
    &[1025, 3],
    &[512],
    &[8, 100, 1],
    &[5000, 11],
];

/// An output whose bits can be compared.
trait Cell: Element + PartialEq + Debug {
    /// What stands for each thing that is not plain, all of them different.
    fn rule() -> Rule<Self>;
    fn same(self, other: Self) -> bool;
}

fn marks<T: Real>() -> Rule<T> {
    Rule {
        null: T::nearest(-1.25),
        missing: T::nearest(-2.25),
        pos_inf: T::INFINITY,
        neg_inf: T::NEG_INFINITY,
        pos_overflow: T::nearest(-3.25),
        neg_overflow: T::nearest(-4.25),
    }
}

macro_rules! cells {
    ($($name:ty)*) => {$(
        impl Cell for $name {
            fn rule() -> Rule<Self> {
                marks()
            }
            fn same(self, other: Self) -> bool {
                self.to_bits() == other.to_bits()
            }
        }
    )*};
}

cells!(f16 f32 f64);

/// What targets and groups are made of.
impl Cell for i64 {
    fn rule() -> Rule<Self> {
        Rule::all(-7)
    }
    fn same(self, other: Self) -> bool {
        self == other
    }
}

/// Lengths that add up to `total`.
fn pieces(sizes: &'static [usize], total: usize) -> impl Iterator<Item = usize> {
    let mut left = total;
    sizes.iter().cycle().map_while(move |size| {
        let size = left.min(*size);
        left -= size;
        (size > 0).then_some(size)
    })
}

/// Puts pages into a file and reads them as the claims before them say.
pub fn check(slot: &mut Slot, data: &[u8]) {
    let Some((claims, pages)) = Claims::split(data) else {
        return;
    };
    let bytes = pages.len() as u64;
    let path = slot.put(&[(0, b"PAR1"), (START, pages), (START + bytes, b"tail")]);
    read(&claims, path, bytes);
}

fn read(claims: &Claims, path: &Path, bytes: u64) {
    let chunk = Chunk {
        start: START,
        bytes,
        plain_bytes: claims.plain_bytes.into(),
        values: claims.values.into(),
        codec: claims.codec,
        physical: claims.physical(),
        ..Chunk::default()
    };
    let row_group = RowGroup {
        rows: chunk.values,
        chunks: vec![chunk],
    };
    let source = Source::open(path, None).expect("a file of ours");
    let data_end = source.identity().bytes();
    let chunk = match row_group.chunk(0, Some(claims.physical()), data_end) {
        Ok(chunk) => chunk,
        Err(fault) => return judge_fault(&fault),
    };
    match (claims.read, claims.dtype) {
        (Read::Numbers(kind), 0) => numbers::<f64>(claims, kind, &source, &chunk),
        (Read::Numbers(kind), 1) => numbers::<f32>(claims, kind, &source, &chunk),
        (Read::Numbers(kind), 2) => numbers::<f16>(claims, kind, &source, &chunk),
        (Read::Numbers(kind), _) => numbers::<i64>(claims, kind, &source, &chunk),
        (Read::Text(width), _) => text(claims, width, &source, &chunk),
    }
}

fn numbers<T: Cell>(claims: &Claims, kind: Kind, source: &Arc<Source>, chunk: &Chunk) {
    let rule = T::rule();
    let stretch = ColumnChunk {
        source,
        chunk,
        kind,
        nullable: claims.nullable,
        rule: &rule,
    };
    let account = Account::new(ACCOUNT);
    let mut reader = ReadBuffers::new(&account);
    let mut lane = match Lane::<T>::new(&stretch, &account) {
        Ok(lane) => lane,
        Err(fault) => return judge_fault(&fault),
    };
    let rows = MOST.min(claims.values as usize);
    let mut whole = vec![T::default(); rows];
    let first = fill(&mut lane, &mut whole, &[MOST], chunk, &mut reader);
    if let Err(fault) = lane.reopen(&stretch) {
        return judge_fault(&fault);
    }
    let mut parts = vec![T::default(); rows];
    let sizes = PIECES[usize::from(claims.pieces) % PIECES.len()];
    let second = fill(&mut lane, &mut parts, sizes, chunk, &mut reader);
    match (first, second) {
        (Ok(first), Ok(second)) => {
            assert_eq!(first, second, "tallies, {claims:?}");
            for (at, (a, b)) in whole.iter().zip(&parts).enumerate() {
                assert!(a.same(*b), "row {at}: {a:?} and {b:?}, {claims:?}");
            }
        }
        (first, second) => differ(first.err().as_ref(), second.err().as_ref(), claims),
    }
}

fn fill<T: Element>(
    lane: &mut Lane<T>,
    out: &mut [T],
    sizes: &'static [usize],
    chunk: &Chunk,
    reader: &mut ReadBuffers,
) -> Result<Tally, Fault> {
    let mut rest = &mut *out;
    for size in pieces(sizes, rest.len()) {
        let (piece, behind) = rest.split_at_mut(size);
        lane.fill(piece, reader)?;
        rest = behind;
    }
    if chunk.values > MOST as u64 {
        return Ok(Tally::default());
    }
    lane.finish(reader)
}

/// Two ways to read the same bytes that do not both succeed must both fail; only memory may run
/// short on one way alone.
fn differ(first: Option<&Fault>, second: Option<&Fault>, claims: &Claims) {
    let scarce = |fault| matches!(fault, Some(&Fault::Scarce { .. }));
    for fault in [first, second].into_iter().flatten() {
        judge_fault(fault);
    }
    let agreed = first.is_some() == second.is_some();
    assert!(
        agreed || scarce(first) || scarce(second),
        "at once {first:?}, in pieces {second:?}, {claims:?}"
    );
}

fn text(claims: &Claims, width: Option<usize>, source: &Arc<Source>, chunk: &Chunk) {
    let account = Account::new(ACCOUNT);
    let mut reader = ReadBuffers::new(&account);
    let sizes = PIECES[usize::from(claims.pieces) % PIECES.len()];
    let mut show = |sizes| {
        let width = width.map_or(Width::Variable, Width::Fixed);
        let mut lane = BytesLane::new(source, chunk, (width, claims.nullable), &account)?;
        let rows = MOST.min(claims.values as usize);
        let mut sum = (0_usize, 0_u64);
        for size in pieces(sizes, rows) {
            lane.show(size, &mut reader, &mut |value| {
                sum = mixed(sum, value);
                Ok(())
            })?;
        }
        assert_eq!(sum.0, rows);
        if chunk.values <= MOST as u64 {
            lane.finish(&mut reader)?;
        }
        Ok(sum)
    };
    match (show(&[MOST]), show(sizes)) {
        (Ok(first), Ok(second)) => assert_eq!(first, second, "{claims:?}"),
        (first, second) => differ(first.err().as_ref(), second.err().as_ref(), claims),
    }
}

/// How many values there were, and a number that depends on all of them.
fn mixed((count, sum): (usize, u64), value: Option<&[u8]>) -> (usize, u64) {
    let of = match value {
        None => 1,
        Some(bytes) => bytes
            .iter()
            .take(64)
            .fold(bytes.len() as u64 + 2, |sum, byte| {
                sum.wrapping_mul(31).wrapping_add(u64::from(*byte))
            }),
    };
    (count + 1, sum.rotate_left(5).wrapping_mul(3) ^ of)
}
