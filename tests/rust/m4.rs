//! The same hops through the C and through Rust on a microcontroller; no heap, no `std`.
#![no_std]
#![deny(unsafe_op_in_unsafe_fn)]
use liquid_audio_nets::Net;

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    loop {}
}

static mut ARENA: [u32; 8192] = [0; 8192];
static mut NET: Option<Net<'static>> = None;

/// # Safety
/// One caller, and a file that stays.
#[no_mangle]
pub unsafe extern "C" fn open_rust(file: *const u8, bytes: usize) -> i32 {
    // SAFETY: the caller's word; nobody else has the arena.
    let (file, arena) = unsafe {
        (
            core::slice::from_raw_parts(file, bytes),
            &mut *core::ptr::addr_of_mut!(ARENA),
        )
    };
    match Net::new(file, arena) {
        Ok(net) => {
            // SAFETY: one caller.
            unsafe { *core::ptr::addr_of_mut!(NET) = Some(net) };
            0
        }
        Err(_) => 1,
    }
}

/// # Safety
/// One caller, after `open_rust`, with so many samples.
#[no_mangle]
pub unsafe extern "C" fn rust(samples: *const i16, hop: usize, hops: usize) -> i32 {
    // SAFETY: one caller, and so many samples, by its word.
    let (net, samples) = unsafe {
        let net = &mut *core::ptr::addr_of_mut!(NET);
        (net, core::slice::from_raw_parts(samples, hop * hops))
    };
    let mut sum = 0;
    if let Some(net) = net {
        for piece in samples.chunks(hop) {
            if let Ok(Some(now)) = net.push(piece) {
                sum += i32::from(now.confidence_q15);
            }
        }
    }
    sum
}
