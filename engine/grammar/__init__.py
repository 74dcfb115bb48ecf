"""Answers of a given form. Read in order: structure, schema, vocabulary, compiler, calls, matcher."""
