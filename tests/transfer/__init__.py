"""Tests of `cms.transfer`."""
