//! Kernels that only move values: expand, transpose, unpack, for values of 32 bits, which have a
//! way of their own, and of others.

use std::fmt::Debug;

use half::f16;
use ndarray::{Array2, ArrayViewMut2, s};

use crate::kernel::bytes::gather::gather;
use crate::kernel::bytes::unpack::{equals, ones, unpack};
use crate::kernel::isa::limit::with_each_isa;
use crate::kernel::moves::compress::compress;
use crate::kernel::moves::exchange::exchange;
use crate::kernel::moves::extract::{bits_from, extract};
use crate::kernel::moves::transpose;
use crate::kernel::moves::uncached::UncachedCopy;
use crate::kernel::tests::{Random, lengths};
use crate::kernel::{Real, expand, naive};

#[test]
fn expand_spreads_what_is_there() {
    with_each_isa(check_expand);
}

fn check_expand() {
    let mut random = Random(7);
    for length in lengths() {
        for density in [0, 1, 3, 7, 8] {
            let rows: Vec<bool> = (0..length).map(|_| random.below(8) < density).collect();
            let mut mask = vec![0_u64; length.div_ceil(64)];
            for (row, _) in rows.iter().enumerate().filter(|(_, set)| **set) {
                mask[row / 64] |= 1 << (row % 64);
            }
            let count = u32::try_from(rows.iter().filter(|set| **set).count()).unwrap();
            assert_eq!(ones(&mask), count as usize);
            let valid: Vec<u32> = (1..=count).collect();
            let expected = naive::expand(&valid, &rows, 0);
            // What comes after the valid ones must not show.
            let mut out = vec![u32::MAX; length];
            out[..valid.len()].copy_from_slice(&valid);
            let mut wide: Vec<u64> = out.iter().map(|value| u64::from(*value)).collect();
            expand(&mut out, valid.len(), &mask, 0);
            assert_eq!(out, expected, "{rows:?}");
            let mut short: Vec<u16> = vec![u16::MAX; length];
            for (short, value) in short.iter_mut().zip(&valid) {
                *short = u16::try_from(*value).unwrap();
            }
            expand(&mut short, valid.len(), &mask, 0);
            let short: Vec<u32> = short.into_iter().map(u32::from).collect();
            assert_eq!(short, expected, "{rows:?}");
            expand(&mut wide, valid.len(), &mask, 0);
            let narrow: Vec<u32> = wide.iter().map(|v| u32::try_from(*v).unwrap()).collect();
            assert_eq!(narrow, expected, "{rows:?}");
        }
    }
}

#[test]
fn exchange_takes_numbers_alone() {
    with_each_isa(|| {
        check_exchange::<f16>();
        check_exchange::<f32>();
        check_exchange::<f64>();
    });
}

fn check_exchange<T: Real>() {
    let mut random = Random(23);
    let number = |number| T::nearest(f64::from(u32::try_from(number).unwrap()));
    let table: Vec<T> = (0..60).map(|_| number(random.below(100))).collect();
    for length in lengths() {
        let values: Vec<T> = (0..length)
            .map(|_| match random.below(8) {
                0 => T::MISSING,
                1 => T::nearest(-1.0),
                2 => T::INFINITY,
                _ => number(random.below(64)),
            })
            .collect();
        let expected = naive::exchange(&values, &table);
        let mut found = values;
        exchange(&mut found, &table);
        let raw = |values: &[T]| values.iter().map(|value| value.raw()).collect::<Vec<_>>();
        assert!(raw(&found) == raw(&expected), "{length}");
    }
}

#[test]
fn compress_takes_the_rows_of_a_mask() {
    with_each_isa(|| {
        let mut random = Random(11);
        for length in lengths() {
            for density in [0, 1, 4, 7, 8] {
                let rows: Vec<bool> = (0..length).map(|_| random.below(8) < density).collect();
                let mut masks = vec![0_u64; length.div_ceil(64)];
                for (row, _) in rows.iter().enumerate().filter(|(_, set)| **set) {
                    masks[row / 64] |= 1 << (row % 64);
                }
                let values: Vec<u32> = (0..).take(length).collect();
                let taken = values.iter().zip(&rows).filter(|(_, set)| **set);
                let expected: Vec<u32> = taken.map(|(value, _)| *value).collect();
                let mut out = vec![u32::MAX; length];
                assert_eq!(compress(&values, &masks, &mut out), expected.len());
                assert_eq!(out[..expected.len()], expected);
                let half = expected.len() / 2;
                assert_eq!(compress(&values, &masks, &mut out[..half]), half);
                let wide: Vec<u64> = values.iter().map(|value| u64::from(*value)).collect();
                let mut out = vec![u64::MAX; length];
                let count = compress(&wide, &masks, &mut out);
                assert!(
                    out[..count]
                        .iter()
                        .eq(expected.iter().map(|v| &wide[*v as usize]))
                );
                let short: Vec<u16> = values
                    .iter()
                    .map(|v| u16::try_from(v % 60_000).unwrap())
                    .collect();
                let mut out = vec![u16::MAX; length];
                let count = compress(&short, &masks, &mut out);
                assert!(
                    out[..count]
                        .iter()
                        .eq(expected.iter().map(|v| &short[*v as usize]))
                );
                assert_eq!(count, expected.len());
            }
        }
    });
}

#[test]
fn extract_moves_the_bits_of_kept_rows() {
    with_each_isa(|| {
        let mut random = Random(13);
        for length in lengths() {
            for density in [0, 1, 4, 7, 8] {
                let kept: Vec<bool> = (0..length).map(|_| random.below(8) < density).collect();
                let set: Vec<bool> = (0..length).map(|_| random.below(2) == 1).collect();
                let expected = set.iter().zip(&kept).filter(|(_, kept)| **kept);
                let expected: Vec<bool> = expected.map(|(set, _)| *set).collect();
                let mut out = vec![u64::MAX; length.div_ceil(64)];
                let count = extract(&mask(&set), &mask(&kept), &mut out);
                assert_eq!(count, expected.len());
                let mut whole = mask(&expected);
                whole.resize(out.len(), 0);
                assert_eq!(out, whole);
                let first = length / 3;
                let mut part = vec![0; (length - first).div_ceil(64)];
                bits_from(&mask(&set), first, length - first, &mut part);
                assert_eq!(part, mask(&set[first..]));
            }
        }
    });
}

/// A bit for each row.
fn mask(rows: &[bool]) -> Vec<u64> {
    let mut mask = vec![0; rows.len().div_ceil(64)];
    for (row, _) in rows.iter().enumerate().filter(|(_, set)| **set) {
        mask[row / 64] |= 1 << (row % 64);
    }
    mask
}

#[test]
fn expand_with_a_wrong_count_stays_in_its_rows() {
    with_each_isa(check_wrong_counts);
}

fn check_wrong_counts() {
    for valid in [0, 1, 40, 100, 500] {
        for word in [0, 1, u64::MAX, 0x00ff_00ff_00ff_00ff] {
            let mut out = vec![7_u32; 100];
            expand(&mut out, valid, &[word, word], 9);
            assert!(out.iter().all(|value| [7, 9].contains(value)));
        }
    }
}

#[test]
fn rows_come_out_of_a_tile() {
    with_each_isa(check_rows);
}

fn check_rows() {
    // Wider than a block, too, unless an interpreter runs it.
    let wide: &[usize] = if cfg!(miri) {
        &[33]
    } else {
        &[31, 32, 33, 114]
    };
    for columns in (1..20).chain(wide.iter().copied()) {
        for (rows, stride) in [(1, 1), (3, 19), (16, 16), (17, 33), (100, 116)] {
            let tile: Vec<u32> = (0..).take(columns * stride).collect();
            let expected = naive::transpose(&tile, stride, rows, columns);
            // Among columns of others, which must not change.
            let mut out = Array2::from_elem((rows, columns + 5), u32::MAX);
            transpose::store(&tile, stride, out.slice_mut(s![.., 2..2 + columns]), &[]);
            let band: Vec<u32> = out.slice(s![.., 2..2 + columns]).iter().copied().collect();
            assert_eq!(band, expected);
            let others = out.iter().filter(|value| **value == u32::MAX).count();
            assert_eq!(others, rows * 5);

            // Alone: rows follow each other without a gap.
            let mut out = Array2::from_elem((rows, columns), u32::MAX);
            transpose::store(&tile, stride, out.view_mut(), &[]);
            assert!(out.iter().eq(&expected));

            let wide: Vec<u64> = tile.iter().map(|value| u64::from(*value)).collect();
            let mut out = Array2::from_elem((rows, columns + 5), u64::MAX);
            transpose::store(&wide, stride, out.slice_mut(s![.., 2..2 + columns]), &[]);
            let band = out.slice(s![.., 2..2 + columns]);
            assert!(band.iter().zip(&expected).all(|(a, b)| *a == u64::from(*b)));
            let others = out.iter().filter(|value| **value == u64::MAX).count();
            assert_eq!(others, rows * 5);

            let mut out = Array2::from_elem((rows, columns), u64::MAX);
            transpose::store(&wide, stride, out.view_mut(), &[]);
            assert!(out.iter().zip(&expected).all(|(a, b)| *a == u64::from(*b)));

            let half = |value: &u32| u16::try_from(value % 65_521).unwrap();
            let halves: Vec<u16> = tile.iter().map(half).collect();
            let mut out = Array2::from_elem((rows, columns + 5), u16::MAX);
            transpose::store(&halves, stride, out.slice_mut(s![.., 2..2 + columns]), &[]);
            let band = out.slice(s![.., 2..2 + columns]);
            assert!(band.iter().zip(&expected).all(|(a, b)| *a == half(b)));
            let others = out.iter().filter(|value| **value == u16::MAX).count();
            assert_eq!(others, rows * 5);
            let mut out = Array2::from_elem((rows, columns), u16::MAX);
            transpose::store(&halves, stride, out.view_mut(), &[]);
            assert!(out.iter().zip(&expected).all(|(a, b)| *a == half(b)));
        }
    }
}

/// Rows that are whole lines of the cache, in an output larger than what stays there.
#[test]
fn whole_lines_come_out_of_a_tile() {
    with_each_isa(check_whole_lines);
}

fn check_whole_lines() {
    fn check<T: Copy + PartialEq + TryFrom<usize>>(side: usize) {
        let (rows, columns) = (if cfg!(miri) { 64 } else { 66_000 }, 2 * side);
        let value = |at: usize| T::try_from(at).ok().unwrap();
        let mut values = vec![value(0); rows * columns + side];
        let at = values.as_ptr().align_offset(64);
        let out = &mut values[at..at + rows * columns];
        let mut out = ArrayViewMut2::from_shape((rows, columns), out).unwrap();
        let stride = rows + 3;
        let tile: Vec<T> = (1..).map(value).take(stride * side).collect();
        transpose::store(&tile, stride, out.slice_mut(s![.., side..]), &tile);
        for (row, out) in out.rows().into_iter().enumerate() {
            assert!(
                out.iter()
                    .take(side)
                    .all(|untouched| *untouched == value(0))
            );
            let stored = out.iter().skip(side).enumerate();
            assert!({ stored }.all(|(column, stored)| *stored == tile[column * stride + row]));
        }
    }
    check::<u32>(16);
    check::<u64>(8);
}

/// Past the cache and plain, wherever values begin and end.
#[test]
fn uncached_copies_copy_what_they_are_given() {
    with_each_isa(check_uncached);
}

fn check_uncached() {
    fn check<T: Copy + PartialEq + Debug + TryFrom<usize>>() {
        let value = |at: usize| T::try_from(at % 200 + 1).ok().unwrap();
        for length in lengths() {
            for (start, past) in [(0, true), (0, false), (1, true), (7, true), (32, true)] {
                let from: Vec<T> = (0..length).map(value).collect();
                let mut held = vec![value(0); length + 200];
                let start = held.as_ptr().align_offset(64) + start;
                let mut stream = UncachedCopy::new(past);
                stream.store(&from, &mut held[start..start + length]);
                drop(stream);
                assert_eq!(held[start..start + length], from);
                let (before, after) = (&held[..start], &held[start + length..]);
                assert!(before.iter().chain(after).all(|other| *other == value(0)));
            }
        }
    }
    check::<u8>();
    check::<u16>();
    check::<u32>();
    check::<u64>();
}

#[test]
fn values_are_found_by_their_indices() {
    with_each_isa(check_gather);
}

fn check_gather() {
    fn check<T: Copy + PartialEq + Debug + TryFrom<usize>>(random: &mut Random) {
        for kinds in [1, 2, 31, 32, 33, 64, 65, 127, 128, 129, 255, 256, 257, 5000] {
            let value = |at: usize| T::try_from(at * 7 % 60_000 + 1).ok().unwrap();
            let values: Vec<T> = (0..kinds).map(value).collect();
            for length in lengths() {
                let rises = random.below(2) == 0;
                let index = |at: usize| {
                    let any = random.below(kinds);
                    u32::try_from(if rises { at % kinds } else { any }).unwrap()
                };
                let mut indices: Vec<u32> = (0..length).map(index).collect();
                let expected: Vec<T> = indices.iter().map(|at| values[*at as usize]).collect();
                let mut out = vec![value(0); length];
                assert_eq!(gather(&values, &indices, &mut out), Ok(()));
                assert_eq!(out, expected);
                if length > 0 {
                    let beyond = u32::try_from(kinds).unwrap();
                    indices[random.below(length)] = beyond;
                    assert_eq!(gather(&values, &indices, &mut out), Err(beyond));
                    indices[random.below(length)] = beyond + 65_536;
                    assert_eq!(gather(&values, &indices, &mut out), Err(beyond + 65_536));
                }
            }
        }
    }
    check::<u16>(&mut Random(13));
    check::<u32>(&mut Random(13));
    check::<u64>(&mut Random(13));
}

#[test]
fn packed_bits_come_apart() {
    with_each_isa(check_unpack);
}

fn check_unpack() {
    let mut random = Random(11);
    for length in [0, 1, 63, 64, 65, 200, 3000] {
        let body: Vec<u8> = (0..length)
            .map(|_| random.next().to_le_bytes()[0])
            .collect();
        for width in 0..=32 {
            for _ in 0..8 {
                let bit = random.below(length * 8 + 1);
                let fitting = (length * 8 - bit) / (width as usize).max(1);
                let count = random.below(fitting.min(700) + 1);
                let mut out = vec![7; count];
                unpack(&body, bit, width, &mut out);
                let plain = naive::unpack(&body, bit, width, count);
                assert_eq!(
                    out, plain,
                    "{count} of {width} bits from {bit} of {length} bytes"
                );
                let wanted = out.first().copied().unwrap_or(0);
                let found = out.iter().filter(|value| **value == wanted).count();
                assert_eq!(equals(&out, wanted), found);
            }
        }
    }
}
