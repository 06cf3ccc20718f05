"""Voice activity: who speaks when, frame by frame; material, detectors, rivals and their study."""
