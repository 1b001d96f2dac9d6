"""A simulated body with a known pelvic tilt (extra `leglift[synth]`)."""
