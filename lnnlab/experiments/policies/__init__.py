"""Studies of timestep policies: networks tuned to sleep, searched, tried on streams of others."""
