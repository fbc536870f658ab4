"""From facts to limits, to the reasons for them, and to the questions that could still change them."""
