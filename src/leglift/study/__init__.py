"""From signals to evidence: the dataset, its labels, and what a model is worth."""
