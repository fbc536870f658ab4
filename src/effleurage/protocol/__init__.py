"""The protocol language: its nodes, how it is read, what it means, and how a decision explains itself."""
