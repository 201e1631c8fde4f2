"""Showing results: LaTeX documents, tables, figures and reports."""
