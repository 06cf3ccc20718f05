//! Files and texts that come from C.
use crate::{ffi, Error};

/// Check a whole file.
pub fn check(file: &[u8]) -> Result<(), Error> {
    let bytes = u32::try_from(file.len()).unwrap_or(u32::MAX);
    let mut at = 0;
    if bytes == u32::MAX {
        return Err(refused(ffi::BAD_SIZE, 8)); // the C core's sign for "as the header says"
    }
    // SAFETY: so many bytes may be read, and C reads no further.
    match unsafe { ffi::lnn_check(file.as_ptr(), bytes, &mut at) } {
        ffi::OK => Ok(()),
        status => Err(refused(status, at)),
    }
}

/// The error of a status.
pub fn refused(status: i32, at: u32) -> Error {
    // SAFETY: any number has a text, a constant.
    Error::File {
        status,
        why: unsafe { text(ffi::lnn_status_text(status)) },
        at,
    }
}

/// A text of C; "?" where it is no UTF-8.
///
/// # Safety
/// It must be NUL-terminated and stay for 'a.
pub unsafe fn text<'a>(start: *const u8) -> &'a str {
    let mut length = 0;
    // SAFETY: all before the terminator may be read, by the caller's word.
    let bytes = unsafe {
        while *start.add(length) != 0 {
            length += 1;
        }
        core::slice::from_raw_parts(start, length)
    };
    core::str::from_utf8(bytes).unwrap_or("?")
}
