"""Anomalies: detectors that were taught normal running alone, tried on faults unseen."""
