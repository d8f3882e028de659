"""Tests of cms.articles."""
