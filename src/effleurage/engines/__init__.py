"""Translations of the one meaning in `protocol/evaluate.py`. They share its nodes and its bits, and never import each
other.
"""
