"""Questionnaires and measurements: their scores, and whether a change between two of them matters."""
