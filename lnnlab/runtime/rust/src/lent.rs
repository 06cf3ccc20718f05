//! What every kind of network has over memory that its caller lends: a C structure that begins with the
//! model, the file, the arena.
use crate::checked::{check, refused};
use crate::{ffi, Error};
use core::marker::PhantomData;

/// A structure of C that works with a file of one kind.
///
/// # Safety
/// It begins with the model, and C keeps nothing but what lies in it, in the file and in the arena.
pub(crate) unsafe trait State {
    /// One that was refused.
    const EMPTY: Self;

    /// The model that it begins with.
    fn model(&self) -> &ffi::Model;

    /// Bytes of arena for a file, or that its outputs are of another kind.
    ///
    /// # Safety
    /// The file was checked.
    unsafe fn needed(file: *const u8) -> Result<u32, Error>;

    /// C's call that makes it ready.
    ///
    /// # Safety
    /// The file holds so many bytes and the arena as many, both as long as this is used.
    unsafe fn init(
        &mut self,
        file: *const u8,
        bytes: u32,
        arena: *mut u32,
        arena_bytes: u32,
    ) -> i32;
}

/// A structure of C over a file and an arena that outlive it.
pub(crate) struct Lent<'m, S> {
    pub state: S,
    pub file: *const u8,
    pub arena_bytes: u32,
    pub hop: u32,
    pub channels: u32,
    memory: PhantomData<(&'m [u8], &'m mut [u32])>,
}

// SAFETY: the C core keeps nothing but what lies in the state and in the arena, both reached through
// this value alone; the file is only read.
unsafe impl<S: State> Send for Lent<'_, S> {}
// SAFETY: all functions that take &self only read.
unsafe impl<S: State> Sync for Lent<'_, S> {}

impl<'m, S: State> Lent<'m, S> {
    /// Bytes of arena that a file needs at least.
    pub fn needed(file: &[u8]) -> Result<u32, Error> {
        check(file)?;
        // SAFETY: the file was checked.
        unsafe { S::needed(file.as_ptr()) }
    }

    /// Over an arena of so many words by its address.
    ///
    /// # Safety
    /// The arena must be valid for 'm, and nothing but this value may touch it meanwhile.
    pub unsafe fn over(file: &'m [u8], arena: *mut u32, words: usize) -> Result<Self, Error> {
        let needed = Self::needed(file)?;
        let arena_bytes = u32::try_from(words.saturating_mul(4)).unwrap_or(u32::MAX);
        let mut state = S::EMPTY;
        // SAFETY: the file holds its length in bytes, the arena as many words, by the caller's word.
        let status = unsafe { state.init(file.as_ptr(), file.len() as u32, arena, arena_bytes) };
        match status {
            ffi::OK => {}
            ffi::SMALL_ARENA => return Err(Error::SmallArena { needed }),
            _ => return Err(refused(status, 0)),
        }
        // SAFETY: the model is initialised.
        let (hop, channels) = unsafe {
            let model = state.model();
            (ffi::lnn_hop(model), ffi::lnn_channels(model))
        };
        Ok(Lent {
            state,
            file: file.as_ptr(),
            arena_bytes,
            hop,
            channels,
            memory: PhantomData,
        })
    }

    /// Moments a second; 0: not known.
    pub fn rate_hz(&self) -> u32 {
        // SAFETY: the model is initialised.
        unsafe { ffi::lnn_rate_hz(self.state.model()) }
    }

    /// Refuse a source that is known and is not what the network was made for.
    #[inline]
    pub fn expect(&self, sound: (u32, u32)) -> Result<(), Error> {
        if sound == (0, 0) {
            return Ok(());
        }
        let model = (self.rate_hz(), self.channels);
        let differ = |a: u32, b: u32| a != 0 && b != 0 && a != b;
        if differ(sound.0, model.0) || differ(sound.1, model.1) {
            return Err(Error::Source { sound, model });
        }
        Ok(())
    }

    /// Refuse samples that are no whole moments.
    #[inline]
    pub fn expect_whole(&self, samples: &[i16]) -> Result<(), Error> {
        if self.channels > 1 && samples.len() % self.channels as usize != 0 {
            return Err(Error::Channels {
                model: self.channels,
            });
        }
        Ok(())
    }

    /// So many samples as moments, without a division where there is one channel.
    #[inline]
    pub fn moments(&self, samples: &[i16]) -> u32 {
        if self.channels == 1 {
            samples.len() as u32
        } else {
            (samples.len() / self.channels as usize) as u32
        }
    }
}

/// What owns the file and the arena of a network lends them so.
#[cfg(feature = "std")]
pub(crate) trait OverMemory: Sized {
    /// Bytes of arena for all that the network can do.
    fn arena_bytes(file: &[u8]) -> Result<u32, Error>;

    /// A network over both.
    ///
    /// # Safety
    /// As of [`Lent::over`]; the file, too, must be valid as long as the network is used.
    unsafe fn over(file: &'static [u8], arena: *mut u32, words: usize) -> Result<Self, Error>;
}
