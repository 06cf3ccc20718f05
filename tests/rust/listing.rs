//! The listing as printed, under what it leaves to its reader.
use liquid_audio_nets::{AudioStream, ComplexityMetric};
use std::time::Duration;

fn wake_application_processor() {
    println!("awake");
}

include!("listing.inc");
