"""Tests of cms.topics."""
