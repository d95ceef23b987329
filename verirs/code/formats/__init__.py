"""Tests in every form in which data sets publish them, read as code or as pairs.

What is not understood is refused with its name, never left out: a test that calls a function must not be
judged as a program that reads input, and a checker or a limit must not be lost. Nothing is run or unpickled.
"""
