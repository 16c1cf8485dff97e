"""Pathways: the way of a patient across practices and hospital, followed under one purpose-bound pseudonym.

definitions: what a pathway is; following: who takes which step when, in SQL; publishing: the disclosure gate.
"""
