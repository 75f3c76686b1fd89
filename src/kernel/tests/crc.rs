//! Sums, alone and along with a cast.

use half::f16;

use crate::kernel::bytes::crc::Crc;
use crate::kernel::isa::limit::with_each_isa;
use crate::kernel::naive;
use crate::kernel::scalar::plain::{decode_plain, decode_plain_and_sum};
use crate::kernel::tests::{Random, lengths};
use crate::kernel::{Cleaner, Number, Real, Rule, Tally};

/// Bytes of any values, some of which are no finite ones.
fn bytes(random: &mut Random, count: usize) -> Vec<u8> {
    let words = (0..count.div_ceil(8)).flat_map(|_| {
        let word = random.next();
        let special = [f64::NAN.to_bits(), 0x7f80_0000_ff80_0000];
        let any = special.get(random.below(100)).copied().unwrap_or(word);
        any.to_le_bytes()
    });
    words.take(count).collect()
}

#[test]
fn sums_are_those_of_all_bytes_however_they_come() {
    let random = &mut Random(1);
    for length in lengths() {
        let bytes = bytes(random, length);
        let (mut sum, mut rest) = (Crc::default(), &bytes[..]);
        while !rest.is_empty() {
            let (piece, others) = rest.split_at(1 + random.below(rest.len()));
            sum.take(piece);
            rest = others;
        }
        assert_eq!(sum.sum(), naive::crc(&bytes), "{length}");
    }
}

/// Values in pieces of any length, from any byte on, some only summed, most decoded on the way.
fn along<S: Number, T: Real>(random: &mut Random, count: usize) {
    let (rule, skew) = (Rule::all(T::MISSING), random.below(9));
    let all = bytes(random, skew + count * S::BYTES);
    let (mut sum, mut rest) = (Crc::default(), &all[skew..]);
    sum.take(&all[..skew]);
    while !rest.is_empty() {
        let values = 1 + random.below(rest.len() / S::BYTES);
        let (piece, others) = rest.split_at(values * S::BYTES);
        rest = others;
        if random.below(4) == 0 {
            sum.take(piece);
            continue;
        }
        let mut tallies = [Tally::default(); 2];
        let mut outs = [vec![T::MISSING; values], vec![T::MISSING; values]];
        let [alone, with_sum] = &mut tallies
            .each_mut()
            .map(|tally| Cleaner { rule: &rule, tally });
        decode_plain::<S, T>(piece, &mut outs[0], alone);
        decode_plain_and_sum::<S, T>(piece, &mut outs[1], with_sum, &mut sum);
        let bits = |values: &[T]| -> Vec<u64> {
            let values = values.iter();
            values.map(|value| value.to_f64().to_bits()).collect()
        };
        assert_eq!(bits(&outs[0]), bits(&outs[1]), "{count}");
        assert_eq!(tallies[0], tallies[1], "{count}");
    }
    assert_eq!(sum.sum(), naive::crc(&all), "{count}");
}

#[test]
fn what_is_decoded_is_summed_on_the_way() {
    with_each_isa(|| {
        let random = &mut Random(2);
        for length in lengths() {
            along::<f32, f32>(random, length);
            along::<f64, f64>(random, length);
            along::<f64, f32>(random, length);
            along::<i32, f32>(random, length);
            along::<i64, f32>(random, length);
            along::<u8, f64>(random, length);
            along::<f16, f16>(random, length);
        }
    });
}
