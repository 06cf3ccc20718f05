//! A microphone through ALSA's library, which is loaded when it is asked for: no program needs it to
//! be built or to start.
use crate::Error;
use std::ffi::{CStr, CString};
use std::os::raw::{c_char, c_int, c_long, c_uint, c_ulong, c_void};

const RTLD_NOW: c_int = 2;
const CAPTURE: c_int = 1; // SND_PCM_STREAM_CAPTURE
const S16_LE: c_int = 2; // SND_PCM_FORMAT_S16_LE
const INTERLEAVED: c_int = 3; // SND_PCM_ACCESS_RW_INTERLEAVED
const LATENCY_US: c_uint = 100_000;
const LIBRARY: &[u8] = b"libasound.so.2\0";

extern "C" {
    fn dlopen(name: *const c_char, flags: c_int) -> *mut c_void;
    fn dlsym(library: *mut c_void, name: *const c_char) -> *mut c_void;
}

type Open = unsafe extern "C" fn(*mut *mut c_void, *const c_char, c_int, c_int) -> c_int;
type SetParams =
    unsafe extern "C" fn(*mut c_void, c_int, c_int, c_uint, c_uint, c_int, c_uint) -> c_int;
type Read = unsafe extern "C" fn(*mut c_void, *mut c_void, c_ulong) -> c_long;
type Recover = unsafe extern "C" fn(*mut c_void, c_int, c_int) -> c_int;
type Close = unsafe extern "C" fn(*mut c_void) -> c_int;
type Text = unsafe extern "C" fn(c_int) -> *const c_char;

type SetHandler = unsafe extern "C" fn(unsafe extern "C" fn()) -> c_int;

/// Says nothing where ALSA would write many lines beside the error that it returns.
unsafe extern "C" fn quiet() {}

/// The library's functions; it stays loaded.
#[derive(Clone, Copy)]
struct Alsa {
    open: Open,
    set_params: SetParams,
    read: Read,
    recover: Recover,
    close: Close,
    text: Text,
}

impl Alsa {
    fn load() -> Result<Self, Error> {
        // SAFETY: a NUL-terminated name.
        let library = unsafe { dlopen(LIBRARY.as_ptr().cast(), RTLD_NOW) };
        if library.is_null() {
            return Err(Error::Io(
                "microphone: libasound.so.2 is not here; install it (Debian: libasound2)".into(),
            ));
        }
        let find = |name: &'static [u8]| {
            // SAFETY: a library that is loaded, and a NUL-terminated name.
            let found = unsafe { dlsym(library, name.as_ptr().cast()) };
            let shown = String::from_utf8_lossy(&name[..name.len() - 1]);
            let why = || Error::Io(format!("microphone: libasound.so.2 lacks {}", shown));
            Some(found).filter(|found| !found.is_null()).ok_or_else(why)
        };
        // SAFETY: the functions of these names have had these types since alsa-lib 1.0. The handler's
        // own type takes arguments; one that reads none may be called with any, as callers in C
        // take their arguments off the stack themselves.
        unsafe {
            use core::mem::transmute;
            let set_handler = find(b"snd_lib_error_set_handler\0")?;
            transmute::<*mut c_void, SetHandler>(set_handler)(quiet);
            Ok(Alsa {
                open: transmute::<*mut c_void, Open>(find(b"snd_pcm_open\0")?),
                set_params: transmute::<*mut c_void, SetParams>(find(b"snd_pcm_set_params\0")?),
                read: transmute::<*mut c_void, Read>(find(b"snd_pcm_readi\0")?),
                recover: transmute::<*mut c_void, Recover>(find(b"snd_pcm_recover\0")?),
                close: transmute::<*mut c_void, Close>(find(b"snd_pcm_close\0")?),
                text: transmute::<*mut c_void, Text>(find(b"snd_strerror\0")?),
            })
        }
    }

    fn said(&self, what: &str, status: c_int) -> Error {
        // SAFETY: any number has a text, which stays.
        let text = unsafe { CStr::from_ptr((self.text)(status)) };
        Error::Io(format!("{}: {}", what, text.to_string_lossy()))
    }
}

/// An open microphone.
pub struct Microphone {
    alsa: Alsa,
    pcm: *mut c_void,
    name: String,
}

// SAFETY: ALSA takes calls for a device from any thread, one at a time, as &mut holds.
unsafe impl Send for Microphone {}

impl Microphone {
    /// One channel at a rate, resampled by ALSA where the device has another.
    pub fn open(device: &str, rate_hz: u32) -> Result<Self, Error> {
        let alsa = Alsa::load()?;
        let what = format!("microphone {}", device);
        let name = CString::new(device)
            .map_err(|_| Error::Io("microphone: a name that holds a NUL".into()))?;
        let mut pcm = core::ptr::null_mut();
        // SAFETY: a place for the handle, and a NUL-terminated name.
        let status = unsafe { (alsa.open)(&mut pcm, name.as_ptr(), CAPTURE, 0) };
        if status < 0 {
            return Err(alsa.said(&what, status));
        }
        let made = Microphone {
            alsa,
            pcm,
            name: what,
        };
        // SAFETY: a device that is open.
        let status = unsafe {
            (alsa.set_params)(
                made.pcm,
                S16_LE,
                INTERLEAVED,
                1,
                rate_hz as c_uint,
                1,
                LATENCY_US,
            )
        };
        if status < 0 {
            return Err(alsa.said(&format!("{} at {} Hz", made.name, rate_hz), status));
        }
        Ok(made)
    }

    /// Wait for so many samples; what was lost meanwhile is lost.
    pub fn read(&mut self, to: &mut [i16]) -> Result<usize, Error> {
        let mut have = 0;
        while have < to.len() {
            let rest = &mut to[have..];
            // SAFETY: an open device, and room for so many samples of one channel.
            let got = unsafe {
                (self.alsa.read)(self.pcm, rest.as_mut_ptr().cast(), rest.len() as c_ulong)
            };
            match got {
                0 => break,
                1.. => have += (got as usize).min(rest.len()),
                _ => {
                    // SAFETY: an open device.
                    let status = unsafe { (self.alsa.recover)(self.pcm, got as c_int, 1) };
                    if status < 0 {
                        return Err(self.alsa.said(&self.name, status));
                    }
                }
            }
        }
        Ok(have)
    }
}

impl Drop for Microphone {
    fn drop(&mut self) {
        // SAFETY: it is open, and is closed here alone.
        unsafe { (self.alsa.close)(self.pcm) };
    }
}
