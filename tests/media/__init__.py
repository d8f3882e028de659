"""Tests of cms.media."""
