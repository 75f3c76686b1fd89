//! One source, three compilations: a kernel is plain Rust, compiled for the instruction sets that
//! are worth it and chosen when the program runs.
//!
//! The wheel is built for every x86-64; what a machine can do beyond that is asked once. All
//! compilations give the same bits: nothing here rounds differently, and nothing is fused.
#![cfg_attr(
    target_arch = "x86_64",
    expect(
        unsafe_code,
        reason = "calls code that is compiled for instructions which were just found to be there"
    )
)]

use std::sync::OnceLock;

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
    /// All of them.
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
    pub fn best() -> Self {
        static BEST: OnceLock<Isa> = OnceLock::new();
        *BEST.get_or_init(|| {
            let wanted = std::env::var("ONECOPY_KERNELS").ok();
            let most = Self::ALL.into_iter().filter(|isa| isa.is_here()).max();
            let most = most.unwrap_or(Self::Plain);
            let named = Self::ALL
                .into_iter()
                .find(|isa| Some(isa.name()) == wanted.as_deref());
            named.map_or(most, |isa| isa.min(most))
        })
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

/// A piece of work that is compiled for each instruction set.
pub trait Kernel {
    /// What it makes.
    type Output;

    /// Does it. Must be `#[inline(always)]`, and so must all that it calls: code that is not
    /// inlined stays compiled for every machine.
    fn run(self) -> Self::Output;

    /// Does it in the best compilation.
    #[inline]
    fn dispatch(self) -> Self::Output
    where
        Self: Sized,
    {
        self.dispatch_to(Isa::best())
    }

    /// Does it in the compilation for `isa`, or for less where this machine lacks it.
    #[inline]
    fn dispatch_to(self, isa: Isa) -> Self::Output
    where
        Self: Sized,
    {
        #[cfg(target_arch = "x86_64")]
        match isa.min(Isa::best()) {
            Isa::Plain => self.run(),
            // SAFETY: `best` is at most what this machine was found to have.
            Isa::Avx2 => unsafe { avx2(self) },
            // SAFETY: as above.
            Isa::Avx512 => unsafe { avx512(self) },
        }
        #[cfg(not(target_arch = "x86_64"))]
        {
            let _ = isa;
            self.run()
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt,f16c")]
fn avx2<K: Kernel>(kernel: K) -> K::Output {
    kernel.run()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(
    enable = "avx2,bmi1,bmi2,lzcnt,popcnt,f16c,avx512f,avx512bw,avx512cd,avx512dq,avx512vl"
)]
fn avx512<K: Kernel>(kernel: K) -> K::Output {
    kernel.run()
}
