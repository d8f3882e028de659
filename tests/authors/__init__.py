"""Tests of cms.authors."""
