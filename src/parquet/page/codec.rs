//! Block decompression into a slice that the caller owns, which is as long as the page header says, so
//! that no stream can make it grow.

use std::io::Read;

use brotli_decompressor::reader::DecompressorCustomAlloc;
use brotli_decompressor::{Allocator, StandardAlloc};

use crate::error::Fault;
use crate::error::fault::ensure;
use crate::kernel::bytes::snappy;

/// Bytes of a zstd context, about.
const ZSTD_CONTEXT: usize = 160 << 10;

/// The codecs that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Codec {
    /// None at all.
    Uncompressed,
    /// Snappy, raw.
    Snappy,
    /// Gzip, one or several members.
    Gzip,
    /// Brotli.
    Brotli,
    /// LZ4 as Hadoop frames it, and as others wrote it under the same number.
    Lz4,
    /// Zstandard.
    Zstd,
    /// One raw LZ4 block.
    Lz4Raw,
}

/// The codecs by their numbers in the format: the name, and the codec if it is read here.
const CODECS: [(&str, Option<Codec>); 8] = [
    ("none", Some(Codec::Uncompressed)),
    ("snappy", Some(Codec::Snappy)),
    ("gzip", Some(Codec::Gzip)),
    ("lzo", None),
    ("brotli", Some(Codec::Brotli)),
    ("lz4", Some(Codec::Lz4)),
    ("zstd", Some(Codec::Zstd)),
    ("lz4_raw", Some(Codec::Lz4Raw)),
];

impl Codec {
    /// The codec of a number in the format.
    pub fn of(number: u8) -> Result<Self, Fault> {
        match CODECS.get(usize::from(number)) {
            Some((_, Some(codec))) => Ok(*codec),
            Some((_, None)) => {
                let what = "the codec LZO is not read here: write the file with zstd";
                Err(Fault::unsupported(what))
            }
            None => Err(Fault::corrupt(format!("unknown codec {number}"))),
        }
    }

    /// The most bytes that `stored` compressed ones can become, so that nothing is allocated for
    /// a page that cannot be.
    pub fn most_plain(self, stored: usize) -> usize {
        // The densest that each format allows, with some slack.
        let (times, more) = match self {
            Self::Uncompressed => (1, 0),
            Self::Snappy => (32, 0),
            Self::Gzip => (1 << 11, 0),
            Self::Brotli => (1 << 22, 1 << 24),
            Self::Zstd => (1 << 16, 1 << 18),
            Self::Lz4 | Self::Lz4Raw => (1 << 8, 1 << 8),
        };
        stored.saturating_mul(times).saturating_add(more)
    }

    /// The name of a number in the format.
    pub fn name(number: u8) -> &'static str {
        CODECS
            .get(usize::from(number))
            .map_or("unknown", |(name, _)| name)
    }
}

/// The decompressors of one thread, made when first needed and reused.
#[derive(Default)]
pub struct Codecs {
    zstd: Option<zstd_safe::DCtx<'static>>,
}

impl std::fmt::Debug for Codecs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Codecs").finish_non_exhaustive()
    }
}

impl Codecs {
    /// Decompresses `input` so that it fills `out`.
    pub fn decompress(&mut self, codec: Codec, input: &[u8], out: &mut [u8]) -> Result<(), Fault> {
        if out.is_empty() {
            return Ok(());
        }
        let filled = match codec {
            Codec::Uncompressed if input.len() == out.len() => {
                out.copy_from_slice(input);
                Some(out.len())
            }
            Codec::Uncompressed => None,
            Codec::Snappy => snappy::decompress(input, out).then_some(out.len()),
            Codec::Gzip if input.starts_with(&[0x1f, 0x8b]) => {
                fill(flate2::bufread::MultiGzDecoder::new(input), out)
            }
            Codec::Gzip => fill(flate2::bufread::ZlibDecoder::new(input), out),
            Codec::Brotli => brotli(input, out),
            Codec::Lz4 => lz4(input, out),
            Codec::Zstd => {
                let context = match &mut self.zstd {
                    Some(context) => context,
                    none => {
                        let made = zstd_safe::DCtx::try_create();
                        let needed = ZSTD_CONTEXT;
                        none.insert(made.ok_or(Fault::Scarce { needed })?)
                    }
                };
                context.decompress(out, input).ok()
            }
            Codec::Lz4Raw => lz4_flex::block::decompress_into(input, out).ok(),
        };
        let (stored, plain) = (input.len(), out.len());
        ensure!(
            filled == Some(plain),
            "{stored} bytes of {codec:?} do not decompress to the {plain} that the page claims"
        );
        Ok(())
    }
}

/// Fills `out` from a stream that must end with it.
fn fill(mut stream: impl Read, out: &mut [u8]) -> Option<usize> {
    stream.read_exact(out).ok()?;
    // The stream must be read to its end, so that the checksum there is checked.
    (stream.read(&mut [0]).ok()? == 0).then_some(out.len())
}

/// Bytes that Brotli reads at a time.
const BROTLI_BUFFER: usize = 4096;
/// The least that its ring of past bytes may take, whatever the page.
const BROTLI_RING: usize = 64 << 10;

fn brotli(input: &[u8], out: &mut [u8]) -> Option<usize> {
    let mut bytes = Bounded {
        most: 2 * out.len() + BROTLI_RING,
    };
    let buffer = bytes.alloc_cell(BROTLI_BUFFER);
    let others = StandardAlloc::default;
    let stream = DecompressorCustomAlloc::new(input, buffer, bytes, others(), others());
    fill(stream, out)
}

/// Keeps a stream from having more memory than its page can need: it may claim 16 MiB in 10 bytes.
struct Bounded {
    most: usize,
}

impl Allocator<u8> for Bounded {
    type AllocatedMemory = <StandardAlloc as Allocator<u8>>::AllocatedMemory;

    fn alloc_cell(&mut self, length: usize) -> Self::AllocatedMemory {
        if length > self.most {
            // An empty cell is how an allocator says no.
            return Self::AllocatedMemory::default();
        }
        StandardAlloc::default().alloc_cell(length)
    }

    fn free_cell(&mut self, _: Self::AllocatedMemory) {}
}

/// Hadoop's framing where it fits, else one raw block, else the LZ4 frame format.
fn lz4(input: &[u8], out: &mut [u8]) -> Option<usize> {
    hadoop(input, out)
        .or_else(|| lz4_flex::block::decompress_into(input, out).ok())
        .filter(|filled| *filled == out.len())
        .or_else(|| fill(lz4_flex::frame::FrameDecoder::new(input), out))
}

/// Blocks, each after its plain and its compressed length.
fn hadoop(mut input: &[u8], out: &mut [u8]) -> Option<usize> {
    let mut filled = 0;
    while !input.is_empty() {
        let (plain, rest) = input.split_first_chunk::<4>()?;
        let (packed, rest) = rest.split_first_chunk::<4>()?;
        let plain = u32::from_be_bytes(*plain) as usize;
        let block = rest.get(..u32::from_be_bytes(*packed) as usize)?;
        let room = out.get_mut(filled..)?.get_mut(..plain)?;
        if lz4_flex::block::decompress_into(block, room).ok()? != plain {
            return None;
        }
        filled += plain;
        input = &rest[block.len()..];
    }
    Some(filled)
}
