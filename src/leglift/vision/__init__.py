"""Video in, landmarks and silhouettes out."""
