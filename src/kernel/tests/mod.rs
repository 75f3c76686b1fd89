//! Every kernel against its naive twin.

mod brackets;
mod casts;
mod clocks;
mod crc;
mod depth;
mod exact;
mod halves;
mod iso;
mod middle;
mod moves;
mod sentinels;

mod snappy;
mod zones;

/// Numbers without order, always the same ones: splitmix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    /// One of `count`.
    fn below(&mut self, count: usize) -> usize {
        usize::try_from(self.next() % count.max(1) as u64).unwrap()
    }
}

/// Every short length, and those around the blocks and stages of the kernels; a few of them where
/// an interpreter runs the tests.
fn lengths() -> impl Iterator<Item = usize> {
    let around = [64, 128, 256, 512, 1024].map(|block| block - 1..=block + 1);
    let lengths = (0..=70).chain(around.into_iter().flatten());
    lengths.step_by(if cfg!(miri) { 19 } else { 1 })
}
