"""Landmarks and silhouettes in, signals, reps and features out."""
