//! A file and an arena on the heap, and what works over them.
use crate::lent::OverMemory;
use crate::Error;
use std::path::Path;

/// Memory at a multiple of 8, by its address: a moved `Box` would say that it alone leads to its
/// bytes, while C keeps addresses inside.
struct Words {
    start: *mut u64,
    count: usize,
}

impl Words {
    fn new(words: Vec<u64>) -> Self {
        let count = words.len();
        Words {
            start: Box::into_raw(words.into_boxed_slice()).cast(),
            count,
        }
    }
}

impl Drop for Words {
    fn drop(&mut self) {
        // SAFETY: made by Box::into_raw of a slice of so many words, and freed here alone.
        drop(unsafe { Box::from_raw(core::ptr::slice_from_raw_parts_mut(self.start, self.count)) });
    }
}

// SAFETY: plain memory with one owner.
unsafe impl Send for Words {}
// SAFETY: nothing is read or written through &Words.
unsafe impl Sync for Words {}

/// A network over a file and an arena that live as long as it does.
pub(crate) struct Owned<N> {
    /// Its life says 'static and is that of the two below: nothing with that life may be handed out, nor
    /// `&mut` of this, which two owners could swap.
    pub net: N,
    _file: Words,
    _arena: Words,
}

impl<N: OverMemory> Owned<N> {
    /// Over the bytes of a file; the error names it.
    pub fn load(path: &Path) -> Result<Self, Error> {
        let named =
            |why: &dyn core::fmt::Display| Error::Io(format!("{}: {}", path.display(), why));
        let bytes = std::fs::read(path).map_err(|error| named(&error))?;
        Self::from_bytes(&bytes).map_err(|error| named(&error))
    }

    /// Over a copy of bytes at any address.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let mut words = vec![0_u64; (bytes.len() + 7) / 8 + 1];
        for (word, part) in words.iter_mut().zip(bytes.chunks(8)) {
            let mut whole = [0; 8];
            whole[..part.len()].copy_from_slice(part);
            *word = u64::from_ne_bytes(whole);
        }
        let file = Words::new(words);
        // SAFETY: the words hold at least so many bytes, live as long as the network beside them,
        // and are never written again.
        let view: &'static [u8] =
            unsafe { core::slice::from_raw_parts(file.start as *const u8, bytes.len()) };
        let needed = N::arena_bytes(view)? as usize;
        let arena = Words::new(vec![0; (needed + 7) / 8]);
        // SAFETY: the arena lives as long as the network, which alone uses it.
        let net = unsafe { N::over(view, arena.start.cast(), 2 * arena.count)? };
        Ok(Owned {
            net,
            _file: file,
            _arena: arena,
        })
    }
}
