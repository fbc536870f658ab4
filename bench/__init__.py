"""Speed, measured beside other engines on the same rules: `make bench`. Never part of a test."""
