"""Dates, units, text and marked documents. No domain word lives here."""
