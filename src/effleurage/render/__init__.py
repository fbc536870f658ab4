"""Decisions and plans as pages and pictures. Words, limits and order arrive decided; nothing is settled here."""
