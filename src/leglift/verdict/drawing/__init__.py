"""Pictures and pages of a verdict: the video with it drawn on, sketches, charts, the report."""
