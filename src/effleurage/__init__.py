"""Effleurage: an executable, cited, provable protocol for therapeutic massage."""

__version__ = "0.1.0"
