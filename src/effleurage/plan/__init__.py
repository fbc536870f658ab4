"""From limits and offers to what will be done: the plan, the session's script, the letter."""
