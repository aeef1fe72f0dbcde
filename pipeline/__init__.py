"""Joins the stages: sources, parsers, normalizers, case, analysis, writers. The only package that knows them all."""
