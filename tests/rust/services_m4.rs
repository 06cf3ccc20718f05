//! Hops through a denoiser and a detector on a microcontroller; no heap, no `std`.
#![no_std]
#![deny(unsafe_op_in_unsafe_fn)]
use core::ptr::addr_of_mut;
use liquid_audio_nets::{AnomalyNet, DenoiserNet, Error};

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    loop {}
}

static mut ARENA: [u32; 8192] = [0; 8192];
static mut QUIET: Option<DenoiserNet<'static>> = None;
static mut ODD: Option<AnomalyNet<'static>> = None;

/// # Safety
/// One caller, and a file that stays.
unsafe fn lent(file: *const u8, bytes: usize) -> (&'static [u8], &'static mut [u32]) {
    // SAFETY: the caller's word; nobody else has the arena, as one of both works at a time.
    unsafe {
        QUIET = None;
        ODD = None;
        (
            core::slice::from_raw_parts(file, bytes),
            &mut *addr_of_mut!(ARENA),
        )
    }
}

fn status(answer: Result<(), Error>) -> i32 {
    i32::from(answer.is_err())
}

/// # Safety
/// One caller, and a file that stays.
#[no_mangle]
pub unsafe extern "C" fn open_quiet(file: *const u8, bytes: usize) -> i32 {
    // SAFETY: the caller's word.
    let (file, arena) = unsafe { lent(file, bytes) };
    status(DenoiserNet::new(file, arena).map(|net| {
        // SAFETY: one caller.
        unsafe { *addr_of_mut!(QUIET) = Some(net) }
    }))
}

/// # Safety
/// One caller, and a file that stays.
#[no_mangle]
pub unsafe extern "C" fn open_odd(file: *const u8, bytes: usize) -> i32 {
    // SAFETY: the caller's word.
    let (file, arena) = unsafe { lent(file, bytes) };
    status(AnomalyNet::new(file, arena).map(|net| {
        // SAFETY: one caller.
        unsafe { *addr_of_mut!(ODD) = Some(net) }
    }))
}

/// In place. straight: as hops.
///
/// # Safety
/// One caller, after `open_quiet`, with so many samples.
#[no_mangle]
pub unsafe extern "C" fn quiet(samples: *mut i16, piece: usize, pieces: usize, hops: i32) -> i32 {
    // SAFETY: one caller, and so many samples, by its word.
    let (net, samples) = unsafe {
        let net = &mut *addr_of_mut!(QUIET);
        (
            net,
            core::slice::from_raw_parts_mut(samples, piece * pieces),
        )
    };
    let mut room = [0; 512];
    if let Some(net) = net {
        for buffer in samples.chunks_mut(piece) {
            if hops == 0 {
                net.process(buffer);
            } else if net.process_hop(buffer, &mut room[..piece]).is_ok() {
                buffer.copy_from_slice(&room[..piece]);
            }
        }
    }
    pieces as i32
}

/// Writes the score and whether it is an anomaly after each piece in which a frame ended.
///
/// # Safety
/// One caller, after `open_odd`, with so many samples and room for as many rows.
#[no_mangle]
pub unsafe extern "C" fn odd(
    samples: *const i16,
    piece: usize,
    pieces: usize,
    rows: *mut u32,
) -> i32 {
    // SAFETY: one caller, and so many samples and rows, by its word.
    let (net, samples, rows) = unsafe {
        let net = &mut *addr_of_mut!(ODD);
        (
            net,
            core::slice::from_raw_parts(samples, piece * pieces),
            core::slice::from_raw_parts_mut(rows, 2 * pieces),
        )
    };
    let mut done = 0;
    if let Some(net) = net {
        for buffer in samples.chunks(piece) {
            if let Ok(Some(now)) = net.push(buffer) {
                rows[done] = now.score_q8;
                rows[done + 1] = u32::from(now.is_anomaly);
                done += 2;
            }
        }
    }
    done as i32 / 2
}
