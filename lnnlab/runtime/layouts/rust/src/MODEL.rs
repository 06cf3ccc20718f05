// SPDX-License-Identifier: MIT
//! The model `@{name}`: `@{net}::new(@{name}::file(), &mut arena)`, with an arena of `[u32; ARENA_WORDS]`.

/// Bytes of the file.
pub const BYTES: usize = @{bytes};
/// What `@{net}::new` needs@{needs}.
pub const ARENA_WORDS: usize = @{arena_words};
/// Moments from one frame to the next.
pub const HOP: usize = @{hop};
/// Moments of a decision on windows.
pub const WINDOW: usize = @{window};
/// Moments a second; 0: not known.
pub const RATE_HZ: usize = @{rate_hz};
/// Samples of a moment.
pub const CHANNELS: usize = @{channels};

/// The file, where it lies in flash, at a multiple of 8.
pub fn file() -> &'static [u8] {
    extern "C" {
        #[link_name = "@{name}_data"]
        static DATA: [u8; BYTES];
    }
    // SAFETY: a constant of so many bytes in C, `@{name}_data` of @{name}.c.
    unsafe { &DATA }
}
