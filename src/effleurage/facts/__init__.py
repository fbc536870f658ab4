"""From what a person said to typed facts that rules can read."""
