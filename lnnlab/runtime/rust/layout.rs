// What Rust takes for granted of the C, row by row. The build script has a C compiler check each,
// and src/ffi.rs holds its own structures against them.

/// A C expression that is a constant, and its value where a pointer has 4 bytes, and 8.
#[allow(dead_code)] // src/ffi.rs reads values alone
pub struct Row {
    pub c: &'static str,
    pub narrow: usize,
    pub wide: usize,
}

const fn row(c: &'static str, narrow: usize, wide: usize) -> Row {
    Row { c, narrow, wide }
}

pub const MODEL: Row = row("sizeof(lnn_model_t)", 112, 192);
pub const DENOISE: Row = row("sizeof(lnn_denoise_t)", 160, 256);
pub const ANOMALY: Row = row("sizeof(lnn_anomaly_t)", 144, 240);
pub const LEFT_AT: Row = row("offsetof(lnn_anomaly_t, left)", 132, 216);
pub const OWN_AT: Row = row("offsetof(lnn_anomaly_t, own)", 136, 224);
pub const ANSWER: Row = row("sizeof(lnn_result_t)", 20, 32);
pub const COUNTS: Row = row("sizeof(lnn_counts_t)", 12, 12);
pub const ADAPTIVE: Row = row("sizeof(lnn_adaptive_config_t)", 10, 10);
pub const FLUX: Row = row("sizeof(lnn_flux_config_t)", 10, 10);
pub const COSTS: Row = row("sizeof(lnn_costs_t)", 88, 88);
pub const COST_KINDS: Row = row("LNN_COST_KINDS", 5, 5);
pub const SMALL_ARENA: Row = row("LNN_SMALL_ARENA", 12, 12);
pub const BAD_SIZE: Row = row("LNN_BAD_SIZE", 4, 4);
pub const LOGITS_AT: Row = row("offsetof(lnn_result_t, logits)", 4, 8);
pub const LABEL_AT: Row = row("offsetof(lnn_result_t, label)", 8, 16);
pub const CONFIDENCE_AT: Row = row("offsetof(lnn_result_t, confidence_q15)", 10, 18);
pub const DETECTED_AT: Row = row("offsetof(lnn_result_t, keyword_detected)", 12, 20);
pub const TIMESTEP_AT: Row = row("offsetof(lnn_result_t, timestep)", 14, 22);
pub const IDLE_AT: Row = row("offsetof(lnn_costs_t, idle_nw)", 24, 24);
pub const BY_POLICY_AT: Row = row("offsetof(lnn_costs_t, by_policy)", 28, 28);

#[allow(dead_code)] // the build script reads them all, src/ffi.rs one by one
pub const ROWS: [Row; 29] = [
    MODEL,
    DENOISE,
    ANOMALY,
    LEFT_AT,
    OWN_AT,
    ANSWER,
    COUNTS,
    ADAPTIVE,
    FLUX,
    COSTS,
    COST_KINDS,
    SMALL_ARENA,
    BAD_SIZE,
    LOGITS_AT,
    LABEL_AT,
    CONFIDENCE_AT,
    DETECTED_AT,
    TIMESTEP_AT,
    IDLE_AT,
    BY_POLICY_AT,
    row("offsetof(lnn_result_t, keyword)", 0, 0),
    row("offsetof(lnn_denoise_t, model)", 0, 0),
    row("offsetof(lnn_anomaly_t, model)", 0, 0),
    row("LNN_OK", 0, 0),
    row("sizeof(lnn_status_t) <= sizeof(int)", 1, 1),
    row("sizeof(int)", 4, 4),
    row("offsetof(lnn_adaptive_config_t, hangover_ms)", 8, 8),
    row("offsetof(lnn_flux_config_t, hangover_ms)", 8, 8),
    row("LNN_VERSION / 10000 == 2 && LNN_VERSION >= 20400", 1, 1),
];
