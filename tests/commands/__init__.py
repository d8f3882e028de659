"""Tests of the commands, and of the server that one of them starts."""
