"""The instrument test: instrument and cues on simulated bodies, whose truth is known."""
