//! One source, three compilations: a kernel is plain Rust, compiled for the instruction sets that
//! are worth it and chosen at run time.
//!
//! The wheel is built for every x86-64; what a machine can do beyond that is detected once. All
//! compilations give the same bits: nothing here rounds differently, and nothing is fused.

use std::sync::OnceLock;

#[cfg(target_arch = "x86_64")]
use crate::kernel::x86_64::{Avx2, Avx512};

/// The instruction sets that kernels are compiled for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Isa {
    /// What every machine has.
    Plain,
    /// x86-64 with AVX2, BMI and F16C.
    Avx2,
    /// x86-64 with AVX-512 as servers have it since 2019.
    Avx512,
}

impl Isa {
    /// All instruction sets, the least first.
    pub const ALL: [Self; 3] = [Self::Plain, Self::Avx2, Self::Avx512];

    /// Its name, as `ONECOPY_KERNELS` takes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Avx2 => "avx2",
            Self::Avx512 => "avx512",
        }
    }

    /// The best one that this machine has, or a lesser one that `ONECOPY_KERNELS` names.
    #[inline]
    pub fn best() -> Self {
        static BEST: OnceLock<Isa> = OnceLock::new();
        let best = *BEST.get_or_init(Self::detect);
        #[cfg(test)]
        let best = best.min(limit::MOST.get());
        best
    }

    fn detect() -> Self {
        let wanted = std::env::var("ONECOPY_KERNELS").ok();
        let most = Self::ALL.into_iter().filter(|isa| isa.is_here()).max();
        let most = most.unwrap_or(Self::Plain);
        let named = Self::ALL
            .into_iter()
            .find(|isa| Some(isa.name()) == wanted.as_deref());
        named.map_or(most, |isa| isa.min(most))
    }

    /// Proof of AVX-512, where that is the best.
    #[cfg(target_arch = "x86_64")]
    #[expect(unsafe_code, reason = "the instructions were found to be there")]
    #[inline]
    pub(crate) fn avx512() -> Option<Avx512> {
        // SAFETY: `best` is at most what this machine was found to have.
        (Self::best() == Self::Avx512).then(|| unsafe { Avx512::assume() })
    }

    /// Proof of AVX2, where there is that or more.
    #[cfg(target_arch = "x86_64")]
    #[expect(unsafe_code, reason = "the instructions were found to be there")]
    #[inline]
    pub(crate) fn avx2() -> Option<Avx2> {
        // SAFETY: `best` is at most what this machine was found to have.
        (Self::best() >= Self::Avx2).then(|| unsafe { Avx2::assume() })
    }

    /// Whether this machine can run it.
    pub fn is_here(self) -> bool {
        match self {
            Self::Plain => true,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => {
                is_x86_feature_detected!("avx2")
                    && is_x86_feature_detected!("bmi1")
                    && is_x86_feature_detected!("bmi2")
                    && is_x86_feature_detected!("lzcnt")
                    && is_x86_feature_detected!("popcnt")
                    && is_x86_feature_detected!("f16c")
            }
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => {
                Self::Avx2.is_here()
                    && is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512bw")
                    && is_x86_feature_detected!("avx512cd")
                    && is_x86_feature_detected!("avx512dq")
                    && is_x86_feature_detected!("avx512vl")
            }
            #[cfg(not(target_arch = "x86_64"))]
            Self::Avx2 | Self::Avx512 => false,
        }
    }
}

/// Functions that are compiled for each instruction set, each call taking the best compilation.
///
/// ```text
/// kernel! {
///     /// How many values are `wanted`.
///     pub fn equals<T: Element>(values: &[T], wanted: T) -> usize { .. }
/// }
/// ```
///
/// All that the body calls must be `#[inline(always)]`: code that is not inlined stays compiled for
/// every machine.
///
/// A compilation takes its arguments as one tuple. As parameters of their own, slices would be known
/// not to overlap, and the last few values of a short row would be vectorised, which takes longer.
macro_rules! kernel {
    (
        $(#[$attribute:meta])*
        $visibility:vis fn $name:ident$(<$($kind:ident: $bound:ident),+>)?(
            $($argument:ident: $type:ty),+ $(,)?
        ) $(-> $output:ty)? $body:block
    ) => {
        $(#[$attribute])*
        $visibility fn $name$(<$($kind: $bound),+>)?($($argument: $type),+) $(-> $output)? {
            #[inline(always)]
            fn run$(<$($kind: $bound),+>)?($($argument: $type),+) $(-> $output)? $body

            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt,f16c")]
            fn avx2$(<$($kind: $bound),+>)?(arguments: ($($type,)+)) $(-> $output)? {
                let ($($argument,)+) = arguments;
                run$(::<$($kind),+>)?($($argument),+)
            }

            #[cfg(target_arch = "x86_64")]
            #[target_feature(
                enable = "avx2,bmi1,bmi2,lzcnt,popcnt,f16c,avx512f,avx512bw,avx512cd,avx512dq,avx512vl"
            )]
            fn avx512$(<$($kind: $bound),+>)?(arguments: ($($type,)+)) $(-> $output)? {
                let ($($argument,)+) = arguments;
                run$(::<$($kind),+>)?($($argument),+)
            }

            #[cfg(target_arch = "x86_64")]
            #[expect(
                unsafe_code,
                reason = "calls code compiled for instructions that were found to be there"
            )]
            match $crate::kernel::isa::Isa::best() {
                $crate::kernel::isa::Isa::Plain => run$(::<$($kind),+>)?($($argument),+),
                // SAFETY: `best` is at most what this machine was found to have.
                $crate::kernel::isa::Isa::Avx2 => unsafe {
                    avx2$(::<$($kind),+>)?(($($argument,)+))
                },
                // SAFETY: as above.
                $crate::kernel::isa::Isa::Avx512 => unsafe {
                    avx512$(::<$($kind),+>)?(($($argument,)+))
                },
            }
            #[cfg(not(target_arch = "x86_64"))]
            run$(::<$($kind),+>)?($($argument),+)
        }
    };
}
pub(crate) use kernel;

/// Lesser instruction sets for a test.
#[cfg(test)]
pub(crate) mod limit {
    use std::cell::Cell;

    use super::Isa;

    thread_local! {
        pub(super) static MOST: Cell<Isa> = const { Cell::new(Isa::Avx512) };
    }

    /// Runs a check once with each instruction set of this machine, on this thread.
    pub(crate) fn with_each_isa(mut check: impl FnMut()) {
        for isa in Isa::ALL.into_iter().filter(|isa| isa.is_here()) {
            #[expect(clippy::print_stdout, reason = "seen only if the check fails")]
            {
                println!("with {isa:?}");
            }
            MOST.set(isa);
            check();
        }
        MOST.set(Isa::Avx512);
    }
}
