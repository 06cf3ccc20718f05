//! The C core's calls and structures, by hand; `layout.rs` has what both sides must agree on.
//!
//! C's `int` is i32 here, and the layout's rows hold that: `core::ffi::c_int` is younger than the
//! oldest Rust that this crate is built with.
use core::mem::size_of;

#[path = "../layout.rs"]
mod layout;

const fn value(row: layout::Row) -> usize {
    if size_of::<usize>() == 4 {
        row.narrow
    } else {
        row.wide
    }
}

pub const OK: i32 = 0;
pub const BAD_SIZE: i32 = value(layout::BAD_SIZE) as i32;
pub const SMALL_ARENA: i32 = value(layout::SMALL_ARENA) as i32;
pub const COST_KINDS: usize = value(layout::COST_KINDS);

/// `lnn_model_t`: all zero is a model that was refused.
#[repr(C, align(8))]
pub struct Model([u8; value(layout::MODEL)]);

impl Model {
    pub const fn new() -> Self {
        Model([0; value(layout::MODEL)])
    }
}

/// `lnn_denoise_t`: the model, and what is the denoiser's own.
#[repr(C)]
pub struct Denoise {
    pub model: Model,
    own: [u8; value(layout::DENOISE) - value(layout::MODEL)],
}

impl Denoise {
    pub const fn new() -> Self {
        Denoise {
            model: Model::new(),
            own: [0; value(layout::DENOISE) - value(layout::MODEL)],
        }
    }
}

/// `lnn_anomaly_t`.
#[repr(C)]
pub struct Anomaly {
    pub model: Model,
    record: *const u8,
    score: u32,
    threshold: u32,
    frames: u32,
    judged: u32,
    left: u32,
    own: *mut i32,
    calm: *mut i32,
}

impl Anomaly {
    pub const fn new() -> Self {
        Anomaly {
            model: Model::new(),
            record: core::ptr::null(),
            score: 0,
            threshold: 0,
            frames: 0,
            judged: 0,
            left: 0,
            own: core::ptr::null_mut(),
            calm: core::ptr::null_mut(),
        }
    }
}

/// `lnn_result_t`.
#[repr(C)]
pub struct Answer {
    pub keyword: *const u8,
    pub logits: *const i16,
    pub label: i16,
    pub confidence_q15: i16,
    pub keyword_detected: u8,
    pub timestep: u16,
    pub confidence: f32,
}

/// `lnn_counts_t`.
#[repr(C)]
pub struct Counts {
    pub heard: u32,
    pub computed: u32,
    pub skipped: u32,
}

/// `lnn_adaptive_config_t`.
#[repr(C)]
pub struct Adaptive {
    pub min_timestep_ms: u16,
    pub max_timestep_ms: u16,
    pub energy_threshold_q10: i16,
    pub close_threshold_q10: i16,
    pub hangover_ms: u16,
}

/// `lnn_flux_config_t`.
#[repr(C)]
pub struct Flux {
    pub min_timestep_ms: u16,
    pub max_timestep_ms: u16,
    pub flux_threshold_q8: i16,
    pub close_threshold_q8: i16,
    pub hangover_ms: u16,
}

/// What a policy's hops and frames take, nJ in Q8.
#[repr(C)]
pub struct Cost {
    pub hop: u32,
    pub frame: u32,
    pub long_frame: u32,
}

/// `lnn_costs_t`.
#[repr(C)]
pub struct Costs {
    pub board: [u8; 24],
    pub idle_nw: u32,
    pub by_policy: [Cost; COST_KINDS],
}

const _: () = {
    assert!(size_of::<Answer>() == value(layout::ANSWER));
    assert!(size_of::<Counts>() == value(layout::COUNTS));
    assert!(size_of::<Adaptive>() == value(layout::ADAPTIVE));
    assert!(size_of::<Flux>() == value(layout::FLUX));
    assert!(size_of::<Costs>() == value(layout::COSTS));
    assert!(size_of::<Denoise>() >= value(layout::DENOISE)); // of C with 4 bytes: a multiple of 8
    assert!(size_of::<Anomaly>() == value(layout::ANOMALY));
};

extern "C" {
    pub fn lnn_check(file: *const u8, bytes: u32, at: *mut u32) -> i32;
    pub fn lnn_status_text(status: i32) -> *const u8;
    pub fn lnn_arena_bytes(file: *const u8) -> u32;
    pub fn lnn_flux_arena_bytes(file: *const u8) -> u32;
    pub fn lnn_costs(file: *const u8) -> *const Costs;
    pub fn lnn_init(
        model: *mut Model,
        file: *const u8,
        bytes: u32,
        arena: *mut u32,
        arena_bytes: u32,
    ) -> i32;
    pub fn lnn_reset(model: *mut Model);
    pub fn lnn_push(model: *mut Model, samples: *const i16, count: u32, result: *mut Answer)
        -> i32;
    pub fn lnn_set_streaming(model: *mut Model, smoothing_shift: u8, refractory: u16) -> i32;
    pub fn lnn_set_windows(model: *mut Model);
    pub fn lnn_set_threshold(model: *mut Model, threshold_q15: i16);
    pub fn lnn_set_adaptive_config(model: *mut Model, config: *const Adaptive) -> i32;
    pub fn lnn_set_flux_config(model: *mut Model, config: *const Flux, arena_bytes: u32) -> i32;
    pub fn lnn_sleep_moments(model: *const Model) -> u32;
    pub fn lnn_hop(model: *const Model) -> u32;
    pub fn lnn_window(model: *const Model) -> u32;
    pub fn lnn_rate_hz(model: *const Model) -> u32;
    pub fn lnn_channels(model: *const Model) -> u32;
    pub fn lnn_classes(model: *const Model) -> u32;
    pub fn lnn_keywords(model: *const Model) -> u32;
    pub fn lnn_label(model: *const Model, number: u32) -> *const u8;
    pub fn lnn_threshold_q15(model: *const Model) -> i16;
    pub fn lnn_is_streaming(model: *const Model) -> i32;
    pub fn lnn_can_adapt(model: *const Model) -> i32;
    pub fn lnn_policy_kind(model: *const Model) -> i32;
    pub fn lnn_counts(model: *const Model) -> Counts;
    pub fn lnn_denoise_arena_bytes(file: *const u8) -> u32;
    pub fn lnn_denoise_init(
        denoise: *mut Denoise,
        file: *const u8,
        bytes: u32,
        arena: *mut u32,
        arena_bytes: u32,
    ) -> i32;
    pub fn lnn_denoise_reset(denoise: *mut Denoise);
    pub fn lnn_denoise_hop(denoise: *mut Denoise, samples: *const i16, out: *mut i16) -> i32;
    pub fn lnn_denoise_push(
        denoise: *mut Denoise,
        samples: *const i16,
        count: u32,
        out: *mut i16,
    ) -> i32;
    pub fn lnn_denoise_set_depth(denoise: *mut Denoise, depth_q15: u16);
    pub fn lnn_denoise_latency(denoise: *const Denoise) -> u32;
    pub fn lnn_anomaly_arena_bytes(file: *const u8) -> u32;
    pub fn lnn_anomaly_recalibrate(anomaly: *mut Anomaly);
    pub fn lnn_anomaly_calibrating(anomaly: *const Anomaly) -> u32;
    pub fn lnn_anomaly_baseline(anomaly: *const Anomaly) -> *const i32;
    pub fn lnn_anomaly_set_baseline(anomaly: *mut Anomaly, kept: *const i32, count: u32) -> i32;
    pub fn lnn_anomaly_init(
        anomaly: *mut Anomaly,
        file: *const u8,
        bytes: u32,
        arena: *mut u32,
        arena_bytes: u32,
    ) -> i32;
    pub fn lnn_anomaly_reset(anomaly: *mut Anomaly);
    pub fn lnn_anomaly_push(anomaly: *mut Anomaly, samples: *const i16, count: u32) -> i32;
    pub fn lnn_is_anomaly(anomaly: *const Anomaly) -> i32;
    pub fn lnn_anomaly_score_q8(anomaly: *const Anomaly) -> u32;
    pub fn lnn_anomaly_threshold_q8(anomaly: *const Anomaly) -> u32;
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::mem::MaybeUninit;
    use core::ptr::addr_of;

    macro_rules! offset {
        ($kind:ty, $field:ident) => {{
            let some = MaybeUninit::<$kind>::uninit();
            let start = some.as_ptr();
            // SAFETY: a place inside the object, of which nothing is read.
            unsafe { addr_of!((*start).$field) as usize - start as usize }
        }};
    }

    #[test]
    fn fields_lie_where_the_c_has_them() {
        assert_eq!(offset!(Answer, keyword), 0);
        assert_eq!(offset!(Answer, logits), value(layout::LOGITS_AT));
        assert_eq!(offset!(Answer, label), value(layout::LABEL_AT));
        assert_eq!(
            offset!(Answer, confidence_q15),
            value(layout::CONFIDENCE_AT)
        );
        assert_eq!(
            offset!(Answer, keyword_detected),
            value(layout::DETECTED_AT)
        );
        assert_eq!(offset!(Answer, timestep), value(layout::TIMESTEP_AT));
        assert_eq!(offset!(Anomaly, left), value(layout::LEFT_AT));
        assert_eq!(offset!(Anomaly, own), value(layout::OWN_AT));
        assert_eq!(offset!(Costs, idle_nw), value(layout::IDLE_AT));
        assert_eq!(offset!(Costs, by_policy), value(layout::BY_POLICY_AT));
    }
}
