"""From clips to truth: what raters see, what they answer, and what follows from it."""
