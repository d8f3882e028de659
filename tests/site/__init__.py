"""Tests of cms.site."""
